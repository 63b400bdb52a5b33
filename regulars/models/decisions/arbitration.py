"""One of several: what is worth most wins, and nothing wins that is not worth its postage.

Where a night may not use what everybody's best would take, the allocation decides who gets her best, who
something else, and who nothing. Before that a few customers are left to chance.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import polars as pl

from regulars.models.decisions.allocation import Allocation, Booleans, Integers, Options, allocate
from regulars.models.decisions.exploration import draw
from regulars.models.decisions.limits import Limits
from regulars.models.decisions.reason_codes import STAGES, Reason, Stage, coded

EARLIER_STAGES = tuple(stage for stage in Stage if stage not in {Stage.ARBITRATION, Stage.ALLOCATION})


@dataclass(frozen=True)
class Arbitration:
    """Every candidate with what became of it, by both, and how the night's limits were used.

    `gain` is what the choices are expected to win, `possible_gain` what none within the limits could exceed.
    """

    candidates: pl.DataFrame
    allocation: Allocation | None
    used: Integers
    gain: float
    possible_gain: float


@dataclass(frozen=True)
class Chance:
    """Who is left to chance, as `explorers` gives them, and what share of each limit they may use."""

    explorers: pl.DataFrame
    share: Decimal


def arbitrate(
    candidates: pl.LazyFrame, limits: Limits, handed_over: pl.LazyFrame, chance: Chance
) -> Arbitration:
    """Choose at most one candidate per customer and say of every other which stage stopped it first.

    Takes customer_id, option_number, hold_number, response_rate, context_weight, score, is_crowded_out
    and a column of reason codes for each earlier stage; of what earlier runs of the night `handed_over`,
    customer_id and option_number. Gives is_chosen, stopped_by, reason_code, score_rank (1 is the
    customer's highest score; ties in the order of the catalogue, then of the channel preference),
    is_foremost: the chosen candidate, or else the one that got furthest; is_explorer and propensity: the
    probability with which it was chosen. A candidate that is crowded out is not chosen, and says so
    unless it is outranked.
    """
    placed = draw(_ranked(candidates), chance.explorers, limits, chance.share)
    if limits.limits:
        chosen, crowded, allocation, used = _allocated(placed, limits, handed_over.collect())
    else:
        chosen, allocation, used = _best(placed), None, np.zeros(0, dtype=np.int64)
        crowded = np.zeros(placed.height, dtype=np.bool_)
    judged = placed.with_columns(
        is_chosen=pl.Series(chosen), is_crowded_out=pl.col("is_crowded_out") | pl.Series(crowded)
    )
    explained = _explained(judged.lazy()).sort("customer_id", "option_number").collect()
    gain, drawn_gain = (
        float(judged.filter(name)["score"].cast(pl.Float64).sum()) for name in ("is_chosen", "is_admitted")
    )
    possible_gain = drawn_gain + allocation.bound if allocation else gain
    return Arbitration(explained, allocation, used, gain, possible_gain)


def _ranked(candidates: pl.LazyFrame) -> pl.DataFrame:
    """Candidates by customer, the best first, and whether no earlier stage stops them."""
    passes = pl.all_horizontal(pl.col(stage).is_null() for stage in EARLIER_STAGES) & (pl.col("score") > 0)
    return (
        # the sort copies every column it is given, so it gets no more than the arbitration reads
        candidates.select(
            "customer_id",
            "option_number",
            "hold_number",
            "response_rate",
            "context_weight",
            "score",
            "is_crowded_out",
            *EARLIER_STAGES,
        )
        .sort("customer_id", "score", "option_number", descending=[False, True, False])
        .with_columns(
            score_rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("customer_id"),
            is_passing=passes,
        )
        .collect()
    )


def _best(placed: pl.DataFrame) -> Booleans:
    """Whether a candidate was drawn, or is the best of her customer's that nothing stops."""
    rank = pl.col("score_rank")
    is_open = pl.col("is_passing") & ~pl.col("is_crowded_out") & ~pl.col("is_explorer")
    is_best = is_open & (rank == rank.filter(is_open).min().over("customer_id"))
    is_drawn = pl.col("is_admitted") & ~pl.col("is_crowded_out")
    return (
        placed.select((is_best.fill_null(value=False) | is_drawn).alias("is_chosen")).to_series().to_numpy()
    )


def _allocated(
    placed: pl.DataFrame, limits: Limits, handed_over: pl.DataFrame
) -> tuple[Booleans, Booleans, Allocation, Integers]:
    """Whether a candidate is chosen, and crowded out; the allocation; and what of the limits is used in all.

    Choices do not hang on what earlier runs of the night handed over, so that a run without new facts repeats
    them. Only then is it asked what of them still fits beside that.
    """
    rows = placed.with_row_index("row").with_columns(customer=pl.col("customer_id").rle_id())
    scored, drawn = rows.filter(pl.col("is_passing") & ~pl.col("is_explorer")), rows.filter("is_admitted")
    allocation = allocate(_options(scored, limits, limits.allowed - limits.used(_numbers(drawn))))
    choices = pl.concat([scored, drawn]).sort("row")
    picked = pl.concat([scored.filter(pl.Series(allocation.is_chosen)), drawn]).sort("row")
    kept = picked if handed_over.is_empty() else _beside(choices, picked, limits, handed_over)
    chosen, crowded = (np.zeros(placed.height, dtype=np.bool_) for _ in range(2))
    chosen[kept["row"].to_numpy()] = True
    crowded[picked["row"].to_numpy()] = True
    everything = pl.concat([frame.select("customer_id", "option_number") for frame in (handed_over, kept)])
    return chosen, crowded & ~chosen, allocation, limits.used(_numbers(everything.unique()))


def _beside(
    choices: pl.DataFrame, picked: pl.DataFrame, limits: Limits, handed_over: pl.DataFrame
) -> pl.DataFrame:
    """What fits beside what was handed over: picks, and for whom hers is one too many something else.

    What was handed over before uses nothing anew.
    """
    is_free = pl.col("is_handed_over").fill_null(value=False)
    is_picked, is_lost = pl.col("row").is_in(picked["row"].implode()), pl.col("is_crowded_out")
    still = (
        choices.join(
            handed_over.with_columns(is_handed_over=True),
            on=["customer_id", "option_number"],
            how="left",
            maintain_order="left",
        )
        .filter(is_picked | (is_picked & is_lost).any().over("customer"))
        .filter(~is_lost)
        .with_columns(option_number=pl.col("option_number").cast(pl.Int64) + is_free * len(limits.uses))
    )
    left = np.maximum(limits.allowed - limits.used(_numbers(handed_over)), 0)
    free = replace(limits, uses=np.vstack([limits.uses, np.zeros_like(limits.uses)]))
    kept = still.filter(pl.Series(allocate(_options(still, free, left)).is_chosen))
    return kept.with_columns(
        (pl.col("option_number") % len(limits.uses)).cast(choices.schema["option_number"])
    )


def _options(choices: pl.DataFrame, limits: Limits, allowed: Integers) -> Options:
    return Options(
        choices["customer"].cast(pl.Int64).to_numpy(),
        _numbers(choices),
        choices["score"].cast(pl.Float64).to_numpy(),
        limits.uses,
        allowed,
    )


def _numbers(choices: pl.DataFrame) -> Integers:
    return choices["option_number"].cast(pl.Int64).to_numpy()


def _explained(judged: pl.LazyFrame) -> pl.LazyFrame:
    """Which stage stopped each candidate first, why, and which of them got furthest."""
    rank = pl.col("score_rank")
    return (
        judged.with_columns(best=rank.filter(pl.col("is_chosen")).min().over("customer_id"))
        .with_columns(_cap_code().alias(Stage.CAP), _arbitration_code().alias(Stage.ARBITRATION))
        .with_columns(pl.when(~pl.col("is_chosen")).then(coded(Reason.NIGHTLY_LIMIT)).alias(Stage.ALLOCATION))
        .with_columns(stopped_by=_first_stage(), reason_code=_first_code())
        .with_columns(is_foremost=_is_foremost())
        .select(
            "customer_id",
            "option_number",
            "hold_number",
            "stopped_by",
            "reason_code",
            "response_rate",
            "context_weight",
            "score",
            "score_rank",
            "is_chosen",
            "is_foremost",
            "is_explorer",
            pl.col("propensity").fill_null(pl.col("is_chosen").cast(pl.Float64)),
        )
    )


def _is_outranked() -> pl.Expr:
    """Whether a candidate scores below the chosen one of the customer."""
    return (pl.col("score_rank") > pl.col("best")).fill_null(value=False)


def _is_not_drawn() -> pl.Expr:
    """Whether the draw that decides of the customer fell on something else."""
    return pl.col("is_explorer") & ~pl.col("is_drawn")


def _cap_code() -> pl.Expr:
    """The cap's code; what was not drawn, or scores below the chosen one, is so, crowded out or not."""
    return (
        pl.when(pl.col("is_crowded_out") & ~_is_outranked() & ~_is_not_drawn())
        .then(coded(Reason.ALREADY_HANDED_OVER))
        .otherwise(pl.col(Stage.CAP))
    )


def _arbitration_code() -> pl.Expr:
    return (
        pl.when(pl.col("score") <= 0)
        .then(coded(Reason.SCORE_NOT_POSITIVE))
        .when(_is_not_drawn())
        .then(coded(Reason.NOT_DRAWN))
        .when(_is_outranked())
        .then(coded(Reason.OUTRANKED))
    )


def _first_stage() -> pl.Expr:
    return pl.coalesce(
        pl.when(pl.col(stage).is_not_null()).then(pl.lit(stage.value, dtype=STAGES)) for stage in Stage
    )


def _first_code() -> pl.Expr:
    return pl.coalesce(*(pl.col(stage) for stage in Stage), coded(Reason.CHOSEN))


def _is_foremost() -> pl.Expr:
    """Whether no other candidate of the customer passed more stages, or as many with a better score."""
    passed = pl.coalesce(
        *(pl.when(pl.col(stage).is_not_null()).then(pl.lit(number)) for number, stage in enumerate(Stage)),
        pl.lit(len(Stage)),
    )
    many = 1 << 20
    standing = passed.cast(pl.Int64) * many - pl.col("score_rank")
    return standing == standing.max().over("customer_id")
