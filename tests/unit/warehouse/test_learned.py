"""What is told of experiments to people who ask what worked."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from regulars.store.errors import UserError
from regulars.warehouse.carried import CARRIED
from regulars.warehouse.learned import what_was_learned
from regulars.warehouse.versions import Version

EXPERIMENTS = """
insert into experiments by name from (values
    ('old_words', 'loyal', 'decided', date '2024-01-01', 'warm words work'),
    ('new_offer', 'lapsed', 'not_readable_yet', date '2024-03-01', null)
) as experiments(experiment_id, segment_id, state, start_date, learned);
insert into experiment_results by name from (values
    ('old_words', 'warm', 'revenue', 30, '', true, false, 0.1234, 'better'),
    ('old_words', 'warm', 'orders', 30, '', false, false, 0.5, 'unclear'),
    ('old_words', 'warm', 'revenue', 30, 'big', false, false, 0.3, 'better')
) as results(experiment_id, arm, metric, horizon_days, breakdown, is_primary, is_guardrail, lift, reading);
"""


def published(folder: Path, *tables: str) -> Version:
    """A version with two customers in segments, and the tables of experiments that are asked for."""
    version = Version(date(2024, 6, 1), 1, folder)
    with duckdb.connect(str(version.database)) as connection:
        connection.execute(
            "create table customer_segments as from (values ('loyal'), ('big')) as s(segment_id)"
        )
        for table in CARRIED:
            if table.name in tables:
                columns = ", ".join(f"{name} {data_type}" for name, data_type in table.columns.items())
                connection.execute(f"create table {table.name} ({columns})")
        if tables:
            connection.execute(EXPERIMENTS)
    return version


@pytest.fixture
def version(tmp_path: Path) -> Version:
    return published(tmp_path, "experiments", "experiment_results")


def titles(told: Iterable[tuple[str, list[str], list[tuple[object, ...]]]]) -> list[str]:
    return [title for title, _, _ in told]


def test_the_newest_experiment_comes_first_and_figures_where_there_are_any(version: Version) -> None:
    assert titles(what_was_learned(version)) == ["new_offer", "old_words", "old_words: what its arms brought"]


def test_figures_are_those_that_it_was_about_in_percent(version: Version) -> None:
    _, (_, columns, rows) = what_was_learned(version, "loyal")
    assert [dict(zip(columns, row, strict=True))["lift_percent"] for row in rows] == [12.3, 30.0]
    assert [dict(zip(columns, row, strict=True))["of_whom"] for row in rows] == ["everybody", "big"]


def test_a_segment_by_which_results_are_told_has_learned_too(version: Version) -> None:
    assert titles(what_was_learned(version, "big")) == ["old_words", "old_words: what its arms brought"]


def test_a_segment_that_nothing_was_tried_on_is_named_with_the_nearest(version: Version) -> None:
    with pytest.raises(UserError, match=r"no experiment was about segment 'loyl'.*loyal"):
        list(what_was_learned(version, "loyl"))


def test_a_version_of_an_earlier_release_has_learned_nothing(tmp_path: Path) -> None:
    assert list(what_was_learned(published(tmp_path))) == []
