"""What a file's own rows tell of its columns, and what their names usually mean.

Not here: how a contract is written from it; that is `proposal`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from regulars.landing.file_rows import FileRows
from regulars.store.entities import Entity, entities
from regulars.store.sql import literal, quoted

LOOKED_AT = 10_000
LEAST_SCORE = 3
MOST_WORDS = 12
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_EMAIL = ("email", "e mail", "email address", "customer email", "mail")
_PHONE = ("phone", "phone number", "mobile", "mobile number", "telephone")
_ACCOUNT = ("user id", "account id", "contact id", "member id", "client id", "requester id", "household id")
_CUSTOMER = ("customer id", "customer no", "customer number", *_ACCOUNT, "customer")
_ORDER = (
    "order id",
    "order no",
    "order number",
    "order name",
    "receipt no",
    "invoice id",
    "basket id",
    "order",
)
_PRODUCT = (
    "sku",
    "product id",
    "lineitem sku",
    "variant sku",
    "article no",
    "article number",
    "item id",
    "product",
)
_WHEN = ("created at", "created", "date", "timestamp", "time", "datetime", "date time")
_ORDERED = (
    "order date",
    "ordered at",
    "ordered",
    "purchase date",
    "placed at",
    "placed",
    "transaction timestamp",
)
# entity and column: the names that exports have for it, the surest first
WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "customers": {
        "customer_ref": (*_CUSTOMER, "id"),
        "email": _EMAIL,
        "phone": _PHONE,
        "first_name": ("first name", "firstname", "given name"),
        "last_name": ("last name", "lastname", "surname", "family name"),
        "birth_date": ("birth date", "date of birth", "birthday", "dob"),
        "postal_code": ("postal code", "postcode", "zip code", "zip"),
        "country": ("country code", "country"),
        "language": ("language", "locale"),
        "created_at": (
            "created at",
            "sign up",
            "signed up at",
            "registered at",
            "registration date",
            "created",
        ),
        "updated_at": ("updated at", "modified at", "last modified", "last changed", "updated"),
    },
    "products": {
        "product_ref": (*_PRODUCT, "id"),
        "name": ("product name", "title", "name"),
        "category": ("category", "product category", "product type", "department"),
        "brand": ("brand", "vendor", "manufacturer"),
        "price": ("price", "list price", "variant price", "unit price"),
        "cost": ("cost", "cost per item", "cost price"),
        "stock_quantity": ("stock", "stock quantity", "inventory", "variant inventory qty"),
    },
    "orders": {
        "order_ref": (*_ORDER, "id"),
        "customer_ref": _CUSTOMER,
        "email": _EMAIL,
        "phone": _PHONE,
        "customer_name": ("billing name", "customer name"),
        "ordered_at": (*_ORDERED, *_WHEN),
        "status": ("status", "order status", "financial status", "payment status"),
        "currency": ("currency", "currency code"),
        "amount": ("total", "order total", "grand total", "total amount", "amount", "total price"),
        "discount": ("discount", "discount amount", "discount total"),
        "refunded": ("refunded", "refunded amount", "amount refunded", "total refunded"),
        "coupon_code": ("coupon code", "coupon", "discount code", "voucher"),
    },
    "order_lines": {
        "order_ref": _ORDER,
        "product_ref": _PRODUCT,
        "customer_ref": _CUSTOMER,
        "email": _EMAIL,
        "occurred_at": (*_ORDERED, *_WHEN),
        "quantity": ("quantity", "qty", "lineitem quantity"),
        "amount": ("line total", "line amount", "amount", "total", "sales value"),
        "discount": ("line discount", "lineitem discount", "discount"),
        "returned_quantity": ("returned quantity", "returned qty"),
    },
    "events": {
        "event_ref": ("event id", "message id", "insert id", "uuid", "id"),
        "anonymous_ref": ("anonymous id", "device id", "cookie id", "visitor id", "client id"),
        "customer_ref": _CUSTOMER,
        "session_ref": ("session id", "session"),
        "event_type": ("event type", "event name", "event", "action"),
        "occurred_at": ("event time", "occurred at", *_WHEN),
        "product_ref": _PRODUCT,
        "subject": ("page", "path", "url", "page path"),
        "device": ("device", "device type"),
        "country": ("country code", "country"),
        "properties": ("properties", "event properties"),
    },
    "tickets": {
        "ticket_ref": (
            "ticket id",
            "ticket no",
            "ticket number",
            "case id",
            "case number",
            "conversation id",
            "id",
        ),
        "customer_ref": _CUSTOMER,
        "email": ("requester email", *_EMAIL),
        "opened_at": ("opened at", "created time", *_WHEN),
        "solved_at": ("solved at", "resolved at", "resolved time", "closed at", "closed time"),
        "status": ("status", "ticket status", "state"),
        "priority": ("priority",),
        "channel": ("channel", "via", "source"),
        "topic": ("subject", "topic", "title", "category"),
        "satisfaction": ("satisfaction score", "satisfaction", "rating", "csat"),
    },
    "survey_responses": {
        "response_ref": ("response id", "respondent id", "answer id", "id"),
        "customer_ref": _CUSTOMER,
        "email": ("recipient email", *_EMAIL),
        "kind": ("survey type", "kind"),
        "score": ("score", "nps", "nps score", "rating", "csat"),
        "text": ("comment", "feedback", "reason", "text"),
        "answered_at": (
            "answered at",
            "submitted at",
            "submit date utc",
            "end date",
            "recorded date",
            *_WHEN,
        ),
        "about_ref": ("order id", "ticket id"),
    },
    "messages": {
        "message_ref": ("message id", "delivery id", "send id"),
        "channel": ("channel", "message type"),
        "action_ref": ("campaign id", "campaign", "campaign name"),
        "customer_ref": _CUSTOMER,
        "email": ("recipient", "recipient email", *_EMAIL),
        "phone": _PHONE,
        "event": ("event", "event type", "metric", "status"),
        "occurred_at": ("occurred at", "event time", "sent at", *_WHEN),
        "cost": ("cost",),
    },
    "consents": {
        "customer_ref": _CUSTOMER,
        "email": _EMAIL,
        "phone": _PHONE,
        "channel": ("channel",),
        "purpose": ("purpose",),
        "status": ("consent", "consent status", "opt in", "subscribed", "status"),
        "stated_at": (
            "stated at",
            "consent date",
            "consented at",
            "opt in date",
            "optin time",
            "effective at",
            *_WHEN,
        ),
        "jurisdiction": ("jurisdiction",),
        "basis": ("basis", "legal basis", "source"),
    },
    "preferences": {
        "customer_ref": _CUSTOMER,
        "email": _EMAIL,
        "key": ("preference", "preference key", "key"),
        "value": ("preference value", "value"),
        "stated_at": ("stated at", *_WHEN),
        "expires_at": ("expires at",),
    },
    "erasure_requests": {
        "customer_ref": _CUSTOMER,
        "email": _EMAIL,
        "phone": _PHONE,
        "requested_at": ("requested at", "request date"),
    },
}


@dataclass(frozen=True)
class ColumnFacts:
    """What the first rows say of a column; counts are of rows with a value, which `filled` is."""

    name: str
    filled: int
    distinct: int
    plain_times: int
    zoned_times: int
    spaced_zones: int
    seconds: int
    milliseconds: int
    comma_amounts: int
    guarded: int
    few_values: list[str]
    example: str | None


def facts(connection: duckdb.DuckDBPyConnection, rows: FileRows) -> tuple[int, dict[str, ColumnFacts]]:
    """How many rows were looked at, and what they say of each column.

    Args:
        connection: Where the file is read.
        rows: The file, its columns by its own names.
    """
    first = f"(select * from ({rows.query}) limit {LOOKED_AT})"
    (count,) = connection.execute(f"select count(*) from {first}").fetchone() or (0,)
    found = {}
    for name in rows.delivered:
        column = f"(select nullif(trim(cast({quoted(name)} as varchar)), '') as value from {first})"
        (row,) = connection.execute(_facts_query(column)).fetchall()
        found[name] = ColumnFacts(name, *row)
    return count, found


def _facts_query(column: str) -> str:
    patterns = (
        r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?$",
        r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?( ?UTC|Z| ?[+-]\d\d(:?\d\d)?)$",
        r" [+-]\d{4}$",
        r"^1\d{9}$",
        r"^1\d{12}$",
        r"^-?\d{1,3}(\.?\d{3})*,\d{1,2}$",
        "^'",
    )
    counted = ", ".join(f"count(*) filter (regexp_matches(value, {literal(one)}))" for one in patterns)
    values = "list_sort(list(distinct value) filter (value is not null))"
    few = f"case when count(value) > 0 and count(distinct value) <= {MOST_WORDS} then {values} else [] end"
    return f"select count(value), count(distinct value), {counted}, {few}, min(value) from {column}"


def normal_words(name: str) -> str:
    """A column's name as words in small letters: `orderId`, `order_id` and `Order ID` are one."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", _CAMEL.sub(" ", name).lower()).split())


def matches(entity: str, names: Sequence[str]) -> dict[str, str]:
    """The columns of an entity that columns of these names seem to hold, each of them for one only."""
    forms = {normal_words(name): name for name in reversed(names)}
    found: dict[str, str] = {}
    for column, words in WORDS[entity].items():
        for word in words:
            if word in forms and forms[word] not in found.values():
                found[column] = forms[word]
                break
    return found


def likely_entities(names: Sequence[str], file_name: str) -> list[str]:
    """The entities that columns of these names fit best: one, several that fit alike, or none."""
    scores = {
        name: _score(entity, matches(name, names), normal_words(file_name))
        for name, entity in entities().items()
    }
    best = max(scores.values())
    return [name for name, score in scores.items() if score == best and best >= LEAST_SCORE]


def _score(entity: Entity, found: Mapping[str, str], file_words: str) -> int:
    """Two for what every row needs and one for the rest, less what is needed and missing."""
    needed = [column.name for column in entity.columns if column.is_required]
    score = sum(2 if name in needed else 1 for name in found) - sum(name not in found for name in needed)
    subject = normal_words(entity.name).removesuffix("s").split(" ")[-1]
    return score + (2 if subject in file_words else 0)
