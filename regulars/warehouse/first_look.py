"""A first look at a published version: who the customers are, what they get tonight, and why."""

from typing import NamedTuple

import duckdb

from regulars.store.sql import literal
from regulars.warehouse.versions import Version

SEGMENTS = """
select segment_id, kind, count(*) as customers
from customer_segments
group by all
order by kind desc, customers desc, segment_id
"""
ACTIONS = """
select action_id, coalesce(channel, '') as channel, reason_code, count(*) as customers
from next_actions
group by all
order by customers desc, action_id, reason_code
limit 12
"""
SOMEBODY = """
select customer_id
from next_actions
where action_id <> 'none'
order by score desc, customer_id
limit 1
"""
TRACE = """
select action_id, channel, score, case when is_chosen then 'chosen' else stopped_by end as outcome, reason
from decision_trace
where customer_id = {customer_id}
order by is_chosen desc, score_rank nulls last, action_id, channel
"""


class Look(NamedTuple):
    """One table of the first look."""

    title: str
    columns: list[str]
    rows: list[tuple[object, ...]]


def first_look(version: Version) -> list[Look]:
    """Customers per segment, tonight's actions, and one customer's trace."""
    with duckdb.connect(version.database, read_only=True) as connection:
        looks = [
            _look(connection, f"Customers per segment on {version.day}", SEGMENTS),
            _look(connection, "Tonight's actions", ACTIONS),
        ]
        somebody = connection.execute(SOMEBODY).fetchone()
        if somebody:
            trace = TRACE.format(customer_id=literal(somebody[0]))
            looks.append(_look(connection, f"Why {somebody[0]} gets it", trace))
    return looks


def _look(connection: duckdb.DuckDBPyConnection, title: str, query: str) -> Look:
    result = connection.execute(query)
    return Look(title, [column[0] for column in result.description or []], result.fetchall())
