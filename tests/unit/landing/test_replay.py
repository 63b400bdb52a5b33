"""Dead letters that are loaded again after the contract was mended."""

import gzip
import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from regulars.landing.replay import Replay, replay
from regulars.store.store import open_store
from tests.shops import HEADER
from tests.unit.landing.conftest import COLUMNS, Row, Shop, contract

MENDED = COLUMNS | {"amount": "replace(amount, ',', '.')"}
# the second amount fits once the contract is mended, the third never
FIRST = HEADER + '1,2024-05-01 10:00:00,1.50,anna\n2,2024-05-02 11:00:00,"2,50",ben\n3,2024-05-03,many,eve\n'
CONTENT = "source, record_key, file_id, row_number, order_ref, customer_ref, ordered_at, amount, extras"
ACCOUNTS = "file_id, path, rows_read, rows_loaded, rows_duplicate, rows_dead, rows_unreadable, rows_skipped"


def streams(columns: Mapping[str, str], *files: str, **more: object) -> str:
    """A contract with a stream for each pattern."""
    return contract(*({"files": pattern, "columns": columns, **more} for pattern in files or ("*.csv",)))


def mend(shop: Shop, text: str) -> list[Replay]:
    """Mend the contract and replay the dead letters; the account of every file must be exact."""
    shop.deliver({}, text)
    replays = list(replay(shop.connection, open_store(shop.folder), date(2024, 6, 1)))
    assert_exact(shop)
    return replays


def assert_exact(shop: Shop) -> None:
    assert (
        shop.rows(
            "select path from landing.files left join (select file_id, count(distinct row_number) as letters"
            " from landing.dead_letters group by file_id) as kept using (file_id)"
            " where rows_read <> rows_loaded + rows_duplicate + rows_dead + rows_skipped"
            " or rows_dead <> coalesce(letters, 0) or rows_unreadable > rows_dead"
            " or least(rows_loaded, rows_duplicate, rows_unreadable, rows_skipped) < 0"
        )
        == []
    )
    assert (
        shop.rows(
            "select file_id from landing.orders left join landing.files using (file_id)"
            " group by file_id having count(*) > coalesce(any_value(rows_loaded), 0)"
        )
        == []
    )


def counts(one: Replay) -> tuple[int, int, int, int]:
    return one.rows_loaded, one.rows_duplicate, one.rows_dead, one.rows_skipped


def state(shop: Shop, content: str = CONTENT, accounts: str = ACCOUNTS) -> list[list[Row]]:
    """What is landed, without the nights that landed it."""
    return [
        shop.rows(f"select {content} from landing.orders order by all"),
        shop.rows(f"select {accounts} from landing.files order by all"),
        shop.rows("select * exclude (loaded_date) from landing.dead_letters order by all"),
    ]


def parquet(tmp_path: Path, *amounts: str) -> bytes:
    rows = ", ".join(
        f"('{number}', timestamp '2024-05-01', '{amount}', 'anna')"
        for number, amount in enumerate(amounts, start=1)
    )
    with duckdb.connect() as connection:
        path = tmp_path / "made.parquet"
        connection.execute(f"copy (from (values {rows}) as rows (id, placed, amount, who)) to '{path}'")
        return path.read_bytes()


def json_lines(*amounts: str) -> str:
    return "".join(
        json.dumps({"id": str(number), "placed": "2024-05-01", "amount": amount, "who": "anna"}) + "\n"
        for number, amount in enumerate(amounts, start=1)
    )


def exports_of(suffix: str, tmp_path: Path) -> str | bytes:
    amounts = ("1.50", "2,50", "many")
    match suffix:
        case "csv":
            return FIRST
        case "csv.gz":
            return gzip.compress(FIRST.encode())
        case "jsonl":
            return json_lines(*amounts)
        case _:
            return parquet(tmp_path, *amounts)


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl", "parquet"])
def test_rows_that_fit_the_mended_contract_land_as_if_they_had_with_their_file(
    make_shop: Callable[[str], Shop], tmp_path: Path, suffix: str
) -> None:
    shop, anew, pattern = make_shop("shop"), make_shop("anew"), f"*.{suffix}"
    exports = {f"orders.{suffix}": exports_of(suffix, tmp_path)}
    shop.land(exports, streams(COLUMNS, pattern), day="2024-05-07")
    assert [number for number, *_ in shop.dead()] == [2, 3]
    (one,) = mend(shop, streams(MENDED, pattern))
    assert str(one) == f"orders: orders.{suffix}: 1 loaded, 1 still dead"
    anew.land(exports, streams(MENDED, pattern))
    assert state(shop) == state(anew)
    assert [value for _, _, value, _ in shop.dead()] == ["many"]
    assert shop.rows("select distinct loaded_date::varchar from landing.orders") == [("2024-05-07",)]


