"""What is usual of a source, learned from its own days, and the words in which suites compare the newest.

Not here: which figures are compared (volume, columns, reconciliation).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from regulars.data_quality.checks import Night

WEEKS = 8
# days with fewer rows, and sources with fewer days, have no usual figures
ENOUGH_ROWS, _ENOUGH_DAYS = 30, 14
DEVIATIONS = 3


@dataclass(frozen=True)
class Figure:
    """A figure of a day as SQL over its rows, and the deviation that is never worth a word."""

    value: str
    tolerance: float


def out_of_control(table: str, day: str, figures: Mapping[str, Figure], night: Night) -> str:
    """A query for the `source` and `figure` that left their limits on a source's newest day.

    The newest day is today's or yesterday's; an older one says nothing of how the systems are now. Limits are
    Shewhart's, the mean give or take 3 standard deviations, of the days of 8 weeks with 30 rows or more; of
    14 of them at least. `day` is SQL for the date of a row of `table`.
    """
    names = ", ".join(f"'{name}'" for name in figures)
    values = ", ".join(f"cast({figure.value} as double)" for figure in figures.values())
    tolerances = ", ".join(f"{figure.tolerance:g}" for figure in figures.values())
    return f"""
        with days as (
            select source, {night.date_sql} - {day} as days_ago, [{values}] as figures
            from {table}
            where {day} >= {night.date_sql} - interval {7 * WEEKS + 1} day and {day} <= {night.date_sql}
            group by all having count(*) >= {ENOUGH_ROWS}
        ),
        measured as (
            select
                source, days_ago, unnest([{names}]) as figure, unnest(figures) as measured,
                unnest([{tolerances}]) as tolerance
            from days
        ),
        newest as (
            select source, min(days_ago) as newest_ago
            from days group by source having min(days_ago) <= 1
        ),
        limits as (
            select
                source, figure, avg(measured) as usual,
                greatest({DEVIATIONS} * stddev_pop(measured), max(tolerance)) as allowed
            from measured inner join newest using (source)
            where days_ago > newest_ago
            group by source, figure having count(measured) >= {_ENOUGH_DAYS}
        )
        select measured.source, measured.figure
        from measured
        inner join newest on newest.source = measured.source and newest_ago = days_ago
        inner join limits on limits.source = measured.source and limits.figure = measured.figure
        where (abs(measured.measured - limits.usual) <= limits.allowed) is false
        """
