"""Every format gives the same landed table, and damage to a file is told from damage to a row."""

import gzip
import hashlib
import io
import json
from collections.abc import Callable

import polars as pl
import pytest

from regulars.landing import readers
from regulars.store.errors import UserError
from tests.shops import HEADER, ORDERS
from tests.unit.landing.conftest import COLUMNS, Shop, contract

# an id that looks like a number is text, in every format
ROWS: list[dict[str, str | None]] = [
    {"id": "00123", "placed": "2024-05-01 10:00:00", "amount": "9.50", "who": "anna"},
    {"id": "1e5", "placed": "2024-05-02T11:00:00+00:00", "amount": "3", "who": None},
    {"id": "7", "placed": "2024-05-03", "amount": None, "who": 'O"Brien, Zoë\nand son'},
]
FRAME = pl.DataFrame(ROWS, schema=dict.fromkeys(ROWS[0], pl.String))
LANDED = [
    ("00123", "anna", "2024-05-01 08:00:00", "9.5000"),
    ("1e5", None, "2024-05-02 11:00:00", "3.0000"),
    ("7", 'O"Brien, Zoë\nand son', "2024-05-02 22:00:00", None),
]
AS_TEXT = "order_ref, customer_ref, ordered_at::varchar, amount::varchar"


def csv(separator: str = ",") -> bytes:
    return FRAME.write_csv(separator=separator).encode()


def jsonl() -> bytes:
    return "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def parquet() -> bytes:
    buffer = io.BytesIO()
    FRAME.write_parquet(buffer)
    return buffer.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "csv": csv,
    "csv.gz": lambda: gzip.compress(csv()),
    "tsv": lambda: csv("\t"),
    "tsv.gz": lambda: gzip.compress(csv("\t")),
    "jsonl": jsonl,
    "jsonl.gz": lambda: gzip.compress(jsonl()),
    "parquet": parquet,
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_rows_give_the_same_table_in_every_format(shop: Shop, suffix: str) -> None:
    shop.land({f"orders.{suffix}": FORMATS[suffix]()}, contract({"files": f"*.{suffix}"}))
    assert shop.orders(AS_TEXT) == LANDED


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + csv(),
        csv()
        .replace(b"\r\n", b"\n")
        .replace(b"Zo\xc3\xab\nand", b"Zo\xc3\xab\x00and")
        .replace(b"\n", b"\r\n")
        .replace(b"\x00", b"\n"),
        csv()[:-1],
        FRAME.write_csv(quote_style="always").replace('""\n', "\n").encode(),
        FRAME.select("who", "amount", "placed", "id").write_csv().encode(),
        FRAME.rename({"id": "ID", "placed": "Placed", "who": "WHO"}).write_csv().encode(),
        FRAME.rename({"id": " id "}).write_csv().encode(),
    ],
    ids=[
        "byte order mark",
        "crlf",
        "no last line break",
        "quoted",
        "reordered",
        "other case",
        "spaces in header",
    ],
)
def test_columns_are_found_by_name_however_csv_is_written(shop: Shop, content: bytes) -> None:
    shop.land({"orders.csv": content}, contract())
    assert shop.orders(AS_TEXT) == LANDED


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + jsonl(),
        jsonl().replace(b"\n", b"\r\n"),
        jsonl().replace(b"\n", b"\r\n", 1),
        b"\n  \n" + jsonl() + b"\n",
        jsonl()[:-1],
        jsonl().replace(b'"id"', b'"ID"', 2).replace(b'"who"', b'"Who"', 1),
        jsonl().replace(b'{"id"', b'{"": 1, "line": "x", "row_number": 9, "is_readable": 0, "id"'),
    ],
    ids=[
        "byte order mark",
        "crlf",
        "mixed",
        "blank lines",
        "no last line break",
        "other case",
        "our own words",
    ],
)
def test_keys_are_found_by_name_however_json_lines_are_written(shop: Shop, content: bytes) -> None:
    shop.land({"orders.jsonl": content}, contract({"files": "*.jsonl"}))
    assert shop.orders(AS_TEXT) == LANDED


def test_a_column_may_have_any_name_that_we_use_ourselves(shop: Shop) -> None:
    names = ["row_number", "is_readable", "is_dead", "record_key", "extras", "line", "file_row_number"]
    shop.land(
        {"orders.csv": f"id,placed,{','.join(names)}\n1,2024-05-01,{','.join('abcdefg')}\n"},
        contract(
            {
                "columns": {
                    "order_ref": "id",
                    "ordered_at": "placed",
                    "customer_ref": "row_number",
                    "status": "line",
                }
            }
        ),
    )
    assert shop.orders("row_number, record_key, customer_ref, status") == [(1, "1", "a", "f")]


