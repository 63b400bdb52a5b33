"""The dbt project parsed once for all tests; a night on a new store spends seven seconds on that."""

import fcntl
import shutil
from pathlib import Path

from regulars.facts.door import Dbt
from regulars.warehouse.connection import Warehouse

KEPT = Path(__file__).parent / "output" / "dbt"


def with_parsed_project(store: Path) -> Path:
    """Give a new store what dbt parsed for others; dbt still holds it against the files of the project."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with KEPT.with_name("dbt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Dbt(Warehouse(KEPT / "warehouse.duckdb", "1GB"), KEPT, "UTC").manifest()
    shutil.copytree(KEPT, store / "state" / "dbt")
    return store
