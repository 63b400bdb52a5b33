"""One warehouse for the tests of the dbt project, empty before each."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.dbt_warehouse import Warehouse


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One path for all tests: dbt parses the project anew when the path of the warehouse changes."""
    folder = tmp_path_factory.mktemp("dbt")
    before = dict(os.environ)
    os.environ |= {"REGULARS_WAREHOUSE": str(folder / "warehouse.duckdb"), "REGULARS_MEMORY_LIMIT": "1GB"}
    yield folder
    os.environ.clear()
    os.environ |= before


@pytest.fixture
def warehouse(state: Path) -> Iterator[Warehouse]:
    empty = Warehouse(path=state / "warehouse.duckdb", state=state)
    empty.create()
    yield empty
    empty.close()
