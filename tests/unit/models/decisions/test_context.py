"""An action of every stage, and what a context makes of an expected win."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from regulars.models.decisions.decide import decide
from regulars.store.actions import ActionCatalogue, check_actions

Make = Callable[..., Any]
WEIGHTS = [{"when": "order_count >= 3", "weight": 1.5}, {"when": "order_amount > 100", "weight": 0.5}]


def traced(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[float, float, float]]:
    rows = connection.sql(
        "select customer_id, response_rate, context_weight, score from decisions.decision_trace"
        " where channel = 'email'"
    )
    return {customer: tuple(figures) for customer, *figures in rows.fetchall()}


@pytest.mark.parametrize("scores", ["rules", "model"])
def test_a_context_weighs_the_win_and_not_the_postage(
    warehouse: Make, catalogue: Make, channels: Make, scores: str
) -> None:
    people = {
        "in no context": {"order_count": 1, "order_amount": 20},
        "of whom little is known": {},
        "in one": {"order_count": 3, "order_amount": 20},
        "in both": {"order_count": 3, "order_amount": 200},
    }
    connection = warehouse([{"customer_id": name} | told for name, told in people.items()])
    policy = {"scores": scores, "exploration_share": 0}
    if scores == "model":
        policy |= {"because": "it is tried here", "by": "bo"}
    decide(connection, catalogue({"weights": WEIGHTS}, policy=policy), channels())
    found = traced(connection)
    assert {name: weight for name, (_, weight, _) in found.items()} == {
        "in no context": 1,
        "of whom little is known": 1,
        "in one": 1.5,
        "in both": 0.75,
    }
    for rate, weight, score in found.values():
        assert score == pytest.approx(rate * 20 * weight - 0.01)


def test_draws_log_what_both_policies_say_in_her_context(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    people = [{"customer_id": f"c{number}", "order_count": number % 6} for number in range(60)]
    connection = warehouse(people)
    policy = {"scores": "rules", "exploration_share": 0.2}
    decide(connection, catalogue({"weights": WEIGHTS[:1]}, policy=policy), channels())
    logged = connection.sql(
        "select log.rules_score, log.model_score, trace.score, trace.context_weight"
        " from decisions.exploration_log as log"
        " inner join decisions.decision_trace as trace using (customer_id, action_id, channel)"
    ).fetchall()
    assert {weight for *_, weight in logged} == {1, 1.5}
    for rules, model, score, _ in logged:
        assert rules == pytest.approx(score)
        assert model == pytest.approx(score)


def test_an_action_of_any_stage_is_for_everybody_in_one(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse(
        [
            {"customer_id": "a", "lifecycle_stage": "engaged"},
            {"customer_id": "b", "lifecycle_stage": "lapsed"},
            {"customer_id": "c", "lifecycle_stage": None},
        ]
    )
    decide(connection, catalogue({"id": "birthday", "state": "any"}, {"id": "offer"}), channels())
    rows = connection.sql(
        "select distinct customer_id, action_id, state from decisions.decision_trace order by all"
    ).fetchall()
    assert rows == [("a", "birthday", "engaged"), ("a", "offer", "engaged"), ("b", "birthday", "lapsed")]


@pytest.mark.parametrize("weight", [0, -1, 11])
def test_a_weight_is_above_nothing_and_at_most_ten(catalogue: Make, weight: int) -> None:
    with pytest.raises(ValueError, match="weight"):
        catalogue({"weights": [{"when": "order_count > 1", "weight": weight}]})


def test_a_context_that_nobody_knows_is_named_with_its_place(catalogue: Make, channels: Make) -> None:
    actions: ActionCatalogue = catalogue({"weights": [{"when": "order_cout > 1", "weight": 2}]})
    mistakes = check_actions(actions, channels(), stage_ids=["engaged"], profile_columns=["order_count"])
    places = [mistake.location for mistake in mistakes if "order_cout" in mistake.message]
    assert places == [("actions", 0, "weights", 0, "when")]
    assert "order_count" in next(m.message for m in mistakes if "order_cout" in m.message)
