"""What must be true of how much a system says of a day, judged by the same weekday of the weeks before.

Not here: whether a single row is right.
"""

from collections.abc import Iterator
from typing import Any

from regulars.data_quality.checks import Check, Night, NoRows
from regulars.data_quality.suites.control_limits import ENOUGH_ROWS, WEEKS
from regulars.data_quality.suites.declared import usual_volume_of
from regulars.store.settings import UsualVolume

_OWNER = "data engineering"
# a source with days that have none, or with few rows a day, has no usual day
_REGULAR_WEEKS = 6


def checks(entities: tuple[dict[str, Any], ...], night: Night) -> Iterator[Check]:
    """A check for every landing table whose rows have a time."""
    limits = usual_volume_of(night)
    for entity in entities:
        if time := entity.get("meta", {}).get("time"):
            yield _as_usual(entity["name"], time, limits, night)


def _as_usual(entity: str, time: str, limits: UsualVolume, night: Night) -> Check:
    """The newest day of a source, today's or yesterday's, against the median of its weekday."""
    lowest, highest = limits.lowest, limits.highest
    return Check(
        table=f"landing.{entity}",
        name="volume_as_usual",
        rule=NoRows(
            f"""
            with days as (
                select source, {night.date_sql} - cast({time} as date) as days_ago, count(*) as day_rows
                from landing.{entity}
                where {time} >= {night.date_sql} - interval {7 * WEEKS + 1} day
                    and {time} < {night.date_sql} + interval 1 day
                group by all
            ),
            newest as (
                select source, min(days_ago) as days_ago, arg_min(day_rows, days_ago) as day_rows
                from days group by source having min(days_ago) <= 1
            )
            select newest.source
            from newest
            inner join days
                on days.source = newest.source and days.days_ago > newest.days_ago
                and (days.days_ago - newest.days_ago) % 7 = 0
            group by newest.source, newest.day_rows
            having count(*) filter (days.day_rows >= {ENOUGH_ROWS}) >= {_REGULAR_WEEKS}
                and (
                    newest.day_rows
                    between {lowest} * median(days.day_rows) and {highest} * median(days.day_rows)
                ) is not true
            """,
            (time,),
        ),
        meaning=f"Of its newest day a source says {lowest:g} to {highest:g} times as much in {entity} as on "
        f"that weekday of {WEEKS} weeks; if the day was so, widen usual_volume in store.yml.",
        owner=_OWNER,
    )
