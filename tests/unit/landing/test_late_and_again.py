"""Rows that come late, in any order or again: what is landed depends on what was delivered, and how last."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.shops import HEADER
from tests.unit.landing.conftest import Row, Shop, contract

MONTH = [date(2024, 5, 1) + timedelta(days=days) for days in range(31)]
CONTENT = "source, record_key, loaded_date, extras, order_ref, customer_ref, ordered_at, amount"


def line(number: int, day: date, amount: str = "1") -> str:
    return f"{number},{day} 12:00:00,{amount},person {number % 7}\n"


def daily(days: list[date]) -> dict[str, str | bytes]:
    """A file a day with three orders each."""
    return {
        f"orders_{day}.csv": HEADER + "".join(line(day.toordinal() * 3 + i, day) for i in range(3))
        for day in days
    }


def monthly(days: list[date]) -> str:
    return HEADER + "".join(str(content).removeprefix(HEADER) for content in daily(days).values())


def touched(shop: Shop, file_id: int) -> list[str]:
    query = f"select distinct touched_date from landing.touched_days where file_id = {file_id} order by 1"
    return [day.isoformat() for (day,) in shop.rows(query)]


@pytest.mark.parametrize("days_ago", [1, 30, 60, 4000])
def test_a_late_row_lands_on_its_own_day_however_old_it_is(shop: Shop, days_ago: int) -> None:
    night = date(2024, 5, 31)
    late = night - timedelta(days=days_ago)
    shop.land({"orders_1.csv": HEADER + line(1, night)}, contract(), day=night.isoformat())
    (one,) = shop.land({"orders_2.csv": HEADER + line(2, late)}, day="2024-06-01")
    assert (one.rows_loaded, one.rows_dead) == (1, 0)
    # counted in the night that brought it, and the night builds that one day anew
    assert shop.orders("order_ref, ordered_at::date, loaded_date::varchar")[1] == ("2", late, "2024-06-01")
    assert touched(shop, 2) == [late.isoformat()]


def test_a_day_to_come_lands_and_waits_for_its_night(shop: Shop) -> None:
    (one,) = shop.land({"orders.csv": HEADER + line(1, date(2024, 7, 1))}, contract(), day="2024-05-31")
    assert (one.rows_loaded, touched(shop, 1)) == (1, ["2024-07-01"])


@pytest.mark.parametrize("amounts", [("1", "2"), ("2", "1")])
def test_of_two_versions_of_a_record_the_one_that_was_delivered_last_holds(
    make_shop: Callable[[str], Shop], amounts: tuple[str, str]
) -> None:
    """Also if it is the older one: a file tells what was delivered when, and seldom what is newer."""
    first, last = (HEADER + line(1, date(2024, 5, 1), amount) for amount in amounts)
    together, one_by_one, in_one = make_shop("together"), make_shop("nights"), make_shop("in one")
    together.land({"a.csv": first, "b.csv": last}, contract())
    # names put files of one night in order, and not those of different nights
    one_by_one.land({"b.csv": first}, contract(), day="2024-05-30")
    one_by_one.land({"a.csv": last}, day="2024-05-31")
    in_one.land({"a.csv": first + last.removeprefix(HEADER)}, contract())
    for shop in (together, one_by_one, in_one):
        assert shop.orders("amount::double") == [(float(amounts[1]),)]


def test_a_month_that_is_delivered_again_changes_nothing(shop: Shop) -> None:
    shop.land(daily(MONTH), contract())
    before = shop.orders("*")
    (again,) = shop.land({"orders_may.csv": monthly(MONTH)}, day="2024-06-01")
    assert (again.rows_read, again.rows_loaded, again.rows_duplicate) == (93, 0, 93)
    assert shop.orders("*") == before
    assert touched(shop, len(MONTH) + 1) == []


def test_a_month_that_is_delivered_again_with_a_correction_changes_that_row_and_its_day(shop: Shop) -> None:
    shop.land(daily(MONTH), contract())
    day = MONTH[9]
    old = line(day.toordinal() * 3, day)
    corrected = monthly(MONTH).replace(old, old.replace(",1,", ",7,"))
    (again,) = shop.land({"orders_may.csv": corrected}, day="2024-06-01")
    assert (again.rows_loaded, again.rows_duplicate) == (1, 92)
    assert touched(shop, len(MONTH) + 1) == [day.isoformat()]


def test_months_of_files_land_alike_in_any_order_of_nights(make_shop: Callable[[str], Shop]) -> None:
    forwards, backwards = make_shop("forwards"), make_shop("backwards")
    for shop, days in ((forwards, MONTH[:5]), (backwards, MONTH[4::-1])):
        for day in days:
            shop.land(daily([day]), contract())
    assert forwards.orders(CONTENT) == backwards.orders(CONTENT)


LINES = [
    *(line(number, MONTH[number]) for number in range(6)),
    "7,soon,1,a\n",
    "8,2024-05-01,many,a\n",
    "9,2024-05-01\n",
    "10,2024-05-01,1,a,b\n",
    '11,2024-05-01,1,"two\nlines"\n',
]
ORDER = st.permutations(range(len(LINES)))


@examples(5)
@given(order=ORDER, cuts=st.sets(st.integers(1, len(LINES) - 1), max_size=3))
def test_rows_and_files_in_any_order_give_the_same_table(
    make_shop: Callable[[str], Shop],
    tmp_path_factory: pytest.TempPathFactory,
    order: list[int],
    cuts: set[int],
) -> None:
    names = tmp_path_factory.mktemp("of").name
    plain, mixed = make_shop(f"plain {names}"), make_shop(f"mixed {names}")
    plain.land({"orders.csv": HEADER + "".join(LINES)}, contract())
    edges = [0, *sorted(cuts), len(LINES)]
    files: dict[str, str | bytes] = {
        f"{start}.csv": HEADER + "".join(LINES[number] for number in order[start:end])
        for start, end in pairwise(edges)
    }
    mixed.land(files, contract())
    assert landed(plain) == landed(mixed)


def landed(shop: Shop) -> list[list[Row]]:
    """All that does not tell of a row's place."""
    return [
        shop.orders(CONTENT),
        shop.rows("select column_name, value, reason, row_text from landing.dead_letters order by all"),
        shop.rows("select sum(rows_read), sum(rows_loaded), sum(rows_dead) from landing.files"),
    ]


