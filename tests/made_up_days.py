"""Days of facts that no world lived: every kind, in the shapes that writers must get right."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import polars as pl

from regulars.simulation.facts import SCHEMAS, DayFacts, day_of_facts
from regulars.simulation.world import World

REFUND_AFTER_DAYS = 3
NAMES = ("Anna", "Zoë", 'Robert "Bob"', "Nguyễn", "O'Neil", "Smith, Jr.")
EVENTS = ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained")


def made_up_day(world: World, day_number: int, *, size: int = 60) -> DayFacts:
    """A day on which each kind of fact happened about `size` times, some of them in awkward ways."""
    frames = {
        "shop_customers": _shop_customers(day_number, size),
        "cards": _cards(size),
        "web_events": _web_events(day_number, size * 5),
        "survey_answers": _survey_answers(day_number, size),
        "messages": _messages(day_number, size * 2),
        "consents": _consents(size),
        **_orders(day_number, size),
        **_tickets(day_number, size // 3),
    }
    if day_number % 7 == 0:
        frames["products"] = _products(day_number)
    timed = {kind: _at_day(frame, world, day_number) for kind, frame in frames.items()}
    return day_of_facts(world.date_of(day_number), day_number, timed)


def _frame(kind: str, size: int, **columns: Callable[[int], object]) -> pl.DataFrame:
    """A frame of the kind; a column that is not given is null."""
    rows = [{name: value(row) for name, value in columns.items()} for row in range(size)]
    return pl.DataFrame(rows, schema=SCHEMAS[kind])


def _picked(values: Sequence[object]) -> Callable[[int], object]:
    return lambda row: values[row % len(values)]


def _moment(row: int) -> datetime:
    """A time after the first midnight of 1970, because the day is put under it later."""
    return datetime(1970, 1, 1) + timedelta(seconds=row * 17 % 80_000, milliseconds=row % 1000)  # noqa: DTZ001


def _at_day(frame: pl.DataFrame, world: World, day_number: int) -> pl.DataFrame:
    """The frame with its moments moved into the day; those of an older order into the order's own day."""
    if "at" not in frame.columns:
        return frame
    shift = pl.lit(world.midnight(day_number)).cast(pl.Datetime("ms")) - datetime(1970, 1, 1)  # noqa: DTZ001
    times = [name for name, kind in frame.schema.items() if kind == pl.Datetime("ms")]
    back = timedelta(days=REFUND_AFTER_DAYS) if "refunded_cents" in frame.columns else timedelta()
    return frame.with_columns((pl.col(name) + shift - back).cast(pl.Datetime("ms")) for name in times).sort(
        "at", maintain_order=True
    )


def _email(row: int) -> str:
    return f"Person{row}@example.com"


def _shop_customers(day_number: int, size: int) -> pl.DataFrame:
    return _frame(
        "shop_customers",
        size,
        person=int,
        account_id=lambda row: str(9_000_000_000_000 + row),
        at=_moment,
        first_name=_picked(NAMES),
        last_name=_picked(NAMES[::-1]),
        email=_email,
        phone=lambda row: None if row % 3 else f"+1202555{row:04}",
        zip=lambda row: f"{row:05}",
        country_code=_picked(["US"]),
        accepts_email=lambda row: row % 2 == 0,
        accepts_sms=_picked([None]),
        total_spent_cents=lambda row: day_number * 100 + row,
        total_orders=_picked([day_number]),
        tags=_picked(["vip, loyal", None]),
    )


def _cards(size: int) -> pl.DataFrame:
    return _frame(
        "cards",
        size,
        person=int,
        card_number=lambda row: f"C{row:06}",
        at=_moment,
        first_name=_picked(NAMES),
        last_name=_picked(["Müller", "Öz; the second", None]),
        email=lambda row: _email(row) if row % 2 else None,
        phone=_picked(["0000000000"]),
        birth_date=lambda row: datetime(1980, 2, 1 + row % 28).date(),  # noqa: DTZ001
        zip=_picked(["01234"]),
        home_store=lambda row: row % 4,
    )


def _products(day_number: int) -> pl.DataFrame:
    return _frame(
        "products",
        40,
        product=int,
        sku=lambda row: f"SKU-{row:05}",
        title=lambda row: f'{row}" pan, the "big" one',
        category=_picked(["kitchen", "garden"]),
        brand=_picked(["Acme"]),
        price_cents=lambda row: 1000 + row,
        cost_cents=lambda row: 500 + row,
        is_active=lambda row: row % 9 > 0,
        stock_quantity=lambda row: row * 3 + day_number,
    )


def _orders(day_number: int, size: int) -> dict[str, pl.DataFrame]:
    frames = {"orders": _orders_of(day_number, size), "order_lines": _lines_of(day_number, size)}
    placed = day_number - REFUND_AFTER_DAYS
    if placed < 0:
        return frames
    is_refunded = pl.col("order_id") % 10 < 2
    again = _orders_of(placed, size).filter(is_refunded)
    lines = _lines_of(placed, size).filter(is_refunded)
    return frames | {
        "orders_again": again.with_columns(refunded_cents=pl.col("total_cents")),
        "order_lines_again": lines,
        "refunds": again.select(
            "order_id", "person", pl.col("at"), pl.col("total_cents").alias("refunded_cents")
        ),
        "refund_lines": lines.filter(pl.col("line_number") == 1).select(
            "order_id", "line_number", "quantity"
        ),
    }


