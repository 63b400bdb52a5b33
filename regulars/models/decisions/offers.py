"""One price for one person: no offer beside another of hers on the same products, none out of its time."""

from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.reason_codes import Reason, Stage, coded
from regulars.store.sql import date_literal

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from regulars.store.actions import ActionCatalogue

# what is granted on a night is delivered on the day after
RUNNING_OFFERS = """
select
    coalesce(aliases.customer_id, ledger.customer_id) as customer_id,
    ledger.action_id,
    bool_and(ledger.granted_date = {as_of_date}) as is_of_tonight
from previous.offer_ledger as ledger
left join marts.customer_aliases as aliases on ledger.customer_id = aliases.alias_id
where ledger.valid_until > {as_of_date}
group by 1, 2
order by 1, 2
"""
GIVEN = """
select action_id, count(*)
from previous.offer_ledger
where granted_date < {as_of_date}
group by action_id
"""


def running_offers(connection: "duckdb.DuckDBPyConnection", night: "date") -> pl.DataFrame:
    """The offers that customers may still use on the day after the night.

    Columns: customer_id, action_id, is_of_tonight: whether an earlier run of the night gave it. Reads
    previous.offer_ledger and marts.customer_aliases.
    """
    return pl.DataFrame(connection.sql(RUNNING_OFFERS.format(as_of_date=date_literal(night))))


def given_offers(connection: "duckdb.DuckDBPyConnection", night: "date") -> dict[str, int]:
    """How often the offer of each action was given before the night."""
    return dict(connection.sql(GIVEN.format(as_of_date=date_literal(night))).fetchall())


def stop_offers(
    candidates: pl.LazyFrame, running: pl.LazyFrame, *, catalogue: "ActionCatalogue", delivered: "date"
) -> pl.LazyFrame:
    """Stop offers that are not given on the day of delivery, or that contradict one that still runs.

    What contradicts only an offer of an earlier run of the night is not stopped but marked `is_crowded_out`.
    """
    terms = {action.id: action.offer_terms for action in catalogue.actions if action.offer_terms}
    contradictions = pl.LazyFrame(
        [
            (one, other)
            for one, offered in terms.items()
            for other, known in terms.items()
            if one != other and offered.overlaps(known)
        ],
        schema={"candidate_action": pl.String, "action_id": pl.String},
        orient="row",
    )
    contradicted = (
        running.join(contradictions, on="action_id")
        .group_by("customer_id", action_id="candidate_action")
        .agg(only_tonight=pl.col("is_of_tonight").all())
    )
    is_out_of_time = pl.col("action_id").is_in(
        [action for action, offered in terms.items() if not offered.is_given_on(delivered)]
    )
    code = (
        pl.when(is_out_of_time)
        .then(coded(Reason.OFFER_NOT_GIVEN))
        .when(~pl.col("only_tonight"))
        .then(coded(Reason.OFFER_RUNNING))
    )
    return (
        candidates.join(contradicted, on=["customer_id", "action_id"], how="left", maintain_order="left")
        .with_columns(
            code.alias(Stage.OFFER),
            is_crowded_out=pl.col("is_crowded_out") | pl.col("only_tonight").fill_null(value=False),
        )
        .drop("only_tonight")
    )
