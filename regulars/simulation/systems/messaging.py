"""SMS and push events as Customer.io's reporting webhooks post them, one event a line.

What we pass with a message, the decision and the action, comes back inside `data`; that the vendor echoes
them under these names is our assumption.
"""

import polars as pl

from regulars.simulation.export import LINE, Export, Reading
from regulars.simulation.facts import DayFacts
from regulars.simulation.systems.cells import epoch_second
from regulars.simulation.systems.json_objects import json_object, member, number, written_text
from regulars.simulation.world import World

METRICS = {
    "sent": "sent",
    "delivered": "delivered",
    "opened": "opened",
    "clicked": "clicked",
    "bounced": "bounced",
    "unsubscribed": "unsubscribed",
    "complained": "spammed",
}
CHANNELS = ("sms", "push")


def exports(facts: DayFacts, _world: World) -> tuple[Export, ...]:
    """The file of a day's SMS and push events."""
    messages = facts.messages.filter(pl.col("channel").is_in(CHANNELS))
    return (
        Export(
            "messaging events",
            f"messaging/{facts.day}.jsonl",
            messages.select(_line().alias(LINE)),
            (Reading("messages"),),
        ),
    )


def _line() -> pl.Expr:
    moment = pl.col("at").dt.epoch("ms").cast(pl.String)
    return json_object(
        member("event_id", pl.concat_str("touch_id", "event", moment, separator="-")),
        member("object_type", pl.col("channel")),
        member("metric", pl.col("event").replace_strict(METRICS)),
        number("timestamp", epoch_second("at")),
        number("data", _data()),
    )


def _data() -> pl.Expr:
    identifiers = json_object(member("id", pl.col("account_id")), written_text("email", "email"))
    return json_object(
        member("customer_id", pl.col("account_id")),
        number("identifiers", identifiers),
        member("delivery_id", pl.col("touch_id")),
        member("recipient", pl.coalesce("phone", "account_id")),
        pl.when(pl.col("event") == "bounced").then(written_text("failure_message", "reason")),
        pl.when(pl.col("event") == "clicked").then(written_text("href", "url")),
        number("machine", pl.when(pl.col("event").is_in(["opened", "clicked"])).then(pl.col("is_machine"))),
        member("action_ref", pl.col("action_ref")),
        member("decision_id", pl.col("decision_id")),
    )
