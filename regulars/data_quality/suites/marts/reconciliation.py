"""What must be true of orders beside their lines, refunds and customers, judged by a source's days.

Not here: how much is delivered of each (the landing gate's volume).
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows
from regulars.data_quality.suites.control_limits import DEVIATIONS, WEEKS, Figure, out_of_control
from regulars.data_quality.suites.marts.any_table import ANALYTICS

_TABLE = "marts.orders"
_BOTH = "has_header and line_count > 0"
# a tenth of the orders, or of the money, may be otherwise before anybody is told
_TENTH = 0.1
_USUAL = f"as in {WEEKS} weeks, within {DEVIATIONS} standard deviations and a tenth"
# a refund may be booked with a fee; many that exceed their orders are mapped wrongly
_REFUNDS = 10


def checks(night: Night) -> Iterator[Check]:
    """The checks of orders that more than one export tells of."""
    figures = {
        "orders with lines": Figure(
            f"count(*) filter ({_BOTH}) / nullif(count(*) filter (has_header), 0)", _TENTH
        ),
        "lines with an order": Figure(
            f"count(*) filter ({_BOTH}) / nullif(count(*) filter (line_count > 0), 0)", _TENTH
        ),
        "amount by amount of lines": Figure(
            f"sum(amount) filter ({_BOTH}) / nullif(sum(line_amount) filter ({_BOTH}), 0)", _TENTH
        ),
    }
    yield Check(
        table=_TABLE,
        name="orders_agree_with_lines",
        rule=NoRows(out_of_control(_TABLE, "order_date", figures, night), ("line_amount",)),
        severity="warn",
        meaning=f"On its newest day as many orders of a source have lines, as many lines an order, and both "
        f"come to the same money, {_USUAL}; else an export is incomplete or its columns moved.",
        owner=ANALYTICS,
    )
    yield Check(
        table=_TABLE,
        name="orders_resolve_as_usual",
        rule=NoRows(
            out_of_control(
                _TABLE,
                "order_date",
                {"orders of customers": Figure("count(customer_id) / count(*)", _TENTH)},
                night,
            ),
            ("customer_id",),
        ),
        severity="warn",
        meaning=f"On its newest day as many orders of a source belong to a customer {_USUAL}.",
        owner=ANALYTICS,
    )
    yield Check(
        table=_TABLE,
        name="refunds_within_orders",
        rule=NoRows(
            f"""
            select source from {_TABLE}
            where order_date > {night.date_sql} - interval {7 * WEEKS} day
            group by source
            having count(*) filter (refunded_amount > amount) > greatest({_REFUNDS}, count(*) / 100)
            """,
            ("refunded_amount",),
        ),
        severity="warn",
        meaning=f"Of the orders of {WEEKS} weeks at most one in a hundred, or {_REFUNDS}, was refunded with "
        "more than its amount; else refunds or amounts are mapped wrongly.",
        owner=ANALYTICS,
    )
