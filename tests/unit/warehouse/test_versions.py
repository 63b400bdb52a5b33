"""Publishing switches by one rename, keeps what is needed, and a broken night changes nothing."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from regulars.store.errors import UserError
from regulars.warehouse.published import PUBLISHED
from regulars.warehouse.versions import MANIFEST, Published, Version

DAYS = [date(2024, 5, day) for day in range(1, 10)]
Publish = Callable[..., Version]


def build(path: Path, rows: int = 2, *, without: str = "") -> Path:
    """A build warehouse whose tables have their keys as columns, in disorder, and a number."""
    with duckdb.connect(path) as connection:
        for table in PUBLISHED:
            connection.execute(f"create schema if not exists {table.built_as.split('.')[0]}")
            keys = ", ".join(f"'k' || (({rows} - i) * 7919 % 1000) as {column}" for column in table.key)
            if table.name != without:
                connection.execute(
                    f"create table {table.built_as} as select {keys}, i as n from range({rows}) r(i)"
                )
    return path


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "published")


@pytest.fixture
def publish(tmp_path: Path, published: Published) -> Publish:
    """Publishes a day of a small warehouse."""
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "letter.csv").write_text("customer_ref\nanna\n", "utf-8")
    warehouse = build(tmp_path / "warehouse.duckdb")

    def run(day: date, *, warehouse: Path = warehouse, keep: int = 60) -> Version:
        return published.publish(warehouse, day, lists, facts={"run_id": "r"}, keep=keep)

    return run


def names(published: Published) -> list[str]:
    return [version.name for version in published.versions()]


def test_a_version_holds_every_table_the_lists_and_a_manifest(publish: Publish, published: Published) -> None:
    version = publish(DAYS[0])
    files = {
        path.relative_to(version.folder).as_posix() for path in version.folder.rglob("*") if path.is_file()
    }
    parquet = {f"parquet/{table.name}.parquet" for table in PUBLISHED}
    sheets = {f"sheets/{table.name}.csv" for table in PUBLISHED if table.is_sheet}
    assert sheets
    assert files == parquet | sheets | {"regulars.duckdb", "manifest.json", "action_lists/letter.csv"}
    assert published.current() == version
    assert published.link.readlink() == Path("versions/2024-05-01_0001")


def test_no_text_of_a_sheet_is_a_formula(publish: Publish, tmp_path: Path) -> None:
    hostile = ["=cmd()", " +1", '"-1"', "a; @b", "fine - a", None]
    warehouse = build(tmp_path / "hostile.duckdb")
    with duckdb.connect(warehouse) as connection:
        connection.execute("create or replace table marts.agent_cards (customer_id integer, name varchar)")
        connection.executemany("insert into marts.agent_cards values (?, ?)", list(enumerate(hostile)))
    sheet = publish(DAYS[0], warehouse=warehouse).folder / "sheets" / "agent_cards.csv"
    with sheet.open(newline="", encoding="utf-8") as file:
        _, *found = csv.reader(file)
    assert [name for _, name in found] == ["'=cmd()", " '+1", '"\'-1"', "a; '@b", "fine - a", ""]


def test_the_manifest_says_what_the_version_holds(publish: Publish) -> None:
    version = publish(DAYS[0])
    manifest = json.loads((version.folder / "manifest.json").read_text("utf-8"))
    assert {key: manifest[key] for key in ("as_of_date", "version", "run_id")} == {
        "as_of_date": "2024-05-01",
        "version": "2024-05-01_0001",
        "run_id": "r",
    }
    assert manifest["rows"] == {table.name: 2 for table in PUBLISHED}
    assert "parquet/orders.parquet" in manifest["sha256"]
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((version.folder / name).read_bytes()).hexdigest() == digest


def test_tables_are_ordered_by_their_key_and_say_their_grain(tmp_path: Path, publish: Publish) -> None:
    version = publish(DAYS[0], warehouse=build(tmp_path / "large.duckdb", rows=500))
    with duckdb.connect(version.database, read_only=True) as connection:
        comments = dict(connection.execute("select table_name, comment from duckdb_tables()").fetchall())
        assert comments == {table.name: f"One row per {table.grain}." for table in PUBLISHED}
        for table in PUBLISHED:
            parquet = f"'{version.folder}/parquet/{table.name}.parquet'"
            expected = connection.execute(f"from {table.name} order by {', '.join(table.key)}").fetchall()
            assert connection.execute(f"from {table.name}").fetchall() == expected
            assert connection.execute(f"from {parquet}").fetchall() == expected


def test_the_same_warehouse_published_twice_gives_the_same_parquet_files(publish: Publish) -> None:
    first, second = publish(DAYS[0]), publish(DAYS[0])
    assert (first.number, second.number) == (1, 2)
    for table in PUBLISHED:
        name = f"parquet/{table.name}.parquet"
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


def test_versions_order_by_day_and_then_by_run(publish: Publish, published: Published) -> None:
    for day in (DAYS[1], DAYS[0], DAYS[1], DAYS[2]):
        publish(day)
    assert names(published) == ["2024-05-01_0001", "2024-05-02_0001", "2024-05-02_0002", "2024-05-03_0001"]


def test_a_night_continues_the_newest_version_of_an_earlier_day(
    publish: Publish, published: Published
) -> None:
    for day in (DAYS[1], DAYS[1], DAYS[3]):
        publish(day)
    before = [version and version.name for version in (published.before(day) for day in DAYS[1:5])]
    assert before == [None, "2024-05-02_0002", "2024-05-02_0002", "2024-05-04_0001"]


def test_a_night_knows_its_own_earlier_runs_and_no_others(publish: Publish, published: Published) -> None:
    for day in (DAYS[0], DAYS[1], DAYS[1], DAYS[2]):
        publish(day)
    assert [version.name for version in published.of(DAYS[1])] == ["2024-05-02_0001", "2024-05-02_0002"]
    assert published.of(DAYS[3]) == []


def test_running_an_earlier_day_again_leaves_the_later_one_in_force(
    publish: Publish, published: Published
) -> None:
    later = publish(DAYS[2])
    publish(DAYS[1])
    assert published.current() == later


def test_running_the_same_day_again_puts_the_new_run_in_force(publish: Publish, published: Published) -> None:
    publish(DAYS[2])
    assert publish(DAYS[2]) == published.current()


def test_pruning_keeps_the_newest_days_and_the_newest_runs_of_each(
    publish: Publish, published: Published
) -> None:
    for day in (DAYS[0], DAYS[1], DAYS[2], DAYS[2], DAYS[2]):
        publish(day, keep=2)
    assert names(published) == ["2024-05-02_0001", "2024-05-03_0002", "2024-05-03_0003"]


def test_a_backfill_of_old_days_finds_the_day_before_it_even_if_few_are_kept(
    publish: Publish, published: Published
) -> None:
    publish(DAYS[7], keep=2)
    publish(DAYS[8], keep=2)
    for day, earlier in ((DAYS[0], None), (DAYS[1], DAYS[0]), (DAYS[2], DAYS[1])):
        before = published.before(day)
        assert (before and before.day) == earlier
        assert publish(day, keep=2).database.is_file()
    assert published.current() == published.versions()[-1]


def test_nothing_is_published_before_the_first_night(published: Published) -> None:
    assert (published.versions(), published.current(), published.before(DAYS[0])) == ([], None, None)


def test_a_draft_of_a_night_that_died_is_no_version_and_goes(publish: Publish, published: Published) -> None:
    version = publish(DAYS[0])
    draft = published.folder / "drafts" / "2024-05-02_0001"
    draft.mkdir(parents=True)
    (draft / "regulars.duckdb").write_text("half", "utf-8")
    (published.folder / "current.new").symlink_to("versions/2024-05-02_0001")
    assert (published.current(), names(published)) == (version, ["2024-05-01_0001"])
    assert published.before(DAYS[1]) == version
    publish(DAYS[1])
    assert list((published.folder / "drafts").glob("*")) == []
    assert not (published.folder / "current.new").is_symlink()


@pytest.mark.parametrize("missing", ["customers", "next_actions", "dead_letters"])
def test_a_night_that_cannot_be_published_leaves_the_last_one_as_it_was(
    tmp_path: Path, publish: Publish, published: Published, missing: str
) -> None:
    version = publish(DAYS[0])
    before = {path: path.read_bytes() for path in version.folder.rglob("*") if path.is_file()}
    broken = build(tmp_path / "broken.duckdb", without=missing)
    with pytest.raises(duckdb.CatalogException, match=missing):
        publish(DAYS[1], warehouse=broken)
    assert (published.current(), names(published)) == (version, ["2024-05-01_0001"])
    assert {path: path.read_bytes() for path in version.folder.rglob("*") if path.is_file()} == before


def test_a_version_is_as_it_was_published_until_somebody_changes_it(publish: Publish) -> None:
    version = publish(DAYS[0])
    version.check()
    content = bytearray(version.database.read_bytes())
    content[len(content) // 2] ^= 1
    version.database.write_bytes(content)
    with pytest.raises(UserError, match=r"regulars\.duckdb: is not as it was published") as raised:
        version.check()
    assert "put its folder back from a backup" in raised.value.remedy
    assert "regulars run --day 2024-05-01 --again" in raised.value.remedy


@pytest.mark.parametrize("said", ["", "{", "[]", "{}", '{"sha256": {}}', None])
def test_a_version_that_cannot_be_compared_with_its_manifest_is_not_believed(
    publish: Publish, said: str | None
) -> None:
    version = publish(DAYS[0])
    (version.folder / MANIFEST).unlink()
    if said is not None:
        (version.folder / MANIFEST).write_text(said, "utf-8")
    with pytest.raises(UserError, match="cannot be compared with its manifest"):
        version.check()


def test_a_damaged_version_whose_nights_are_asked_for_is_named(
    publish: Publish, published: Published
) -> None:
    version = publish(DAYS[2])
    version.database.write_bytes(b"a note")
    with pytest.raises(UserError, match=r"2024-05-03_0001/regulars\.duckdb: is not as it was published"):
        published.lost_nights(DAYS[1])


def remember(warehouse: Path, *nights: date) -> None:
    """Let the check results of the build warehouse be of these nights, as those of a chain of nights are."""
    with duckdb.connect(warehouse) as connection:
        connection.execute(
            "create or replace table data_quality.results as select * replace "
            "(date '2024-05-01' as as_of_date) from data_quality.results limit 0"
        )
        for night in nights:
            connection.execute("insert into data_quality.results by name select ? as as_of_date", [night])


@pytest.fixture
def chain(tmp_path: Path, publish: Publish) -> Callable[..., Path]:
    """Publishes nights that follow each other, each remembering the ones before it."""
    warehouse = build(tmp_path / "chain.duckdb")

    def run(*days: date, keep: int = 60) -> Path:
        for number in range(1, len(days) + 1):
            remember(warehouse, *days[:number])
            publish(days[number - 1], warehouse=warehouse, keep=keep)
        return warehouse

    return run


def test_the_first_night_of_a_store_misses_nothing_and_neither_does_the_next(
    chain: Callable[..., Path], published: Published
) -> None:
    assert published.lost_nights(DAYS[0]) == []
    chain(DAYS[0])
    assert [published.lost_nights(day) for day in DAYS[:3]] == [[], [], []]


def test_a_night_before_all_published_ones_misses_nothing(
    chain: Callable[..., Path], published: Published
) -> None:
    chain(DAYS[3], DAYS[4])
    assert published.lost_nights(DAYS[2]) == []


def test_days_on_which_nothing_ran_are_not_missed(chain: Callable[..., Path], published: Published) -> None:
    chain(DAYS[0], DAYS[3])
    assert [published.lost_nights(day) for day in DAYS[1:6]] == [[]] * 5


def test_nights_whose_versions_were_pruned_are_missed_by_an_older_night_that_is_run_again(
    chain: Callable[..., Path], published: Published
) -> None:
    chain(*DAYS[:5], keep=2)
    assert names(published) == ["2024-05-04_0001", "2024-05-05_0001"]
    assert published.lost_nights(DAYS[4]) == []
    assert published.lost_nights(DAYS[3]) == DAYS[:3]
    assert published.lost_nights(DAYS[1]) == DAYS[:1]
    assert published.lost_nights(DAYS[0]) == []


def test_a_night_whose_version_was_deleted_is_missed_as_long_as_something_remembers_it(
    chain: Callable[..., Path], published: Published
) -> None:
    chain(*DAYS[:4])
    shutil.rmtree(published.versions_folder / "2024-05-03_0001")
    assert published.lost_nights(DAYS[3]) == [DAYS[2]]
    assert published.lost_nights(DAYS[4]) == []
    shutil.rmtree(published.versions_folder / "2024-05-04_0001")
    # only the link remembers the newest
    assert published.lost_nights(DAYS[4]) == [DAYS[3]]
    assert published.lost_nights(DAYS[3]) == [DAYS[3]]
    shutil.rmtree(published.versions_folder)
    assert published.lost_nights(DAYS[4]) == [DAYS[3]]


READER = """
import os, sys, duckdb
link = sys.argv[1]
connection = duckdb.connect(link + "/regulars.duckdb", read_only=True)
print("reading", flush=True)
while sys.stdin.readline():
    print(connection.execute("select count(*), sum(n) from orders").fetchall(), flush=True)
# DuckDB caches files by path, so a reader that wants the new night resolves the link again
new = duckdb.connect(os.path.realpath(link) + "/regulars.duckdb", read_only=True)
print(new.execute("select count(*) from orders").fetchall())
"""


def test_a_reader_in_another_process_keeps_its_night_while_the_next_ones_are_published(
    tmp_path: Path, publish: Publish, published: Published
) -> None:
    publish(DAYS[0], keep=2)
    larger = build(tmp_path / "larger.duckdb", rows=5)
    command = [sys.executable, "-c", READER, str(published.link)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin
        assert reader.stdout
        assert reader.stdout.readline() == "reading\n"
        for day in DAYS[1:4]:
            publish(day, warehouse=larger, keep=2)
            print("go", file=reader.stdin, flush=True)
            assert reader.stdout.readline() == "[(2, 1)]\n"
        reader.stdin.close()
        assert reader.stdout.read() == "[(5,)]\n"
    assert "2024-05-01_0001" not in names(published)
