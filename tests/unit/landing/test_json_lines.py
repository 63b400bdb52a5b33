"""JSON lines have no header: keys are found wherever they stand, and one that no line has is empty."""

import json

import duckdb
import pytest

from regulars.landing.binding import FEW_OBJECTS
from regulars.landing.trial import check_exports
from regulars.store.errors import UserError
from regulars.store.store import open_store
from tests.unit.landing.conftest import COLUMNS, Shop, contract

LATE = 1500
STREAM = {"files": "*.jsonl"}


def log(*last: dict[str, object]) -> str:
    """More lines than are looked at first, each with `id` and `placed`, and then others."""
    lines = [{"id": str(number), "placed": "2024-05-01"} for number in range(LATE)]
    return "".join(json.dumps(line) + "\n" for line in [*lines, *last])


def late(**changes: object) -> dict[str, object]:
    return {"id": "late", "placed": "2024-05-01", "amount": 5, "who": "anna"} | changes


@pytest.mark.parametrize("unknown_columns", ["keep", "ignore", "fail"])
def test_a_key_that_comes_late_is_found(shop: Shop, unknown_columns: str) -> None:
    shop.land({"log.jsonl": log(late())}, contract(STREAM | {"unknown_columns": unknown_columns}))
    assert shop.orders()[-1] == ("late", "anna", 5.0)


def test_a_late_key_that_the_contract_does_not_read_is_kept(shop: Shop) -> None:
    shop.land({"log.jsonl": log(late(colour="red"))}, contract(STREAM))
    assert json.loads(shop.orders("extras")[-1][0]) == {"colour": "red"}


def test_a_late_key_that_the_contract_does_not_read_fails_a_stream_that_wants_none(shop: Shop) -> None:
    with pytest.raises(UserError, match="column 'colour' that the contract does not read"):
        shop.land({"log.jsonl": log(late(colour="red"))}, contract(STREAM | {"unknown_columns": "fail"}))


def test_a_late_spelling_of_a_key_is_found(shop: Shop) -> None:
    first = {"id": "0", "placed": "2024-05-01", "amount": 1, "who": "ben"}
    last = {"ID": "late", "Placed": "2024-05-01", "amount": 5, "WHO": "anna"}
    shop.land({"log.jsonl": json.dumps(first) + "\n" + log(last)}, contract(STREAM))
    assert shop.orders()[-1] == ("late", "anna", 5.0)


def test_a_late_line_of_another_vendor_version_is_noticed(shop: Shop) -> None:
    stream = STREAM | {"unknown_columns": "ignore", "aliases": {"who": ["card"]}}
    first = {"id": "0", "placed": "2024-05-01", "amount": 1, "card": "ben"}
    with pytest.raises(UserError, match="both 'card' and 'who'"):
        shop.land({"log.jsonl": json.dumps(first) + "\n" + log(late())}, contract(stream))


@pytest.mark.parametrize("unknown_columns", ["keep", "ignore", "fail"])
def test_a_key_that_no_line_has_is_empty(shop: Shop, unknown_columns: str) -> None:
    stream = STREAM | {"unknown_columns": unknown_columns, "file_columns": {"amount": "bigint"}}
    shop.land({"log.jsonl": '{"id": 1, "placed": "2024-05-01"}'}, contract(stream))
    assert shop.orders("order_ref, customer_ref, amount, extras") == [("1", None, None, None)]


@pytest.mark.parametrize(
    ("stream", "part", "name"),
    [
        ({}, '"ordered_at": "placed"', "placed"),
        ({"key": ["id", "receipt"]}, '"receipt"', "receipt"),
        ({"aliases": {"placed": ["sold_at"]}}, '"ordered_at": "placed"', "placed"),
    ],
)
def test_a_key_that_no_line_has_is_missed_where_every_row_needs_its_value(
    shop: Shop, stream: dict[str, object], part: str, name: str
) -> None:
    text = contract(STREAM | stream)
    line: dict[str, object] = {"id": 1} if name == "placed" else {"id": 1, "placed": "2024-05-01"}
    shop.deliver({"log.jsonl": "\n".join([json.dumps(line)] * (FEW_OBJECTS + 1))}, text)
    with duckdb.connect() as connection, pytest.raises(UserError) as checked:
        check_exports(connection, open_store(shop.folder))
    with pytest.raises(UserError, match=rf"log\.jsonl has no column '{name}'") as landed:
        shop.land({})
    assert str(checked.value) == str(landed.value)
    assert landed.value.line == text[: text.index(part)].count("\n") + 1


def test_a_few_lines_without_a_required_key_are_dead_letters(shop: Shop) -> None:
    (account,) = shop.land({"log.jsonl": "\n".join(['{"id": 1}'] * FEW_OBJECTS)}, contract(STREAM))
    assert (account.rows_read, account.rows_dead) == (FEW_OBJECTS, FEW_OBJECTS)


def test_a_key_that_no_line_has_may_be_one_of_several_that_give_a_value(shop: Shop) -> None:
    columns = COLUMNS | {"order_ref": "coalesce(receipt, id)"}
    shop.land({"log.jsonl": log()}, contract(STREAM | {"columns": columns}))
    assert len(shop.orders()) == LATE


def test_a_log_may_have_no_row_of_a_stream(shop: Shop) -> None:
    stream = STREAM | {"where": "type = 'order'", "columns": COLUMNS | {"ordered_at": "sold_at"}}
    (account,) = shop.land({"log.jsonl": log()}, contract(stream))
    assert (account.rows_read, account.rows_skipped) == (LATE, LATE)


def test_a_key_that_only_the_lookup_has_comes_from_there(shop: Shop) -> None:
    stream = {"lookup": {"files": "names.jsonl", "using": ["who"]}, "files": "log.jsonl"}
    names = log({"who": "anna", "name": "Anna A."})
    columns = COLUMNS | {"customer_ref": "name"}
    shop.land({"log.jsonl": log(late()), "names.jsonl": names}, contract(stream | {"columns": columns}))
    assert shop.orders()[-1] == ("late", "Anna A.", 5.0)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_format_with_a_header_misses_a_column_also_where_it_is_not_required(
    shop: Shop, suffix: str
) -> None:
    content = duckdb.sql("select '1' as id, '2024-05-01' as placed, 1 as amount")
    path = shop.folder / "exports" / f"orders.{suffix}"
    content.write_csv(str(path)) if suffix == "csv" else content.write_parquet(str(path))
    with pytest.raises(UserError, match=rf"orders\.{suffix} has no column 'who'"):
        shop.land({}, contract({"files": f"*.{suffix}"}))


@pytest.mark.parametrize(
    ("number", "text"),
    [("7", "7"), ("1.50", "1.5"), ("0.00001", "1e-05"), ("1e21", "1e+21"), ("12345678901234567890", None)],
)
def test_a_number_becomes_text_as_duckdb_writes_it(shop: Shop, number: str, text: str | None) -> None:
    line = f'{{"id": {number}, "placed": "2024-05-01", "amount": 1, "who": "a"}}\n'
    shop.land({"orders.jsonl": line}, contract({"files": "*.jsonl"}))
    assert shop.orders("order_ref") == [(text or number,)]
