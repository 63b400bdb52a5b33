"""A destination is told what is news to it: of earlier nights, and of earlier runs of this one."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from regulars.models.action_lists.write import write_action_lists
from regulars.store.destinations import Destination
from tests.unit.models.action_lists.ten_people import NIGHT, channels, destination, ten_people

Make = Callable[..., Any]
Cells = dict[str, list[dict[str, str]]]
PROFILE = ["first_name", "order_count"]
TOLD = ("delivered_profiles", "delivered_segments")


class Nights:
    """Nights of the ten people for one destination, of which the ledgers go from one to the next."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, catalogue: Make, folder: Path) -> None:
        self.connection, self._catalogue, self._folder = connection, catalogue, folder

    def run(self, out: Destination) -> Cells:
        """Write the files of the night, and return their rows by what they are about."""
        manifest = write_action_lists(
            self.connection,
            self._catalogue(),
            channels("email"),
            folder=self._folder,
            run_id="r",
            config_hash="c",
            destinations=[out],
        )
        return {
            file.about: list(
                csv.DictReader(io.StringIO((self._folder / file.name).read_text("utf-8"), newline=""))
            )
            for file in manifest.destinations
            if file.kind != "action_list"
        }

    def sleep(self) -> None:
        """Make tonight last night."""
        for table in TOLD:
            self.connection.execute(f"create or replace table previous.{table} as from decisions.{table}")
        self.connection.execute("update settings.night set as_of_date = as_of_date + 1")

    def again(self) -> None:
        """Let the next run be another one of this night, as preparation does it."""
        for table in TOLD:
            self.connection.execute(
                f"insert into previous.{table} from decisions.{table}"
                " where delivered_date = (select as_of_date from settings.night)"
            )

    def change(self, sql: str) -> None:
        """Change the world."""
        self.connection.execute(sql)


@pytest.fixture
def nights(chosen: Make, catalogue: Make, tmp_path: Path) -> Nights:
    return Nights(ten_people(chosen), catalogue, tmp_path / "lists")


def addresses(rows: list[dict[str, str]]) -> list[str]:
    return [next(iter(row.values())).split("@")[0] for row in rows]


RENAME = "update marts.customers set first_name = 'Anna' where customer_id = 'c_01'"
LEAVE = "delete from marts.customer_segments where customer_id = 'c_01'"
JOIN = "insert into marts.customer_segments values ('c_01', 'loyal')"
REFUSE = "update marts.customer_permissions set status = 'withdrawn' where customer_id = 'c_01'"


def test_a_profile_is_sent_once_and_then_only_when_it_changes(nights: Nights) -> None:
    out = destination("klaviyo", profile=PROFILE)
    assert len(nights.run(out)["profile"]) == 8
    nights.sleep()
    assert nights.run(out) == {}
    nights.change(RENAME)
    nights.sleep()
    assert nights.run(out) == {"profile": [{"Email": "ann@b.de", "first_name": "Anna", "order_count": "1"}]}


def test_a_tool_that_keeps_what_is_there_gets_the_changed_fields_alone_and_a_word_for_no_more(
    nights: Nights,
) -> None:
    out = destination("braze", key="email", profile=PROFILE)
    nights.run(out)
    nights.sleep()
    nights.change("update marts.customers set order_count = 20 where customer_id = 'c_01'")
    nights.change("update marts.customers set first_name = null where customer_id = 'c_02'")
    assert nights.run(out)["profile"] == [
        {"email": "ann@b.de", "first_name": "", "order_count": "20"},
        {"email": "bob@b.de", "first_name": "none", "order_count": ""},
    ]


def test_on_demand_everything_is_sent(nights: Nights) -> None:
    nights.run(destination("klaviyo", profile=PROFILE))
    nights.sleep()
    assert len(nights.run(destination("klaviyo", profile=PROFILE, whole_profile=True))["profile"]) == 8


def test_a_new_address_is_a_new_profile_for_the_tool(nights: Nights) -> None:
    out = destination("braze", key="email", profile=PROFILE)
    nights.run(out)
    nights.sleep()
    nights.change("update marts.customers set email = 'ann@new.de' where customer_id = 'c_01'")
    assert nights.run(out)["profile"] == [{"email": "ann@new.de", "first_name": "Ann", "order_count": "1"}]


def test_joiners_and_leavers_are_the_difference_to_the_night_before(nights: Nights) -> None:
    out = destination("klaviyo", segments=["loyal"])
    assert len(nights.run(out)["segment_loyal_added"]) == 8
    nights.sleep()
    nights.change(LEAVE)
    assert {about: addresses(rows) for about, rows in nights.run(out).items()} == {
        "segment_loyal_removed": ["ann"]
    }
    nights.sleep()
    assert nights.run(out) == {}
    nights.sleep()
    nights.change(JOIN)
    assert addresses(nights.run(out)["segment_loyal_added"]) == ["ann"]


def test_who_refuses_leaves_and_is_an_opt_out_once_and_is_never_subscribed_again(nights: Nights) -> None:
    out = destination("klaviyo", segments=["loyal"], profile=PROFILE, opt_outs=True)
    assert addresses(nights.run(out)["opt_outs"]) == ["kim"]
    nights.sleep()
    nights.change(REFUSE)
    assert {about: addresses(rows) for about, rows in nights.run(out).items()} == {
        "segment_loyal_removed": ["ann"],
        "opt_outs": ["ann"],
    }
    nights.sleep()
    assert nights.run(out) == {}
    nights.change("update marts.customer_permissions set status = 'granted' where customer_id = 'c_01'")
    nights.sleep()
    assert set(nights.run(out)) == {"segment_loyal_added", "profile"}
    nights.sleep()
    nights.change(REFUSE)
    assert "opt_outs" in nights.run(out)


