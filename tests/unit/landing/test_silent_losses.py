"""What the tools below us lose or change without a word, and landing must not."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.store.errors import UserError
from tests.shops import HEADER
from tests.unit.landing.conftest import COLUMNS, Shop, contract

FILES = 12
ROW = "1,2024-05-01,1,anna\n"


def rows_of(file: int, rows: int = 50) -> list[str]:
    return [f"{100 * file + row},2024-05-01,1,anna\n" for row in range(rows)]


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("position", [0, 5, FILES - 1])
@pytest.mark.parametrize("row", [1, 20])
def test_a_quote_left_open_in_one_of_many_files_is_refused_with_its_line(
    shop: Shop, threads: int, position: int, row: int
) -> None:
    shop.connection.execute(f"set threads = {threads}")
    files = {f"orders_{file:02}.csv": rows_of(file) for file in range(FILES)}
    files[f"orders_{position:02}.csv"][row] = '7777,2024-05-01,1,"an\n'
    with pytest.raises(UserError, match=rf"orders_{position:02}\.csv:{row + 2}: a quote that opens in this"):
        shop.land({name: HEADER + "".join(rows) for name, rows in files.items()}, contract())


@pytest.mark.parametrize("stray", ['7777,2024-05-01,1,5" disk\n7778,2024-05-01,1,"an', '7,2024-05-01,1,"an'])
def test_a_quote_left_open_in_the_last_row_of_one_of_many_files_makes_it_a_dead_letter(
    shop: Shop, stray: str
) -> None:
    files = {f"orders_{file:02}.csv": HEADER + "".join(rows_of(file)) for file in range(FILES)}
    files["orders_05.csv"] += stray
    accounts = {account.path: account for account in shop.land(files, contract())}
    assert (accounts["orders_05.csv"].rows_dead, accounts["orders_05.csv"].rows_loaded) == (
        1,
        49 + len(stray.splitlines()),
    )
    assert {account.rows_loaded for path, account in accounts.items() if path != "orders_05.csv"} == {50}


def test_files_whose_quotes_are_closed_are_still_read_together(shop: Shop) -> None:
    files = {f"orders_{file:02}.csv": f'{HEADER}{file},2024-05-01,1,"an\nna"\n' for file in range(FILES)}
    assert [account.rows_loaded for account in shop.land(files, contract())] == [1] * FILES
    assert shop.rows("select distinct customer_ref from landing.orders") == [("an\nna",)]


@pytest.mark.parametrize(("inner", "end"), [("\r\n", "\n"), ("\r", "\n"), ("\n", "\r\n"), ("\n", "\r")])
def test_a_line_break_in_the_header_that_ends_no_line_is_refused(shop: Shop, inner: str, end: str) -> None:
    content = f'id,placed,amount,who,"Note{inner}intern"\n{ROW.strip()},x\n'.replace("\n", end)
    content = content.replace(f"Note{inner.replace(chr(10), end)}intern", f"Note{inner}intern")
    with pytest.raises(UserError, match=r"orders\.csv:1: the line break in column 'Note intern' of"):
        shop.land({"orders.csv": content.encode()}, contract())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_break_in_the_header_like_those_of_the_lines_is_part_of_the_name(shop: Shop, end: str) -> None:
    content = f'id,placed,amount,who,"Note\nintern"\n{ROW.strip()},x'.replace("\n", end)
    (account,) = shop.land({"orders.csv": content.encode()}, contract())
    assert account.rows_loaded == 1
    assert shop.rows("select extras->>'Note intern' from landing.orders") == [("x",)]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("folder", ["who=bob", "id=007", "line=5"])
def test_a_folder_called_like_a_column_says_nothing_of_its_files(
    shop: Shop, suffix: str, folder: str
) -> None:
    path = shop.folder / "exports" / folder / f"orders.{suffix}"
    path.parent.mkdir()
    rows = duckdb.sql("select '1' as id, '2024-05-01' as placed, 1 as amount, 'anna' as who")
    kind = {"csv": "csv", "jsonl": "json", "parquet": "parquet"}[suffix]
    rows.query("rows", f"copy rows to '{path}' (format {kind})")
    shop.land({}, contract({"files": f"**/*.{suffix}"}))
    assert shop.orders() == [("1", "anna", 1.0)]


@pytest.mark.parametrize(
    "time",
    [
        "5/1/24 10:00",
        "01/02/24",
        "13-05-24",
        "24-05-01 10:00:00",
        "epoch",
        "2024-05-01 10:00:00 BST",
        "2024-05-01 10:00:00 IST",
        "2024-05-01 10:00:00 CST",
    ],
)
def test_a_time_that_may_mean_several_is_a_dead_letter(shop: Shop, time: str) -> None:
    (account,) = shop.land({"orders.csv": f"{HEADER}1,{time},1,anna\n{ROW}"}, contract())
    assert (account.rows_dead, account.rows_loaded) == (1, 1)
    assert shop.rows("select value, reason from landing.dead_letters") == [
        (time, "cannot be read as timestamp")
    ]


@pytest.mark.parametrize("day", ["90-05-01", "5/1/90", "1990-05-01 xx", "1990-05-01xx"])
def test_a_date_with_half_a_year_or_with_more_behind_it_is_a_dead_letter(shop: Shop, day: str) -> None:
    columns = {"customer_ref": "id", "birth_date": "born"}
    stream = {"files": "people.csv", "entity": "customers", "columns": columns}
    (account,) = shop.land({"people.csv": f"id,born\n1,{day}\n2,1990-05-01\n"}, contract(stream))
    assert (account.rows_dead, account.rows_loaded) == (1, 1)
    assert shop.rows("select birth_date::varchar from landing.customers") == [("1990-05-01",)]


def test_a_contract_cannot_cast_so_that_one_row_takes_its_zone_from_another(shop: Shop) -> None:
    for cast in ("placed::timestamptz", "coalesce(try_cast(placed as timestamp with time zone), null)"):
        with pytest.raises(UserError, match="casts to a time with a zone"):
            shop.land({"orders.csv": HEADER + ROW}, contract({"columns": COLUMNS | {"ordered_at": cast}}))


def test_a_torn_line_of_a_lookup_is_refused(shop: Shop) -> None:
    lookup = '{"who": "anna", "code": "A"}\n{"who": "ben", "code": "K"\n'
    stream = {"files": "orders.csv", "lookup": {"files": "codes.jsonl", "using": ["who"]}}
    columns = {"columns": COLUMNS | {"coupon_code": "code"}}
    with pytest.raises(UserError, match=r"codes\.jsonl: row 2 of the lookup cannot be read"):
        shop.land({"orders.csv": HEADER + ROW, "codes.jsonl": lookup}, contract(stream | columns))


def test_keys_of_a_lookup_that_are_one_number_are_one_key(shop: Shop) -> None:
    files = {"orders.csv": f"{HEADER}1,2024-05-01,1,1\n", "codes.csv": "who,code\n1,X\n01,Y\n"}
    stream = {
        "files": "orders.csv",
        "file_columns": {"who": "bigint"},
        "lookup": {"files": "codes.csv", "using": ["who"]},
        "columns": COLUMNS | {"coupon_code": "code"},
    }
    with pytest.raises(UserError, match=r"lookup codes\.csv has who 1 twice"):
        shop.land(files, contract(stream))
    assert shop.rows("from landing.orders") == []


def test_a_column_called_as_reading_calls_its_own_is_refused(shop: Shop) -> None:
    for name in ("amount as landed", "Order_ref AS told", "who as text", "row_number as read"):
        with pytest.raises(UserError, match=rf"orders\.csv: the name of column '{name}' is one that reading"):
            shop.land({"orders.csv": f"id,placed,amount,who,{name}\n1,2024-05-01,1,anna,77\n"}, contract())


def test_a_linked_folder_that_leads_out_is_refused_by_every_pattern(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "orders.csv").write_text(HEADER + ROW, "utf-8")
    (shop.folder / "exports" / "lnk").symlink_to(tmp_path / "outside")
    for pattern in ("**/*.csv", "*/*.csv", "lnk/*.csv"):
        with pytest.raises(UserError, match="lnk: a link leads out of the exports"):
            shop.land({}, contract({"files": pattern}))


def test_blanks_around_a_declared_key_make_no_other_record(shop: Shop) -> None:
    rows = "1,2024-05-01,1,anna\n1 ,2024-05-02,2,anna\n"
    (account,) = shop.land({"orders.csv": HEADER + rows}, contract({"key": ["id"]}))
    assert (account.rows_loaded, account.rows_duplicate) == (1, 1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("who", "the file names column 'who' twice"),
        ("WHO", "the file names column 'who' twice"),
        ("", "the file has a column without a name"),
        ("file_row_number", "the file has a column 'file_row_number'"),
    ],
)
def test_names_of_a_parquet_file_that_would_be_made_up_are_refused(shop: Shop, name: str, said: str) -> None:
    nested = [{"who": [{"file_row_number": 1}]}]
    columns = [["1"], nested, ["2024-05-01"], [1], ["anna"], ["other"]]
    names = ["id", "nested", "placed", "amount", "who", name]
    pq.write_table(pa.table(columns, names=names), shop.folder / "exports" / "orders.parquet")
    with pytest.raises(UserError, match=rf"orders\.parquet: {said}"):
        shop.land({}, contract({"files": "*.parquet"}))


def test_names_inside_a_column_of_a_parquet_file_are_nobody_s_business(shop: Shop) -> None:
    nested = [{"who": [{"id": 1, "file_row_number": 2}], "id": "x"}]
    columns = [["1"], nested, ["2024-05-01"], [1], ["anna"]]
    names = ["id", "nested", "placed", "amount", "who"]
    pq.write_table(pa.table(columns, names=names), shop.folder / "exports" / "orders.parquet")
    shop.land({}, contract({"files": "*.parquet"}))
    assert shop.orders() == [("1", "anna", 1.0)]


@pytest.mark.parametrize("value", ["7.5", "-0.4", "1e-1", "2.5e0"])
@pytest.mark.parametrize("declared", [{}, {"file_columns": {"stock": "bigint"}}])
def test_a_number_with_digits_behind_its_point_is_no_whole_one(
    shop: Shop, value: str, declared: dict[str, object]
) -> None:
    columns = {"product_ref": "sku", "stock_quantity": "stock"}
    content = f"sku,stock\na,7\nb,{value}\nc,7.0\nd,9007199254740993\n"
    products = contract({"entity": "products", "columns": columns} | declared)
    (account,) = shop.land({"products.csv": content}, products)
    assert account.rows_dead == 1
    stocks = shop.rows("select product_ref, stock_quantity from landing.products order by all")
    assert stocks == [("a", 7), ("c", 7), ("d", 9007199254740993)]
    ((row_number, _, told, reason),) = shop.dead()
    assert (row_number, told, reason) == (2, value, "cannot be read as bigint")


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_key_that_would_read_as_another_is_a_dead_letter(shop: Shop, suffix: str) -> None:
    rows = [("a\x1f", "b"), ("a", "\x1fb"), ("a", "b")]
    records = [{"id": one, "placed": "2024-05-01", "amount": 1, "who": other} for one, other in rows]
    content = {
        "csv": HEADER + "".join(",".join(map(str, record.values())) + "\n" for record in records),
        "jsonl": "".join(json.dumps(record) + "\n" for record in records),
    }[suffix]
    (account,) = shop.land(
        {f"orders.{suffix}": content}, contract({"files": f"*.{suffix}", "key": ["id", "who"]})
    )
    assert (account.rows_loaded, account.rows_dead) == (1, 2)
    assert {(row, reason) for row, _, _, reason in shop.dead()} == {
        (row, "has the letter that separates keys") for row in (1, 2)
    }


def strictly(text: str) -> Any:  # noqa: ANN401 (what JSON holds)
    """What a reader makes of JSON that knows no more than its standard."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


