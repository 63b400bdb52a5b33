"""What the marts gate must warn of where exports disagree, and stop in its answers on readiness."""

from tests.unit.data_quality.broken.case import Broken

ORDER = {"has_header": "true", "line_count": "2", "line_amount": "10", "customer_id": "'c_1'"}


def orders_of_three_weeks(**today: str) -> str:
    """SQL for forty orders a day, of which today's differ; `i` is the number of the order within its day."""
    usual = {"day": "day", "amount": "10", "refunded_amount": "0"} | ORDER
    days = [("range(1, 21)", usual), ("range(1)", usual | today)]
    rows = " union all ".join(
        f"select i, {', '.join(f'{value} as {name}' for name, value in columns.items())}"
        f" from {days} as days(day), range(40) as numbers(i)"
        for days, columns in days
    )
    return f"""
    insert into marts.orders by name
        select
            * exclude (day, i), 't' || day || '-' || i as order_id, order_id as order_ref, 'till' as source,
            date '2024-05-10' - cast(day as integer) as order_date,
            order_date + interval 12 hour as ordered_at
        from ({rows})
    """


def warning(check: str, **today: str) -> Broken:
    # the features do not count these orders
    also = ("order_count_reconciles", "order_amount_reconciles")
    return Broken("marts", "marts.orders", check, orders_of_three_weeks(**today), "warn", also, alone=True)


CASES = [
    warning("orders_agree_with_lines", line_count="i % 2", line_amount="case i % 2 when 1 then 10 end"),
    warning("orders_agree_with_lines", has_header="i % 2 = 0"),
    warning("orders_agree_with_lines", amount="1000"),
    warning("orders_resolve_as_usual", customer_id="case i % 2 when 1 then 'c_1' end"),
    warning("refunds_within_orders", refunded_amount="case when i < 11 then 11 else 0 end"),
    Broken(
        "marts",
        "marts.data_readiness",
        "answered_once",
        "insert into marts.data_readiness from marts.data_readiness where question = 'history'",
    ),
    Broken(
        "marts",
        "marts.data_readiness",
        "level_is_known",
        "update marts.data_readiness set counted = 6 where question = 'maturity'",
    ),
    Broken(
        "marts",
        "marts.data_readiness",
        "shares_are_possible",
        "update marts.data_readiness set counted = 4 where question = 'unified_identifier'",
    ),
]
