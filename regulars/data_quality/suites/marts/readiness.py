"""What must be true of the answers on what the data is ready for.

Not here: the answers themselves, which judge the data and never stop a night.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows, Unique
from regulars.data_quality.suites.marts.any_table import ANALYTICS

_TABLE = "marts.data_readiness"


def checks(night: Night) -> Iterator[Check]:
    """The checks of the table."""
    yield Check(
        table=_TABLE,
        name="answered_once",
        rule=Unique(("question", "subject")),
        meaning="A question about a subject has one answer.",
        owner=ANALYTICS,
    )
    yield Check(
        table=_TABLE,
        name="level_is_known",
        rule=NoRows(
            f"""
            select 'maturity' as question from {_TABLE}
            having count(*) filter (
                question = 'maturity' and counted between 0 and 5 and as_of_date = {night.date_sql}
            ) <> 1
            """,
            ("question",),
        ),
        meaning="The night says which level of maturity, 0 to 5, its data has.",
        owner=ANALYTICS,
    )
    yield Check(
        table=_TABLE,
        name="shares_are_possible",
        rule=NoRows(
            f"""
            select question, subject from {_TABLE}
            where total is not null and (counted between 0 and total and measured between 0 and 1) is not true
            """,
            ("counted", "total", "measured"),
        ),
        meaning="What counts is a part of the whole.",
        owner=ANALYTICS,
    )
