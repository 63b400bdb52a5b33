"""Which files are new, what a second delivery changes, and which days a night must build again."""

from datetime import date

import duckdb
import pytest

from regulars.landing.ledger import FileAccount, create_landing_tables
from regulars.store.errors import UserError
from tests.shops import HEADER, ORDERS
from tests.unit.landing.conftest import Shop, contract

FIRST = HEADER + "1,2024-05-01 10:00:00,1,anna\n2,2024-05-02 10:00:00,2,ben\n"


def counts(account: FileAccount) -> tuple[int, int, int, int]:
    return account.rows_read, account.rows_loaded, account.rows_duplicate, account.rows_dead


def touched(shop: Shop, file_id: int) -> list[str]:
    query = f"select distinct touched_date from landing.touched_days where file_id = {file_id} order by 1"
    return [day.isoformat() for (day,) in shop.rows(query)]


def test_the_last_of_several_rows_with_one_key_stays(shop: Shop) -> None:
    again = "1,2024-05-01,5,anna\n1,2024-05-01,6,anna\n"
    (account,) = shop.land({"orders.csv": FIRST + again}, contract())
    assert counts(account) == (4, 2, 2, 0)
    assert shop.orders() == [("1", "anna", 6.0), ("2", "ben", 2.0)]


def test_a_file_is_loaded_once_whatever_its_name(shop: Shop) -> None:
    shop.land({"orders.csv": FIRST}, contract())
    assert shop.land({"orders (copy).csv": FIRST}) == []
    assert shop.rows("select count(*) from landing.files") == [(1,)]


def test_content_that_comes_back_in_place_of_another_is_the_newest_again(shop: Shop) -> None:
    corrected = FIRST.replace(",2,ben", ",7,ben")
    for content in (FIRST, corrected, FIRST):
        (account,) = shop.land({"orders.csv": content}, contract())
        assert shop.land({}) == []
    assert counts(account) == (2, 1, 1, 0)
    assert shop.orders() == [("1", "anna", 1.0), ("2", "ben", 2.0)]
    assert touched(shop, 3) == ["2024-05-02"]


def test_content_known_from_another_path_replaces_what_stood_at_this_one(shop: Shop) -> None:
    corrected = FIRST.replace(",2,ben", ",7,ben")
    shop.land({"a.csv": FIRST, "b.csv": corrected}, contract())
    assert [account.path for account in shop.land({"b.csv": FIRST})] == ["b.csv"]
    assert shop.orders() == [("1", "anna", 1.0), ("2", "ben", 2.0)]
    assert shop.land({"c.csv": corrected}) == []


def test_rows_delivered_again_in_another_file_are_duplicates(shop: Shop) -> None:
    shop.land({"orders_1.csv": FIRST}, contract())
    (account,) = shop.land({"orders_2.csv": FIRST + "3,2024-05-03,3,eve\n"})
    assert counts(account) == (3, 1, 2, 0)
    assert shop.orders("order_ref, file_id") == [("1", 1), ("2", 1), ("3", 2)]
    assert touched(shop, 2) == ["2024-05-03"]


def test_a_corrected_row_replaces_the_old_one_and_touches_both_days(shop: Shop) -> None:
    shop.land({"orders_1.csv": FIRST}, contract())
    (account,) = shop.land({"orders_2.csv": HEADER + "2,2024-05-09 10:00:00,7,ben\n"})
    assert counts(account) == (1, 1, 0, 0)
    assert shop.orders() == [("1", "anna", 1.0), ("2", "ben", 7.0)]
    assert touched(shop, 2) == ["2024-05-02", "2024-05-09"]


def test_a_touched_day_is_a_day_of_the_store(shop: Shop) -> None:
    shop.land({"orders.csv": HEADER + "1,2024-05-01T22:30:00Z,1,a\n2,2024-03-31T21:59:00Z,1,a\n"}, contract())
    assert touched(shop, 1) == ["2024-03-31", "2024-05-02"]


def test_a_touched_day_ends_when_the_clocks_of_its_time_say_so(shop: Shop) -> None:
    # clocks of Berlin were 53 minutes and 28 seconds ahead once
    times = (
        "1880-01-01T23:06:31Z",
        "1890-01-01T23:06:32Z",
        "2024-05-01T21:59:59.999999Z",
        "2024-05-03T22:00:00Z",
    )
    shop.land(
        {"orders.csv": HEADER + "".join(f"{n},{time},1,a\n" for n, time in enumerate(times))}, contract()
    )
    assert touched(shop, 1) == ["1880-01-01", "1890-01-02", "2024-05-01", "2024-05-04"]


