"""A column is found by name, whatever a vendor's version calls it and however it spells it."""

import io
import json

import duckdb
import polars as pl
import pytest

from regulars.landing.headers import Names
from regulars.landing.trial import check_exports
from regulars.store.errors import UserError
from regulars.store.naming import normal_form
from regulars.store.store import open_store
from tests.shops import HEADER, ORDERS
from tests.unit.landing.conftest import COLUMNS, Shop, contract

ALIASES = {"who": ["Card No", "loyalty_no"]}
STREAM = {"aliases": ALIASES}


def renamed(name: str) -> str:
    return ORDERS.replace("who", name, 1)


def parquet(text: str) -> bytes:
    buffer = io.BytesIO()
    pl.read_csv(text.encode(), infer_schema=False).write_parquet(buffer)
    return buffer.getvalue()


def jsonl(text: str) -> bytes:
    return pl.read_csv(text.encode(), infer_schema=False).write_ndjson().encode()


@pytest.mark.parametrize("name", ["who", "WHO", "Card No", " card  NO", "loyalty_no", "Loyalty_No"])
@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_a_column_is_found_by_its_name_or_an_alias_in_any_spelling(
    shop: Shop, name: str, suffix: str
) -> None:
    text = renamed(name)
    delivered = {"csv": text.encode(), "parquet": parquet(text), "jsonl": jsonl(text)}
    shop.land({f"orders.{suffix}": delivered[suffix]}, contract(STREAM | {"files": f"*.{suffix}"}))
    assert shop.orders("order_ref, customer_ref, extras") == [("1", "anna", None), ("2", "ben", None)]


def test_files_of_two_vendor_versions_fill_one_column(shop: Shop) -> None:
    old = HEADER.replace("who", "loyalty_no") + "3,2024-05-03,3,eve\n"
    shop.land({"orders_1.csv": old, "orders_2.csv": ORDERS}, contract(STREAM))
    assert shop.orders("customer_ref") == [("anna",), ("ben",), ("eve",)]


@pytest.mark.parametrize(("first", "second"), [("who", "loyalty_no"), ("Card No", "loyalty_no")])
def test_a_file_with_two_names_of_one_column_is_refused(shop: Shop, first: str, second: str) -> None:
    text = f"id,placed,amount,{first},{second}\n1,2024-05-01,1,a,b\n"
    shop.deliver({"orders.csv": text}, contract(STREAM))
    with duckdb.connect() as connection, pytest.raises(UserError) as checked:
        check_exports(connection, open_store(shop.folder))
    with pytest.raises(UserError) as landed:
        shop.land({})
    assert str(checked.value) == str(landed.value)
    assert landed.value.file == shop.folder / "exports" / "orders.csv"
    assert f"both '{first}' and '{second}'" in landed.value.message
    assert landed.value.remedy


def test_a_missing_column_is_named_with_its_aliases(shop: Shop) -> None:
    with pytest.raises(UserError) as caught:
        shop.land({"orders.csv": renamed("card")}, contract(STREAM))
    assert "orders.csv has no column 'who' nor 'Card No' nor 'loyalty_no';" in caught.value.message


def test_a_dead_letter_names_its_columns_as_the_file_does(shop: Shop) -> None:
    shop.land({"orders.csv": "ID,Placed,Amount,Card  No\n1,soon,1,a\n"}, contract(STREAM))
    ((text,),) = shop.rows("select row_text from landing.dead_letters")
    assert json.loads(text) == {"ID": "1", "Placed": "soon", "Amount": "1", "Card No": "a"}


