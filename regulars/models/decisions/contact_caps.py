"""How often a customer may hear from us, over everything sent and everything planned.

Days, not hours. Night D decides for delivery on E = D+1: the action lists leave in the small hours of E.
We know the day on which a touchpoint was sent, not at what hour of E ours will go out. So a window of n
days that ends somewhere on E may begin as early as the first minute of day E-n, and every touchpoint
delivered on E-n or later counts. This is conservative by less than a day: a cap "per 1 day" on night D
counts what was sent on D and what night D-1 planned (delivered on D). The same rule serves the caps, the
rest between channels (24 hours are 1 day, 25 hours are 2) and the cooldown of an action.

A planned touchpoint counts on its planned delivery day until a message with its decision_id was sent;
then the real day counts, once. A plan that is never reported as sent still counts: lost reports must not
make us louder.

A night that is run again finds what its earlier runs handed over among the plans. A candidate that is one
of those plans is the same touchpoint, so it does not count against itself; every other plan of the night
does. Such a plan is delivered on E too, at an hour we do not know, so it is inside every window that is
not empty.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.reason_codes import Reason, Stage, coded
from regulars.store.sql import date_literal

if TYPE_CHECKING:
    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels

HOURS_PER_DAY = 24

# one row per touchpoint of the last days; an unsent plan of night P is delivered on P+1
RECENT_TOUCHPOINTS = """
with

planned as (

    select
        customer_id,
        decision_id,
        any_value(action_id) as action_id,
        any_value(channel) as channel,
        max(planned_date) + 1 as delivered_date
    from marts.earlier_plans
    where planned_date <= {as_of_date}
    group by customer_id, decision_id

),

-- a tool may report the send without our action's name, and its cooldown must hold all the same
sent as (

    select
        touchpoints.customer_id,
        coalesce(touchpoints.channel, planned.channel) as channel,
        coalesce(planned.action_id, touchpoints.action_ref) as action_id,
        touchpoints.sent_date as delivered_date
    from marts.customer_touchpoints as touchpoints
    left join planned
        on touchpoints.customer_id = planned.customer_id and touchpoints.decision_id = planned.decision_id
    where touchpoints.sent_date is not null

),

unsent as (

    select planned.customer_id, planned.channel, planned.action_id, planned.delivered_date
    from planned
    anti join marts.customer_touchpoints as touchpoints
        on planned.customer_id = touchpoints.customer_id
        and planned.decision_id = touchpoints.decision_id
        and touchpoints.sent_date is not null

),

touchpoints as (

    select customer_id, channel, action_id, delivered_date from sent
    union all
    select customer_id, channel, action_id, delivered_date from unsent

)

select customer_id, channel, action_id, delivered_date from touchpoints
where delivered_date >= {oldest_date}
"""

# plans that count may be older than the message that says so
COUNTED_TOUCHPOINTS = """
insert into decisions.counted_touchpoints
select customer_id, channel, action_ref, decision_id, sent_date
from marts.customer_touchpoints
where
    sent_date >= {oldest_date}
    or decision_id in (select decision_id from marts.earlier_plans where planned_date + 1 >= {oldest_date})
