"""What one simulated day brought: one polars frame per kind of fact, the seam between world and systems.

The world fills these frames and never thinks of files; `systems` writes them and never thinks of people.

- `at` and other times are naive UTC of millisecond precision; money is integer cents of `world.currency`.
- A day is a day of `world.time_zone`: every `at` of a frame lies in it, except `orders_again` and
  `order_lines_again` (orders of up to 45 days ago with a new refund, the original `at`) and `created_at`.
- Frames are sorted by `at` and then by their id; `order_lines` by order and line number. A kind without rows
  today is an empty frame of its schema, never missing.
- `order_id` is a running number over shop and point of sale that begins at 1001.
- An order of `place` 'shop' has no `card_number` and no `store_number`; one of 'pos' has no `account_id`,
  no `anonymous_id`, no shipping address and no `email` unless the staff typed one.
- `phone` is as the person or the staff typed it, mostly E.164.
- `touch_id` is one message to one person; its events share it. `decision_id` is null unless a published list
  asked for the message. `email`, `phone` or `account_id` says where it went: email, sms, push.
- A ticket has one row per version; the newest `at` of a ticket_id is its present form.
- An event of `call` 'page' has name, path and title; 'identify' has `email`, and the name 'Signed In'.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

Columns = dict[str, pl.DataType]

AT = pl.Datetime("ms")
CENTS = pl.Int64()
DATE, FLAG, ID, NUMBER, TEXT = pl.Date(), pl.Boolean(), pl.Int64(), pl.Int32(), pl.String()

_ADDRESS = ("first_name", "last_name", "street", "city", "province_code", "country_code", "zip")
# whoever pays, and where the parcel goes
_ADDRESSES: Columns = {f"{who}_{part}": TEXT for who in ("billing", "shipping") for part in _ADDRESS}

SHOP_CUSTOMERS = pl.Schema(
    {
        "person": NUMBER,
        "account_id": TEXT,
        "at": AT,
        "first_name": TEXT,
        "last_name": TEXT,
        "email": TEXT,
        "phone": TEXT,
        "street": TEXT,
        "city": TEXT,
        "province_code": TEXT,
        "country_code": TEXT,
        "zip": TEXT,
        "accepts_email": FLAG,
        "accepts_sms": FLAG,
        "total_spent_cents": CENTS,
        "total_orders": NUMBER,
        "note": TEXT,
        "tags": TEXT,
    }
)
CARDS = pl.Schema(
    {
        "person": NUMBER,
        "card_number": TEXT,
        "at": AT,
        "first_name": TEXT,
        "last_name": TEXT,
        "email": TEXT,
        "phone": TEXT,
        "birth_date": DATE,
        "zip": TEXT,
        "home_store": NUMBER,
    }
)
PRODUCTS = pl.Schema(
    {
        "product": NUMBER,
        "sku": TEXT,
        "title": TEXT,
        "category": TEXT,
        "brand": TEXT,
        "price_cents": CENTS,
        "cost_cents": CENTS,
        "is_active": FLAG,
        "stock_quantity": NUMBER,
    }
)
ORDERS = pl.Schema(
    {
        "order_id": ID,
        "person": NUMBER,
        "at": AT,
        "place": TEXT,
        "account_id": TEXT,
        "card_number": TEXT,
        "email": TEXT,
        "phone": TEXT,
        "anonymous_id": TEXT,
        "subtotal_cents": CENTS,
        "discount_cents": CENTS,
        "shipping_cents": CENTS,
        "tax_cents": CENTS,
        "total_cents": CENTS,
        "coupon": TEXT,
        "is_gift": FLAG,
        **_ADDRESSES,
        "payment": TEXT,
        "store_number": NUMBER,
    }
)
ORDER_LINES = pl.Schema(
    {
        "order_id": ID,
        "line_number": NUMBER,
        "product": NUMBER,
        "sku": TEXT,
        "title": TEXT,
        "quantity": NUMBER,
        "unit_price_cents": CENTS,
        "discount_cents": CENTS,
    }
)
REFUNDS = pl.Schema({"order_id": ID, "person": NUMBER, "at": AT, "refunded_cents": CENTS})
REFUND_LINES = pl.Schema({"order_id": ID, "line_number": NUMBER, "quantity": NUMBER})
ORDERS_AGAIN = pl.Schema({**ORDERS, "refunded_cents": CENTS})
WEB_EVENTS = pl.Schema(
    {
        "event_id": TEXT,
        "anonymous_id": TEXT,
        "user_id": TEXT,
        "session_id": TEXT,
        "at": AT,
        "call": TEXT,
        "name": TEXT,
        "path": TEXT,
        "title": TEXT,
        "product": NUMBER,
        "query": TEXT,
        "feature": TEXT,
        "order_id": ID,
        "value_cents": CENTS,
        "device": TEXT,
        "country": TEXT,
        "email": TEXT,
    }
)
TICKET_USERS = pl.Schema(
    {
        "person": NUMBER,
        "requester_id": ID,
        "at": AT,
        "name": TEXT,
        "email": TEXT,
        "phone": TEXT,
    }
)
TICKETS = pl.Schema(
    {
        "ticket_id": ID,
        "requester_id": ID,
        "person": NUMBER,
        "at": AT,
        "created_at": AT,
        "status": TEXT,
        "priority": TEXT,
        "via": TEXT,
        "subject": TEXT,
        "tags": pl.List(TEXT),
        "is_complaint": FLAG,
        "satisfaction": TEXT,
        "satisfaction_comment": TEXT,
        "order_id": ID,
        "solved_at": AT,
    }
)
SURVEY_ANSWERS = pl.Schema(
    {
        "response_id": TEXT,
        "person": NUMBER,
        "survey": TEXT,
        "score": NUMBER,
        "text": TEXT,
        "email": TEXT,
        "account_id": TEXT,
        "about_ref": TEXT,
        "started_at": AT,
        "at": AT,
    }
)
MESSAGES = pl.Schema(
    {
        "touch_id": TEXT,
        "person": NUMBER,
        "channel": TEXT,
        "action_ref": TEXT,
        "decision_id": TEXT,
        "event": TEXT,
        "at": AT,
        "is_machine": FLAG,
        "email": TEXT,
        "phone": TEXT,
        "account_id": TEXT,
        "url": TEXT,
        "user_agent": TEXT,
        "reason": TEXT,
    }
)
CONSENTS = pl.Schema(
    {
        "person": NUMBER,
        "account_id": TEXT,
        "email": TEXT,
        "phone": TEXT,
        "channel": TEXT,
        "purpose": TEXT,
        "status": TEXT,
        "at": AT,
        "source": TEXT,
        "jurisdiction": TEXT,
    }
)
PREFERENCES = pl.Schema(
    {
        "person": NUMBER,
        "account_id": TEXT,
        "email": TEXT,
        "key": TEXT,
        "value": TEXT,
        "at": AT,
        "expires_at": AT,
    }
)
ERASURES = pl.Schema(
    {
        "person": NUMBER,
        "account_id": TEXT,
        "email": TEXT,
        "phone": TEXT,
        "at": AT,
    }
)

SCHEMAS: dict[str, pl.Schema] = {
    "shop_customers": SHOP_CUSTOMERS,
    "cards": CARDS,
    "products": PRODUCTS,
    "orders": ORDERS,
    "order_lines": ORDER_LINES,
    "refunds": REFUNDS,
    "refund_lines": REFUND_LINES,
    "orders_again": ORDERS_AGAIN,
    "order_lines_again": ORDER_LINES,
    "web_events": WEB_EVENTS,
    "ticket_users": TICKET_USERS,
    "tickets": TICKETS,
    "survey_answers": SURVEY_ANSWERS,
    "messages": MESSAGES,
    "consents": CONSENTS,
    "preferences": PREFERENCES,
    "erasures": ERASURES,
}

_NOTHING = {kind: schema.to_frame() for kind, schema in SCHEMAS.items()}


@dataclass(frozen=True)
class DayFacts:
    """Everything that one day brought; each frame has exactly the schema of its name in `SCHEMAS`."""

    day: date
    day_number: int
    shop_customers: pl.DataFrame
    cards: pl.DataFrame
    products: pl.DataFrame
    orders: pl.DataFrame
    order_lines: pl.DataFrame
    refunds: pl.DataFrame
    refund_lines: pl.DataFrame
    orders_again: pl.DataFrame
    order_lines_again: pl.DataFrame
    web_events: pl.DataFrame
    ticket_users: pl.DataFrame
    tickets: pl.DataFrame
    survey_answers: pl.DataFrame
    messages: pl.DataFrame
    consents: pl.DataFrame
    preferences: pl.DataFrame
    erasures: pl.DataFrame

    def __post_init__(self) -> None:
        """Refuse a frame that a writer would misread.

        Raises:
            TypeError: A frame has other columns or types than its schema.
        """
        for kind, schema in SCHEMAS.items():
            if getattr(self, kind).schema != schema:
                raise TypeError(f"{kind} is {getattr(self, kind).schema}, not {schema}")


def day_of_facts(day: date, day_number: int, frames: dict[str, pl.DataFrame]) -> DayFacts:
    """The facts of a day from the kinds that had any; the others are empty."""
    return DayFacts(day=day, day_number=day_number, **{**_NOTHING, **frames})


def shaped(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """The columns of a schema in its order and types; other columns are left out."""
    return frame.select(schema.names()).cast(schema)