def test_an_alias_is_cast_filled_and_looked_up_like_the_column_it_stands_for(shop: Shop) -> None:
    stream = {
        "files": "orders.csv",
        "aliases": {"amount": ["Total"], "who": ["Card No"], "id": ["Order No"]},
        "file_columns": {"amount": "decimal(9,2)"},
        "fill_down": {"by": ["id"], "columns": ["who"]},
        "lookup": {"files": "names.csv", "using": ["who"]},
        "columns": COLUMNS | {"amount": "amount * 2", "customer_ref": "name", "order_ref": "id || placed"},
    }
    orders = "Order No,placed,Total,Card No\n1,2024-05-01,1.5,a\n1,2024-05-02,2,\n"
    shop.land({"orders.csv": orders, "names.csv": "who,name\na,Anna\n"}, contract(stream))
    assert shop.orders("customer_ref, amount::double") == [("Anna", 3.0), ("Anna", 4.0)]


def test_a_name_that_only_one_spelling_of_the_contract_fits_is_found_beyond_ascii(shop: Shop) -> None:
    columns = COLUMNS | {"customer_ref": '"käufer  nr"'}
    shop.land({"orders.csv": renamed("KÄUFER NR")}, contract({"columns": columns}))
    assert shop.orders("customer_ref") == [("anna",), ("ben",)]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Order No", "order no"), ("Order No", "  Order   No "), ("\ufeffid", "ID"), ("a\u00a0b", "a b")],
)
def test_two_spellings_of_one_name(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)


def test_columns_that_the_contract_does_not_read_keep_their_names(shop: Shop) -> None:
    names = Names(frozenset({"who"}), {"who": ("Card No",)})
    assert names.called(["ID", "card no", "b"], shop.folder) == {"ID": "ID", "card no": "who", "b": "b"}


@pytest.mark.parametrize("name", ["rowid", "ROWID", "RowID"])
@pytest.mark.parametrize("is_read", [True, False])
def test_a_column_that_is_called_as_duckdb_calls_the_place_of_a_row_is_a_column(
    shop: Shop, name: str, *, is_read: bool
) -> None:
    first = f"{name},placed,amount,who\n50,2024-05-01 10:00:00,1,w\n51,never,1,w\n"
    if is_read:
        shop.land(
            {"a.csv": first, "b.csv": first.replace("5", "6", 2)},
            contract({"columns": {**COLUMNS, "order_ref": name}}),
        )
    else:
        lines = [f"id{index},{line}" for index, line in enumerate(first.splitlines())]
        shop.land({"a.csv": "\n".join(["id" + lines[0].removeprefix("id0"), *lines[1:]]) + "\n"}, contract())
    dead = shop.rows("select row_number, column_name from landing.dead_letters order by all")
    assert dead == [(2, "ordered_at")] * (2 if is_read else 1)
    landed = shop.rows("select row_number, order_ref from landing.orders order by all")
    assert [row_number for row_number, _ in landed] == [1] * (2 if is_read else 1)


def test_a_column_that_a_file_may_lack_is_empty(shop: Shop) -> None:
    stream = {"optional_columns": ["who"]}
    accounts = shop.land({"orders.csv": "id,placed,amount\n1,2024-05-01,2\n"}, contract(stream))
    assert (accounts[0].rows_loaded, shop.orders()) == (1, [("1", None, 2.0)])


def test_a_column_that_a_file_may_lack_is_read_where_it_is(shop: Shop) -> None:
    shop.land(
        {"orders.csv": "id,placed,amount, WHO \n1,2024-05-01,2,anna\n"},
        contract({"optional_columns": ["who"]}),
    )
    assert shop.orders() == [("1", "anna", 2.0)]


def test_only_a_column_that_is_read_may_be_lacking(shop: Shop) -> None:
    with pytest.raises(UserError, match=r"the stream reads no column 'whom'; did you mean 'who'\?"):
        shop.land({"orders.csv": "id\n"}, contract({"optional_columns": ["whom"]}))


def test_a_column_that_is_lacking_is_not_offered_in_place_of_another(shop: Shop) -> None:
    stream = {
        "optional_columns": ["placed_on"],
        "columns": COLUMNS | {"ordered_at": "coalesce(placed_at, placed_on)"},
    }
    with pytest.raises(UserError, match=r"orders\.csv has no column 'placed_at'; did you mean 'placed'\?"):
        shop.land({"orders.csv": ORDERS}, contract(stream))