def test_keys_of_any_spelling_are_kept_as_extras(shop: Shop) -> None:
    odd = {'a"b': "1", "c.d": "2", "e'f": "3", "g/h~i": "4", "j[0]": "5", "*": "6"}
    shop.land({"orders.jsonl": json.dumps({**ROWS[0], **odd})}, contract({"files": "*.jsonl"}))
    ((extras,),) = shop.orders("extras")
    assert json.loads(extras) == odd


@pytest.mark.parametrize(
    "name",
    ["a b.csv", "o'brien.csv", "[1].csv", "o*.csv", "what?.csv", 'q"q.csv', "ü.csv", "{x}.csv", "a%20b.csv"],
)
@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_file_may_have_any_name(shop: Shop, name: str, *, is_compressed: bool) -> None:
    delivered = {f"{name}.gz": gzip.compress(ORDERS.encode())} if is_compressed else {name: ORDERS.encode()}
    # a file that the name would match, were it taken for a pattern
    neighbours = {"1.csv.gz": gzip.compress(HEADER.encode())} if is_compressed else {"1.csv": HEADER.encode()}
    shop.land({**delivered, **neighbours}, contract({"files": "*.csv.gz" if is_compressed else "*.csv"}))
    assert shop.orders("order_ref") == [("1",), ("2",)]


def test_a_quoted_line_break_belongs_to_its_value(shop: Shop) -> None:
    (account,) = shop.land(
        {"orders.csv": HEADER + '1,2024-05-01,1,"two\r\nlines"\n2,2024-05-01,2,x\n'}, contract()
    )
    assert (account.rows_read, shop.orders("customer_ref")) == (2, [("two\r\nlines",), ("x",)])


