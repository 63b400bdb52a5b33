"""What every run of a store begins with."""

from pathlib import Path

from regulars.orchestration.nightly import nightly_of
from tests.shops import write_shop


def test_a_run_clears_what_one_that_died_left(tmp_path: Path) -> None:
    nightly = nightly_of(write_shop(tmp_path / "shop", {"exports/.keep": ""}))
    build, published = nightly.store.state / "build", nightly.store.state / "published"
    left = [
        build / "lent_abc" / "page.parquet",
        build / "warehouse.duckdb.tmp" / "block",
        published / "drafts" / "2024-05-02_0001" / "regulars.duckdb",
    ]
    kept = [build / "warehouse.duckdb", published / "versions" / "2024-05-01_0001" / "manifest.json"]
    for path in (*left, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (published / "current.new").symlink_to("versions/2024-05-02_0001")
    with nightly.only_run():
        files = {path for path in nightly.store.state.rglob("*") if path.is_file() or path.is_symlink()}
    assert files == {*kept, nightly.store.state / "run.lock"}
