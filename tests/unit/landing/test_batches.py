"""Files that are loaded together leave what they would leave one after the other."""

import gzip
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.landing import batches
from regulars.landing.ledger import create_landing_tables, new_files
from regulars.landing.load import land
from regulars.store.errors import UserError
from regulars.store.store import open_store
from tests.examples import examples
from tests.shops import write_shop
from tests.unit.landing.conftest import Shop, contract

HEADER = "id,placed,amount,who\n"
AS_OF = date(2024, 5, 31)
TABLES = ("files", "orders", "dead_letters")
Rows = dict[str, list[tuple[object, ...]]]

# few keys, days and amounts, so that files tell of the same orders, alike or not, and some rows are dead
ORDER = st.tuples(st.integers(1, 4), st.integers(1, 3), st.sampled_from(["1", "2", "x"]))
FILES = st.lists(st.lists(ORDER, min_size=1, max_size=5), min_size=1, max_size=5)


def as_csv(orders: Sequence[tuple[int, int, str]]) -> str:
    return HEADER + "".join(f"{key},2024-05-0{day},{amount},a\n" for key, day, amount in orders)


def as_json_lines(orders: Sequence[tuple[int, int, str]]) -> str:
    lines = [
        {"id": key, "placed": f"2024-05-0{day}", "amount": amount, "who": "a"} for key, day, amount in orders
    ]
    # a line that is no object, an empty one, and a key that other files lack
    lines[0]["note"] = "first"
    return "\n".join([json.dumps(lines[0]), "", "oops", *map(json.dumps, lines[1:])])


def landed(
    folder: Path, exports: dict[str, str], text: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> Rows:
    monkeypatch.setattr(batches, "MOST_FILES", most)
    write_shop(
        folder, {f"exports/{name}": content for name, content in exports.items()} | {"sources/pos.yml": text}
    )
    with duckdb.connect() as connection:
        create_landing_tables(connection)
        list(land(connection, open_store(folder), AS_OF))
        return {
            table: connection.execute(f"from landing.{table} order by all").fetchall() for table in TABLES
        }


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@examples(10)
@given(files=FILES)
def test_together_or_one_by_one_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    files: list[list[tuple[int, int, str]]],
) -> None:
    write = as_csv if suffix == "csv" else as_json_lines
    exports = {f"{day}.{suffix}": write(orders) for day, orders in enumerate(files)}
    text = contract({"files": f"*.{suffix}"})
    with pytest.MonkeyPatch.context() as patch:
        together = landed(tmp_path_factory.mktemp("together"), exports, text, 400, patch)
        one_by_one = landed(tmp_path_factory.mktemp("alone"), exports, text, 1, patch)
    assert together == one_by_one


def test_streams_of_one_file_are_counted_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = '{"id": 1, "placed": "2024-05-01", "kind": "a"}\n\n{"id": 2, "placed": "soon", "kind": "b"}\nx\n'
    exports = {f"{day}.jsonl": lines.replace("1", str(day), 1) for day in (5, 6, 7)}
    columns = {"order_ref": "id", "ordered_at": "placed"}
    streams = [{"files": "*.jsonl", "columns": columns, "where": f"kind = '{kind}'"} for kind in "ab"]
    together = landed(tmp_path / "together", exports, contract(*streams), 400, monkeypatch)
    assert together == landed(tmp_path / "alone", exports, contract(*streams), 1, monkeypatch)
    assert [letter[4] for letter in together["dead_letters"] if letter[5] == "ordered_at"] == [2, 2, 2]


def test_files_before_a_damaged_one_stay(shop: Shop) -> None:
    good = HEADER + "1,2024-05-01,1,a\n"
    mixed = HEADER + "2,2024-05-01,1,a\r\n3,2024-05-01,1,a\n"
    with pytest.raises(UserError, match=r"b\.csv.*lines end in different ways"):
        shop.land({"a.csv": good, "b.csv": mixed, "c.csv": good.replace("1", "4", 1)}, contract())
    assert shop.connection.execute("select path from landing.files").fetchall() == [("a.csv",)]


def test_a_batch_holds_so_much_text_of_which_a_compressed_file_holds_more(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [(HEADER + f"{number},2024-05-01,1,a\n").encode() for number in range(1, 6)]
    packed = [gzip.compress(text, mtime=0) for text in texts]
    shop.deliver(
        {f"{number}.csv": text for number, text in enumerate(texts)}
        | {f"{number}.csv.gz": text for number, text in enumerate(packed)},
        contract({"files": "*.csv"}, {"files": "*.csv.gz"}),
    )
    store = open_store(shop.folder)
    files = list(new_files(shop.connection, store.contract_files, store.exports))
    monkeypatch.setattr(batches, "MOST_BYTES", 2 * len(texts[0]))
    assert [len(batch) for batch in batches.batches(files[:5])] == [2, 2, 1]
    monkeypatch.setattr(batches, "MOST_BYTES", 2 * batches.GZIP_RATIO * max(map(len, packed)))
    assert [len(batch) for batch in batches.batches(files[5:])] == [2, 2, 1]


def test_another_header_begins_another_batch(shop: Shop) -> None:
    other = "placed,id,who,amount\n2024-05-02,2,b,7\n"
    accounts = shop.land({"a.csv": HEADER + "1,2024-05-01,1,a\n", "b.csv": other}, contract())
    assert [account.rows_loaded for account in accounts] == [1, 1]
    amounts = shop.connection.execute("select order_ref, amount from landing.orders order by 1").fetchall()
    assert [(order, float(amount)) for order, amount in amounts] == [("1", 1.0), ("2", 7.0)]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "jsonl.gz"])
def test_rows_of_files_that_are_read_in_many_parts_keep_their_numbers(shop: Shop, suffix: str) -> None:
    rows = 300_000
    line = (
        "{n},2024-05-01,{n},a\n"
        if suffix == "csv"
        else '{{"id": {n}, "placed": "2024-05-01", "amount": {n}}}\n'
    )
    lines = [line.format(n=n) + ("\n" if n % 1000 == 0 else "") for n in range(1, 2 * rows + 1)]
    head = HEADER if suffix == "csv" else ""
    contents = [(head + "".join(part)).encode() for part in (lines[:rows], lines[rows:])]
    pack = gzip.compress if suffix.endswith("gz") else bytes
    files = {f"{number}.{suffix}": pack(content) for number, content in enumerate(contents)}
    columns = {"order_ref": "id", "ordered_at": "placed", "amount": "amount"}
    shop.land(files, contract({"files": f"*.{suffix}", "columns": columns}))
    number = "cast(order_ref as bigint)"
    wrong = f"row_number <> {number} - (file_id - 1) * {rows} or amount <> {number}"
    assert shop.rows(f"select count(*), count(*) filter ({wrong}) from landing.orders") == [(2 * rows, 0)]
