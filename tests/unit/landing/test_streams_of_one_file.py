"""A condition gives each row of a file to its stream, and every row is accounted for in each of them."""

import json

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.landing.ledger import FileAccount
from regulars.landing.trial import check_exports
from regulars.store.errors import UserError
from regulars.store.store import open_store
from tests.examples import examples
from tests.shops import HEADER, ORDERS
from tests.unit.landing.conftest import Shop, contract

LOG = [
    {"id": "1", "type": "order", "placed": "2024-05-01", "amount": 1, "who": "anna"},
    {"id": "2", "type": "person", "who": "ben"},
    {"id": "3", "who": "eve"},
    {"id": "4", "type": "order", "placed": "soon", "amount": 4, "who": "eve"},
]
OF_ORDERS = {"files": "*.jsonl", "where": "type = 'order'"}
OF_PEOPLE = {
    "files": "*.jsonl",
    "where": "type = 'person'",
    "entity": "customers",
    "columns": {"customer_ref": "who"},
}


def counts(account: FileAccount) -> tuple[int, int, int, int, int]:
    return (
        account.rows_read,
        account.rows_loaded,
        account.rows_duplicate,
        account.rows_dead,
        account.rows_skipped,
    )


def log(*lines: str) -> str:
    return "\n".join([*map(json.dumps, LOG), *lines]) + "\n"


def test_every_stream_takes_its_rows_and_skips_the_others(shop: Shop) -> None:
    accounts = shop.land({"log.jsonl": log()}, contract(OF_ORDERS, OF_PEOPLE))
    assert list(map(counts, accounts)) == [(4, 1, 0, 1, 2), (4, 1, 0, 0, 3)]
    assert shop.orders() == [("1", "anna", 1.0)]
    assert shop.rows("select customer_ref from landing.customers") == [("ben",)]
    assert shop.dead() == [(4, "ordered_at", "soon", "cannot be read as timestamp")]
    ledger = "select rows_read, rows_loaded, rows_duplicate, rows_dead, rows_skipped from landing.files"
    assert shop.rows(ledger) == [(4, 1, 0, 1, 2), (4, 1, 0, 0, 3)]


def test_a_line_that_cannot_be_read_is_a_dead_letter_of_every_stream_and_never_skipped(shop: Shop) -> None:
    accounts = shop.land({"log.jsonl": log("{torn")}, contract(OF_ORDERS, OF_PEOPLE))
    assert [(account.rows_dead, account.rows_unreadable) for account in accounts] == [(2, 1), (1, 1)]
    assert shop.rows("select entity, row_text from landing.dead_letters where row_number = 5") == [
        ("orders", "{torn"),
        ("customers", "{torn"),
    ]


def test_a_condition_that_a_value_of_the_wrong_type_hides_makes_a_dead_letter(shop: Shop) -> None:
    stream = {"file_columns": {"amount": "bigint"}, "where": "amount > 5"}
    lines = "1,2024-05-01,9,a\n2,2024-05-01,1,a\n3,2024-05-01,,a\n4,2024-05-01,many,a\n"
    (account,) = shop.land({"orders.csv": HEADER + lines}, contract(stream))
    assert counts(account) == (4, 1, 0, 1, 2)
    assert shop.dead() == [(4, "amount", "many", "cannot be read as bigint")]


def test_a_condition_reads_what_a_lookup_adds(shop: Shop) -> None:
    stream = {"files": "orders.csv", "lookup": {"files": "names.csv", "using": ["who"]}}
    names = "who,city\nanna,Ulm\n"
    (account,) = shop.land(
        {"orders.csv": ORDERS, "names.csv": names}, contract(stream | {"where": "city = 'Ulm'"})
    )
    assert (counts(account), shop.orders("order_ref")) == ((2, 1, 0, 0, 1), [("1",)])


