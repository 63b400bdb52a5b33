"""What must be true of orders, those of nobody included.

Not here: the rows they come from (landing).
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows
from regulars.data_quality.suites.marts.any_table import ANALYTICS, customer_exists, filled


def checks(night: Night) -> Iterator[Check]:
    """The checks of the table."""
    table = "marts.orders"
    yield Check(
        table=table,
        name="order_listed_once",
        rule=NoRows(f"select order_id from {table} group by order_id having count(*) > 1", ("order_id",)),
        meaning="An order is there once.",
        owner=ANALYTICS,
    )
    yield filled(table, ("order_id", "source", "ordered_at", "order_date", "amount"), "order_id")
    yield customer_exists(table, rows="facts.customer_id is not null")
    yield from _orders_of_nobody_checks(table)
    yield Check(
        table=table,
        name="nothing_after_the_night",
        rule=NoRows(
            f"""
            select order_id from {table}
            where (ordered_at < (select max(as_of_end_at) from settings.night)) is not true
                or (order_date <= {night.date_sql}) is not true
            """,
            ("ordered_at", "order_date"),
        ),
        meaning="No order lies after the night, so nothing can be known that was not known then.",
        owner=ANALYTICS,
    )


def _can_be_used(name: str) -> str:
    """Whether a column names somebody: it is not empty, and was not set aside as no identifier at all."""
    return f"""
        (
            trim({name}) <> ''
            and left(lower(trim({name})), 320) not in (
                select lower(identifier) from marts.identity_review
                where set_aside_because in ('placeholder', 'malformed', 'too_long')
            )
        )
    """


def _orders_of_nobody_checks(table: str) -> Iterator[Check]:
    facts = " union all ".join(
        f"""
        select source, order_ref from landing.{entity}
        where {time} < (select max(as_of_end_at) from settings.night)
            and ({" or ".join(map(_can_be_used, identifiers))})
        """
        for entity, time, identifiers in (
            ("orders", "ordered_at", ("customer_ref", "email", "phone", "anonymous_ref")),
            ("order_lines", "occurred_at", ("customer_ref", "email")),
        )
    )
    yield Check(
        table=table,
        name="identified_orders_have_customer",
        rule=NoRows(
            f"""
            select distinct nobodys.order_id
            from (select order_id, source, order_ref from {table} where customer_id is null) as nobodys
            inner join ({facts}) as facts using (source, order_ref)
            """,
            ("customer_id",),
        ),
        meaning="An order belongs to nobody only if neither it nor its lines carry an identifier that "
        "can be one.",
        owner=ANALYTICS,
    )
    yield Check(
        table=table,
        name="most_orders_have_customer",
        rule=NoRows(
            f"""
            select order_id from {table}
            where customer_id is null
                and (select count(*) > 2 * count(customer_id) from {table})
            """,
            ("customer_id",),
        ),
        severity="warn",
        meaning="At most half of the orders belong to nobody; else map customer_ref, email or phone.",
        owner=ANALYTICS,
    )
