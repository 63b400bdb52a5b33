"""The groups of the program: drawn once, kept for as long as the shares are, with history."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl

from regulars.models.experiments.groups import group_sql, program_groups
from regulars.models.experiments.units import shared_units
from regulars.store.actions import DecisionPolicy

NIGHT = date(2024, 6, 10)
SHARES = DecisionPolicy(holdout_share=Decimal("0.1"), generic_share=Decimal("0.1"))
EVERYBODY = [f"c_{number:03}" for number in range(300)]


def groups(
    connection: duckdb.DuckDBPyConnection, policy: DecisionPolicy = SHARES, night: date = NIGHT
) -> pl.DataFrame:
    return program_groups(connection, policy, night, shared_units(connection))


def carried(connection: duckdb.DuckDBPyConnection, found: pl.DataFrame) -> None:
    connection.execute("delete from previous.program_groups")
    connection.executemany("insert into previous.program_groups values (?, ?, ?, ?, ?)", found.rows())


def of_group(name: str) -> list[str]:
    """The customers of EVERYBODY whose own draw says that group."""
    with duckdb.connect() as connection:
        query = f"select customer_id, {group_sql('customer_id', Decimal('0.1'), Decimal('0.1'))} from people"
        connection.execute("create table people as select unnest(?) as customer_id", [EVERYBODY])
        return [customer for customer, group in connection.sql(query).fetchall() if group == name]


def test_a_store_without_shares_has_no_groups(shop: Callable[..., Any]) -> None:
    assert groups(shop("c_1"), DecisionPolicy()).is_empty()


def test_shares_are_met_and_the_next_night_says_the_same(shop: Callable[..., Any]) -> None:
    connection = shop(*EVERYBODY)
    first = groups(connection)
    counts = Counter(first["program_group"])
    assert 15 <= counts["holdout"] <= 45
    assert 15 <= counts["generic"] <= 45
    carried(connection, first)
    assert groups(connection, night=NIGHT + timedelta(days=1)).equals(first)


def test_a_larger_share_adds_to_the_group_and_keeps_the_history(shop: Callable[..., Any]) -> None:
    connection = shop(*EVERYBODY)
    before = groups(connection)
    carried(connection, before)
    later = NIGHT + timedelta(days=7)
    after = groups(connection, SHARES.model_copy(update={"holdout_share": Decimal("0.15")}), later)
    held = set(before.filter(program_group="holdout")["customer_id"])
    now = after.filter(pl.col("until_date").is_null())
    assert held < set(now.filter(program_group="holdout")["customer_id"])
    moved = after.filter(pl.col("until_date").is_not_null())
    assert set(moved.select("program_group", "since_date", "until_date").rows()) == {
        ("orchestrated", NIGHT, later - timedelta(days=1))
    }
    assert set(now.join(moved, on="customer_id", how="semi")["since_date"]) == {later}
    assert now["customer_id"].to_list() == EVERYBODY


def test_of_two_that_became_one_the_holdout_wins_and_says_since_when(shop: Callable[..., Any]) -> None:
    held, free = of_group("holdout")[0], of_group("orchestrated")[0]
    connection = shop(free)
    connection.execute("insert into marts.customer_aliases values (?, ?)", [held, free])
    carried(
        connection,
        pl.DataFrame(
            [
                (free, free, "orchestrated", date(2024, 1, 1), None),
                (held, held, "holdout", date(2024, 2, 1), None),
            ],
            orient="row",
        ),
    )
    assert groups(connection).rows() == [
        (free, free, "orchestrated", date(2024, 1, 1), NIGHT - timedelta(days=1)),
        (free, held, "holdout", NIGHT, None),
    ]


def test_who_parted_from_somebody_keeps_the_group_that_both_were_in(shop: Callable[..., Any]) -> None:
    held, parted = of_group("holdout")[0], of_group("orchestrated")[0]
    connection = shop(held, parted)
    connection.execute(
        "insert into marts.identity_changes values (?, 'split', ?, ?, 'x')", [NIGHT, held, parted]
    )
    carried(connection, pl.DataFrame([(held, held, "holdout", date(2024, 2, 1), None)], orient="row"))
    assert {row[0]: row[1:4] for row in groups(connection).rows()} == {
        held: (held, "holdout", date(2024, 2, 1)),
        parted: (held, "holdout", date(2024, 2, 1)),
    }


def test_a_newcomer_is_in_the_group_of_her_household(shop: Callable[..., Any]) -> None:
    held, new = of_group("holdout")[-1], of_group("orchestrated")[0]
    home = {"email": "home@b.de"}
    connection = shop({"customer_id": held} | home, {"customer_id": new} | home)
    carried(connection, pl.DataFrame([(held, held, "holdout", date(2024, 2, 1), None)], orient="row"))
    found = {row[0]: row[1:] for row in groups(connection).rows()}
    assert found[new] == (held, "holdout", NIGHT, None)
