"""Which version of a model a human means who wants the one before."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from regulars.store.errors import UserError
from regulars.warehouse.trained import version_before
from regulars.warehouse.versions import Version

ROWS = """
    ('churn', 'v1', 'retired', date '2024-03-31'),
    ('churn', 'v2', 'retired', date '2024-06-30'),
    ('churn', 'v3', 'challenger', date '2024-07-15'),
    ('churn', 'v4', 'champion', date '2024-06-30'),
    ('value', 'w1', 'champion', date '2024-06-30'),
    ('silent', 'none', 'off', date '2024-06-30')
"""


@pytest.fixture
def published(tmp_path: Path) -> Version:
    version = Version(date(2024, 7, 31), 1, tmp_path)
    with duckdb.connect(version.database) as connection:
        connection.execute(
            f"create table model_versions as from (values {ROWS}) as rows(model, version, status, since_date)"
        )
    return version


def test_it_is_the_one_that_was_retired_last(published: Version) -> None:
    assert version_before(published, "churn", None) == "v2"


def test_a_version_that_is_named_is_taken_whatever_became_of_it(published: Version) -> None:
    assert version_before(published, "churn", "v3") == "v3"


@pytest.mark.parametrize(
    ("model", "named", "problem"),
    [
        ("churm", None, "there is no model 'churm'; did you mean 'churn'?"),
        ("churn", "v5", "churn has no version 'v5'"),
        ("value", None, "no version of value scored before"),
        ("silent", "none", "silent has no version 'none'"),
    ],
)
def test_what_is_not_there_is_said(published: Version, model: str, named: str | None, problem: str) -> None:
    with pytest.raises(UserError, match=problem.replace("?", r"\?")):
        version_before(published, model, named)
