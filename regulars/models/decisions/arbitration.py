"""One of several: the highest expected gain wins, and nothing wins that is not worth its postage."""

import polars as pl

from regulars.models.decisions.reason_codes import Reason, Stage

EARLIER_STAGES = tuple(stage for stage in Stage if stage is not Stage.ARBITRATION)


def arbitrate(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Choose at most one candidate per customer and say of every other which stage stopped it first.

    Takes customer_id, option_number, score, is_crowded_out and one column of reason codes per earlier stage.
    Adds is_chosen, stopped_by, reason_code, score_rank (1 is the customer's highest score; ties in the order
    of the catalogue, then of the channel preference) and is_foremost: the chosen candidate, or else the one
    that got furthest. A candidate that is crowded out is not chosen, and says so unless it is outranked.
    """
    # the sort copies every column it is given, so it gets no more than the arbitration reads
    narrow = candidates.select("customer_id", "option_number", "score", "is_crowded_out", *EARLIER_STAGES)
    ranked = narrow.sort(
        "customer_id", "score", "option_number", descending=[False, True, False]
    ).with_columns(score_rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("customer_id"))
    passes = pl.all_horizontal(pl.col(stage).is_null() for stage in EARLIER_STAGES) & (pl.col("score") > 0)
    is_open = passes & ~pl.col("is_crowded_out")
    best = pl.col("score_rank").filter(is_open).min().over("customer_id")
    return (
        ranked.with_columns(best=best, is_chosen=is_open & (pl.col("score_rank") == best))
        .with_columns(_cap_code().alias(Stage.CAP), _arbitration_code().alias(Stage.ARBITRATION))
        .with_columns(stopped_by=_first_stage(), reason_code=_first_code())
        .with_columns(is_foremost=_is_foremost())
    )


def _cap_code() -> pl.Expr:
    """The cap's code; what scores below the chosen candidate is outranked, crowded out or not."""
    is_outranked = (pl.col("score_rank") > pl.col("best")).fill_null(value=False)
    return (
        pl.when(pl.col("is_crowded_out") & ~is_outranked)
        .then(pl.lit(Reason.ALREADY_HANDED_OVER.value))
        .otherwise(pl.col(Stage.CAP))
    )


def _arbitration_code() -> pl.Expr:
    return (
        pl.when(pl.col("score") <= 0)
        .then(pl.lit(Reason.SCORE_NOT_POSITIVE.value))
        .when(~pl.col("is_chosen"))
        .then(pl.lit(Reason.OUTRANKED.value))
    )


def _first_stage() -> pl.Expr:
    return pl.coalesce(pl.when(pl.col(stage).is_not_null()).then(pl.lit(stage.value)) for stage in Stage)


def _first_code() -> pl.Expr:
    return pl.coalesce(*(pl.col(stage) for stage in Stage), pl.lit(Reason.CHOSEN.value))


def _is_foremost() -> pl.Expr:
    """Whether no other candidate of the customer passed more stages, or as many with a better score."""
    passed = pl.coalesce(
        *(pl.when(pl.col(stage).is_not_null()).then(pl.lit(number)) for number, stage in enumerate(Stage)),
        pl.lit(len(Stage)),
    )
    many = 1 << 20
    standing = passed.cast(pl.Int64) * many - pl.col("score_rank")
    return standing == standing.max().over("customer_id")
