"""The web shop's calls as Segment logs them: gzipped lines, each a page, track or identify call in full."""

import polars as pl

from regulars.simulation.export import LINE, Export, Reading
from regulars.simulation.facts import DayFacts
from regulars.simulation.systems.cells import major_units, utc_time
from regulars.simulation.systems.json_objects import json_object, member, number, written_text
from regulars.simulation.world import World

SITE = "https://shop.example.com"
BROWSERS = {
    "mobile": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X)",
    "tablet": "Mozilla/5.0 (iPad; CPU OS 17_2 like Mac OS X)",
    "desktop": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
}


def exports(facts: DayFacts, world: World) -> tuple[Export, ...]:
    """The file of a day's calls."""
    calls = facts.web_events.select(
        _line(world).alias(LINE), pl.col("call").alias("_call"), pl.col("user_id").alias("_user")
    )
    is_identify = pl.col("_call") == "identify"
    return (
        Export(
            "web calls",
            f"web/{facts.day}.jsonl.gz",
            calls,
            (Reading("events", rows=~is_identify), Reading("customers", rows=is_identify, key="_user")),
        ),
    )


def _line(world: World) -> pl.Expr:
    call, at = pl.col("call"), utc_time("at")
    return json_object(
        member("anonymousId", pl.col("anonymous_id")),
        member("userId", pl.col("user_id")),
        member("messageId", pl.col("event_id")),
        member("type", call),
        member("event", pl.when(call == "track").then(pl.col("name"))),
        pl.when(call == "page").then(written_text("name", "name")),
        number("properties", pl.when(call != "identify").then(_properties(world))),
        number("traits", pl.when(call == "identify").then(json_object(member("email", pl.col("email"))))),
        number("context", _context()),
        member("timestamp", at),
        member("receivedAt", at),
        pl.lit('"version":1'),
    )


def _properties(world: World) -> pl.Expr:
    """Of the e-commerce vocabulary what the call is about, and the visit it belongs to."""
    is_order = pl.col("order_id").is_not_null()
    value = major_units("value_cents")
    return json_object(
        member("session_id", pl.col("session_id")),
        member("product_id", pl.col("product")),
        written_text("query", "query"),
        member("feature", pl.col("feature")),
        member("order_id", pl.col("order_id")),
        number("total", pl.when(is_order).then(value)),
        number("value", pl.when(~is_order).then(value)),
        pl.when(pl.col("value_cents").is_not_null()).then(pl.lit(f'"currency":"{world.currency}"')),
    )


def _context() -> pl.Expr:
    page = json_object(
        member("path", pl.col("path")),
        written_text("title", "title"),
        member("url", pl.concat_str(pl.lit(SITE), pl.col("path"))),
    )
    return json_object(
        pl.lit('"locale":"en-US"'),
        number("location", json_object(member("country", pl.col("country")))),
        number("page", pl.when(pl.col("path").is_not_null()).then(page)),
        member("userAgent", pl.col("device").replace_strict(BROWSERS, default=BROWSERS["desktop"])),
    )
