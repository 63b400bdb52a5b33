"""What a night's own process imports: libraries that cost seconds and that it does not need stay out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from regulars.orchestration.nightly import nightly_of
from tests.parsed import with_parsed_project
from tests.shops import write_shop

NIGHT = """
import json, sys
from regulars.orchestration.cli import app
try:
    app(["run", "--store", sys.argv[1], "--day", "2024-06-29"])
except SystemExit as end:
    assert not end.code
print()
print(json.dumps(sorted(sys.modules)))
"""
GATES = "import json, sys; from regulars.data_quality import worker; worker.import_what_gates_need(); "


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one published night."""
    return with_parsed_project(write_shop(tmp_path_factory.mktemp("stores") / "shop"))


def modules(*command: str | Path) -> set[str]:
    """What a Python program has imported by its end, which it says in its last line."""
    ended = subprocess.run(
        [sys.executable, "-P", "-c", *command], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return set(json.loads(ended.stdout.splitlines()[-1]))


def test_a_night_needs_neither_pandas_nor_pyarrow_nor_dbt_nor_great_expectations(shop: Path) -> None:
    imported = modules(NIGHT, shop)
    assert {"duckdb", "polars", "dagster", "dagster_dbt"} <= imported
    assert not {"pandas", "pyarrow", "dbt", "great_expectations", "lightgbm"} & imported


def test_the_worker_of_the_gates_needs_neither_statistics_nor_charts() -> None:
    imported = modules(f"{GATES} print(json.dumps(sorted(sys.modules)))")
    assert "great_expectations" in imported
    assert not {"scipy.stats._distn_infrastructure", "altair.vegalite"} & imported


def test_what_the_worker_postpones_is_there_when_it_is_used() -> None:
    use = "import scipy; assert scipy.stats.norm.cdf(0) == 0.5;"
    imported = modules(f"{GATES} {use} print(json.dumps(sorted(sys.modules)))")
    assert "scipy.stats._distn_infrastructure" in imported


def test_a_manifest_of_another_release_is_not_believed_however_new_it_is(shop: Path) -> None:
    nightly = nightly_of(shop)
    folder = nightly.store.state / "dbt"
    parsed = nightly.dbt.manifest()
    written = (folder / "manifest.json").stat().st_mtime_ns
    assert nightly.dbt.manifest() == parsed
    assert (folder / "manifest.json").stat().st_mtime_ns == written
    (folder / "manifest.json").write_text("{}", "utf-8")
    (folder / "parsed_from").write_text("another release", "utf-8")
    assert sorted(nightly.dbt.manifest()["nodes"]) == sorted(parsed["nodes"])
