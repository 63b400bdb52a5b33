"""A damaged build warehouse is named with what to do about it, whatever DuckDB makes of the damage."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from regulars.store.errors import UserError
from regulars.warehouse.connection import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse with a table that is too large for one block."""
    warehouse = Warehouse(tmp_path / "build" / "warehouse.duckdb", "1GB")
    with warehouse.connect() as connection:
        connection.execute("create table numbers as select i, hash(i) as h from range(100_000) r(i)")
    return warehouse


def flipped(content: bytes) -> bytes:
    damaged = bytearray(content)
    damaged[len(content) // 2] ^= 1
    return bytes(damaged)


@pytest.mark.parametrize(
    "damaged",
    [lambda _: b"a note", lambda _: b"", lambda content: content[: len(content) // 2], flipped],
    ids=["text", "empty", "cut off", "a flipped bit"],
)
def test_damage_is_named_with_its_remedy(warehouse: Warehouse, damaged: Callable[[bytes], bytes]) -> None:
    warehouse.path.write_bytes(damaged(warehouse.path.read_bytes()))
    with (
        pytest.raises(UserError, match="the build warehouse is damaged") as raised,
        warehouse.connect() as connection,
    ):
        connection.execute("select sum(h) from numbers").fetchall()
    assert raised.value.file == warehouse.path
    assert "--rebuild" in raised.value.remedy
    warehouse.discard()
    with warehouse.connect() as connection:
        assert connection.execute("show tables").fetchall() == []


def test_a_damaged_log_of_a_night_that_was_killed_is_damage_too(warehouse: Warehouse) -> None:
    log = warehouse.path.with_name(f"{warehouse.path.name}.wal")
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("create table more as select i from range(1000) r(i)")
    log.write_bytes(flipped(log.read_bytes()))
    with pytest.raises(UserError, match="the build warehouse is damaged"), warehouse.connect():
        pass


def test_what_is_no_damage_is_left_as_duckdb_says_it(warehouse: Warehouse) -> None:
    with pytest.raises(duckdb.CatalogException, match="missing"), warehouse.connect() as connection:
        connection.execute("from missing")
    assert warehouse.damage('Could not read enough bytes from file "/another/file.parquet"') is None


def test_a_warehouse_that_an_older_program_made_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create table words as select 'word ' || i % 100 as word from range(10_000) r(i)")
    for times in (2, 3):
        with Warehouse(path, "1GB").connect() as connection:
            connection.execute("insert into words from (from words limit 10_000)")
            counted = connection.execute("select count(*), count(distinct word) from words").fetchall()
        assert counted == [(times * 10_000, 100)]
