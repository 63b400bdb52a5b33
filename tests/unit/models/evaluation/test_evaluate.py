"""Who decides tonight: what actions.yml asks for, what draws say, and who answers for it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import duckdb
import polars as pl
import pytest

from regulars.models.decisions.decide import decide
from regulars.models.evaluation.comparison import compared
from regulars.models.evaluation.evaluate import Standing, standing
from regulars.models.evaluation.log import (
    NIGHT,
    REWARD_DAYS,
    rewarded_log,
    what_the_log_cannot_say,
    with_edited_scores,
)
from regulars.store.actions import ActionCatalogue, DecisionPolicy
from regulars.store.errors import UserError
from regulars.store.store import open_store
from tests.conventions.source import ROOT

Make = Callable[..., Any]
DAY = date(2017, 6, 30)
OVERRIDE = {"because": "the board wants to see it", "by": "bo"}


def drawn(connection: duckdb.DuckDBPyConnection, better: str, day: str = "2017-06-01") -> None:
    """Of two thousand draws a letter, a mail and nothing each third; `better` is what brings an order of 100.

    The rules would send letters, the model mails.
    """
    connection.execute(
        f"""
        insert into previous.exploration_log
        select
            date '{day}', 'd', 'c' || number, action_id, channel, 1 / 3, 0, number % 3 = position, 'p',
            [0, 2, 1][position + 1], [0, 1, 2][position + 1]
        from range(2000) as numbers(number)
        cross join (
            values (0, 'none', ''), (1, 'offer', 'direct_mail'), (2, 'offer', 'email')
        ) as options(position, action_id, channel)
        """
    )
    connection.execute(
        f"""
        insert into marts.orders
        select customer_id, date '{day}' + 14, if(channel = '{better}', 100, 10) + number * 37 % 101, 0
        from (
            select *, cast(customer_id[2:] as integer) as number from previous.exploration_log where is_chosen
        )
        """
    )


def found(
    connection: duckdb.DuckDBPyConnection, channels: Make, policy: Mapping[str, Any], before: str = "rules"
) -> Standing:
    connection.execute("delete from previous.policy_evaluations")
    connection.execute("insert into previous.policy_evaluations values (?, true)", [before])
    return standing(connection, DecisionPolicy.model_validate(policy), channels(), DAY)


@pytest.mark.parametrize(
    ("better", "before", "policy", "scores", "because"),
    [
        ("email", "rules", {}, "rules", "actions.yml asks for it"),
        ("email", "rules", {"scores": "model"}, "model", "draws say that it wins more"),
        (
            "",
            "rules",
            {"scores": "model"},
            "rules",
            "no draws say that it wins more: the difference may be 0",
        ),
        ("direct_mail", "rules", {"scores": "model"} | OVERRIDE, "model", "the board wants to see it"),
        ("", "model", {"scores": "model"}, "model", "have not said otherwise since"),
        ("direct_mail", "model", {"scores": "model"}, "rules", "draws say that the rules win more"),
    ],
)
def test_the_model_decides_where_draws_or_a_human_say_so(  # noqa: PLR0913, PLR0917 (one case)
    warehouse: Make,
    channels: Make,
    better: str,
    before: str,
    policy: Mapping[str, Any],
    scores: str,
    because: str,
) -> None:
    connection = warehouse([])
    drawn(connection, better)
    who = found(connection, channels, policy, before)
    (row,) = who.evaluations.filter("is_in_force").rows(named=True)
    assert (who.scores, row["candidate"]) == (scores, scores)
    assert because in row["because"]
    assert row["said_by"] == ("bo" if "by" in policy else None)


def test_without_draws_nothing_is_measured_and_the_rules_decide(warehouse: Make, channels: Make) -> None:
    connection = warehouse([])
    # these days are not over yet
    drawn(connection, "email", day="2017-06-17")
    who = found(connection, channels, {"scores": "model"})
    assert who.scores == "rules"
    assert who.evaluations["verdict"].to_list() == ["refused", "refused"]
    assert who.evaluations["expected_value"].null_count() == 2


def test_days_of_which_no_orders_arrived_are_not_days_without_a_purchase(
    warehouse: Make, channels: Make
) -> None:
    connection = warehouse([])
    drawn(connection, "email")
    drawn(connection, "", day="2017-06-10")
    connection.execute("delete from marts.orders where order_date > date '2017-06-15'")
    log = rewarded_log(connection, channels(), DAY, NIGHT)
    assert log["as_of_date"].unique().to_list() == [date(2017, 6, 1)]
    connection.execute("delete from marts.orders")
    assert found(connection, channels, {"scores": "model"}).evaluations["draw_count"].to_list() == [0, 0]


def test_a_reward_is_money_of_its_days_less_postage(warehouse: Make, channels: Make) -> None:
    connection = warehouse([])
    drawn(connection, "email")
    connection.execute(
        "insert into marts.orders select customer_id, order_date + 1, 1000, 0 from marts.orders"
    )
    connection.execute("update marts.orders set refunded_amount = 4")
    log = rewarded_log(connection, channels(), DAY, NIGHT).filter("is_chosen").sort("customer_id")
    rewards = dict(zip(log["customer_id"], log["reward"], strict=True))
    assert REWARD_DAYS == 14
    # nothing, a letter for 0.65, a mail for 0.01
    assert [round(rewards[f"c{number}"], 2) for number in (0, 1, 2)] == [6.0, 42.35, 169.99]


def test_an_edited_catalogue_is_judged_by_its_own_rules(
    warehouse: Make, channels: Make, catalogue: Make
) -> None:
    connection = warehouse([])
    drawn(connection, "email")
    log = with_edited_scores(rewarded_log(connection, channels(), DAY, NIGHT), catalogue(), channels())
    scores = {
        (action, channel): score
        for action, channel, score in log.select("action_id", "channel", "edited_score").unique().rows()
    }
    assert scores == {("none", ""): None, ("offer", "direct_mail"): 1.35, ("offer", "email"): 1.99}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": 30}, ""),
        ({"id": "gift"}, "support is missing: action 'gift' is new"),
        ({"eligible_when": "order_count > 3"}, "has another eligible_when"),
    ],
)
def test_what_would_let_others_through_is_refused(catalogue: Make, change: dict[str, Any], said: str) -> None:
    current: ActionCatalogue = catalogue()
    first = current.actions[0].model_copy(update=change)
    edited = current.model_copy(update={"actions": (first, *current.actions[1:])})
    found = what_the_log_cannot_say(edited, current)
    assert said in found
    assert bool(said) == bool(found)


def test_draws_say_what_both_policies_would_have_scored(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    people = [{"customer_id": f"c{number}", "email": f"{number}@x.example"} for number in range(300)]
    connection = warehouse(people)
    connection.execute(
        "insert into predictions.ltv_scores"
        " select customer_id, 90, cast(customer_id[2:] as integer) % 3, 'v1' from marts.customers"
    )
    decide(connection, catalogue(policy={"exploration_share": 0.2}), channels())
    log = pl.DataFrame(connection.sql("from decisions.exploration_log"))
    mails = log.filter(pl.col("channel") == "email")
    assert mails["rules_score"].unique().to_list() == [1.99]
    # twice as much of whoever spends twice as much, and of who spends nothing the postage
    assert sorted(mails["model_score"].round(2).unique().to_list()) == [-0.01, 1.99, 3.99]
    assert log.filter(pl.col("action_id") == "none")["model_score"].unique().to_list() == [0.0]
    rows = connection.sql(
        "select candidate, is_in_force, verdict from decisions.policy_evaluations order by all"
    )
    assert rows.fetchall() == [("model", False, "refused"), ("rules", True, "refused")]


def test_policies_stand_beside_each_other_with_what_they_would_have_won(warehouse: Make) -> None:
    connection = warehouse([])
    drawn(connection, "email")
    for name in ("exploration_log", "policy_evaluations", "channel_health"):
        connection.execute(f"create view {name} as from previous.{name}")
    for name in ("orders", "customer_aliases"):
        connection.execute(f"create view {name} as from marts.{name}")
    store = open_store(ROOT / "stores" / "demo")
    edited = store.actions_file.content.model_copy(update={"holds": ()})
    rules, model, refused = compared(connection, store, DAY, named=("rules", "model"), edited=edited)
    assert (rules[0], rules[-2], model[0], model[-2]) == ("rules", "incumbent", "model", "better")
    assert float(model[1]) > float(rules[1])
    assert refused[1:6] == ("-",) * 5
    assert "holds differ" in refused[-1]


def test_draws_of_an_earlier_release_are_refused_with_the_remedy(warehouse: Make) -> None:
    connection = warehouse([])
    connection.execute("create table exploration_log (propensity double)")
    connection.execute("alter table previous.exploration_log drop column model_score")
    with pytest.raises(UserError, match="run a night with this release"):
        compared(connection, open_store(ROOT / "stores" / "demo"), DAY, named=("rules",))
