"""What became of each decision of the days that the timeline covers: was it sent, answered, did she buy.

Facts are read anew each night, so an answer that comes late finds its decision. Only what no fact says is
carried from night to night: who was kept out and why, and what a response was when it was decided.
Whoever has no profile any more, having been erased, is left out.
"""

from typing import TYPE_CHECKING

import polars as pl

from regulars.store.sql import literal
from regulars.warehouse.session import lent, transaction

if TYPE_CHECKING:
    import duckdb

    from regulars.store.actions import ActionCatalogue

# a tool took a message on if it says that it sent it, or what nothing but a sent message brings; people also
# unsubscribe elsewhere
ACCEPTED = ("sent", "delivered", "bounced", "opened", "clicked", "redeemed", "complained")

TABLE = """
create or replace table decisions.action_outcomes (
    decision_id varchar not null,
    customer_id varchar not null,
    action_id varchar not null,
    channel varchar not null,
    planned_date date not null,
    kept_out varchar,
    matched_by varchar,
    is_accepted boolean not null,
    sent_at timestamp,
    delivered_at timestamp,
    opened_at timestamp,
    machine_opened_at timestamp,
    clicked_at timestamp,
    redeemed_at timestamp,
    unsubscribed_at timestamp,
    complained_at timestamp,
    failed_at timestamp,
    failed_reason varchar,
    outcome varchar,
    outcome_days bigint,
    order_count bigint not null,
    order_amount decimal(18, 4) not null,
    is_outcome_reached boolean not null,
    is_window_over boolean not null
)
"""

# handed over by any run of a night counts as handed over, whatever another run made of it
ACTION_OUTCOMES = """
insert into decisions.action_outcomes
with

night as (

    select as_of_date, as_of_date - cast(timeline_days as integer) as oldest_date
    from settings.night

),

settled as (

    select decision_id, customer_id, action_id, channel, planned_date, null as kept_out
    from decisions.planned_touchpoints
    union all
    select decision_id, customer_id, action_id, channel, planned_date, kept_out
    from previous.action_outcomes
    where kept_out is not null and planned_date < (select as_of_date from night)
    union all
    select decision_id, customer_id, action_id, channel, as_of_date, reason_code
    from decisions.kept_out
    where decision_id not in (select decision_id from decisions.planned_touchpoints)

),

remembered as (

    select
        settled.decision_id,
        customers.customer_id,
        settled.action_id,
        settled.channel,
        settled.planned_date,
        settled.kept_out,
        coalesce(before.outcome, outcome_terms.outcome) as outcome,
        cast(coalesce(before.outcome_days, outcome_terms.outcome_days) as integer) as outcome_days
    from settled
    cross join night
    left join marts.customer_aliases as aliases on settled.customer_id = aliases.alias_id
    inner join marts.customers as customers
        on coalesce(aliases.customer_id, settled.customer_id) = customers.customer_id
    left join previous.action_outcomes as before on settled.decision_id = before.decision_id
    left join outcome_terms on settled.action_id = outcome_terms.action_id
    where settled.planned_date > night.oldest_date

),

answers as (

    select
        decision_id,
        first(matched_by order by array_position(
            ['decision_id', 'message_ref', 'action_and_day', 'customer_and_day'], matched_by
        )) as matched_by,
        bool_or(event in ({accepted})) as is_accepted,
        min(occurred_at) filter (event = 'sent') as sent_at,
        min(occurred_at) filter (event = 'delivered') as delivered_at,
        min(occurred_at) filter (event = 'opened' and not is_machine) as opened_at,
        min(occurred_at) filter (event = 'opened' and is_machine) as machine_opened_at,
        min(occurred_at) filter (event = 'clicked' and not is_machine) as clicked_at,
        min(occurred_at) filter (event = 'redeemed') as redeemed_at,
        min(occurred_at) filter (event = 'unsubscribed') as unsubscribed_at,
        min(occurred_at) filter (event = 'complained') as complained_at,
        min(occurred_at) filter (event in ('bounced', 'failed')) as failed_at,
        first(coalesce(reason, event) order by occurred_at, record_key)
            filter (event in ('bounced', 'failed')) as failed_reason
    from marts.decision_messages
    group by decision_id

),

bought as (

    select
        remembered.decision_id,
        count(*) as order_count,
        sum(orders.amount) as order_amount
    from remembered
    inner join marts.orders as orders
        on remembered.customer_id = orders.customer_id
        and orders.order_date > remembered.planned_date
        and orders.order_date <= remembered.planned_date + remembered.outcome_days
    group by remembered.decision_id

),

responded as (

    select distinct remembered.decision_id
    from remembered
    inner join marts.customer_timeline as timeline
        on remembered.customer_id = timeline.customer_id
        and timeline.kind = case remembered.outcome when 'visit' then 'visit' else 'survey_response' end
        and timeline.occurred_date > remembered.planned_date
        and timeline.occurred_date <= remembered.planned_date + remembered.outcome_days
    where remembered.outcome in ('visit', 'answer')

)

select
    remembered.decision_id,
    remembered.customer_id,
    remembered.action_id,
    remembered.channel,
    remembered.planned_date,
    remembered.kept_out,
    answers.matched_by,
    coalesce(answers.is_accepted, false) as is_accepted,
    answers.sent_at,
    answers.delivered_at,
    answers.opened_at,
    answers.machine_opened_at,
    answers.clicked_at,
    answers.redeemed_at,
    answers.unsubscribed_at,
    answers.complained_at,
    answers.failed_at,
    answers.failed_reason,
    remembered.outcome,
    remembered.outcome_days,
    coalesce(bought.order_count, 0) as order_count,
    coalesce(bought.order_amount, 0) as order_amount,
    case
        when remembered.outcome = 'order' then bought.decision_id is not null
        else responded.decision_id is not null
    end as is_outcome_reached,
    coalesce(remembered.planned_date + remembered.outcome_days <= night.as_of_date, false) as is_window_over
from remembered
cross join night
left join answers on remembered.decision_id = answers.decision_id and remembered.kept_out is null
left join bought on remembered.decision_id = bought.decision_id
left join responded on remembered.decision_id = responded.decision_id
order by remembered.planned_date, remembered.decision_id
"""


def record_outcomes(connection: "duckdb.DuckDBPyConnection", catalogue: "ActionCatalogue") -> None:
    """Replace decisions.action_outcomes: one row per decision to contact somebody, listed or kept out.

    `order_amount` is net of discounts, in the store's currency, of orders from the day after the night to
    `outcome_days` after it. Reads decisions.planned_touchpoints and kept_out, previous.action_outcomes,
    settings.night, marts.decision_messages, customers, customer_aliases, orders and customer_timeline.
    """
    terms = pl.DataFrame(
        [(action.id, action.outcome, action.outcome_days) for action in catalogue.actions],
        schema={"action_id": pl.String, "outcome": pl.String, "outcome_days": pl.Int64},
        orient="row",
    )
    with lent(connection, outcome_terms=terms), transaction(connection):
        connection.execute(TABLE)
        connection.execute(ACTION_OUTCOMES.format(accepted=", ".join(map(literal, ACCEPTED))))
