"""Who is left alone tonight: a complaint that is open, or whatever else the store declares.

A hold is a predicate over the profile with the classes of actions that it stops. It begins when the predicate
is true and is over when it is not.
"""

from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.reason_codes import Reason, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from regulars.store.actions import ActionCatalogue, Hold


def hold_sql(catalogue: "ActionCatalogue") -> str:
    """The position of the first hold that stops a row of CANDIDATES; null where none does."""
    holds = []
    for position, hold in enumerate(catalogue.holds):
        stopped = [
            str(number)
            for number, action in enumerate(catalogue.actions)
            if action.action_class in hold.action_classes
        ]
        if stopped:
            holds.append(
                f"when candidate_action in ({', '.join(stopped)})"
                f" and coalesce(cast(({hold.when}) as boolean), false) then {position}"
            )
    return f"case {' '.join(holds)} end" if holds else "null"


def stop_held(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Stop candidates of customers on hold."""
    code = pl.when(pl.col("hold_number").is_not_null()).then(pl.lit(Reason.ON_HOLD.value))
    return candidates.with_columns(code.alias(Stage.HOLD))


def by_hold(catalogue: "ActionCatalogue", expression: "Callable[[Hold], str]") -> str:
    """A SQL case that evaluates the expression of the hold that stops a row."""
    cases = " ".join(
        f"when {position} then {expression(hold)}" for position, hold in enumerate(catalogue.holds)
    )
    return f"case judged.hold_number {cases} end" if cases else "null"
