"""How people bear a channel: when more of them than usual refuse it, what it wins counts for less.

Refusals are unsubscribes and complaints. The last four weeks are compared with the months before, and only
what is surely more counts: the whole 95 % interval (Wilson 1927) of the new share lies above the old one's.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from regulars.store.sql import date_literal
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import duckdb

RECENT_DAYS = 28
# a channel is not given up by itself; a cap of 0 does that
LEAST = 0.1
REMEMBERED_DAYS = 400

# the timeline reaches back as far as store.yml keeps it
CHANNEL_HEALTH = """
with

messages as (

    select
        channel,
        occurred_date > {as_of_date} - {recent_days} as is_recent,
        count(*) filter (status = 'sent') as sent_count,
        count(*) filter (status in ('unsubscribed', 'complained')) as refused_count
    from marts.customer_timeline
    where kind = 'message' and occurred_date <= {as_of_date}
    group by all

),

shares as (

    select
        *,
        refused_count / sent_count as share,
        (refused_count + 1.96 ** 2 / 2) / (sent_count + 1.96 ** 2) as middle,
        1.96 * sqrt(refused_count * (sent_count - refused_count) / sent_count + 1.96 ** 2 / 4)
            / (sent_count + 1.96 ** 2) as reach
    from messages
    where sent_count > 0 and refused_count <= sent_count

)

select
    channels.channel,
    coalesce(recent.sent_count, 0) as sent_count,
    coalesce(recent.refused_count, 0) as refused_count,
    round(recent.share, 6) as refused_share,
    round(usual.share, 6) as usual_share,
    case
        when recent.middle - recent.reach > usual.middle + usual.reach
            then round(greatest(usual.share / recent.share, {least}), 4)
        else 1
    end as multiplier
from health_channels as channels
left join shares as recent on channels.channel = recent.channel and recent.is_recent
left join shares as usual on channels.channel = usual.channel and not usual.is_recent
order by channels.channel
"""

CHANNEL_HEALTH_HISTORY = """
insert into decisions.channel_health
select * from previous.channel_health
where as_of_date > {as_of_date} - {remembered_days} and as_of_date < {as_of_date}
union all
select {as_of_date} as as_of_date, * from health_of_night
order by as_of_date, channel
"""


def channel_health(
    connection: "duckdb.DuckDBPyConnection", channels: "Sequence[str]", night: "date"
) -> pl.DataFrame:
    """One row per channel: what was sent and refused in four weeks, the shares, and the multiplier.

    Columns: channel, sent_count, refused_count, refused_share, usual_share (null where nothing was sent),
    multiplier, from 0.1 to 1. Reads marts.customer_timeline.
    """
    asked = pl.DataFrame({"channel": list(channels)}, schema={"channel": pl.String})
    query = CHANNEL_HEALTH.format(as_of_date=date_literal(night), recent_days=RECENT_DAYS, least=LEAST)
    with lent(connection, health_channels=asked):
        return pl.DataFrame(connection.sql(query))


def multipliers(health: pl.DataFrame) -> dict[str, Decimal]:
    """By what the value of each channel's touchpoints is multiplied."""
    return {
        channel: Decimal(str(multiplier))
        for channel, multiplier in health.select("channel", "multiplier").rows()
    }
