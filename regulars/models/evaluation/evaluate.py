"""Whether another policy should decide: what draws say of rules and of the model, and who decides tonight.

The model decides where actions.yml asks for it and a human answers for that by name, or draws said that it
wins more; and then until they say that it wins less. Otherwise the rules decide.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from regulars.models.evaluation.estimates import Evaluation, Interval, evaluated
from regulars.models.evaluation.log import NIGHT, rewarded_log

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from regulars.store.actions import DecisionPolicy
    from regulars.store.channels import Channels

Scores = Literal["rules", "model"]
CANDIDATES: tuple[Scores, ...] = ("rules", "model")

COLUMNS = pl.Schema(
    {
        "candidate": pl.String(),
        "incumbent": pl.String(),
        "draw_count": pl.Int64(),
        "matched_count": pl.Int64(),
        "rewarded_count": pl.Int64(),
        "effective_sample_size": pl.Float64(),
        **{
            f"{name}{end}": pl.Float64()
            for name in ("snips_value", "expected_value", "difference")
            for end in ("", "_low", "_high")
        },
        "verdict": pl.String(),
        "reason": pl.String(),
        "is_asked": pl.Boolean(),
        "is_in_force": pl.Boolean(),
        "because": pl.String(),
        "said_by": pl.String(),
    }
)


@dataclass(frozen=True)
class Standing:
    """Who decides tonight, and what draws say of both."""

    scores: Scores
    evaluations: pl.DataFrame


def standing(
    connection: "duckdb.DuckDBPyConnection", policy: "DecisionPolicy", channels: "Channels", night: "date"
) -> Standing:
    """What draws until `night` say of rules and model, a row each as COLUMNS says, and who decides.

    Reads previous.exploration_log, previous.channel_health, previous.policy_evaluations, marts.orders and
    marts.customer_aliases.
    """
    log = rewarded_log(connection, channels, night, NIGHT)
    before = incumbent(connection, "previous.policy_evaluations")
    found = {name: evaluated(log, f"{name}_score", f"{before}_score") for name in CANDIDATES}
    in_force, because = _in_force(policy, found, before)
    rows = [
        as_row(name, before, found[name])
        | {
            "is_asked": name == policy.scores,
            "is_in_force": name == in_force,
            "because": because if name == in_force else None,
            "said_by": policy.by if name == in_force == "model" else None,
        }
        for name in CANDIDATES
    ]
    return Standing(in_force, pl.DataFrame(rows, schema=COLUMNS))


def incumbent(connection: "duckdb.DuckDBPyConnection", table: str) -> Scores:
    """Who decided on the night that wrote a table of evaluations; the rules where none did."""
    rows = connection.sql(f"select candidate from {table} where is_in_force").fetchall()
    return "model" if rows == [("model",)] else "rules"


def _in_force(
    policy: "DecisionPolicy", found: dict[Scores, Evaluation], before: Scores
) -> tuple[Scores, str]:
    if policy.scores == "rules":
        return "rules", "actions.yml asks for it"
    if policy.because:
        return "model", policy.because
    if before == "model":
        if found["rules"].verdict == "better":
            return "rules", "the model is asked for, but draws say that the rules win more"
        return "model", "draws said that it wins more, and have not said otherwise since"
    if found["model"].verdict == "better":
        return "model", "draws say that it wins more"
    return "rules", f"the model is asked for, but no draws say that it wins more: {found['model'].reason}"


def as_row(candidate: str, before: str, found: Evaluation) -> dict[str, object]:
    """The columns of COLUMNS that say what draws say of a candidate."""
    return {
        "candidate": candidate,
        "incumbent": before,
        "draw_count": found.draw_count,
        "matched_count": found.matched_count,
        "rewarded_count": found.rewarded_count,
        "effective_sample_size": round(found.effective_sample_size, 3),
        **_limits("snips_value", found.snips),
        **_limits("expected_value", found.doubly_robust),
        **_limits("difference", found.difference),
        "verdict": found.verdict,
        "reason": found.reason,
    }


def _limits(name: str, found: Interval | None) -> dict[str, float | None]:
    ends = ("", "_low", "_high")
    values = (found.value, found.low, found.high) if found else (None, None, None)
    return {
        f"{name}{end}": None if value is None else round(value, 6)
        for end, value in zip(ends, values, strict=True)
    }
