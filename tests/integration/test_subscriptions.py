"""When a subscription runs, on any as-of day, and what of it the models are told."""

from datetime import date, datetime, timedelta

from tests.integration.dbt_warehouse import Row, Warehouse, event, line, march

WANTED = ("+customer_features", "+past_customer_features", "+data_readiness")
RUNNING = """
    select customer_ref, as_of_date, days_since_subscription_start
    from (
        from intermediate.past_customer_features select as_of_date, customer_id, days_since_subscription_start
        union all
        from marts.customer_features select as_of_date, customer_id, days_since_subscription_start
    ) as features
    inner join (
        select customer_id, min(identifier) as customer_ref
        from marts.customer_identifiers where identifier_kind = 'account' group by customer_id
    ) as accounts using (customer_id)
    order by all
"""


def told(who: str, when: datetime, *, starts: bool, **more: object) -> Row:
    """What a billing system says of an account."""
    kind = "subscription_started" if starts else "subscription_ended"
    given = {"customer_ref": who, "anonymous_ref": None, "session_ref": None, "occurred_at": when}
    return event(f"{who} {when} {kind}", 1, kind, **given | more)


def build(warehouse: Warehouse, day: int) -> None:
    """A night with the last month's end."""
    warehouse.set_day(day)
    warehouse.execute("update settings.night set past_month_ends = 1")
    assert warehouse.dbt("run", "--select", *WANTED)


def test_it_runs_from_its_first_start_after_the_last_end(warehouse: Warehouse) -> None:
    february, evening = march(1) - timedelta(days=20), march(9, 20)
    warehouse.load(
        "events",
        told("ann", february, starts=True),
        # another plan from the same hour on is no end, and a renewal no start
        told("ann", march(3), starts=False),
        told("ann", march(3), starts=True),
        told("ann", march(6), starts=True),
        told("bob", february, starts=True),
        told("bob", march(4), starts=False),
        told("cid", february, starts=True),
        told("cid", march(2), starts=False),
        told("cid", march(8), starts=True),
        # over on the day on which it began; one that ends tomorrow; an end whose start nobody knows
        told("dan", march(9), starts=True),
        told("dan", evening, starts=False),
        told("eve", march(5), starts=True),
        told("eve", march(11), starts=False),
        told("fay", march(5), starts=False),
        # of whom an event of no account is, nobody can say
        told("gus", march(5), starts=True, customer_ref=None, anonymous_ref="cookie"),
    )
    # one person by her address, of whose second account nothing was known at the month's end
    warehouse.load("order_lines", line("o1", 7, customer_ref="zoe 1", email="zoe@example.com"))
    warehouse.load("order_lines", line("o2", 7, customer_ref="zoe 2", email="zoe@example.com"))
    warehouse.load("events", told("zoe 1", march(1), starts=True), told("zoe 2", february, starts=True))
    build(warehouse, 10)
    end, tonight = date(2024, 2, 29), date(2024, 3, 10)
    assert warehouse.execute(RUNNING) == [
        ("ann", end, 19),
        ("ann", tonight, 29),
        ("bob", end, 19),
        ("bob", tonight, None),
        ("cid", end, 19),
        ("cid", tonight, 2),
        ("dan", tonight, None),
        ("eve", tonight, 5),
        ("fay", tonight, None),
        ("zoe 1", end, 19),
        ("zoe 1", tonight, 29),
    ]
    assert warehouse.execute("select count(*) from intermediate.int_customer_subscriptions") == [(6,)]


def test_readiness_counts_who_stayed_and_left_and_asks_for_no_orders(warehouse: Warehouse) -> None:
    warehouse.execute("update settings.training set churn_of = 'subscriptions', least_days = 100")
    warehouse.execute("update settings.training set least_active_customers = 2, least_outcomes = 0")
    horizon_ago = march(10) - timedelta(days=90)
    warehouse.load(
        "events",
        told("stayed", horizon_ago - timedelta(days=100), starts=True),
        told("left", horizon_ago, starts=True),
        told("left", horizon_ago + timedelta(days=1), starts=False),
        # left and came back
        told("back", horizon_ago - timedelta(days=9), starts=True),
        told("back", march(8), starts=False),
        told("back", march(9), starts=True),
        # had left before, and began since
        told("gone", horizon_ago - timedelta(days=9), starts=True),
        told("gone", horizon_ago, starts=False),
        told("new", horizon_ago + timedelta(days=1), starts=True),
    )
    warehouse.load("order_lines", line("o1", 7))
    build(warehouse, 10)
    answers = warehouse.execute("select question, subject, counted, is_ready from marts.data_readiness")
    assert {subject: told for question, subject, *told in answers if question == "history"} == {
        "days of subscriptions": [191, True],
        "active subscribers": [3, True],
        "subscribers who stayed": [1, True],
        "subscribers who left": [2, True],
        "days of orders": [4, False],
        "active customers": [1, False],
        "customers who stayed": [0, True],
        "customers who left": [0, True],
        "messages answered": [0, True],
    }
    # what is missing is no history
    assert ("maturity", "level", 4, False) in answers
