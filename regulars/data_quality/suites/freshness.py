"""What must be true of when a stream last said something, as its contract declares.

Not here: how much it says (volume).
"""

import hashlib
from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows, Severity
from regulars.data_quality.suites.declared import Cadence, cadences_of
from regulars.store.entities import Entity

_OWNER = "data engineering"
_NAMES: dict[Severity, str] = {"warn": "streams_in_time", "stop": "streams_not_stale"}


def checks(entities: tuple[Entity, ...], night: Night) -> Iterator[Check]:
    """A check for every landing table and severity for which a contract declares a number of days."""
    cadences = cadences_of(night)
    for entity in entities:
        for severity, name in _NAMES.items():
            declared = [
                (cadence, days)
                for cadence in cadences
                if cadence.entity == entity.name and (days := cadence.freshness.days[severity]) is not None
            ]
            if declared:
                time = str(entity.time_column)
                late = " union all ".join(_late(cadence, time, days) for cadence, days in declared)
                said = ", ".join(f"{cadence.source} every {days} days" for cadence, days in declared)
                yield Check(
                    table=f"landing.{entity.name}",
                    name=name,
                    rule=NoRows(late, (time,)),
                    severity=severity,
                    meaning=f"Streams of {entity.name} have rows as new as their contracts say: {said}; "
                    "otherwise find out why nothing is delivered.",
                    owner=_OWNER,
                )


def _late(cadence: Cadence, time: str, days: int) -> str:
    """A row if the stream has none of the last days; whole days of the store, the night's own included."""
    end = "(select max(as_of_end_at) from settings.night)"
    # a name holds whatever the pattern of its files does, which not every engine takes
    stream = hashlib.md5(cadence.stream.encode(), usedforsecurity=False).hexdigest()
    return f"""
        select '{cadence.source}' as source
        where not exists (
            select 1 from landing.{cadence.entity}
            where source = '{cadence.source}' and {time} < {end} and {time} >= {end} - interval {days} day
                and file_id in (select file_id from landing.files where md5(stream) = '{stream}')
        )
        """
