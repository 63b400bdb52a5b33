"""Whole nights of a shop whose letters and audiences go to a tool, from its exports to the tool's inbox."""

import csv
import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from regulars.orchestration.cli import app
from regulars.orchestration.execution import NightFailedError, run_night
from regulars.orchestration.nightly import Nightly, nightly_of
from regulars.warehouse.versions import Version
from tests.parsed import with_parsed_project
from tests.shops import FILES, HEADER, write_shop

DAYS = [date(2024, 6, day) for day in (25, 26, 27, 30)]
DESTINATIONS = """\
destinations:
  - id: letters
    tool: braze
    channels: [letter]
    profile: [order_count, last_order_date]
    segments: [new]
    opt_outs: true
    deliver_to: inbox
  - {id: desk, tool: support_desk, cards: true}
"""
CONSENTS = """\
  - files: consents*.csv
    entity: consents
    optional: true
    columns:
      customer_ref: who
      channel: "'letter'"
      purpose: "'marketing'"
      status: status
      stated_at: at
"""
PEOPLE = [f"p{number:02}" for number in range(20)]


def night(nightly: Nightly, day: date) -> Version:
    output = StringIO()
    try:
        run_night(nightly_of(nightly.store.folder), day, Console(file=output, width=1000))
    except NightFailedError as error:
        raise NightFailedError(output.getvalue()) from error
    return nightly.published.versions()[-1]


def rows(version: Version, name: str) -> list[dict[str, str]]:
    path = version.folder / "action_lists" / name
    with path.open(newline="", encoding="utf-8") as content:
        return list(csv.DictReader(content))


def files(version: Version) -> list[str]:
    manifest = json.loads((version.folder / "action_lists" / "manifest.json").read_text("utf-8"))
    return [entry["name"] for entry in manifest["destinations"]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Nightly:
    """Twenty people of one order each, of whom one says no on the day before the first night."""
    orders = "".join(f"{number},2024-06-01,5,{who}\n" for number, who in enumerate(PEOPLE))
    folder = write_shop(
        tmp_path_factory.mktemp("stores") / "shop",
        {
            "destinations.yml": DESTINATIONS,
            "sources/pos.yml": str(FILES["sources/pos.yml"]) + CONSENTS,
            "exports/orders.csv": HEADER + orders,
            "exports/consents.csv": "who,status,at\np19,denied,2024-06-24 10:00:00\n",
        },
    )
    return nightly_of(with_parsed_project(folder))


def test_from_exports_to_the_inbox_and_what_stops_on_the_way(shop: Nightly) -> None:
    # the first night tells everything
    first = night(shop, DAYS[0])
    assert files(first) == [
        "letters/letter.csv",
        "letters/profile.csv",
        "letters/segment_new_added.csv",
        "letters/opt_outs.csv",
        "desk/cards.csv",
    ]
    listed = rows(first, "letter.csv")
    # chance leaves a few without a letter
    addresses = [row["external_id"] for row in rows(first, "letters/letter.csv")]
    assert addresses == sorted(row["address"] for row in listed)
    assert 10 < len(addresses) < len(PEOPLE)
    assert "p19" not in addresses
    assert {row["decision_id"] for row in listed} == {
        row["regulars_decision_id"] for row in rows(first, "letters/letter.csv")
    }
    assert rows(first, "letters/opt_outs.csv") == [{"external_id": "p19", "email_subscribe": "unsubscribed"}]
    # the same night again tells the same
    again = night(shop, DAYS[0])
    assert [(again.folder / "action_lists" / name).read_bytes() for name in files(again)] == [
        (first.folder / "action_lists" / name).read_bytes() for name in files(first)
    ]
    # the next one only what changed: one buys again, and is new no more
    (shop.store.exports / "orders_2.csv").write_text(HEADER + "90,2024-06-26,5,p00\n")
    second = night(shop, DAYS[1])
    assert [name for name in files(second) if name != "letters/letter.csv"] == [
        "letters/profile.csv",
        "letters/segment_new_removed.csv",
        "desk/cards.csv",
    ]
    assert rows(second, "letters/profile.csv") == [
        {"external_id": "p00", "order_count": "2", "last_order_date": "2024-06-26"}
    ]
    # when eleven of eighteen buy again, that many may leave if a human says so
    more = "".join(f"{100 + number},2024-06-27,5,p{number:02}\n" for number in range(1, 12))
    (shop.store.exports / "orders_3.csv").write_text(HEADER + more)
    (shop.store.exports / "consents_2.csv").write_text("who,status,at\np18,granted,2024-06-27 10:00:00\n")
    with pytest.raises(
        NightFailedError, match="No more than 10 people and a tenth of an audience leave 'letters'"
    ):
        night(shop, DAYS[2])
    said = command(shop, "confirm", "letters", "--day", str(DAYS[2]), "--because", "a sale", "--by", "Ann")
    assert "many may leave letters on 2024-06-27" in said
    third = night(shop, DAYS[2])
    assert len(rows(third, "letters/segment_new_removed.csv")) == 11
    # what was not delivered comes in the order of its nights, without lists of the past
    assert "2024-06-25/letter.csv" not in command(shop, "deliver", "--dry-run")
    delivered = command(shop, "deliver").splitlines()
    assert [line for line in delivered if "/letter.csv" in line and "2024-06-27/" not in line] == []
    assert [line for line in delivered if "/letter.csv" not in line] == [
        "letters: 2024-06-25/profile.csv delivered, 19 rows",
        "letters: 2024-06-25/segment_new_added.csv delivered, 19 rows",
        "letters: 2024-06-25/opt_outs.csv delivered, 1 rows",
        "letters: 2024-06-26/profile.csv delivered, 1 rows",
        "letters: 2024-06-26/segment_new_removed.csv delivered, 1 rows",
        "letters: 2024-06-27/profile.csv delivered, 11 rows",
        "letters: 2024-06-27/segment_new_removed.csv delivered, 11 rows",
    ]
    assert "has everything up to 2024-06-27_0001" in command(shop, "deliver", "--to", "letters")
    inbox = shop.store.folder / "inbox" / "2024-06-25" / "profile.csv"
    assert inbox.read_bytes() == (first.folder / "action_lists" / "letters" / "profile.csv").read_bytes()
    # three days without a word on who opted out are one too many
    with pytest.raises(
        NightFailedError, match="Who opted out is known up to 48 hours before the night's end"
    ):
        night(shop, DAYS[3])


def command(shop: Nightly, *words: str) -> str:
    ended = CliRunner().invoke(app, [words[0], "--store", str(shop.store.folder), *words[1:]])
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_a_destination_that_does_not_exist_is_named(shop: Nightly) -> None:
    store = str(shop.store.folder)
    ended = CliRunner().invoke(app, ["deliver", "--store", store, "--to", "leters"])
    assert ended.exit_code == 2
    assert Path(store).is_dir()
