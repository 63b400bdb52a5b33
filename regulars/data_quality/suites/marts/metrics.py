"""What must be true of metrics of customer experience, their goals, and the reasons of churn.

Not here: whether they are good; that is for people to judge.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows, Unique
from regulars.data_quality.suites.marts.any_table import CRM

_METRICS, _GOALS, _REASONS = "marts.cx_metrics", "marts.metric_goals", "marts.churn_reasons"


def checks(night: Night) -> Iterator[Check]:
    """The checks of the three tables."""
    yield from _metrics(night)
    yield from _goals_and_reasons()


def _metrics(night: Night) -> Iterator[Check]:
    yield Check(
        table=_METRICS,
        name="counted_once",
        rule=Unique(("period", "period_start", "metric", "breakdown", "breakdown_id")),
        meaning="A metric of a period and of whom it is about is there once.",
        owner=CRM,
    )
    yield Check(
        table=_METRICS,
        name="periods_are_over",
        rule=NoRows(
            f"select period, period_start from {_METRICS} where period_end > {night.date_sql}",
            ("period_end",),
        ),
        meaning="Nothing is said of a period before all of it is there.",
        owner=CRM,
    )
    yield Check(
        table=_METRICS,
        name="shares_are_possible",
        rule=NoRows(
            f"""
            select metric, period_start from {_METRICS}
            where sample_size < 1
                or (metric in ('retention_rate', 'repeat_purchase_rate', 'churn_rate', 'csat')
                    or starts_with(metric, 'satisfaction')) and not value between 0 and 1
                or metric = 'nps' and not value between -100 and 100
            """,
            ("value", "sample_size"),
        ),
        meaning="Who counts is a part of those asked or looked at, and somebody was.",
        owner=CRM,
    )


def _goals_and_reasons() -> Iterator[Check]:
    yield Check(
        table=_GOALS,
        name="baselines_stay",
        rule=NoRows(
            f"""
            select goals.goal_id from {_GOALS} as goals
            inner join previous.metric_goals as before using (goal_id)
            where before.frozen_date is not null
                and (goals.baseline, goals.frozen_date) is distinct from (before.baseline, before.frozen_date)
            """,
            ("baseline", "frozen_date"),
        ),
        meaning="A baseline that was frozen does not change.",
        owner=CRM,
    )
    yield Check(
        table=_REASONS,
        name="reasons_add_up",
        rule=NoRows(
            f"""
            select month_start from {_REASONS}
            group by month_start having abs(sum(share) - 1) > 0.001
            """,
            ("share",),
        ),
        meaning="Whoever left in a month is counted under one reason.",
        owner=CRM,
    )