def test_a_file_with_a_header_only_has_no_rows(shop: Shop) -> None:
    (account,) = shop.land({"orders.csv": HEADER}, contract())
    assert (account.rows_read, shop.land({}, contract())) == (0, [])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("orders.csv", "", "the file is empty, it has not even a header"),
        ("orders.csv", "\n", "the first line is empty"),
        ("orders.csv.gz", gzip.compress(b"", mtime=0), "the first line is empty"),
        ("orders.csv", "id,placed,ID,amount,who\n", "the file names column 'id' twice"),
        ("orders.csv", "id,placed,,amount,who\n", "the file has a column without a name"),
        ("orders.csv", '"id,placed,amount,who\n' + "1,2024-05-01,1,a\n" * 9999, "the header cannot be read"),
        ("orders.csv", ORDERS.encode("utf-16"), "the header is not UTF-8"),
        ("orders.csv", ORDERS.replace("id,", "idée,").encode("latin-1"), "the header is not UTF-8"),
        ("orders.csv", HEADER + "1,2024-05-01,1,a\r\n2,2024-05-01,1,a\n", "the lines end in different ways"),
        ("orders.csv.gz", ORDERS, "damaged or cut off: Not a gzipped file"),
        ("orders.jsonl", "", "the file is empty"),
        ("orders.jsonl", "\n\n", "no line of the file is a JSON object"),
        ("orders.jsonl", '[{"id": 1}]', "no line of the file is a JSON object"),
        ("orders.parquet", b"PAR1 no more", "damaged or cut off"),
        ("orders.parquet", parquet()[:-1], "damaged or cut off"),
        ("orders.parquet", parquet()[: len(parquet()) // 2], "damaged or cut off"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    shop: Shop, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        shop.land({name: content}, contract({"files": name}))
    assert caught.value.file == shop.folder / "exports" / name
    assert caught.value.remedy
    assert shop.rows("from landing.files") == []


def noise(row: int) -> str:
    """Text that hardly compresses, so that a cut hits rows."""
    return hashlib.sha256(str(row).encode()).hexdigest()


NOISE = HEADER + "".join(f"{row},2024-05-01,1,{noise(row)}\n" for row in range(500))
WHOLE = gzip.compress(NOISE.encode(), mtime=0)


@pytest.mark.parametrize("kept", [1, 5, 10, 11, 100, len(WHOLE) // 2, -9, -8, -4, -1])
@pytest.mark.parametrize("suffix", ["csv.gz", "jsonl.gz"])
def test_a_gzip_file_that_was_cut_off_anywhere_is_refused(shop: Shop, kept: int, suffix: str) -> None:
    lines = "".join(json.dumps({**ROWS[0], "id": row, "who": noise(row)}) + "\n" for row in range(500))
    whole = WHOLE if suffix == "csv.gz" else gzip.compress(lines.encode(), mtime=0)
    with pytest.raises(UserError, match="damaged or cut off"):
        shop.land({f"orders.{suffix}": whole[:kept]}, contract({"files": f"*.{suffix}"}))
    assert shop.rows("from landing.orders") == []


def test_a_gzip_file_with_a_flipped_bit_is_refused(shop: Shop) -> None:
    middle = len(WHOLE) // 2
    flipped = WHOLE[:middle] + bytes([WHOLE[middle] ^ 1]) + WHOLE[middle + 1 :]
    with pytest.raises(UserError, match="damaged or cut off"):
        shop.land({"orders.csv.gz": flipped}, contract({"files": "*.csv.gz"}))


@pytest.mark.parametrize("suffix", ["csv.gz", "jsonl.gz", "csv"])
def test_a_file_of_more_text_than_store_yml_allows_is_refused_and_read_no_further(
    shop: Shop, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "BLOCK", 1000)
    settings = shop.folder / "store.yml"
    settings.write_text(f"{settings.read_text('utf-8')}largest_file: 0.01MB\n", "utf-8")
    one = ORDERS if "csv" in suffix else json.dumps(ROWS[0]) + "\n"
    bomb = one.encode() + b" " * 10_000_000
    # the end is cut off, and nobody gets there to see it
    content = gzip.compress(bomb)[:-100] if suffix.endswith("gz") else bomb
    with pytest.raises(UserError, match="more than 10,000 bytes of text") as caught:
        shop.land({f"orders.{suffix}": content}, contract({"files": f"*.{suffix}"}))
    assert "largest_file" in caught.value.remedy
    assert shop.rows("from landing.files") == []


def test_gzip_files_may_be_joined(shop: Shop) -> None:
    joined = gzip.compress(ORDERS.encode()) + gzip.compress(b"3,2024-05-03,1,eve\n")
    shop.land({"orders.csv.gz": joined}, contract({"files": "*.csv.gz"}))
    assert shop.orders("order_ref") == [("1",), ("2",), ("3",)]


def test_a_parquet_file_keeps_the_types_it_declares(shop: Shop) -> None:
    buffer = io.BytesIO()
    pl.select(
        id=pl.lit(7), placed=pl.date(2024, 7, 1), amount=pl.lit(1.25), who=pl.lit(None, pl.String)
    ).write_parquet(buffer)
    shop.land(
        {"orders.parquet": buffer.getvalue()},
        contract({"files": "*.parquet", "columns": COLUMNS | {"amount": "amount * 2"}}),
    )
    assert shop.orders("order_ref, ordered_at::varchar, amount::double") == [
        ("7", "2024-06-30 22:00:00", 2.5)
    ]


UNNAMED = {"files": "*.tsv", "header": ["id", "placed", "amount", "who"]}


def test_a_log_without_a_header_has_the_columns_of_the_contract_and_no_quotes(shop: Shop) -> None:
    rows = '1\t2024-05-01\t2\t"anna\n2\t2024-05-02\t3\t{"a": "b"}\n'
    accounts = shop.land({"a.tsv": rows, "b.tsv": rows.replace("1\t", "3\t", 1)}, contract(UNNAMED))
    assert [(account.rows_read, account.rows_duplicate) for account in accounts] == [(2, 0), (2, 1)]
    assert shop.orders("order_ref, customer_ref") == [("1", '"anna'), ("2", '{"a": "b"}'), ("3", '"anna')]


def test_a_torn_line_of_a_log_without_a_header_is_the_line_that_it_is(shop: Shop) -> None:
    shop.land({"a.tsv": "1\t2024-05-01\t2\tanna\n2\t2024\n"}, contract(UNNAMED))
    assert [row[0] for row in shop.dead()] == [2]
    assert shop.rows("select row_text from landing.dead_letters") == [("2\t2024",)]


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ({"files": "*.jsonl", "header": ["id"]}, "only CSV and TSV can lack a header"),
        ({"files": "*.csv", "header": ["id", " ID "]}, "'ID' is named twice under header"),
    ],
)
def test_a_header_of_the_contract_is_checked(shop: Shop, stream: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        shop.land({}, contract(stream))


def test_columns_that_are_unclear_may_get_their_place_as_a_name(shop: Shop) -> None:
    stream = {
        "files": "*.csv",
        "unclear_columns": "number",
        "columns": COLUMNS | {"customer_ref": '"who (column 5)"'},
    }
    shop.land({"a.csv": "id,placed,amount,who, Who ,,\n1,2024-05-01,2,anna,ben,c,d\n"}, contract(stream))
    assert shop.orders() == [("1", "ben", 2.0)]
    (extras,) = shop.rows("select extras::varchar from landing.orders")[0]
    assert json.loads(extras) == {"(column 6)": "c", "(column 7)": "d", "who (column 4)": "anna"}
