"""All that a published night says of why one customer gets what she gets, or nothing."""

from collections.abc import Iterator

import duckdb

from regulars.store.errors import UserError
from regulars.store.sql import literal
from regulars.warehouse.versions import Version
from regulars.warehouse.who import owner_of

Rows = tuple[str, list[str], list[tuple[object, ...]]]

WHO = """
select customers.customer_id from customers where customer_id = {customer}
union all
select aliases.customer_id from customer_aliases as aliases where alias_id = {customer}
"""
PARTS = {
    "who": """
        select
            customer_id, masked_email, masked_phone, lifecycle_stage, segments, first_seen_date,
            last_order_date, open_complaint_since_date
        from customers where customer_id = {customer}
        """,
    "tonight": """
        select columns(lambda name: name in (
            'as_of_date', 'action_id', 'channel', 'send_at', 'send_zone', 'reason', 'customer_reason',
            'decision_id', 'propensity', 'policy'
        ))
        from next_actions where customer_id = {customer}
        """,
    "group and experiments": """
        select program_group as member_of, since_date, until_date, unit_id, null as arm, null as status
        from program_groups where customer_id = {customer}
        union all by name
        select
            'experiment ' || experiment_id as member_of, assigned_date as since_date, unit_id, arm, status
        from experiment_assignments where customer_id = {customer}
        order by since_date, member_of
        """,
    "every candidate": """
        select action_id, channel, round(score, 4) as score, coalesce(stopped_by, 'chosen') as stage, reason
        from decision_trace where customer_id = {customer} order by score_rank
        """,
    "evidence": """
        select action_id, channel, evidence from decision_trace
        where customer_id = {customer} and (is_chosen or reason_code = 'outranked')
        order by score_rank limit 3
        """,
    "offers that she may use": """
        select offer, valid_from, valid_until, action_id, decision_id from active_offers
        where customer_id = {customer} order by valid_until, decision_id
        """,
    "products that suit her": """
        select rank, product_ref, score, why from recommendations
        where customer_id = {customer} order by rank
        """,
    "permissions": """
        select channel, purpose, status, decided_by from customer_permissions
        where customer_id = {customer} order by channel, purpose
        """,
    "handed over in the last 90 days": """
        select planned_date, action_id, channel, decision_id from planned_touchpoints
        where customer_id in (
            select {customer} union all select alias_id from customer_aliases where customer_id = {customer}
        ) and planned_date > date '{day}' - 90
        order by planned_date desc, decision_id
        """,
    "will she leave": """
        select basis, churn_probability, churn_percentile, raised_by, lowered_by, version
        from churn_scores where customer_id = {customer}
        """,
    "what will she spend": """
        select horizon_days, basis, expected_amount, low_amount, high_amount, raised_by, lowered_by, version
        from ltv_scores where customer_id = {customer} order by horizon_days
        """,
    "what the night may use": """
        select limit_kind, limit_id, allowed, used, shadow_price from allocation_limits
        where exists (
            select 1 from decision_trace where customer_id = {customer} and stopped_by = 'allocation'
        )
        order by limit_kind, limit_id
        """,
}


def explanation(version: Version, named: str) -> Iterator[Rows]:
    """Titles, columns and rows, in the order in which one asks; a part that has nothing to say is left out.

    `named` is a customer_id, an id that once was one, or an identifier such as email:ann@example.com.

    Raises:
        UserError: The night knows no such customer.
    """
    with duckdb.connect(version.database, read_only=True) as connection:
        customer = owner_of(version, named) if ":" in named else named
        found = connection.execute(WHO.format(customer=literal(customer))).fetchone()
        if not found:
            raise UserError(
                f"nobody of the night of {version.day} is {named}"
                + (f": {customer}" if customer != named else ""),
                remedy="name a customer_id, or an identifier such as email:ann@example.com",
            )
        for title, query in PARTS.items():
            try:
                result = connection.execute(query.format(customer=literal(found[0]), day=version.day))
            except duckdb.CatalogException:
                # a night of an earlier release has no such table
                continue
            columns = [column[0] for column in result.description or []]
            if rows := result.fetchall():
                yield title, columns, rows
