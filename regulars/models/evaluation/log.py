"""The log of draws with what came of each, and what other policies would have scored.

A draw's reward is what the customer paid in the days after it, less refunds and the postage of what she got;
for whatever she got the same money, so that actions, and nothing, can be compared.
"""

from typing import TYPE_CHECKING

import polars as pl

from regulars.store.sql import date_literal, quoted

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from regulars.store.actions import Action, ActionCatalogue
    from regulars.store.channels import Channels

# for so long an order may have to do with what she got
REWARD_DAYS = 14

REWARDED = """
with

draws as (

    select
        log.as_of_date,
        log.customer_id as logged_id,
        coalesce(aliases.customer_id, log.customer_id) as customer_id,
        log.action_id,
        log.channel,
        log.propensity,
        log.is_chosen,
        log.rules_score,
        log.model_score
    from {log} as log
    left join {aliases} as aliases on log.customer_id = aliases.alias_id
    where
        log.as_of_date + {days} <= (
            select max(order_date) from {orders} where order_date <= {as_of_date}
        )
        and log.rules_score is not null
        and log.model_score is not null

),

chosen as (

    select
        draws.as_of_date,
        draws.logged_id,
        draws.channel,
        coalesce(sum(orders.amount - coalesce(orders.refunded_amount, 0)), 0) as paid
    from draws
    left join {orders} as orders
        on draws.customer_id = orders.customer_id
        and orders.order_date > draws.as_of_date
        and orders.order_date <= draws.as_of_date + {days}
    where draws.is_chosen
    group by draws.as_of_date, draws.logged_id, draws.channel

)

select
    draws.*,
    cast(chosen.paid as double) as paid,
    chosen.channel as chosen_channel,
    coalesce(health.multiplier, 1) as multiplier
from draws
inner join chosen on draws.as_of_date = chosen.as_of_date and draws.logged_id = chosen.logged_id
left join {health} as health on draws.as_of_date = health.as_of_date and draws.channel = health.channel
order by draws.as_of_date, draws.logged_id, draws.action_id, draws.channel
"""
NIGHT = {
    "log": "previous.exploration_log",
    "aliases": "marts.customer_aliases",
    "orders": "marts.orders",
    "health": "previous.channel_health",
}
PUBLISHED = {
    "log": "exploration_log",
    "aliases": "customer_aliases",
    "orders": "orders",
    "health": "channel_health",
}
# what says who may get an action: the log has no odds for anybody else
WHO = ("state", "channels", "purpose", "action_class", "eligible_when", "cooldown_days", "offer_terms")


def rewarded_log(
    connection: "duckdb.DuckDBPyConnection", channels: "Channels", night: "date", tables: dict[str, str]
) -> pl.DataFrame:
    """A row per chance whose days are over by `night`, as `evaluated` asks for it, and `multiplier`.

    Days are over only when orders of later days have arrived, lest a feed that stopped looks like customers
    who did not buy.
    `reward` is in the store's currency and the same in all rows of a night and customer. Draws that were
    logged before both scores were are left out. `tables` is NIGHT or PUBLISHED.
    """
    names = {name: ".".join(map(quoted, table.split("."))) for name, table in tables.items()}
    log = pl.DataFrame(
        connection.sql(REWARDED.format(**names, days=REWARD_DAYS, as_of_date=date_literal(night)))
    )
    costs = {channel.id: float(channel.cost_per_send) for channel in channels.channels}
    cost = pl.col("chosen_channel").replace_strict(costs, default=0.0, return_dtype=pl.Float64)
    return log.with_columns(reward=pl.col("paid") - cost).drop("paid", "chosen_channel")


def with_edited_scores(log: pl.DataFrame, catalogue: "ActionCatalogue", channels: "Channels") -> pl.DataFrame:
    """Adds `edited_score`: what the rules of an edited catalogue say; null where it has no such action.

    It counts as much of a value as the multiplier of the channel said that night.
    """
    rows = [
        (
            action.id,
            channel.id,
            float(action.response_rate * action.value),
            float(channel.cost_per_send),
        )
        for action in catalogue.actions
        for channel in map(channels.channel, action.channels)
    ]
    known = pl.DataFrame(
        rows,
        schema={"action_id": pl.String, "channel": pl.String, "gain": pl.Float64, "cost": pl.Float64},
        orient="row",
    )
    score = (pl.col("gain") * pl.col("multiplier") - pl.col("cost")).round(6)
    return (
        log.join(known, on=["action_id", "channel"], how="left", maintain_order="left")
        .with_columns(edited_score=score)
        .drop("gain", "cost")
    )


def what_the_log_cannot_say(edited: "ActionCatalogue", current: "ActionCatalogue") -> str:
    """Why an edited catalogue cannot be judged by draws under the current one; empty where it can."""
    if edited.policy.scores != "rules":
        return "policy.scores is model; a catalogue is judged by its rules, and the models by --policy model"
    if edited.holds != current.holds:
        return "holds differ; whom they would have let through the log does not say"
    known = {action.id: action for action in current.actions}
    for action in edited.actions:
        if action.id not in known:
            return f"support is missing: action '{action.id}' is new, and no draw could fall on it"
        if changed := _changed(action, known[action.id]):
            return (
                f"support is missing: action '{action.id}' has another {changed}; of those for whom it"
                " would then be, and was not, the log has no draws"
            )
    return ""


def _changed(edited: "Action", current: "Action") -> str | None:
    return next((name for name in WHO if getattr(edited, name) != getattr(current, name)), None)
