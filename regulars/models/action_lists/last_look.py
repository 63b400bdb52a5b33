"""The last look at tonight's decisions before they are written: which become a row, and why others do not.

Consent, holds and suppression lists are asked again, against tonight's tables, because a decision may be
older than a refusal, and what was sent and handed over is counted against the caps again. An address gets
one customer's row per list and night: two people who share it would be two letters in one box.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.action_lists.cells import KeptOut, kept_out_sql
from regulars.models.decisions.contact_caps import recent_touchpoints_sql, stop_capped
from regulars.models.decisions.decide import night_of
from regulars.models.decisions.reason_codes import Stage
from regulars.models.decisions.suppression import SUPPRESSED
from regulars.store.channels import ADDRESS_KINDS
from regulars.store.sql import literal
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels
    from regulars.store.destinations import Destination

LIST_ROWS = """
create or replace temp table action_list_rows as
with

held as (

    select distinct customer_id, action_id
    from ({held}) as stopped

),

suppressed as (

    select distinct found.customer_id, list_channels.channel
    from ({suppressed}) as found
    inner join list_channels on coalesce(found.channel, list_channels.channel) = list_channels.channel

),

-- the gate of facts has seen that a permission stands there once
chosen as (

    select
        next_actions.decision_id,
        next_actions.as_of_date,
        next_actions.customer_id,
        customers.customer_ref,
        {address} as address,
        list_channels.address_kind,
        list_channels.text_max_bytes,
        next_actions.channel,
        next_actions.action_id,
        list_offers.offer,
        next_actions.customer_reason,
        next_actions.score,
        next_actions.send_at,
        customers.customer_id is not null as is_customer,
        coalesce(permissions.status = 'granted', false) as is_permitted,
        held.customer_id is not null as is_held,
        suppressed.customer_id is not null as is_suppressed
    from decisions.next_actions as next_actions
    left join marts.customers as customers on next_actions.customer_id = customers.customer_id
    left join marts.customer_permissions as permissions
        on next_actions.customer_id = permissions.customer_id
        and next_actions.channel = permissions.channel
        and next_actions.purpose = permissions.purpose
    left join list_offers on next_actions.action_id = list_offers.action_id
    left join list_channels on next_actions.channel = list_channels.channel
    left join held
        on next_actions.customer_id = held.customer_id and next_actions.action_id = held.action_id
    left join suppressed
        on next_actions.customer_id = suppressed.customer_id and next_actions.channel = suppressed.channel
    where next_actions.action_id <> 'none'

)

select
    * exclude (is_customer, is_permitted, is_held, is_suppressed, text_max_bytes),
    {kept_out} as kept_out
from chosen
"""

# of most rows nothing was sent of late, and they are within every cap that is not 0
MAY_BE_CAPPED = """
select customer_id, channel, action_id
from action_list_rows
where
    kept_out is null
    and (customer_id in (select customer_id from list_touchpoints) or channel in ({closed}))
"""
CAPPED = """
update action_list_rows set kept_out = {cap_reached}
where kept_out is null and (customer_id, channel, action_id) in (
    select (customer_id, channel, action_id) from capped_rows
)
"""

# an earlier list of the night keeps its claim to an address, even if its decision is not chosen again
SHARED_ADDRESSES = """
update action_list_rows
set kept_out = {address_shared}
from (

with

handed_over as (

    select
        plans.decision_id,
        plans.customer_id,
        plans.channel,
        {address} as address,
        list_channels.address_kind
    from marts.earlier_plans as plans
    inner join marts.customers as customers on plans.customer_id = customers.customer_id
    inner join list_channels on plans.channel = list_channels.channel
    where plans.planned_date = (select as_of_date from settings.night)

),

claims as (

    select
        customer_id,
        channel,
        {comparable} as comparable_address,
        score,
        decision_id in (select decision_id from handed_over) as is_earlier
    from action_list_rows
    where kept_out is null
    union all
    select customer_id, channel, {comparable} as comparable_address, null as score, true as is_earlier
    from handed_over
    where decision_id not in (select decision_id from action_list_rows)

),

-- most addresses are claimed once, and counting hashes finds those that may be claimed twice
claimed_twice as (

    select hash(channel, comparable_address) as claim_hash
    from claims
    group by claim_hash
    having count(*) > 1

),

winners as (

    select
        channel,
        comparable_address,
        first(customer_id order by is_earlier desc, score desc nulls last, customer_id) as customer_id
    from claims
    where hash(channel, comparable_address) in (select claim_hash from claimed_twice)
    group by channel, comparable_address

)

select channel, comparable_address, customer_id
from winners

) as winners
where
    action_list_rows.kept_out is null
    and action_list_rows.channel = winners.channel
    and {row_comparable} = winners.comparable_address
    and action_list_rows.customer_id <> winners.customer_id
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
    marts.earlier_plans, marts.customers, marts.customer_permissions and marts.customer_touchpoints.
    """
    with lent(
        connection, list_channels=_list_channels(channels, destinations), list_offers=_list_offers(catalogue)
    ):
        connection.execute(
            LIST_ROWS.format(
                kept_out=kept_out_sql(),
                held=_held_sql(catalogue),
                suppressed=SUPPRESSED,
                address=address_sql(),
            )
        )
        _keep_out_capped(connection, catalogue, channels)
        connection.execute(
            SHARED_ADDRESSES.format(
                address=address_sql(),
                comparable=comparable_sql("address", "address_kind"),
                row_comparable=comparable_sql("action_list_rows.address", "action_list_rows.address_kind"),
                address_shared=literal(KeptOut.ADDRESS_SHARED),
            )
        )
    try:
        yield
    finally:
        connection.execute("drop table if exists temp.action_list_rows")


def _keep_out_capped(
    connection: "duckdb.DuckDBPyConnection", catalogue: "ActionCatalogue", channels: "Channels"
) -> None:
    """Keep out what would be one touchpoint too many, whatever was decided."""
    night = night_of(connection)
    recent = recent_touchpoints_sql(catalogue, channels, night)
    connection.execute(f"create or replace temp table list_touchpoints as {recent}")
    is_closed = channels.across_channels.max_touchpoints == 0
    closed = [channel.id for channel in channels.channels if is_closed or channel.max_touchpoints == 0]
    may_be_capped = MAY_BE_CAPPED.format(closed=", ".join(map(literal, closed)) or "null")
    candidates = pl.DataFrame(connection.sql(may_be_capped))
    touchpoints = pl.DataFrame(
        connection.sql(f"from list_touchpoints semi join ({may_be_capped}) as rows using (customer_id)")
    )
    judged = stop_capped(
        candidates.lazy(), touchpoints.lazy(), catalogue=catalogue, channels=channels, as_of=night
    )
    is_capped = pl.col(Stage.CAP).is_not_null() | pl.col("is_crowded_out")
    capped = judged.filter(is_capped).select("customer_id", "channel", "action_id").collect()
    with lent(connection, capped_rows=capped):
        connection.execute(CAPPED.format(cap_reached=literal(KeptOut.CAP_REACHED)))
    connection.execute("drop table list_touchpoints")


def address_sql() -> str:
    """The column of `customers` in which the channel of `list_channels` finds a person."""
    kinds = " ".join(f"when {literal(kind)} then customers.{kind}" for kind in ADDRESS_KINDS)
    return f"case list_channels.address_kind {kinds} end"


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
