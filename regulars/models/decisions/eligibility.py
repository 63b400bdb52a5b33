"""Who an action is for: its predicate over the profile, and an address the channel can use."""

from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.reason_codes import Reason, Stage, coded
from regulars.store.channels import ADDRESS_KINDS, ADDRESS_PATTERNS
from regulars.store.sql import literal

if TYPE_CHECKING:
    from regulars.store.actions import ActionCatalogue


def predicate_sql(catalogue: "ActionCatalogue") -> str:
    """Whether a row of CANDIDATES fits its action; null where the profile does not say."""
    # a predicate may end in a comment, so it gets a line of its own
    predicates = [
        f"when {number} then cast((\n{action.eligible_when}\n) as boolean)"
        for number, action in enumerate(catalogue.actions)
        if action.eligible_when is not None
    ]
    return f"case candidate_action {' '.join(predicates)} else true end" if predicates else "true"


def context_weight_sql(catalogue: "ActionCatalogue") -> str:
    """What the expected win of a row of CANDIDATES is multiplied by; 1 where the profile does not say."""
    weights = [
        f"when {number} then "
        + " * ".join(f"case when (\n{one.when}\n) then {one.weight} else 1 end" for one in action.weights)
        for number, action in enumerate(catalogue.actions)
        if action.weights
    ]
    weight = f"case candidate_action {' '.join(weights)} else 1 end" if weights else "1"
    return f"cast({weight} as double)"


def address_sql() -> str:
    """The profile's column that holds the address of a row's channel."""
    kinds = " ".join(f"when {literal(kind)} then customers.{kind}" for kind in ADDRESS_KINDS)
    return f"case options.candidate_address_kind {kinds} end"


def well_formed_sql(address: str = "address", kind: str = "address_kind") -> str:
    """Whether an address is of the form its kind demands."""
    kinds = " ".join(
        f"when {literal(name)} then regexp_full_match({address}, {literal(pattern)})"
        for name, pattern in ADDRESS_PATTERNS.items()
    )
    return f"coalesce(case {kind} {kinds} end, false)"


def stop_ineligible(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Stop candidates whose predicate is not true; unknown is not true."""
    code = pl.when(~pl.col("is_eligible")).then(coded(Reason.NOT_ELIGIBLE))
    return candidates.with_columns(code.alias(Stage.ELIGIBILITY))


def stop_unreachable(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Stop candidates whose channel has no address of the customer, or one it could not use."""
    code = (
        pl.when(~pl.col("has_address"))
        .then(coded(Reason.NO_ADDRESS))
        .when(~pl.col("is_address_well_formed"))
        .then(coded(Reason.MALFORMED_ADDRESS))
    )
    return candidates.with_columns(code.alias(Stage.ADDRESS))
