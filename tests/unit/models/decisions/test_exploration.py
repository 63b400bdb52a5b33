"""For a few customers chance decides, its odds are logged, and they tell what an action brought."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from regulars.models.decisions.candidates import candidate_options
from regulars.models.decisions.decide import decide
from regulars.models.decisions.effects import action_effects

Make = Callable[..., Any]
NIGHT = date(2017, 6, 30)
TWO = ({"id": "small", "value": 10}, {"id": "large", "value": 30})
EVERYBODY = {"exploration_share": 0.2}
USUAL = {"email": Decimal(1), "direct_mail": Decimal(1)}


def people(count: int) -> list[dict[str, str | int]]:
    return [{"customer_id": f"c{number:04}", "email": f"c{number}@x.example"} for number in range(count)]


def actions(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return connection.sql("from decisions.next_actions").pl()


def test_a_share_of_the_customers_gets_what_is_drawn_and_nothing_is_one_of_the_chances(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse(people(2000))
    decide(connection, catalogue(*TWO, policy=EVERYBODY), channels())
    drawn = actions(connection).filter("is_exploration")
    assert 320 < drawn.height < 480
    # two actions by two channels, and nothing: one in five each
    counts = Counter(zip(drawn["action_id"], drawn["channel"], strict=True))
    assert len(counts) == 5
    assert all(abs(count / drawn.height - 0.2) < 0.07 for count in counts.values())
    assert set(drawn["propensity"].round(9)) == {0.2}
    best = actions(connection).filter(~pl.col("is_exploration"))
    assert set(zip(best["action_id"], best["channel"], strict=True)) == {("large", "email")}
    assert set(best["propensity"]) == {1}


def test_the_probabilities_of_a_customer_are_one_and_every_chance_is_logged(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse(people(300))
    decide(connection, catalogue(*TWO, policy=EVERYBODY), channels())
    explored = connection.sql(
        """
        select count(*), sum(propensity), count(*) filter (is_chosen), max(decision_id) filter (is_chosen)
        from decisions.exploration_log group by customer_id
        """
    ).fetchall()
    assert len(explored) == actions(connection)["is_exploration"].sum()
    assert {(count, round(total, 9), chosen) for count, total, chosen, _ in explored} == {(5, 1, 1)}
    chosen = set(actions(connection).filter("is_exploration")["decision_id"])
    assert {decision for *_, decision in explored} == chosen


def test_who_is_left_to_chance_stays_so_for_a_month_and_is_drawn_anew_every_night(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    def night(day: date) -> pl.DataFrame:
        connection = warehouse(people(500), night=day)
        decide(connection, catalogue(*TWO, policy=EVERYBODY), channels())
        return actions(connection).filter("is_exploration").select("customer_id", "action_id", "channel")

    first, second, next_month = (night(NIGHT + timedelta(days)) for days in (-1, 0, 1))
    assert first["customer_id"].equals(second["customer_id"])
    assert not first.equals(second)
    assert not first["customer_id"].equals(next_month["customer_id"])
    assert night(NIGHT).equals(second)


def test_chance_never_sends_what_a_stage_has_stopped(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    permissions = [
        {"customer_id": f"c{number:04}", "channel": "email", "purpose": "marketing", "status": "granted"}
        for number in range(0, 300, 2)
    ]
    connection = warehouse(people(300), permissions=permissions)
    decide(connection, catalogue(*TWO, policy=EVERYBODY), channels())
    got = actions(connection).filter(pl.col("action_id") != "none")
    assert set(got["channel"]) == {"email"}
    assert all(int(customer[1:]) % 2 == 0 for customer in got["customer_id"])
    # nothing can be learned of who could get nothing
    assert all(
        int(customer[1:]) % 2 == 0 for customer in actions(connection).filter("is_exploration")["customer_id"]
    )


@pytest.mark.parametrize("capacity", [0, 1, 10, 1000])
def test_draws_use_no_more_than_their_share_of_a_limit(
    warehouse: Make, catalogue: Make, channels: Make, capacity: int
) -> None:
    connection = warehouse(people(400))
    decide(connection, catalogue(*TWO, policy=EVERYBODY), channels(email={"nightly_capacity": capacity}))
    mails = actions(connection).filter(pl.col("channel") == "email")
    assert mails.height <= capacity
    assert mails["is_exploration"].sum() <= ceil(0.2 * capacity)
    total = connection.sql(
        "select distinct round(total, 9) from"
        " (select sum(propensity) as total from decisions.exploration_log group by customer_id)"
    ).fetchall()
    assert total == [(1,)]


def test_a_night_run_again_draws_and_says_the_same(warehouse: Make, catalogue: Make, channels: Make) -> None:
    connection = warehouse(people(400))
    rules = channels(mail={"max_touchpoints": 1}, email={"max_touchpoints": 1}, across={"max_touchpoints": 1})

    def said() -> list[list[tuple[Any, ...]]]:
        decide(connection, catalogue(*TWO, policy=EVERYBODY), rules)
        tables = ("next_actions", "decision_trace", "exploration_log")
        return [connection.sql(f"from decisions.{table}").fetchall() for table in tables]

    first = said()
    connection.execute(
        "insert into previous.planned_touchpoints"
        " select decision_id, customer_id, action_id, channel, as_of_date from decisions.next_actions"
        " where action_id <> 'none'"
    )
    assert said() == first


def logged(connection: duckdb.DuckDBPyConnection, lift: float, customers: int) -> None:
    """Customers with one chance of two to get the offer by e-mail, of whom 30 % order anyway."""
    chance = np.random.default_rng(3)
    got, orders = chance.random(customers) < 0.5, chance.random(customers)
    rows = pl.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(customers)],
            "got": got,
            "orders": orders < 0.3 + lift * got,
        }
    )
    connection.register("rows", rows)
    connection.execute(
        """
        insert into previous.exploration_log (
            as_of_date, decision_id, customer_id, action_id, channel, propensity, score, is_chosen, policy
        )
        select date '2017-06-01', '', customer_id, action_id, channel, 0.5, 0, got = (action_id <> 'none'), ''
        from rows cross join (values ('offer', 'email'), ('none', '')) as options (action_id, channel)
        """
    )
    connection.execute(
        "insert into marts.orders (customer_id, order_date)"
        " select customer_id, date '2017-06-10' from rows where orders"
    )


def test_an_effect_is_what_those_who_got_it_did_beyond_those_who_got_nothing(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection, offer = warehouse([]), catalogue({"channels": ["email", "direct_mail"]})
    logged(connection, 0.05, 20_000)
    effects = action_effects(connection, offer, candidate_options(offer, channels(), USUAL), NIGHT)
    email, mail = effects.rows(named=True)
    assert email["chosen_count"] + email["nothing_count"] == 20_000
    assert email["effect_low"] < 0.05 < email["effect_high"]
    assert abs(email["effect"] - 0.05) < 0.02
    # 20,000 draws outweigh the assumption of 0.1, but not quite
    assert email["effect"] < email["response_rate"] < email["effect"] + 0.01
    assert (mail["chosen_count"], mail["effect"], mail["response_rate"]) == (0, None, 0.1)


def test_a_few_draws_hardly_move_the_assumption_and_unripe_ones_do_not_count(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection, offer = warehouse([]), catalogue({"channels": ["email"]})
    logged(connection, 0.5, 6)
    options = candidate_options(offer, channels(), USUAL)
    few = action_effects(connection, offer, options, NIGHT).row(0, named=True)
    assert abs(few["response_rate"] - 0.1) < 0.05
    unripe = action_effects(connection, offer, options, date(2017, 6, 14)).row(0, named=True)
    assert (unripe["chosen_count"], unripe["response_rate"]) == (0, 0.1)


def test_draws_follow_a_customer_whose_id_became_an_alias(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection, offer = warehouse([]), catalogue({"channels": ["email"]})
    logged(connection, 0.05, 100)
    options = candidate_options(offer, channels(), USUAL)
    before = action_effects(connection, offer, options, NIGHT)
    connection.execute(
        "insert into marts.customer_aliases select 'c' || i, 'x' || i from range(100) as t (i)"
    )
    connection.execute("update marts.orders set customer_id = 'x' || customer_id[2:]")
    assert action_effects(connection, offer, options, NIGHT).equals(before)
