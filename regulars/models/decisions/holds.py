"""Who is left alone tonight: a complaint that is open, or whatever else the store declares.

A hold is a predicate over the profile with the classes of actions that it stops. It begins when the predicate
is true and is over when it is not. What a human says of one customer outranks those.
"""

from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.reason_codes import Reason, Stage, coded
from regulars.store.sql import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from regulars.store.actions import ActionCatalogue


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


# an identifier that is nobody's tonight holds nobody
SAID_HOLDS = """
select distinct on (identifiers.customer_id, action_class)
    identifiers.customer_id,
    action_class,
    holds.hold_number
from (select *, unnest(string_split(action_classes, ',')) as action_class from settings.holds) as holds
inner join marts.customer_identifiers as identifiers
    on holds.identifier_kind = identifiers.identifier_kind
    and holds.source = identifiers.source
    and holds.identifier = identifiers.identifier
order by identifiers.customer_id, action_class, holds.hold_number
"""
# as read, without the identifiers by which they were named
HELD_CUSTOMERS = """
insert into decisions.held_customers by name
select
    holds.hold_number,
    identifiers.customer_id,
    holds.action_classes,
    holds.since_date,
    holds.until_date,
    holds.because,
    holds.said_by
from settings.holds as holds
inner join marts.customer_identifiers as identifiers
    on holds.identifier_kind = identifiers.identifier_kind
    and holds.source = identifiers.source
    and holds.identifier = identifiers.identifier
order by holds.hold_number
"""
SAID = "select hold_number, since_date, until_date, because, said_by from settings.holds order by hold_number"
LEFT_ALONE = "We leave you alone for now."


def said_holds(connection: "duckdb.DuckDBPyConnection") -> pl.DataFrame:
    """Whom humans want left alone tonight: customer_id, action_class and hold_number, of settings.holds."""
    return pl.DataFrame(connection.sql(SAID_HOLDS))


def stop_held(candidates: pl.LazyFrame, said: pl.LazyFrame, *, catalogue: "ActionCatalogue") -> pl.LazyFrame:
    """Stop candidates of customers on hold; what humans said has numbers after those of the catalogue."""
    classes = pl.LazyFrame(
        [(action.id, action.action_class) for action in catalogue.actions],
        schema={"action_id": pl.String, "action_class": pl.String},
        orient="row",
    )
    by_humans = said.join(classes, on="action_class").select(
        "customer_id", "action_id", said_number=pl.col("hold_number") + len(catalogue.holds)
    )
    return (
        candidates.join(by_humans, on=["customer_id", "action_id"], how="left", maintain_order="left")
        .with_columns(hold_number=pl.coalesce("said_number", "hold_number").cast(pl.Int32))
        .with_columns(
            pl.when(pl.col("hold_number").is_not_null()).then(coded(Reason.ON_HOLD)).alias(Stage.HOLD)
        )
        .drop("said_number")
    )


def hold_reasons(
    connection: "duckdb.DuckDBPyConnection",
    catalogue: "ActionCatalogue",
    sentence: "Callable[[str], str]",
) -> tuple[str, str]:
    """SQL for what the hold that stops a row says to the analyst, and to the customer.

    `sentence` makes SQL of a sentence with slots. Reads settings.holds.
    """
    reasons, customer_reasons = [], []
    for hold in catalogue.holds:
        said = literal(f"on hold ({hold.id}): ")
        reasons.append(f"{said} || {sentence(hold.reason)} || {literal(', until ' + hold.until)}")
        customer_reasons.append(sentence(hold.customer_reason))
    for _, since, until, because, by in connection.sql(SAID).fetchall():
        end = f"until {until}" if until else "until that is taken back"
        reasons.append(literal(f"on hold since {since}, {by} said: {because}, {end}"))
        customer_reasons.append(literal(LEFT_ALONE))
    return _by_number(reasons), _by_number(customer_reasons)


def _by_number(expressions: "Sequence[str]") -> str:
    cases = " ".join(f"when {number} then {expression}" for number, expression in enumerate(expressions))
    return f"case judged.hold_number {cases} end" if cases else "null"
