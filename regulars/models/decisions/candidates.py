"""Who could get what: every customer with every action and channel of the customer's lifecycle stage.

One query evaluates every predicate and looks at every address; nothing is stopped here.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.eligibility import (
    address_sql,
    context_weight_sql,
    predicate_sql,
    well_formed_sql,
)
from regulars.models.decisions.holds import hold_sql
from regulars.store.actions import ANY_STATE
from regulars.store.sql import literal
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels

OPTIONS = pl.Schema(
    {
        "option_number": pl.UInt16(),
        "action_number": pl.UInt16(),
        "state": pl.String(),
        "action_id": pl.String(),
        "channel": pl.String(),
        "purpose": pl.String(),
        "address_kind": pl.String(),
        "response_rate": pl.Float64(),
        "value": pl.Float64(),
        "cost": pl.Float64(),
        "score": pl.Decimal(38, 10),
    }
)

# the names of `options` begin with "candidate_" lest a predicate's column be ambiguous
CANDIDATES = """
with

stages as (

    select distinct lifecycle_stage as candidate_state
    from marts.customers
    where lifecycle_stage is not null

),

options as (

    select
        option_number as candidate_option,
        action_number as candidate_action,
        stages.candidate_state,
        address_kind as candidate_address_kind
    from candidate_options
    inner join stages on candidate_options.state in (stages.candidate_state, {any_state})

),

candidates as (

    select
        customers.customer_id,
        options.candidate_option as option_number,
        coalesce({predicate}, false) as is_eligible,
        {context_weight} as context_weight,
        cast({hold} as integer) as hold_number,
        {address} as address,
        options.candidate_address_kind as address_kind
    from marts.customers as customers
    inner join options on customers.lifecycle_stage = options.candidate_state

)

select
    customer_id,
    option_number,
    is_eligible,
    context_weight,
    hold_number,
    coalesce(address, '') <> '' as has_address,
    {well_formed} as is_address_well_formed
from candidates
order by customer_id, option_number
"""


def candidate_options(
    catalogue: "ActionCatalogue", channels: "Channels", multipliers: Mapping[str, Decimal]
) -> pl.DataFrame:
    """One row per action and channel, numbered in the order of the catalogue, then of the channel preference.

    `response_rate` is what the store assumes of everybody. Value, which counts as much of the action's as the
    channel's multiplier says, cost and score are in its currency; the score is exact: response_rate x value -
    cost, where no context weighs.
    """
    rows = [
        {
            "action_number": number,
            "state": action.state,
            "action_id": action.id,
            "channel": channel.id,
            "purpose": action.purpose,
            "address_kind": channel.address,
            "response_rate": float(action.response_rate),
            "value": float(action.value * multipliers[channel.id]),
            "cost": float(channel.cost_per_send),
            "score": action.response_rate * action.value * multipliers[channel.id] - channel.cost_per_send,
        }
        for number, action in enumerate(catalogue.actions)
        for channel in map(channels.channel, action.channels)
    ]
    return pl.DataFrame(
        [{"option_number": number, **row} for number, row in enumerate(rows)], schema=OPTIONS, orient="row"
    )


def gather_candidates(
    connection: "duckdb.DuckDBPyConnection", catalogue: "ActionCatalogue", options: pl.DataFrame
) -> pl.DataFrame:
    """One row per customer and option of the customer's stage or of any, ordered by both.

    Columns: customer_id, option_number, is_eligible, context_weight, hold_number, has_address,
    is_address_well_formed, action_id, channel, purpose. Customers without a stage, or with one that has
    no action, are absent.
    """
    query = CANDIDATES.format(
        predicate=predicate_sql(catalogue),
        context_weight=context_weight_sql(catalogue),
        hold=hold_sql(catalogue),
        address=address_sql(),
        well_formed=well_formed_sql(),
        any_state=literal(ANY_STATE),
    )
    with lent(connection, candidate_options=options):
        found = pl.DataFrame(connection.sql(query))
    named = options.select("option_number", "action_id", "channel", "purpose")
    return found.join(named, on="option_number", how="left", maintain_order="left")