def test_numbers_of_parquet_that_json_does_not_know_are_kept_as_text(shop: Shop) -> None:
    names = ("id", "placed", "amount", "who", "rate", "huge", "tags", "rates", "all")
    rows = [
        ("1", "2024-05-01", 1.0, "anna", float("nan"), 2**100, ["a"], [float("nan")], {"one": 1.5}),
        ("2", "soon", 1.0, "bob", float("inf"), 2**100, [], [1.5], {"one": float("-inf")}),
    ]
    table = pa.table(
        {
            name: pa.array(values, pa.decimal128(38, 0) if name == "huge" else None)
            for name, values in zip(names, zip(*rows, strict=True), strict=True)
        }
    )
    pq.write_table(table, shop.folder / "exports" / "orders.parquet")
    shop.land({}, contract({"files": "*.parquet"}))
    ((extras,),) = shop.rows("select extras from landing.orders")
    assert strictly(extras) == {
        "all": {"one": 1.5},
        "huge": 2**100,
        "rate": "nan",
        "rates": "[nan]",
        "tags": ["a"],
    }
    ((text,),) = shop.rows("select row_text from landing.dead_letters")
    assert strictly(text)["rate"] == "inf"
    assert strictly(text)["all"] == "{'one': -inf}"
    assert f'"huge":{2**100}' in text


@pytest.mark.parametrize("bad_row", [1, 2, 777, 1500])
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_an_expression_that_fails_names_the_first_row_on_which_it_does(
    shop: Shop, suffix: str, bad_row: int
) -> None:
    records = [
        {"id": str(row), "placed": "2024-05-01", "amount": "x" if row in (bad_row, 1500) else "1", "who": "a"}
        for row in range(1, 1501)
    ]
    content = {
        "csv": HEADER + "".join(",".join(record.values()) + "\n" for record in records),
        "jsonl": "".join(json.dumps(record) + "\n" for record in records),
    }[suffix]
    stream = {"files": f"*.{suffix}", "columns": COLUMNS | {"amount": "cast(amount as integer)"}}
    with pytest.raises(UserError, match=rf"cannot be evaluated on orders\.{suffix}, row {bad_row}: Conv"):
        shop.land({f"orders.{suffix}": content}, contract(stream))