ELSEWHERE = """
import sys
from datetime import date
from pathlib import Path
import duckdb
from regulars.landing.ledger import create_landing_tables
from regulars.landing.load import land
from regulars.store.store import open_store
with duckdb.connect() as connection:
    create_landing_tables(connection)
    list(land(connection, open_store(Path(sys.argv[1])), date(2024, 5, 31)))
    for table in ("orders", "dead_letters", "files", "touched_days"):
        print(ascii(connection.execute(f"select * from landing.{table} order by all").fetchall()))
"""


@pytest.mark.parametrize(
    "machine",
    [
        {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8"},
        {"TZ": "America/St_Johns", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"},
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    ],
    ids=lambda machine: machine["TZ"],
)
def test_clock_and_language_of_the_machine_change_nothing(shop: Shop, machine: dict[str, str]) -> None:
    rows = 'I,2024-10-27 02:30:00,1.5,İıß\n2,2024-03-31 02:30:00,1,a\n3,03/04/2024,"1,5",é\n'
    shop.deliver({"orders.csv": HEADER + rows, "größe.csv": HEADER + "4,2024-05-01,1,a\n"}, contract())
    outputs = [
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE, str(shop.folder)],
            env={**os.environ, "TZ": "UTC", **changed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for changed in ({}, machine)
    ]
    assert outputs[0] == outputs[1]
    assert "2024, 10, 27, 1, 30" in outputs[0]
