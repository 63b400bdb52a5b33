"""What the marts gate must stop in metrics, goals and reasons of churn."""

from tests.unit.data_quality.broken.case import Broken

CASES = [
    Broken(
        "marts",
        "marts.cx_metrics",
        "counted_once",
        "insert into marts.cx_metrics from marts.cx_metrics where metric = 'nps'",
    ),
    Broken(
        "marts",
        "marts.cx_metrics",
        "periods_are_over",
        "update marts.cx_metrics set period_end = date '2024-05-11' where metric = 'nps'",
    ),
    Broken(
        "marts",
        "marts.cx_metrics",
        "shares_are_possible",
        "update marts.cx_metrics set value = 1.5 where metric = 'churn_rate'",
    ),
    Broken(
        "marts",
        "marts.cx_metrics",
        "shares_are_possible",
        "update marts.cx_metrics set sample_size = 0 where metric = 'nps'",
    ),
    Broken(
        "marts",
        "marts.metric_goals",
        "baselines_stay",
        "update marts.metric_goals set baseline = 0.3",
    ),
    Broken(
        "marts",
        "marts.churn_reasons",
        "reasons_add_up",
        "update marts.churn_reasons set share = 0.4 where source = 'ticket'",
    ),
]