def _orders_of(day_number: int, size: int) -> pl.DataFrame:
    first = 1001 + day_number * size
    return _frame(
        "orders",
        size,
        order_id=lambda row: first + row,
        person=int,
        at=_moment,
        place=_picked(["shop", "pos"]),
        account_id=lambda row: None if row % 2 else str(9_000_000_000_000 + row),
        card_number=lambda row: f"C{row:06}" if row % 4 == 1 else None,
        email=lambda row: None if row % 2 else _email(row),
        anonymous_id=lambda row: None if row % 2 else f"anon-{row}",
        subtotal_cents=_picked([3000]),
        discount_cents=lambda row: 150 if row % 5 == 0 else 0,
        shipping_cents=_picked([499]),
        tax_cents=_picked([205]),
        total_cents=lambda row: 3704 - (150 if row % 5 == 0 else 0),
        coupon=lambda row: "SAVE5" if row % 5 == 0 else None,
        is_gift=lambda row: row % 6 == 0,
        shipping_first_name=_picked(NAMES),
        payment=_picked(["card", "cash"]),
        store_number=lambda row: row % 4 if row % 2 else None,
    )


def _lines_of(day_number: int, size: int) -> pl.DataFrame:
    first = 1001 + day_number * size
    lines = [
        (first + row, line, (row + line) % 40, f"SKU-{(row + line) % 40:05}", f'{row}" pan', line, 1000, 0)
        for row in range(size)
        for line in range(1, 2 + row % 3)
    ]
    return pl.DataFrame(lines, schema=SCHEMAS["order_lines"], orient="row")


def _web_events(day_number: int, size: int) -> pl.DataFrame:
    calls = ("page", "track", "track", "identify", "page")
    return _frame(
        "web_events",
        size,
        event_id=lambda row: f"ajs-{day_number}-{row}",
        anonymous_id=lambda row: f"anon-{row % 50}",
        user_id=lambda row: str(9_000_000_000_000 + row % 9) if row % 5 == 3 else None,
        session_id=lambda row: f"s{day_number}-{row // 5}",
        at=_moment,
        call=_picked(calls),
        name=_picked(["Home", "Product Viewed", "Products Searched", "Signed In", "Pricing Viewed"]),
        path=_picked(["/", "/products/1", "/search", None, "/pricing"]),
        title=_picked(["Home", '12" pan', "Search \\ find", None, None]),
        product=lambda row: row % 40 if row % 5 == 1 else None,
        query=lambda row: 'a "quoted" \\ query' if row % 5 == 2 else None,
        value_cents=lambda row: 1999 if row % 5 == 1 else None,
        device=_picked(["mobile", "desktop", "tablet"]),
        country=_picked(["US"]),
        email=lambda row: _email(row) if row % 5 == 3 else None,
    )


def _tickets(day_number: int, size: int) -> dict[str, pl.DataFrame]:
    first = day_number * size
    tickets = _frame(
        "tickets",
        size * 2,
        ticket_id=lambda row: first + row % size,
        requester_id=lambda row: row % size,
        at=_moment,
        created_at=lambda row: _moment(row % size),
        status=lambda row: "new" if row < size else "solved",
        priority=_picked(["normal", None]),
        via=_picked(["email", "chat"]),
        subject=_picked(['My "new" pan', "Where is it?"]),
        tags=_picked([["delivery"], []]),
        is_complaint=lambda row: row % 2 == 0,
        satisfaction=_picked([None, "offered", "good", "bad"]),
        satisfaction_comment=_picked([None, 'so "so"']),
        order_id=lambda row: 1001 + row if row % 2 else None,
        solved_at=lambda row: _moment(row) if row >= size else None,
    )
    users = _frame(
        "ticket_users",
        size,
        requester_id=lambda row: first + row,
        at=_moment,
        name=_picked(NAMES),
        email=lambda row: _email(row) if row % 2 else None,
    )
    return {"tickets": tickets, "ticket_users": users}


def _survey_answers(day_number: int, size: int) -> pl.DataFrame:
    return _frame(
        "survey_answers",
        size,
        response_id=lambda row: f"r{day_number}x{row}",
        survey=_picked(["nps", "csat", "visit_reason"]),
        score=lambda row: None if row % 3 == 2 else row % 11,
        text=_picked(["fine, thanks", 'the "pan"', None]),
        email=lambda row: _email(row) if row % 2 else None,
        started_at=_moment,
        at=_moment,
    )


def _messages(day_number: int, size: int) -> pl.DataFrame:
    return _frame(
        "messages",
        size,
        touch_id=lambda row: f"t{day_number}-{row // 7}",
        channel=lambda row: ("email", "sms", "push")[row // 7 % 3],
        action_ref=_picked(["newsletter"]),
        decision_id=lambda row: f"d{row}" if row // 7 % 2 else None,
        event=_picked(EVENTS),
        at=_moment,
        is_machine=lambda row: row % 7 == 2 and row % 2 == 0,
        email=_email,
        phone=lambda row: f"+1202555{row:04}",
        account_id=lambda row: str(9_000_000_000_000 + row),
        url=_picked(["https://shop.example.com/?a=1&b=2"]),
        reason=_picked(['550 "no such user"']),
    )


def _consents(size: int) -> pl.DataFrame:
    return _frame(
        "consents",
        size,
        person=int,
        email=_email,
        phone=lambda row: f"+1202555{row:04}",
        channel=_picked(["email", "sms", "push"]),
        purpose=_picked(["marketing"]),
        status=_picked(["granted", "granted", "withdrawn"]),
        at=_moment,
        source=_picked(["checkout"]),
        jurisdiction=_picked(["US"]),
    )
