"""Channel response as a question: of whom, on which channels, and which ways of answering compete."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

import polars as pl

from regulars.models.baselines.mean_table import fit_mean_table
from regulars.models.channel_response.score import score
from regulars.models.learning.contest import TREES, Fit
from regulars.models.learning.examples import Outcome
from regulars.models.learning.model import Model, outcomes, trees
from regulars.models.learning.registry import slug
from regulars.store.sql import literal
from regulars.store.training import EARLY_DAYS, Training

if TYPE_CHECKING:
    import duckdb

Response = Literal["opened", "clicked", "ordered"]

NAME = "channel_response"
# whoever writes campaigns into the channel of messages gets no model for each
MOST_CHANNELS = 10
EVERYBODY = "true"
OF_CHANNELS = {"email": "emails", "sms": "sms", "push": "pushes"}


def channels(connection: "duckdb.DuckDBPyConnection") -> list[str]:
    """The channels with touches, by name; of very many those with the most."""
    rows = connection.sql(
        f"""
        select channel from (
            select channel from marts.customer_touchpoints
            group by channel order by count(*) desc, channel limit {MOST_CHANNELS}
        ) order by channel
        """
    ).fetchall()
    return [channel for (channel,) in rows]


def responses(channel: str) -> tuple[Response, ...]:
    """What is seen of a touch on a channel; only of e-mail are openings by machines told apart."""
    return ("opened", "clicked", "ordered") if channel == "email" else ("clicked", "ordered")


def channel_response(settings: Training, channel: str, response: Response) -> Model:
    """Whether she responds within the horizon of her first touch on the channel, if one comes in 28 days."""
    rules = _rules(channel, response)

    def methods(features: Sequence[str], _: Callable[[], pl.DataFrame]) -> Mapping[str, Fit]:
        return {TREES: trees(features, "binary")} | {name: _table(bins) for name, bins in rules.items()}

    return Model(
        name=f"{NAME}_{slug(channel)}_{response}",
        about=f"{response} after {channel}",
        figure="probability",
        horizon_days=settings.response.horizon_days,
        population=EVERYBODY,
        outcome=Outcome(
            facts=_after_first_touches(channel, response, settings.response.horizon_days),
            value="came_true.responded_date is not null",
            early=f"coalesce(came_true.responded_date <= came_true.as_of_date + {EARLY_DAYS}, false)",
            is_of_everybody=False,
        ),
        methods=methods,
        table="response_scores",
        score=partial(score, channel=channel, response=response),
        most_rows=min(settings.response.most_rows, settings.most_rows),
        rule_features=tuple(feature for bins in rules.values() for feature in bins),
        listed=f"customer_id in ({_touched(channel)})",
        wait_days=EARLY_DAYS,
        asks_for=("messages answered",),
        least_examples=settings.response.least_touches,
        least_outcomes=settings.least_outcomes,
    )


def _rules(channel: str, response: Response) -> dict[str, dict[str, int]]:
    """The rules to beat: features, and into how many groups each parts customers."""
    if response == "opened":
        return {
            "past_rate": {"messages_opened_365d": 10, "messages_sent_365d": 10},
            "recency": {"days_since_last_opening": 20},
        }
    if response == "clicked":
        words = OF_CHANNELS.get(channel, "messages")
        return {
            "past_rate": {f"{words}_clicked_90d": 10, f"{words}_sent_90d": 10},
            "recency": {"days_since_last_click": 20},
        }
    return {
        "recency": {"days_since_last_order": 20},
        "rfm": {"days_since_last_order": 5, "order_count_365d": 5, "order_amount_365d": 5},
    }


def _table(bins: dict[str, int]) -> Fit:
    return lambda learning, _: fit_mean_table(learning, outcomes(learning), bins, is_probability=True)


def _touched(channel: str) -> str:
    return f"select distinct customer_id from marts.customer_touchpoints where channel = {literal(channel)}"


def _after_first_touches(channel: str, response: Response, horizon_days: int) -> str:
    """First touches in the 28 days after each day, and the day of what followed, up to the horizon's last."""
    return f"""
        with

        first_touches as (

            select
                touches.customer_id,
                days.as_of_date,
                min(touches.sent_at) as sent_at,
                min(touches.sent_date) + {horizon_days} as last_date
            from marts.customer_touchpoints as touches
            inner join days
                on touches.sent_date between days.as_of_date + 1 and days.as_of_date + {EARLY_DAYS}
            where touches.channel = {literal(channel)}
            group by touches.customer_id, days.as_of_date

        ),

        followed as ({_orders() if response == "ordered" else _answers(channel, response)})

        select
            first_touches.customer_id,
            first_touches.as_of_date,
            min(followed.responded_date) as responded_date
        from first_touches
        left join followed
            on
                first_touches.customer_id = followed.customer_id
                and first_touches.as_of_date = followed.as_of_date
        group by first_touches.customer_id, first_touches.as_of_date
    """


def _orders() -> str:
    return """
        select first_touches.customer_id, first_touches.as_of_date, orders.order_date as responded_date
        from first_touches
        inner join marts.orders as orders
            on
                first_touches.customer_id = orders.customer_id
                and orders.ordered_at >= first_touches.sent_at
                and orders.order_date <= first_touches.last_date
    """


def _answers(channel: str, event: str) -> str:
    """What people, not machines, did with the very message; with all of those that came at one moment."""
    return f"""
        select first_touches.customer_id, first_touches.as_of_date, answers.message_date as responded_date
        from first_touches
        inner join marts.customer_touchpoints as touches
            on
                first_touches.customer_id = touches.customer_id
                and first_touches.sent_at = touches.sent_at
                and touches.channel = {literal(channel)}
        inner join staging.stg_messages as answers
            on
                touches.source = answers.source
                and touches.message_ref = answers.message_ref
                and answers.event = {literal(event)}
                and not answers.is_machine
                and answers.occurred_at >= first_touches.sent_at
                and answers.message_date <= first_touches.last_date
    """