def test_a_row_that_is_still_dead_keeps_its_place_on_the_list_with_todays_reason(shop: Shop) -> None:
    shop.land({"orders.csv": FIRST}, streams(COLUMNS))
    mend(shop, streams(MENDED | {"order_ref": "case when amount <> 'many' then id end"}))
    assert shop.dead() == [(3, "order_ref", None, "is required and has no value")]


MANY = {
    # an older version, a row that a later file supersedes, a row whose record nobody else tells
    "1.csv": HEADER
    + '1,2024-05-01,1,anna\n2,2024-05-01,"2,5",ben\n3,2024-05-01,"3,5",eve\n4,2024-05-01,4,al\n',
    # replaces what file 1 has of record 1, twice in the file; and a torn line
    "2.csv": HEADER + '1,2024-05-02,"1,7",anna\n1,2024-05-02,"1,8",anna\ntorn\n5,2024-05-02,5,flo\n',
    # an update of record 2, and record 4 told again
    "3.csv": HEADER + '2,2024-05-03,22,ben\n4,2024-05-01,4,al\n6,2024-05-03,"6,5",gus\n',
    # nothing new but what replaces a row that was dead
    "4.csv": HEADER + '3,2024-05-04,33,eve\n6,2024-05-03,"6,5",gus\n',
}


def test_several_files_end_as_if_all_had_been_landed_with_the_mended_contract(
    make_shop: Callable[[str], Shop],
) -> None:
    shop, anew = make_shop("shop"), make_shop("anew")
    for number, (name, content) in enumerate(MANY.items(), start=1):
        shop.land({name: content}, streams(COLUMNS), day=f"2024-05-0{number}")
    replays = mend(shop, streams(MENDED))
    assert [counts(one) for one in replays] == [(2, 0, 0, 0), (1, 1, 1, 0), (1, 0, 0, 0), (0, 1, 0, 0)]
    anew.land(MANY, streams(MENDED))
    assert state(shop) == state(anew)
    before = state(shop)
    (second,) = mend(shop, streams(MENDED))
    assert counts(second) == (0, 0, 1, 0)
    assert state(shop) == before


def test_a_version_that_a_later_file_told_again_stays(make_shop: Callable[[str], Shop]) -> None:
    """The later file left only a count of duplicates, because the version between them was dead."""
    shop, anew = make_shop("shop"), make_shop("anew")
    first = "1,2024-05-01,1,anna\n2,2024-05-01,2,ben\n"
    between = '1,2024-05-01,"1,5",anna\n2,2024-05-01,"2,5",ben\n'
    exports = {
        "1.csv": HEADER + first,
        "2.csv": HEADER + between,
        "3.csv": HEADER + first[:20] + "7,2024-05-03,7,al\n",
    }
    shop.land(exports, streams(COLUMNS))
    assert [counts(one) for one in mend(shop, streams(MENDED))] == [(2, 0, 0, 0)]
    anew.land(exports, streams(MENDED))
    assert shop.orders() == anew.orders() == [("1", "anna", 1.0), ("2", "ben", 2.5), ("7", "al", 7.0)]


def test_a_row_waits_where_the_file_that_may_have_told_it_again_is_gone(shop: Shop) -> None:
    told = HEADER + "1,2024-05-01,1,anna\n"
    shop.land({"1.csv": told, "2.csv": HEADER + '1,2024-05-01,"1,5",anna\n'}, streams(COLUMNS))
    shop.land({"3.csv": told + "2,2024-05-02,2,ben\n"})
    (shop.folder / "exports" / "3.csv").unlink()
    before = state(shop)
    (one,) = mend(shop, streams(MENDED))
    assert one.mistake
    assert "which 3.csv may have repeated since" in one.mistake.message
    assert state(shop) == before


def test_an_earlier_row_of_the_same_file_does_not_replace_a_later_one(shop: Shop) -> None:
    rows = '1,2024-05-01,"1,5",anna\n1,2024-05-01,2,anna\n2,2024-05-01,3,ben\n2,2024-05-01,"3,5",ben\n'
    shop.land({"orders.csv": HEADER + rows}, streams(COLUMNS))
    (one,) = mend(shop, streams(MENDED))
    assert counts(one) == (0, 2, 0, 0)
    assert shop.orders() == [("1", "anna", 2.0), ("2", "ben", 3.5)]
    assert shop.rows("select rows_loaded, rows_duplicate from landing.files") == [(2, 2)]