def test_what_only_the_condition_reads_is_no_unknown_column(shop: Shop) -> None:
    columns = {"order_ref": "id", "ordered_at": "placed", "amount": "amount"}
    shop.land(
        {"orders.csv": ORDERS},
        contract({"where": "who = 'anna'", "unknown_columns": "fail", "columns": columns}),
    )
    assert shop.orders("order_ref, extras") == [("1", None)]


def test_a_delivery_again_is_all_duplicates_and_skipped_rows(shop: Shop) -> None:
    shop.land({"log.jsonl": log()}, contract(OF_ORDERS))
    (account,) = shop.land({"log_2.jsonl": log("")})
    assert counts(account) == (4, 0, 1, 1, 2)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("tpye = 'order'", "orders.csv has no column 'tpye'"),
        ("amount > 3 and id", "'amount > 3 and id' cannot be evaluated on orders.csv"),
        ("count(*) > 1", "'count(*) > 1' cannot be evaluated on orders.csv"),
        ("who", "'\"who\"' cannot be evaluated on orders.csv"),
    ],
)
def test_a_condition_that_does_not_fit_the_file_is_named_with_its_line(
    shop: Shop, where: str, message: str
) -> None:
    text = contract({"where": where})
    shop.deliver({"orders.csv": ORDERS}, text)
    with pytest.raises(UserError) as landed:
        shop.land({})
    assert message in landed.value.message
    assert landed.value.line == text[: text.index('"where"')].count("\n") + 1
    assert landed.value.remedy


def test_a_condition_is_tried_by_the_check_before_a_night(shop: Shop) -> None:
    shop.deliver({"orders.csv": ORDERS}, contract({"where": "tpye = 'order'"}))
    with duckdb.connect() as connection, pytest.raises(UserError, match="no column 'tpye'"):
        check_exports(connection, open_store(shop.folder))


ROW = st.sampled_from(
    (
        "{n},2024-05-01,1,a",
        "{n},2024-05-01,1,b",
        "{n},2024-05-01,1,",
        "{n},soon,1,a",
        "{n},soon,1,b",
        "{n}",
        "{n},2024-05-01,1,a,b",
        '{n},2024-05-01,1,"a',
        "{n},2024-05-01,1,\xeb",
        "{n}\xeb,2024-05-01,1,b",
        '{n},2024-05-01,1,"a\nb"',
        "",
    )
)


@examples(12)
@given(lines=st.lists(ROW, max_size=10), unknown_columns=st.sampled_from(("keep", "ignore")))
def test_every_row_of_a_damaged_file_is_in_one_count(
    shop: Shop, lines: list[str], unknown_columns: str
) -> None:
    text = HEADER + "".join(line.format(n=f"r{number}") + "\n" for number, line in enumerate(lines))
    columns = {"order_ref": "id", "ordered_at": "placed"}
    stream: dict[str, object] = {"columns": columns, "unknown_columns": unknown_columns}
    try:
        whole, a, b, rest = (
            _landed_anew(shop, text.encode("latin-1"), stream | condition)
            for condition in (
                {},
                {"where": "who = 'a'"},
                {"where": "who = 'b'"},
                {"where": "who not in ('a', 'b') or who is null"},
            )
        )
    except UserError as error:
        # a quote that swallows rows stops the file, and only that does
        assert error.remedy.startswith("close the quote")  # noqa: PT017 (most files are fine)
        assert '1,"a\n' in text.replace('"a\nb"', "")
        return
    assert len({account.rows_read for account in (whole, a, b, rest)}) == 1
    for account in (a, b, rest):
        assert account.rows_skipped >= 0
        assert sum(counts(account)[1:]) == account.rows_read
    taken = [account.rows_read - account.rows_skipped - account.rows_unreadable for account in (a, b, rest)]
    assert sum(taken) == a.rows_read - a.rows_unreadable


def _landed_anew(shop: Shop, content: bytes, stream: dict[str, object]) -> FileAccount:
    for table in ("orders", "files", "dead_letters"):
        shop.connection.execute(f"delete from landing.{table}")
    (account,) = shop.land({"orders.csv": content}, contract(stream))
    return account
