"""What must be true of how much a system says of a day, judged by the same weekday of the weeks before.

Not here: whether a single row is right.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows
from regulars.data_quality.suites.control_limits import ENOUGH_ROWS, WEEKS
from regulars.data_quality.suites.declared import usual_volume_of
from regulars.store.entities import Entity

_OWNER = "data engineering"
# a source with days that have none, or with few rows a day, has no usual day
_REGULAR_WEEKS = 6


def checks(entities: tuple[Entity, ...], night: Night) -> Iterator[Check]:
    """Two checks for every landing table whose rows have a time."""
    limits = usual_volume_of(night)
    for entity in entities:
        if time := entity.time_column:
            name, table = entity.name, f"landing.{entity.name}"
            too_few = f"day_rows < least({limits.lowest} * median, fewest)"
            yield Check(
                table=table,
                name="volume_as_usual",
                rule=NoRows(_unusual(table, time, too_few, night), (time,)),
                meaning=f"Of its newest day a source says at least {limits.lowest:g} times as much in {name} "
                f"as on that weekday of {WEEKS} weeks, or as on any of their days; if the day was so, widen "
                "usual_volume in store.yml.",
                owner=_OWNER,
            )
            # a campaign multiplies messages, and what was told twice is landed once
            too_many = f"day_rows > greatest({limits.highest} * median, most)"
            yield Check(
                table=table,
                name="volume_not_multiplied",
                rule=NoRows(_unusual(table, time, too_many, night), (time,)),
                severity="warn",
                meaning=f"Of its newest day a source says at most {limits.highest:g} times as much in {name} "
                f"as on that weekday of {WEEKS} weeks, or as on any of their days.",
                owner=_OWNER,
            )


def _unusual(table: str, time: str, condition: str, night: Night) -> str:
    """Sources whose newest day, today's or yesterday's, has so many rows beside the days before."""
    return f"""
        with days as (
            select source, {night.date_sql} - cast({time} as date) as days_ago, count(*) as day_rows
            from {table}
            where {time} >= {night.date_sql} - interval {7 * WEEKS + 1} day
                and {time} < {night.date_sql} + interval 1 day
            group by all
        ),
        newest as (
            select source, min(days_ago) as days_ago, arg_min(day_rows, days_ago) as day_rows
            from days group by source having min(days_ago) <= 1
        ),
        usual as (
            select
                newest.source, newest.day_rows, min(days.day_rows) as fewest, max(days.day_rows) as most,
                median(days.day_rows) filter ((days.days_ago - newest.days_ago) % 7 = 0) as median
            from newest inner join days on days.source = newest.source and days.days_ago > newest.days_ago
            group by newest.source, newest.day_rows
            having count(*) filter (
                (days.days_ago - newest.days_ago) % 7 = 0 and days.day_rows >= {ENOUGH_ROWS}
            ) >= {_REGULAR_WEEKS}
        )
        select source from usual where {condition}
        """
