"""What the data is ready for, in numbers measured on a handful of facts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.integration.dbt_warehouse import Row, Warehouse, line, march, message, order

ANSWERS = (
    "select question || ': ' || subject, counted, total, is_ready from marts.data_readiness order by all"
)


def event(key: str, day: int, **more: object) -> Row:
    return {
        "record_key": key,
        "event_ref": key,
        "event_type": "page_viewed",
        "occurred_at": march(day),
    } | more


def build(warehouse: Warehouse, day: int) -> dict[str, tuple[object, ...]]:
    """The answers of a night."""
    warehouse.set_day(day)
    assert warehouse.dbt("run", "--select", "+data_readiness")
    return {name: tuple(answer) for name, *answer in warehouse.execute(ANSWERS)}


def test_shares_and_what_models_need_are_counted(warehouse: Warehouse) -> None:
    warehouse.load(
        "orders",
        order("o1", 1, customer_ref="ann"),
        order("o2", 3, customer_ref="bob"),
        order("cash", 4),
        order("tomorrow", 6, customer_ref="ann"),
        # of the three who ordered in the ninety days before the last ninety, one did again
        *(
            order(f"{who} before", 1, customer_ref=who, ordered_at=march(1) - timedelta(days=days))
            for who, days in (("ann", 90), ("cid", 120), ("dora", 175), ("long ago", 176))
        ),
    )
    warehouse.load("order_lines", line("cash", 4, customer_ref=None))
    warehouse.load(
        "events",
        event("e1", 1, anonymous_ref="cookie 1"),
        event("e2", 2, anonymous_ref="cookie 1", customer_ref="ann", source="web"),
        event("e3", 2, anonymous_ref="cookie 1", source="web"),
        event("e4", 3, anonymous_ref="cookie 2", source="web"),
        event("e5", 3, source="web"),
    )
    warehouse.load("messages", message("m1", 2), message("m1", 3, "opened"))
    warehouse.load("messages", message("m2", 3, "opened", is_machine=True))
    assert build(warehouse, 5) == {
        # cash and the first visit are nobody's, and a visit after a login is hers; an order is told once,
        # whoever has its lines
        "unified_identifier: shop": (9, 11, True),
        "unified_identifier: web": (2, 4, True),
        "unified_identifier: all sources": (11, 15, True),
        # a cookie of one system says nothing of that of another
        "anonymous_linked: shop": (0, 1, False),
        "anonymous_linked: web": (1, 2, True),
        "anonymous_linked: all sources": (1, 3, True),
        "permission: marketing by mail": (8, 8, True),
        "history: days of orders": (181, None, False),
        "history: active customers": (2, None, False),
        "history: customers who stayed": (1, None, False),
        "history: customers who left": (2, None, False),
        "history: messages answered": (1, None, False),
        "maturity: level": (3, None, False),
    }
    steps = warehouse.execute("select is_ready, next_step is null from marts.data_readiness")
    assert {is_ready == is_done for is_ready, is_done in steps} == {True}


NOBODY = order("cash", 1)
SOMEBODY = order("anns", 1, customer_ref="ann")


@pytest.mark.parametrize(
    ("orders", "permission", "level", "step"),
    [
        ([], "granted", 0, "deliver orders"),
        ([NOBODY, order("more cash", 1), SOMEBODY], "granted", 1, "map customer_ref"),
        ([SOMEBODY], "denied", 2, "land consents"),
    ],
)
def test_the_level_is_the_first_that_is_not_reached_and_says_what_comes_next(
    warehouse: Warehouse, orders: list[Row], permission: str, level: int, step: str
) -> None:
    warehouse.execute(f"update settings.permissions set status = '{permission}'")
    warehouse.load("orders", *orders)
    assert build(warehouse, 5)["maturity: level"] == (level, None, False)
    ((said,),) = warehouse.execute("select next_step from marts.data_readiness where question = 'maturity'")
    assert said.startswith(step)


def enough() -> Iterator[Row]:
    """The orders of five thousand who are active, a hundred who stayed and a hundred who left."""
    for number in range(5000):
        yield order(f"new {number}", 1, customer_ref=f"c{number}")
    for number in range(4900, 5100):
        before = march(1) - timedelta(days=120)
        yield order(f"old {number}", 1, customer_ref=f"c{number}", ordered_at=before)
    yield order("first", 1, customer_ref="c1", ordered_at=march(1) - timedelta(days=265))


@pytest.mark.parametrize(("is_linked", "level"), [(False, 4), (True, 5)])
def test_the_last_levels_take_history_and_visits_that_are_linked(
    warehouse: Warehouse, *, is_linked: bool, level: int
) -> None:
    warehouse.load("orders", *enough())
    warehouse.load("messages", *(message(f"m{number}", 2, "clicked") for number in range(100)))
    warehouse.load("events", event("e", 2, anonymous_ref="cookie", customer_ref="c1" if is_linked else None))
    answers = build(warehouse, 5)
    assert {name: answer for name, answer in answers.items() if "history" in name} == {
        "history: days of orders": (270, None, True),
        "history: active customers": (5000, None, True),
        "history: customers who stayed": (100, None, True),
        "history: customers who left": (100, None, True),
        "history: messages answered": (100, None, True),
    }
    assert answers["maturity: level"][0] == level