@pytest.mark.parametrize(
    ("placed", "zone", "utc"),
    [
        ("2024-05-01 10:00:00", "Europe/Berlin", "2024-05-01 08:00:00"),
        ("2024-01-01 10:00:00", "Europe/Berlin", "2024-01-01 09:00:00"),
        ("2024-05-01", "America/New_York", "2024-05-01 04:00:00"),
        ("2024-05-01 10:00:00+09:00", "Europe/Berlin", "2024-05-01 01:00:00"),
        ("2024-05-01T10:00:00.250Z", "Europe/Berlin", "2024-05-01 10:00:00.25"),
        # the hour that summer time skips, and the first of the two that winter time repeats
        ("2024-03-31 02:30:00", "Europe/Berlin", "2024-03-31 01:30:00"),
        ("2024-10-27 01:30:00", "Europe/Berlin", "2024-10-26 23:30:00"),
        ("2024-10-27 03:30:00", "Europe/Berlin", "2024-10-27 02:30:00"),
    ],
)
def test_a_time_without_a_zone_has_the_stream_s_and_one_with_an_offset_keeps_it(
    shop: Shop, placed: str, zone: str, utc: str
) -> None:
    shop.land({"orders.csv": f"{HEADER}1,{placed},1,a\n"}, contract({"time_zone": zone}))
    assert shop.orders("ordered_at::varchar") == [(utc,)]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_a_time_that_is_plainly_one_of_utc_is_read_as_every_other(shop: Shop, zone: str) -> None:
    times = [
        "2024-05-01 10:00:00",
        "2024-05-01T10:00:00",
        "2024-05-01",
        " 2024-05-01T10:00:00Z ",
        "2024-05-01 10:00:00.123456789Z",
        "2024-5-1 9:00:00Z",
        "2024-05-01 10:00:00 Pacific/Auckland",
        "2024-05-01 10:00:00 UTC",
        "2024-05-01 10:00:00 Europe/Berlin",
        # as long as a time without an offset
        "2024-05-01 10:00+02",
        "2024-5-1 9:00+02:00",
        "2024-05-01 10:00:00-05:00",
    ]
    shop.land(
        {"orders.csv": HEADER + "".join(f"{n:02},{time},1,a\n" for n, time in enumerate(times))},
        contract({"time_zone": zone}),
    )
    with duckdb.connect() as connection:
        connection.execute(f"set TimeZone = '{zone}'")
        known = [
            connection.execute(f"select timezone('UTC', try_cast('{time}' as timestamptz))").fetchall()[0]
            for time in times
        ]
    landed = dict(shop.rows("select order_ref, ordered_at from landing.orders"))
    assert [(landed.get(f"{number:02}"),) for number in range(len(times))] == known


def test_a_failed_file_leaves_nothing_and_loads_when_it_is_mended(shop: Shop) -> None:
    broken = {"orders_1.csv": FIRST, "orders_2.csv": "", "orders_3.csv": HEADER + "3,2024-05-03,3,eve\n"}
    with pytest.raises(UserError, match=r"orders_2\.csv: the file is empty"):
        shop.land(broken, contract())
    assert shop.rows("select path from landing.files") == [("orders_1.csv",)]
    mended = shop.land({"orders_2.csv": HEADER + "2,2024-05-02,9,ben\n"})
    assert [account.path for account in mended] == ["orders_2.csv", "orders_3.csv"]
    assert shop.orders() == [("1", "anna", 1.0), ("2", "ben", 9.0), ("3", "eve", 3.0)]


def test_an_expression_that_fails_on_a_late_row_leaves_nothing_half_loaded(shop: Shop) -> None:
    columns = {"order_ref": "id", "ordered_at": "placed", "amount": "cast(amount as integer)"}
    with pytest.raises(UserError, match=r"cannot be evaluated on orders\.csv, row 3: Conversion Error"):
        shop.land({"orders.csv": FIRST + "3,2024-05-03,x,eve\n"}, contract({"columns": columns}))
    for table in ("orders", "files", "dead_letters", "touched_days"):
        assert shop.rows(f"from landing.{table}") == []
    assert len(shop.land({}, contract())) == 1


def test_systems_do_not_share_their_keys(shop: Shop) -> None:
    accounts = shop.land({"orders.csv": ORDERS}, contract(system="pos"), contract(system="web"))
    assert [counts(account) for account in accounts] == [(2, 2, 0, 0)] * 2
    assert shop.orders("source, order_ref") == [("pos", "1"), ("web", "1"), ("pos", "2"), ("web", "2")]


def test_two_streams_may_read_two_events_from_the_rows_of_one_file(shop: Shop) -> None:
    columns = {"message_ref": "id", "channel": "'letter'", "customer_ref": "who"}
    sent = {"entity": "messages", "columns": columns | {"event": "'sent'", "occurred_at": "placed"}}
    opened = {"entity": "messages", "columns": columns | {"event": "'opened'", "occurred_at": "opened"}}
    letters = {"letters.csv": "id,who,placed,opened\n1,anna,2024-05-01,2024-05-02\n"}
    shop.land(letters, contract(sent, opened))
    events = shop.rows("select event, occurred_at::date from landing.messages order by occurred_at")
    assert events == [("sent", date(2024, 4, 30)), ("opened", date(2024, 5, 1))]
    assert shop.land({}) == []


def test_files_are_numbered_in_order_of_their_paths(shop: Shop) -> None:
    exports = {f"{name}/orders.csv": f"{HEADER}{name},2024-05-01,1,a\n" for name in ("b", "a", "c")}
    shop.land(exports, contract({"files": "**/*.csv"}))
    assert shop.rows("select file_id, path from landing.files") == [
        (1, "a/orders.csv"),
        (2, "b/orders.csv"),
        (3, "c/orders.csv"),
    ]


def test_the_ledger_says_what_was_loaded(shop: Shop) -> None:
    shop.land({"orders.csv": ORDERS}, contract())
    assert shop.rows("select source, stream, entity, path, size_bytes, loaded_date from landing.files") == [
        ("pos", "pos/orders/*.csv", "orders", "orders.csv", len(ORDERS), date(2024, 5, 31))
    ]


def test_a_warehouse_of_another_version_is_refused_with_the_way_out() -> None:
    with duckdb.connect() as connection:
        create_landing_tables(connection)
        connection.execute("alter table landing.orders drop column is_gift")
        with pytest.raises(UserError, match=r"landing\.orders .* another version(.|\n)*--rebuild"):
            create_landing_tables(connection)