order by all
"""


def days_of(hours: int) -> int:
    """Whole days that cover `hours`."""
    return -(-hours // HOURS_PER_DAY)


def recent_touchpoints_sql(catalogue: "ActionCatalogue", channels: "Channels", as_of: date) -> str:
    """The query for every touchpoint that some cap, rest or cooldown counts on night `as_of`."""
    oldest = oldest_counted(catalogue, channels, as_of)
    return RECENT_TOUCHPOINTS.format(as_of_date=date_literal(as_of), oldest_date=date_literal(oldest))


def counted_touchpoints_sql(catalogue: "ActionCatalogue", channels: "Channels", as_of: date) -> str:
    """The statement that notes every message that `recent_touchpoints_sql` may count."""
    oldest = oldest_counted(catalogue, channels, as_of)
    return COUNTED_TOUCHPOINTS.format(oldest_date=date_literal(oldest))


def oldest_counted(catalogue: "ActionCatalogue", channels: "Channels", as_of: date) -> date:
    """The first day whose touchpoints any cap, rest or cooldown counts on night `as_of`."""
    across = channels.across_channels
    longest = max(
        across.per_days,
        days_of(across.hours_between_channels),
        *(channel.per_days for channel in channels.channels),
        *(action.cooldown_days for action in catalogue.actions),
    )
    return as_of + timedelta(days=1 - longest)


def stop_capped(
    candidates: pl.LazyFrame,
    touchpoints: pl.LazyFrame,
    *,
    catalogue: "ActionCatalogue",
    channels: "Channels",
    as_of: date,
) -> pl.LazyFrame:
    """Stop candidates that would be one touchpoint too many for the channel, the customer or the action.

    `touchpoints` has customer_id, channel, action_id and delivered_date of whatever reached or will have
    reached the customer by the time tonight's action is delivered. What is due on that very day was handed
    over by an earlier run of the night: candidates that only those plans make one too many are not stopped
    but marked `is_crowded_out`, because an outranked candidate stays outranked when the night is run again.
    """
    recent = touchpoints.with_columns(
        age_days=(pl.lit(as_of + timedelta(days=1)) - pl.col("delivered_date")).dt.total_days()
    )
    earlier, tonight = recent.filter(pl.col("age_days") > 0), recent.filter(pl.col("age_days") <= 0)
    stopped = _with_cap_code(
        candidates.with_columns(own_count=pl.lit(0)), earlier, catalogue=catalogue, channels=channels
    ).drop("own_count")
    candidate = ["customer_id", "channel", "action_id"]
    concerned = (
        stopped.filter(pl.col(Stage.CAP).is_null())
        .select(candidate)
        .join(tonight, on="customer_id", how="semi")
        .join(tonight.group_by(candidate).agg(own_count=pl.len()), on=candidate, how="left")
        .with_columns(pl.col("own_count").fill_null(0))
    )
    together = recent.with_columns(pl.col("age_days").clip(lower_bound=1))
    crowded_out = (
        _with_cap_code(concerned, together, catalogue=catalogue, channels=channels)
        .filter(pl.col(Stage.CAP).is_not_null())
        .select(*candidate, is_crowded_out=True)
    )
    return stopped.join(crowded_out, on=candidate, how="left", maintain_order="left").with_columns(
        pl.col("is_crowded_out").fill_null(value=False)
    )


def handed_over(touchpoints: pl.LazyFrame, options: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """What earlier runs of the night handed over, as customer_id and option_number, if it is an option."""
    return (
        touchpoints.filter(pl.col("delivered_date") > as_of)
        .join(options, on=["action_id", "channel"])
        .select("customer_id", "option_number")
        .unique(maintain_order=True)
    )


def _with_cap_code(
    candidates: pl.LazyFrame, recent: pl.LazyFrame, *, catalogue: "ActionCatalogue", channels: "Channels"
) -> pl.LazyFrame:
    """Adds the code of the first cap, rest or cooldown that `recent` fills, own_count of them left aside."""
    caps, cooldowns = _channel_caps(channels), _cooldowns(catalogue)
    counted = (
        candidates.join(caps, on="channel", how="left", maintain_order="left")
        .join(_per_channel(recent, caps), on=["customer_id", "channel"], how="left", maintain_order="left")
        .join(_across_channels(recent, channels), on="customer_id", how="left", maintain_order="left")
        .join(_cooling(recent, cooldowns), on=["customer_id", "action_id"], how="left", maintain_order="left")
    )
    return counted.with_columns(_cap_code(channels).alias(Stage.CAP)).drop(
        "max_touchpoints",
        "per_days",
        "channel_count",
        "across_count",
        "resting_count",
        "resting",
        "cooling_count",
    )


def _cap_code(channels: "Channels") -> pl.Expr:
    across_cap = channels.across_channels.max_touchpoints
    # what a candidate is itself goes through its own channel, so it is never the other one
    is_other_resting = (pl.col("resting_count").fill_null(0) > 0) & (
        (pl.col("resting_count") > 1) | pl.col("resting").ne_missing(pl.col("channel"))
    )
    return (
        pl.when((pl.col("max_touchpoints") == 0) | (across_cap == 0))
        .then(coded(Reason.CHANNEL_CLOSED))
        .when(_others("channel_count") >= pl.col("max_touchpoints"))
        .then(coded(Reason.CHANNEL_CAP))
        .when(_others("across_count") >= across_cap)
        .then(coded(Reason.ACROSS_CHANNELS_CAP))
        .when(is_other_resting)
        .then(coded(Reason.TOO_CLOSE_TO_ANOTHER_CHANNEL))
        .when(_others("cooling_count") > 0)
        .then(coded(Reason.ACTION_COOLDOWN))
    )


def _others(count: str) -> pl.Expr:
    """A count without the candidate itself; signed, because it may be in none of the windows."""
    return pl.col(count).cast(pl.Int64).fill_null(0) - pl.col("own_count").cast(pl.Int64)


def _channel_caps(channels: "Channels") -> pl.LazyFrame:
    return pl.LazyFrame(
        [(channel.id, channel.max_touchpoints, channel.per_days) for channel in channels.channels],
        schema={"channel": pl.String, "max_touchpoints": pl.Int64, "per_days": pl.Int64},
        orient="row",
    )


def _cooldowns(catalogue: "ActionCatalogue") -> pl.LazyFrame:
    return pl.LazyFrame(
        [(action.id, action.cooldown_days) for action in catalogue.actions],
        schema={"action_id": pl.String, "cooldown_days": pl.Int64},
        orient="row",
    )


def _per_channel(recent: pl.LazyFrame, caps: pl.LazyFrame) -> pl.LazyFrame:
    """Touchpoints of each customer and channel inside the channel's window."""
    return (
        recent.join(caps, on="channel")
        .filter(pl.col("age_days") <= pl.col("per_days"))
        .group_by("customer_id", "channel")
        .agg(channel_count=pl.len())
    )


def _across_channels(recent: pl.LazyFrame, channels: "Channels") -> pl.LazyFrame:
    """Touchpoints of each customer in the common window, and the channels that were used too lately.

    An unknown channel is another channel.
    """
    across = channels.across_channels
    rest = (
        pl.col("channel").fill_null("").filter(pl.col("age_days") <= days_of(across.hours_between_channels))
    )
    return recent.group_by("customer_id").agg(
        across_count=(pl.col("age_days") <= across.per_days).sum(),
        resting_count=rest.n_unique(),
        resting=rest.min(),
    )


def _cooling(recent: pl.LazyFrame, cooldowns: pl.LazyFrame) -> pl.LazyFrame:
    """How many touchpoints of a customer and an action are inside the action's cooldown."""
    return (
        recent.join(cooldowns, on="action_id")
        .filter(pl.col("age_days") <= pl.col("cooldown_days"))
        .group_by("customer_id", "action_id")
        .agg(cooling_count=pl.len())
    )
