"""The support desk's exports, in the JSON of Zendesk: tickets that changed today, and users that are new.

A ticket is exported once a day in its newest version. It names its requester by id only; the e-mail address
is the user's. A rating that was only offered is no answer. The number of the order stands in a custom field.
"""

import polars as pl

from regulars.simulation.export import LINE, Export, Reading
from regulars.simulation.facts import DayFacts
from regulars.simulation.systems.cells import utc_second
from regulars.simulation.systems.json_objects import (
    json_object,
    member,
    number,
    number_or_null,
    written_text,
)
from regulars.simulation.world import World

ORDER_FIELD = 360001
COMPLAINT = "complaint"


def exports(facts: DayFacts, _world: World) -> tuple[Export, ...]:
    """The files that the support desk drops at the end of a day."""
    newest = facts.tickets.unique("ticket_id", keep="last", maintain_order=True)
    users = facts.ticket_users.unique("requester_id", keep="last", maintain_order=True)
    return (
        Export(
            "support tickets",
            f"support/tickets_{facts.day}.jsonl",
            newest.select(_ticket().alias(LINE)),
            (Reading("tickets"),),
        ),
        Export(
            "support users",
            f"support/users_{facts.day}.jsonl",
            users.select(_user().alias(LINE)),
            (Reading("customers"),),
        ),
    )


def _ticket() -> pl.Expr:
    return json_object(
        number("id", pl.col("ticket_id")),
        number("via", json_object(member("channel", pl.col("via")))),
        member("created_at", utc_second("created_at")),
        member("updated_at", utc_second("at")),
        pl.lit('"type":null'),
        written_text("subject", "subject"),
        number_or_null("priority", _in_quotes(pl.col("priority"))),
        member("status", pl.col("status")),
        number("requester_id", pl.col("requester_id")),
        number("tags", _tags()),
        number("custom_fields", _order_field()),
        number_or_null("satisfaction_rating", _rating()),
    )


def _user() -> pl.Expr:
    return json_object(
        number("id", pl.col("requester_id")),
        written_text("name", "name"),
        number_or_null("email", _in_quotes(pl.col("email"))),
        number_or_null("phone", _in_quotes(pl.col("phone"))),
        member("created_at", utc_second("at")),
        pl.lit('"role":"end-user","suspended":false'),
    )


def _in_quotes(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit('"'), text, pl.lit('"'))


def _tags() -> pl.Expr:
    complaint = (
        pl.when(pl.col("is_complaint")).then(pl.lit([COMPLAINT])).otherwise(pl.lit([], pl.List(pl.String)))
    )
    tags = pl.col("tags").fill_null([]).list.set_union(complaint)
    quoted = tags.list.eval(pl.concat_str(pl.lit('"'), pl.element(), pl.lit('"')))
    return pl.concat_str(pl.lit("["), quoted.list.join(","), pl.lit("]"))


def _order_field() -> pl.Expr:
    field = json_object(
        pl.lit(f'"id":{ORDER_FIELD}'), number_or_null("value", _in_quotes(pl.col("order_id").cast(pl.String)))
    )
    return pl.concat_str(pl.lit("["), field, pl.lit("]"))


def _rating() -> pl.Expr:
    rating = json_object(
        member("score", pl.col("satisfaction")), written_text("comment", "satisfaction_comment")
    )
    return pl.when(pl.col("satisfaction").is_not_null() & (pl.col("satisfaction") != "unoffered")).then(
        rating
    )
