"""Who is on a suppression list hears nothing: not when it is decided, and not when the list is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from regulars.models.action_lists.write import write_action_lists
from regulars.models.decisions.decide import decide

Make = Callable[..., Any]
LISTED = [
    ("email", "", "ann@b.de", None, None),
    ("account", "shop", "k2", "email", "2017-06-30"),
    ("phone", "", "+15550003", "direct_mail", None),
    ("email", "", "dan@b.de", None, "2017-07-01"),
]


@pytest.fixture
def shop(warehouse: Make) -> duckdb.DuckDBPyConnection:
    people = [("a", "Ann@b.de", "+15550001"), ("b", "ben@b.de", "+15550002"), ("c", "cy@b.de", "+15550003")]
    connection: duckdb.DuckDBPyConnection = warehouse(
        [
            {"customer_id": one, "email": email, "phone": phone}
            for one, email, phone in (*people, ("d", "dan@b.de", None))
        ]
    )
    connection.execute("insert into marts.customer_identifiers values ('b', 'shop', 'account', 'k2')")
    return connection


def listed(connection: duckdb.DuckDBPyConnection) -> None:
    for kind, source, identifier, channel, since in LISTED:
        connection.execute(
            "insert into settings.suppressions values (?, ?, ?, ?, 'asked us', ?)",
            [kind, source, identifier, channel, since],
        )


def test_the_stage_stops_by_address_account_channel_and_day(
    shop: duckdb.DuckDBPyConnection,
    catalogue: Make,
    channels: Make,
) -> None:
    listed(shop)
    decide(shop, catalogue({"action_class": "transactional"}), channels())
    stopped = shop.sql(
        "select customer_id, channel, reason from decisions.decision_trace"
        " where reason_code = 'suppressed' and stopped_by = 'suppression' order by all"
    ).fetchall()
    assert stopped == [
        (customer, channel, f"she is on a suppression list for {channel}")
        for customer, channel in (("a", "direct_mail"), ("a", "email"), ("b", "email"), ("c", "direct_mail"))
    ]


def test_a_list_leaves_out_who_was_listed_after_the_decision(
    shop: duckdb.DuckDBPyConnection,
    catalogue: Make,
    channels: Make,
    tmp_path: Path,
) -> None:
    actions = catalogue({"channels": ["email"]})
    decide(shop, actions, channels())
    listed(shop)
    write_action_lists(shop, actions, channels(), folder=tmp_path, run_id="r", config_hash="h")
    written = (tmp_path / "email.csv").read_text("utf-8").splitlines()[1:]
    assert [line.split(",")[2] for line in written] == ["c", "d"]
    kept_out = shop.sql("select customer_id, reason_code from decisions.kept_out order by all").fetchall()
    assert kept_out == [("a", "suppressed"), ("b", "suppressed")]
