"""The last look at tonight's decisions before they are written: which become a row, and why others do not.

Consent is asked again, against tonight's table, because a decision may be older than a refusal. An address
gets one customer's row per list and night: two people who share it would be two letters in one box.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.action_lists.cells import KeptOut, kept_out_sql
from regulars.store.sql import literal
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels
    from regulars.store.destinations import Destination

# an earlier list of the night keeps its claim to an address, even if its decision is not chosen again
LIST_ROWS = """
create or replace temp table action_list_rows as
with

permissions as (

    select
        customer_id,
        channel,
        purpose,
        bool_and(coalesce(status, 'unknown') = 'granted') as is_granted
    from marts.customer_permissions
    group by customer_id, channel, purpose

),

addresses as (

    select
        customers.customer_id,
        list_channels.channel,
        list_channels.address_kind,
        list_channels.text_max_bytes,
        case list_channels.address_kind
            when 'customer_ref' then customers.customer_ref
            when 'email' then customers.email
            when 'phone' then customers.phone
        end as address
    from marts.customers as customers
    cross join list_channels

),

held as (

    {held}

),

chosen as (

    select
        next_actions.decision_id,
        next_actions.as_of_date,
        next_actions.customer_id,
        customers.customer_ref,
        addresses.address,
        addresses.address_kind,
        addresses.text_max_bytes,
        next_actions.channel,
        next_actions.action_id,
        list_offers.offer,
        next_actions.customer_reason,
        next_actions.score,
        customers.customer_id is not null as is_customer,
        coalesce(permissions.is_granted, false) as is_permitted,
        (next_actions.customer_id, next_actions.action_id) in (select (customer_id, action_id) from held)
            as is_held
    from decisions.next_actions as next_actions
    left join list_offers on next_actions.action_id = list_offers.action_id
    left join marts.customers as customers on next_actions.customer_id = customers.customer_id
    left join addresses
        on next_actions.customer_id = addresses.customer_id and next_actions.channel = addresses.channel
    left join permissions
        on next_actions.customer_id = permissions.customer_id
        and next_actions.channel = permissions.channel
        and next_actions.purpose = permissions.purpose
    where next_actions.action_id <> 'none'

),

looked_at as (

    select *, {kept_out} as kept_out
    from chosen

),

handed_over as (

    select plans.decision_id, plans.customer_id, plans.channel, addresses.address, addresses.address_kind
    from marts.earlier_plans as plans
    inner join addresses on plans.customer_id = addresses.customer_id and plans.channel = addresses.channel
    where plans.planned_date = (select as_of_date from settings.night)

),

claims as (

    select
        customer_id,
        channel,
        address,
        address_kind,
        score,
        decision_id in (select decision_id from handed_over) as is_earlier
    from looked_at
    where kept_out is null
    union all
    select customer_id, channel, address, address_kind, null as score, true as is_earlier
    from handed_over
    where decision_id not in (select decision_id from looked_at)

),

winners as (

    select
        channel,
        {comparable} as comparable_address,
        first(customer_id order by is_earlier desc, score desc nulls last, customer_id) as customer_id
    from claims
    group by channel, comparable_address

)

select
    looked_at.* exclude (kept_out),
    case
        when looked_at.kept_out is not null then looked_at.kept_out
        when winners.customer_id <> looked_at.customer_id then {address_shared}
    end as kept_out
from looked_at
left join winners
    on looked_at.channel = winners.channel and {looked_at_comparable} = winners.comparable_address
"""


@contextmanager
def last_look(
    connection: "duckdb.DuckDBPyConnection",
    catalogue: "ActionCatalogue",
    channels: "Channels",
    destinations: "Collection[Destination]" = (),
) -> Iterator[None]:
    """Let SQL see temp.action_list_rows while the block runs: one row per decision to contact somebody.

    Its kept_out is null for a row of a list, else the code of why it is none; a channel that goes to one of
    `destinations` keeps to what its tool takes. Reads settings.night, decisions.next_actions,
    marts.earlier_plans, marts.customers and marts.customer_permissions.
    """
    with lent(
        connection, list_channels=_list_channels(channels, destinations), list_offers=_list_offers(catalogue)
    ):
        connection.execute(
            LIST_ROWS.format(
                kept_out=kept_out_sql(),
                held=_held_sql(catalogue),
                comparable=comparable_sql("address", "address_kind"),
                looked_at_comparable=comparable_sql("looked_at.address", "looked_at.address_kind"),
                address_shared=literal(KeptOut.ADDRESS_SHARED),
            )
        )
    try:
        yield
    finally:
        connection.execute("drop table if exists temp.action_list_rows")


def comparable_sql(address: str, kind: str) -> str:
    """An address as we compare it; well-formed phone numbers and account ids compare as they are."""
    return f"case {kind} when 'email' then lower({address}) else {address} end"


def _held_sql(catalogue: "ActionCatalogue") -> str:
    """Every customer and action that a hold of actions.yml stops."""
    held = []
    for hold in catalogue.holds:
        stopped = [action.id for action in catalogue.actions if action.action_class in hold.action_classes]
        if stopped:
            actions = ", ".join(map(literal, stopped))
            # a predicate may end in a comment, so it gets a line of its own
            held.append(
                f"select customer_id, unnest([{actions}]) as action_id from marts.customers"
                f" where coalesce(cast((\n{hold.when}\n) as boolean), false)"
            )
    return " union all ".join(held) or "select '' as customer_id, '' as action_id where false"


def _list_channels(channels: "Channels", destinations: "Collection[Destination]") -> pl.DataFrame:
    limits = {
        channel: destination.contract.text_max_bytes
        for destination in destinations
        for channel in destination.channels
    }
    return pl.DataFrame(
        [(channel.id, channel.address, limits.get(channel.id)) for channel in channels.channels],
        schema={"channel": pl.String, "address_kind": pl.String, "text_max_bytes": pl.Int64},
        orient="row",
    )


def _list_offers(catalogue: "ActionCatalogue") -> pl.DataFrame:
    return pl.DataFrame(
        [(action.id, action.offer or None) for action in catalogue.actions],
        schema={"action_id": pl.String, "offer": pl.String},
        orient="row",
    )
