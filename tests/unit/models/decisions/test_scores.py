"""The model policy shares the rate of an action out over its customers; rules give all the same."""

from collections.abc import Callable, Mapping
from typing import Any

import duckdb
import polars as pl

from regulars.models.decisions.decide import decide

Make = Callable[..., Any]
MODEL = {"scores": "model", "because": "it is tried here", "by": "bo", "exploration_share": 0}


def knowing(
    connection: duckdb.DuckDBPyConnection,
    amounts: Mapping[str, float],
    clicks: Mapping[str, float] | None = None,
) -> duckdb.DuckDBPyConnection:
    for horizon, factor in ((90, 1), (365, 3)):
        for customer, amount in amounts.items():
            connection.execute(
                "insert into predictions.ltv_scores values (?, ?, ?, 'v1')",
                [customer, horizon, amount * factor],
            )
    for customer, probability in (clicks or {}).items():
        for response, share in (("clicked", 1), ("opened", 0.5), ("ordered", 0.1)):
            connection.execute(
                "insert into predictions.response_scores values (?, 'email', ?, ?, 'v2')",
                [customer, response, probability * share],
            )
    return connection


def scores(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[float, float]]:
    rows = connection.sql("select customer_id, channel, response_rate, score from decisions.decision_trace")
    return {(customer, channel): (rate, score) for customer, channel, rate, score in rows.fetchall()}


def test_more_is_expected_of_who_spends_and_clicks_more_and_the_mean_stays(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = knowing(
        warehouse([{"customer_id": name, "email": f"{name}@x.example"} for name in "abc"]),
        {"a": 30, "b": 60},
        {"a": 0.02, "b": 0.02},
    )
    decide(connection, catalogue(policy=MODEL), channels())
    found = scores(connection)
    # twice as much from whoever spends twice as much; who has no score counts as the mean of those who have
    assert round(found["b", "email"][0] / found["a", "email"][0], 4) == 2
    assert round(found["c", "email"][0], 6) == 0.1
    assert round(sum(rate for (_, channel), (rate, _) in found.items() if channel == "email") / 3, 6) == 0.1
    assert round(found["a", "email"][1], 6) == round(found["a", "email"][0] * 20 - 0.01, 6)


def test_a_click_counts_before_an_opening_and_only_on_its_own_channel(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = knowing(
        warehouse([{"customer_id": name, "email": f"{name}@x.example"} for name in "ab"]),
        {"a": 10, "b": 10},
        {"a": 0.01, "b": 0.03},
    )
    decide(connection, catalogue(policy=MODEL), channels())
    found = scores(connection)
    assert round(found["b", "email"][0] / found["a", "email"][0], 4) == 3
    assert found["a", "direct_mail"] == found["b", "direct_mail"]


def test_who_is_expected_to_spend_nothing_is_not_worth_the_postage(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = knowing(
        warehouse([{"customer_id": name, "email": f"{name}@x.example"} for name in "ab"]), {"a": 0, "b": 10}
    )
    decide(connection, catalogue(policy=MODEL), channels())
    rows = connection.sql("select action_id, reason_code from decisions.next_actions order by customer_id")
    assert rows.fetchall() == [("none", "score_not_positive"), ("offer", "chosen")]


def test_rules_score_everybody_alike(warehouse: Make, catalogue: Make, channels: Make) -> None:
    connection = warehouse([{"customer_id": name, "email": f"{name}@x.example"} for name in "ab"])
    decide(connection, catalogue(), channels())
    assert scores(connection)["a", "email"] == scores(connection)["b", "email"] == (0.1, 1.99)


def test_the_policy_is_named_after_what_decided(warehouse: Make, catalogue: Make, channels: Make) -> None:
    def policy(version: str, **policy: object) -> str:
        connection = knowing(warehouse([{"customer_id": "a"}]), {"a": 10})
        connection.execute(f"update predictions.ltv_scores set version = '{version}'")
        decide(connection, catalogue(policy=policy), channels())
        return str(connection.sql("select any_value(policy) from decisions.next_actions").fetchall()[0][0])

    rules = {"scores": "rules", "exploration_share": 0}
    assert policy("v1", **rules) == policy("v2", **rules)
    assert policy("v1", **rules).startswith("rules-")
    assert policy("v1", **MODEL).startswith("model-")
    assert policy("v1", **MODEL) != policy("v2", **MODEL)


def test_evidence_of_draws_changes_what_the_model_expects(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = knowing(warehouse([{"customer_id": "a", "email": "a@x.example"}]), {"a": 10})
    draws = pl.DataFrame({"number": range(4000)})
    connection.register("draws", draws)
    connection.execute(
        """
        insert into previous.exploration_log (
            as_of_date, decision_id, customer_id, action_id, channel, propensity, score, is_chosen, policy
        )
        select
            date '2017-06-01', '', 'd' || number, action_id, channel, 0.5, 0,
            (number % 2 = 0) = (action_id <> 'none'), ''
        from draws cross join (values ('offer', 'email'), ('none', '')) as options (action_id, channel)
        """
    )
    decide(connection, catalogue(policy=MODEL), channels())
    # nobody ordered, with the offer or without
    assert scores(connection)["a", "email"][0] < 0.001
    assert scores(connection)["a", "direct_mail"][0] == 0.1