def test_a_row_that_is_another_streams_now_leaves_the_list_and_counts_as_skipped(shop: Shop) -> None:
    shop.land({"orders.csv": FIRST}, streams(COLUMNS))
    (one,) = mend(shop, streams(MENDED, where="amount <> 'many'"))
    assert counts(one) == (1, 0, 0, 1)
    assert shop.dead() == []


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_line_that_the_format_cannot_hold_stays_and_shifts_no_row(shop: Shop, suffix: str) -> None:
    torn = "torn\n" if suffix == "csv" else '{"id": \n'
    lines = json_lines("1", "2,5").splitlines(keepends=True)
    rows = ["1,2024-05-01,1,anna\n", '2,2024-05-02,"2,5",anna\n']
    good, mended = rows if suffix == "csv" else lines
    start = HEADER if suffix == "csv" else ""
    shop.land({f"orders.{suffix}": start + torn + good + torn + mended}, streams(COLUMNS, f"*.{suffix}"))
    letters = (
        "select row_number, column_name, reason, row_text from landing.dead_letters where row_number <> 4"
    )
    before = shop.rows(letters)
    (one,) = mend(shop, streams(MENDED, f"*.{suffix}"))
    assert counts(one) == (1, 0, 2, 0)
    assert shop.rows(letters) == before
    assert shop.orders("order_ref, row_number") == [("1", 2), ("2", 4)]
    assert shop.rows("select rows_dead, rows_unreadable from landing.files") == [(2, 2)]


def vanish(path: Path) -> None:
    path.unlink()


def change(path: Path) -> None:
    path.write_text(FIRST.replace("ben", "bob"), "utf-8")


@pytest.mark.parametrize(("happen", "message"), [(vanish, "is gone"), (change, "another content")])
def test_the_dead_letters_of_a_file_that_is_not_there_as_it_was_stay_and_others_are_replayed(
    shop: Shop, happen: Callable[[Path], Any], message: str
) -> None:
    shop.land({"1.csv": FIRST, "2.csv": HEADER + '9,2024-05-02,"9,5",ida\n'}, streams(COLUMNS))
    happen(shop.folder / "exports" / "1.csv")
    first, second = mend(shop, streams(MENDED))
    assert first.mistake
    assert message in first.mistake.message
    assert first.mistake.remedy
    assert (counts(first), counts(second)) == ((0, 0, 2, 0), (1, 0, 0, 0))
    assert shop.orders("order_ref") == [("1",), ("9",)]
    assert [number for number, *_ in shop.dead()] == [2, 3]


@pytest.mark.parametrize(
    ("mended", "message"),
    [
        (streams(MENDED, "orders.csv"), "no contract has the stream pos/orders/*.csv"),
        (streams(MENDED | {"amount": "total"}), "has no column 'total'"),
        (streams(MENDED, key=["id || '-'"]), "other rows or other keys"),
    ],
)
def test_a_contract_that_reads_the_file_no_more_as_it_did_changes_nothing(
    shop: Shop, mended: str, message: str
) -> None:
    shop.land({"orders.csv": FIRST}, streams(COLUMNS))
    before = state(shop)
    (one,) = mend(shop, mended)
    assert one.mistake
    assert message in one.mistake.message
    assert state(shop) == before


def test_the_days_that_a_replay_touched_are_newer_than_all_that_was_built(shop: Shop) -> None:
    shop.land({"1.csv": FIRST, "2.csv": HEADER + "4,2024-05-09,4,al\n"}, streams(COLUMNS))
    mend(shop, streams(MENDED))
    days = "select file_id, touched_date::varchar from landing.touched_days where file_id > 2"
    assert shop.rows(days) == [(3, "2024-05-02")]
    shop.land({"3.csv": HEADER + "5,2024-05-10,5,al\n"})
    assert shop.rows("select file_id from landing.files order by 1") == [(1,), (2,), (4,)]


def test_an_entity_without_days_is_noted_as_touched_too(shop: Shop) -> None:
    columns = {"product_ref": "id", "category": "who", "price": "amount"}
    stream = {"files": "*.csv", "entity": "products", "columns": columns}
    shop.land({"products.csv": FIRST}, contract(stream))
    mended = columns | {"price": MENDED["amount"]}
    (one,) = mend(shop, contract(stream | {"columns": mended}))
    assert counts(one) == (1, 0, 1, 0)
    touched = [
        (1, "pos", "products", None, date(2024, 5, 31)),
        (2, "pos", "products", None, date(2024, 6, 1)),
    ]
    assert shop.rows("select * from landing.touched_days order by 1") == touched


def test_a_warehouse_without_dead_letters_has_nothing_to_replay(shop: Shop) -> None:
    shop.land({"orders.csv": HEADER + "1,2024-05-01,1,anna\n"}, streams(COLUMNS))
    assert mend(shop, streams(MENDED)) == []
