"""dbt behind its door: a project that cannot be parsed, and a process that is gone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.facts import door
from regulars.facts.door import Dbt
from regulars.store.dbt_files import DBT_PROJECT
from regulars.warehouse.beside import BesideError, beside, close_all
from regulars.warehouse.connection import Warehouse

# a whole one takes ten seconds to parse, and says no more about the door
TABLE = Path("models") / "marts" / "orders.sql"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our dbt project with one table."""
    folder = tmp_path / "project"
    shutil.copytree(DBT_PROJECT, folder, ignore=shutil.ignore_patterns("models", "tests"))
    (folder / TABLE).parent.mkdir(parents=True)
    (folder / TABLE).write_text("select 1 as order_id", "utf-8")
    monkeypatch.setattr(door, "DBT_PROJECT", folder)
    return folder


@pytest.fixture
def dbt(tmp_path: Path, project: Path) -> Iterator[Dbt]:
    assert project.is_dir()
    yield Dbt(Warehouse(tmp_path / "warehouse.duckdb", "1GB"), tmp_path / "dbt", "Europe/Berlin")
    close_all()


def test_a_project_that_cannot_be_parsed_is_an_error_each_time_and_parsed_once_it_is_mended(
    dbt: Dbt, project: Path
) -> None:
    (project / TABLE).write_text("select * from {{ ref('nothing') }}", "utf-8")
    for _ in range(2):
        with pytest.raises(BesideError, match="which was not found"):
            dbt.parsed_from()
    (project / TABLE).write_text("select 1 as order_id", "utf-8")
    assert dbt.parsed_from()


def test_a_project_is_parsed_anew_after_its_process_was_killed(dbt: Dbt) -> None:
    dbt.start_parsing()
    parsed_from = dbt.parsed_from()
    beside("regulars.facts.worker").kill()
    beside("regulars.facts.worker").close()
    assert dbt.parsed_from() == parsed_from
