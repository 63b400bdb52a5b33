"""What must be true of how full and how varied the columns of a system are, judged by its days before.

Not here: how many rows it says (volume), and whether a single value is right (landing).
"""

import math
from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows
from regulars.data_quality.suites.control_limits import DEVIATIONS, WEEKS, Figure, out_of_control
from regulars.store.entities import Entity

_OWNER = "data engineering"
_IDENTIFIERS = ("customer_ref", "email", "phone", "anonymous_ref")
# a share may move by a tenth, and a number of different values threefold, before anybody is told
_SHARE, _TIMES = 0.1, 3


def checks(entities: tuple[Entity, ...], night: Night) -> Iterator[Check]:
    """A check for every landing table whose rows have a time."""
    for entity in entities:
        if time := entity.time_column:
            yield Check(
                table=f"landing.{entity.name}",
                name="columns_as_usual",
                rule=NoRows(
                    out_of_control(
                        f"landing.{entity.name}", f"cast({time} as date)", _figures(entity, time), night
                    ),
                    (time,),
                ),
                severity="warn",
                meaning=f"On its newest day a source fills the columns of {entity.name}, and varies "
                f"what is in them, as in {WEEKS} weeks: within {DEVIATIONS} standard deviations, a tenth "
                f"of the rows, and {_TIMES} times the different values.",
                owner=_OWNER,
            )


def _figures(entity: Entity, time: str) -> dict[str, Figure]:
    """How many rows lack each column, how many different texts it has, and how many rows are somebody's."""
    types = {column.name: column.data_type for column in entity.columns if column.name != time}
    figures = {
        f"{name} is empty": Figure(f"1 - count({name}) / count(*)", _SHARE)
        for name, data_type in types.items()
        if data_type != "json"
    }
    figures |= {
        f"different values of {name}": Figure(f"ln(1 + approx_count_distinct({name}))", math.log(_TIMES))
        for name, data_type in types.items()
        if data_type == "varchar" and name not in entity.key
    }
    identifiers = [name for name in _IDENTIFIERS if name in types]
    if identifiers:
        nobodys = f"1 - count(coalesce({', '.join(identifiers)}, null)) / count(*)"
        figures["nobody is named"] = Figure(nobodys, _SHARE)
    return figures
