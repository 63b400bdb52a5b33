"""Definitions of metrics, and the goals a store may set."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from regulars.store.entities import entities
from regulars.store.errors import UserError
from regulars.store.metrics import Goal, MetricSettings, goal_metrics, metrics
from regulars.store.store import open_store
from tests.conventions.source import ROOT
from tests.conventions.test_docs import rows

GOAL: dict[str, Any] = {
    "metric": "nps",
    "target": 50,
    "launch_date": "2024-05-01",
    "because": "answers within a day",
}


def test_the_page_says_of_each_metric_what_its_definition_says() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    assert list(rows(page, "metric")) == [
        [
            metric.id,
            metric.definition,
            metric.formula,
            metric.of,
            metric.shortest_period,
            metric.kind,
            metric.use,
        ]
        for metric in metrics().values()
    ]


def test_the_sql_knows_every_metric_and_no_other() -> None:
    sql = (ROOT / "regulars/dbt_project/models/intermediate/int_metric_parts.sql").read_text("utf-8")
    counted = re.findall(r"metric = '(\w+)'", sql) + re.findall(r"^    '(\w+)': ", sql, re.MULTILINE)
    assert sorted(counted) == sorted(metrics())


def test_late_facts_are_of_tables_that_exist() -> None:
    assert {name for metric in metrics().values() for name in metric.entities} <= set(entities())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metric": "npz"}, "'npz' is no metric; did you mean 'nps'?"),
        ({"metric": "csat_"}, "did you mean 'csat'?"),
        ({"metric": "unsubscribe_rate"}, "is diagnostic: it explains, and is no goal"),
        ({"breakdown": "segment"}, "name both, or neither"),
        ({"breakdown": "cohort", "breakdown_id": "2024-01", "period": "week"}, "set period: month"),
        ({"metric": "realised_lifetime_value", "period": "week"}, "counted by month at the shortest"),
    ],
)
def test_a_goal_that_could_not_be_followed_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        Goal.model_validate(GOAL | change)


def test_a_goal_is_declared_once_whatever_its_target() -> None:
    with pytest.raises(ValidationError, match="goal for nps from 2024-05-01 is declared twice"):
        MetricSettings.model_validate({"goals": [GOAL, GOAL | {"target": 60}]})
    assert "nps" in goal_metrics()


def test_a_goal_for_an_unknown_segment_names_the_line(tmp_path: Path) -> None:
    demo = ROOT / "stores" / "demo"
    for name in ("store.yml", "actions.yml", "channels.yml"):
        (tmp_path / name).write_text((demo / name).read_text("utf-8"), "utf-8")
    (tmp_path / "sources").symlink_to(demo / "sources")
    path = tmp_path / "store.yml"
    text = path.read_text("utf-8").replace(
        "      target: 0.8\n", "      target: 0.8\n      breakdown: segment\n      breakdown_id: loyall\n"
    )
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"store\.yml:\d+: .*segment 'loyall'.*did you mean 'loyal'"):
        open_store(tmp_path)
