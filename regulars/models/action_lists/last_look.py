"""The last look at tonight's decisions before they are written: which become a row, and why others do not.

Consent is asked again, against tonight's table, because a decision may be older than a refusal. An address
gets one customer's row per list and night: two people who share it would be two letters in one box.
"""

from collections.abc import Iterator
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
        case list_channels.address_kind
            when 'customer_ref' then customers.customer_ref
            when 'email' then customers.email
            when 'phone' then customers.phone
        end as address
    from marts.customers as customers
    cross join list_channels

),

chosen as (

    select
        next_actions.decision_id,
        next_actions.as_of_date,
        next_actions.customer_id,
        customers.customer_ref,
        addresses.address,
        addresses.address_kind,
        next_actions.channel,
        next_actions.action_id,
        list_offers.offer,
        next_actions.customer_reason,
        next_actions.score,
        customers.customer_id is not null as is_customer,
        coalesce(permissions.is_granted, false) as is_permitted
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
    connection: "duckdb.DuckDBPyConnection", catalogue: "ActionCatalogue", channels: "Channels"
) -> Iterator[None]:
    """Let SQL see temp.action_list_rows while the block runs: one row per decision to contact somebody.

    Its kept_out is null for a row of a list, else the code of why it is none. Reads settings.night,
    decisions.next_actions, marts.earlier_plans, marts.customers and marts.customer_permissions.
    """
    with lent(connection, list_channels=_list_channels(channels), list_offers=_list_offers(catalogue)):
        connection.execute(
            LIST_ROWS.format(
                kept_out=kept_out_sql(),
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


def _list_channels(channels: "Channels") -> pl.DataFrame:
    return pl.DataFrame(
        [(channel.id, channel.address) for channel in channels.channels],
        schema={"channel": pl.String, "address_kind": pl.String},
        orient="row",
    )


def _list_offers(catalogue: "ActionCatalogue") -> pl.DataFrame:
    return pl.DataFrame(
        [(action.id, action.offer or None) for action in catalogue.actions],
        schema={"action_id": pl.String, "offer": pl.String},
        orient="row",
    )
