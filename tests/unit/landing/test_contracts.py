"""What a contract asks of a file, and the message when the file does not have it."""

import json

import duckdb
import pytest

from regulars.landing.trial import check_exports
from regulars.store.errors import UserError
from regulars.store.store import open_store
from tests.shops import HEADER, ORDERS
from tests.unit.landing.conftest import COLUMNS, Shop, contract

NAMES = {"names.csv": "who,name,city\nanna,Anna A.,Ulm\n"}
LOOKUP = {"files": "orders.csv", "lookup": {"files": "names.csv", "using": ["who"]}}
NAMED = LOOKUP | {"columns": COLUMNS | {"customer_ref": "coalesce(name, who)"}}


def refusal(shop: Shop, text: str) -> UserError:
    """What `regulars check` says; landing says the same."""
    shop.deliver({}, text)
    with duckdb.connect() as connection, pytest.raises(UserError) as caught:
        check_exports(connection, open_store(shop.folder))
    with pytest.raises(UserError) as landed:
        shop.land({})
    assert str(landed.value) == str(caught.value)
    return caught.value


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("stream", "part", "message"),
    [
        ({"files": "sales*.csv"}, '"files"', "no file matches 'sales*.csv'"),
        (
            {"columns": COLUMNS | {"amount": "amuont"}},
            '"amount":',
            "no column 'amuont'; did you mean 'amount'?",
        ),
        ({"columns": COLUMNS | {"amount": "amount + 1"}}, '"amount":', "'amount + 1' cannot be evaluated on"),
        ({"columns": COLUMNS | {"amount": "count(*)"}}, '"amount":', "'count(*)' cannot be evaluated on"),
        (
            {"columns": COLUMNS | {"amount": "no_such(id)"}},
            '"amount":',
            "'no_such(id)' cannot be evaluated on",
        ),
        ({"columns": COLUMNS | {"amount": "amount || ?"}}, '"amount":', "cannot be evaluated on orders.csv"),
        ({"key": ["id", "till"]}, '"till"', "orders.csv has no column 'till'"),
        ({"key": ["id", "max(who)"]}, '"max(who)"', "'max(who)' cannot be evaluated on orders.csv"),
        ({"file_columns": {"price": "bigint"}}, '"price"', "orders.csv has no column 'price'"),
        ({"file_columns": {"amount": "int256"}}, '"amount": "i', "'int256' cannot be evaluated on"),
        (
            {"unknown_columns": "fail", "columns": {"order_ref": "id", "ordered_at": "placed"}},
            '"unknown_columns"',
            "orders.csv has a column 'amount' that the contract does not read",
        ),
        ({"lookup": {"files": "x.csv", "using": ["who"]}}, '"files": "x', "'x.csv' matches 0 files"),
        ({"lookup": {"files": "n*.csv", "using": ["whom"]}}, '"using"', "names.csv has no column 'whom'"),
        ({"lookup": {"files": "n*.csv", "using": ["city"]}}, '"using"', "orders.csv has no column 'city'"),
    ],
)
def test_the_line_of_the_contract_that_does_not_fit_is_named(
    shop: Shop, stream: dict[str, object], part: str, message: str
) -> None:
    text = contract({"files": "orders.csv"} | stream)
    shop.deliver({"orders.csv": ORDERS} | NAMES)
    error = refusal(shop, text)
    assert (error.file, error.line) == (shop.folder / "sources" / "0.yml", line_of(text, part))
    assert message in error.message
    assert error.remedy


def test_an_optional_stream_may_match_no_file(shop: Shop) -> None:
    assert shop.land({}, contract({"optional": True})) == []


def test_a_check_counts_the_files_and_loads_nothing(shop: Shop) -> None:
    shop.deliver({"orders.csv": ORDERS, "more.csv": ORDERS}, contract())
    with duckdb.connect() as connection:
        (trial,) = check_exports(connection, open_store(shop.folder))
        assert (trial.files, trial.rows, trial.notes) == (2, 2, ())
        assert connection.execute("select count(*) from information_schema.tables").fetchone() == (0,)


@pytest.mark.parametrize(
    ("unknown_columns", "extras"), [("keep", {"amount": "9.50", "who": "anna"}), ("ignore", None)]
)
def test_columns_that_the_contract_does_not_read_are_kept_unless_ignored(
    shop: Shop, unknown_columns: str, extras: dict[str, str] | None
) -> None:
    stream = {"unknown_columns": unknown_columns, "columns": {"order_ref": "id", "ordered_at": "placed"}}
    shop.land({"orders.csv": ORDERS}, contract(stream))
    (first, *_) = shop.orders("extras")
    assert (first[0] and json.loads(first[0])) == extras


def test_a_key_may_be_an_expression(shop: Shop) -> None:
    stream = {"key": ["lower(id)", "who"]}
    shop.land(
        {"orders.csv": HEADER + "A,2024-05-01,1,x\na,2024-05-01,2,x\na,2024-05-01,3,y\n"}, contract(stream)
    )
    assert sorted(shop.orders("customer_ref, amount::double")) == [("x", 2.0), ("y", 3.0)]


def test_a_lookup_adds_its_columns_to_the_rows_that_match(shop: Shop) -> None:
    shop.land({"orders.csv": ORDERS} | NAMES, contract(NAMED))
    assert shop.orders("order_ref, customer_ref") == [("1", "Anna A."), ("2", "ben")]


def test_a_required_value_that_a_lookup_does_not_have_makes_a_dead_letter(shop: Shop) -> None:
    stream = LOOKUP | {"columns": COLUMNS | {"order_ref": "name"}}
    shop.land({"orders.csv": ORDERS} | NAMES, contract(stream))
    assert shop.dead() == [(2, "order_ref", None, "is required and has no value")]


def test_a_lookup_has_each_key_once(shop: Shop) -> None:
    shop.deliver({"orders.csv": ORDERS, "names.csv": "who,name\nanna,A\nanna,B\n"})
    assert "lookup names.csv has who anna twice" in refusal(shop, contract(NAMED)).message


def test_a_lookup_may_have_rows_without_a_key(shop: Shop) -> None:
    shop.land({"orders.csv": ORDERS, "names.csv": "who,name\nanna,A\n,B\n,C\n"}, contract(NAMED))
    assert shop.orders("customer_ref") == [("A",), ("ben",)]


def test_a_damaged_lookup_is_refused_and_none_of_its_rows_counts_as_ours(shop: Shop) -> None:
    shop.deliver({"orders.csv": ORDERS, "names.csv": "who,name\nanna,A\nben\n"})
    error = refusal(shop, contract(NAMED))
    assert (error.file, "damaged" in error.message) == (shop.folder / "exports" / "names.csv", True)


def test_a_stream_may_have_its_own_delimiter(shop: Shop) -> None:
    shop.land({"orders.csv": ORDERS.replace(",", "\t")}, contract({"delimiter": "\t"}))
    assert shop.orders() == [("1", "anna", 9.5), ("2", "ben", 3.0)]
