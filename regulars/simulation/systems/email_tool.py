"""The e-mail tool's events as SendGrid posts them, one event a line.

The decision behind a message comes back as a custom argument, the campaign or action as category. The vendor
does not say that a machine opened a message; the reader knows it by the agent.
"""

import polars as pl

from regulars.simulation.export import LINE, Export, Reading
from regulars.simulation.facts import DayFacts
from regulars.simulation.systems.cells import epoch_second
from regulars.simulation.systems.json_objects import json_object, member, number, written_text
from regulars.simulation.world import World

EVENTS = {
    "sent": "processed",
    "delivered": "delivered",
    "opened": "open",
    "clicked": "click",
    "bounced": "bounce",
    "unsubscribed": "unsubscribe",
    "complained": "spamreport",
}
PRIVACY_PROXY = "Mozilla/5.0"
MAIL_READER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15"
AGENT_EVENTS = ("opened", "clicked", "unsubscribed")


def exports(facts: DayFacts, _world: World) -> tuple[Export, ...]:
    """The file of a day's e-mail events."""
    messages = facts.messages.filter(pl.col("channel") == "email")
    return (
        Export(
            "email events",
            f"email/{facts.day}.jsonl",
            messages.select(_line().alias(LINE)),
            (Reading("messages"),),
        ),
    )


def _line() -> pl.Expr:
    event, touch = pl.col("event"), pl.col("touch_id")
    moment = pl.col("at").dt.epoch("ms").cast(pl.String)
    is_bounce, has_agent = event == "bounced", event.is_in(AGENT_EVENTS)
    return json_object(
        written_text("email", "email"),
        number("timestamp", epoch_second("at")),
        member("event", event.replace_strict(EVENTS)),
        number("category", pl.concat_str(pl.lit('["'), pl.col("action_ref"), pl.lit('"]'))),
        member("sg_event_id", pl.concat_str(touch, event, moment, separator="-")),
        member("sg_message_id", touch),
        pl.when(event == "delivered").then(pl.lit('"response":"250 OK"')),
        pl.when(is_bounce).then(written_text("reason", "reason")),
        pl.when(is_bounce).then(pl.lit('"status":"5.1.1","type":"bounce"')),
        member("useragent", pl.when(has_agent).then(_agent())),
        pl.when(event == "clicked").then(written_text("url", "url")),
        member("decision_id", pl.col("decision_id")),
    )


def _agent() -> pl.Expr:
    usual = pl.when(pl.col("is_machine")).then(pl.lit(PRIVACY_PROXY)).otherwise(pl.lit(MAIL_READER))
    return pl.coalesce(pl.col("user_agent"), usual)