def test_an_address_that_one_of_two_refused_is_in_no_file_but_the_opt_outs(nights: Nights) -> None:
    nights.change("update marts.customer_permissions set status = 'denied' where customer_id = 'c_10'")
    found = nights.run(destination("klaviyo", segments=["loyal"], opt_outs=True))
    assert "home" not in addresses(found["segment_loyal_added"])
    assert addresses(found["opt_outs"]) == ["home", "kim"]
    kept_out = nights.connection.sql(
        "select customer_id, reason_code from decisions.destination_kept_out where customer_id >= 'c_09'"
    ).fetchall()
    assert kept_out == [("c_09", "address_refused")]


def test_what_a_destination_does_not_get_is_listed_with_its_reason(nights: Nights) -> None:
    nights.run(destination("klaviyo", profile=["first_name", "last_name"]))
    found = nights.connection.sql(
        "select customer_id, field, reason_code from decisions.destination_kept_out"
    ).fetchall()
    assert found == [
        ("c_04", "first_name", "text_like_formula"),
        ("c_05", "first_name", "text_like_formula"),
        ("c_05", "last_name", "text_like_formula"),
        ("c_06", "first_name", "text_not_one_line"),
        ("c_08", "email", "address_malformed"),
        ("c_09", "email", "address_shared"),
    ]


def test_an_empty_segment_empties_no_audience_but_who_refused_leaves_it(nights: Nights) -> None:
    out = destination("klaviyo", segments=["loyal"])
    nights.run(out)
    nights.sleep()
    nights.change("delete from marts.customer_segments")
    nights.change(REFUSE)
    assert {about: addresses(rows) for about, rows in nights.run(out).items()} == {
        "segment_loyal_removed": ["ann"]
    }
    nights.sleep()
    nights.change("insert into marts.customer_segments select customer_id, 'loyal' from marts.customers")
    assert nights.run(out) == {}


def test_a_whole_audience_that_lost_its_source_is_sent_as_it_was(nights: Nights) -> None:
    out = destination("attentive", key="email", channels=[], segments=["loyal"], account="shop")
    nights.run(out)
    nights.sleep()
    nights.change("delete from marts.customer_segments")
    assert set(nights.run(out)) == {"segment_loyal_all"}


def test_an_erased_person_is_forgotten_and_named_in_no_file(nights: Nights) -> None:
    out = destination("klaviyo", segments=["loyal"], profile=PROFILE, opt_outs=True)
    nights.run(out)
    nights.sleep()
    for table in ("customers", "customer_segments", "customer_permissions"):
        nights.change(f"delete from marts.{table} where customer_id in ('c_01', 'c_11')")
    assert nights.run(out) == {}
    for table in TOLD:
        told = nights.connection.sql(f"select address from decisions.{table}").fetchall()
        assert not {("ann@b.de",), ("kim@b.de",)} & set(told)


def test_a_person_who_has_another_id_now_leaves_under_it(nights: Nights) -> None:
    out = destination("csv", key="email", channels=[], segments=["loyal"])
    nights.run(out)
    nights.sleep()
    nights.change("insert into marts.customer_aliases values ('c_01', 'c_02')")
    for table in ("customers", "customer_segments", "customer_permissions"):
        nights.change(f"delete from marts.{table} where customer_id = 'c_01'")
    assert nights.run(out)["segment_loyal_removed"] == [
        {"address": "ann@b.de", "customer_id": "c_02", "segment_id": "loyal"}
    ]


def test_a_second_run_of_the_night_gives_the_same_files(nights: Nights) -> None:
    out = destination("braze", key="email", segments=["loyal"], profile=PROFILE, opt_outs=True)
    nights.run(out)
    nights.sleep()
    for sql in (RENAME, LEAVE, "delete from marts.customer_segments where customer_id = 'c_02'"):
        nights.change(sql)
    first = nights.run(out)
    assert set(first) == {"profile", "segment_loyal_removed"}
    nights.again()
    assert nights.run(out) == first


def test_what_an_earlier_run_of_the_night_told_and_is_not_so_is_told_again(nights: Nights) -> None:
    out = destination("klaviyo", segments=["loyal"], profile=PROFILE)
    nights.run(out)
    nights.sleep()
    nights.change(RENAME)
    nights.change(LEAVE)
    nights.run(out)
    nights.again()
    nights.change("update marts.customers set first_name = 'Ann' where customer_id = 'c_01'")
    nights.change(JOIN)
    found = nights.run(out)
    assert found["profile"] == [{"Email": "ann@b.de", "first_name": "Ann", "order_count": "1"}]
    assert addresses(found["segment_loyal_added"]) == ["ann"]


def test_the_ledger_remembers_the_night_on_which_something_was_told(nights: Nights) -> None:
    out = destination("klaviyo", segments=["loyal"], profile=PROFILE)
    nights.run(out)
    nights.sleep()
    nights.change(RENAME)
    nights.run(out)
    dates = nights.connection.sql(
        "select address, delivered_date from decisions.delivered_profiles order by all limit 2"
    ).fetchall()
    assert dates == [("ann@b.de", NIGHT + timedelta(1)), ("bob@b.de", NIGHT)]
