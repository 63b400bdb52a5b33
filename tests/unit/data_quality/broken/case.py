"""A warehouse in which one thing is wrong, and the statements with which several gates' cases make it so."""

from collections.abc import Mapping
from typing import NamedTuple

from regulars.data_quality.checks import Severity
from regulars.data_quality.door import Gate


class Broken(NamedTuple):
    gate: Gate
    table: str
    check: str
    sql: str
    severity: Severity = "stop"
    also: tuple[str, ...] = ()
    alone: bool = False


EMPTY_STORE = """
delete from landing.orders; update landing.files set rows_loaded = 0, rows_duplicate = 200 where file_id = 1
"""

ORDERS_OF_NOBODY = """
insert into marts.orders by name select
    'n' || i as order_id, null as customer_id, 'shop' as source, 'cash ' || i as order_ref,
    timestamp '2024-05-01' as ordered_at, date '2024-05-01' as order_date, 7 as amount
    from range({orders}) as numbers(i)
"""


def says_no(**more: object) -> str:
    """SQL that lands a refusal in another system, of everything that concerns the letters of d1."""
    row = {"channel": "post", "purpose": "marketing", "status": "withdrawn", "stated_at": "2024-02-01"} | more
    return f"insert into landing.consents by name select 'mailer' as source, {_columns(row)}"


def answers(event: str, **more: object) -> str:
    """SQL that lands what became of a message in another system."""
    row = {"channel": "post", "event": event, "occurred_at": "2024-02-01"} | more
    return f"insert into landing.messages by name select 'mailer' as source, {_columns(row)}"


def _columns(row: Mapping[str, object]) -> str:
    return ", ".join(f"'{value}' as {name}" for name, value in row.items())


def was_sent(*, date_sent: str, channel: str) -> str:
    """SQL that lets somebody else write to the customer of d1."""
    row = {"customer_id": "c_2", "channel": channel, "sent_date": date_sent}
    return f"insert into marts.customer_touchpoints by name select {_columns(row)}"


def was_planned(night: str, channel: str = "post") -> str:
    """SQL that hands something else over to the customer of d1, on an earlier night or by an earlier run."""
    return (
        "insert into previous.planned_touchpoints "
        f"values ('e' || uuid(), 'c_2', 'another', '{channel}', '{night}')"
    )


def were_handed_over(people: int, action: str, channel: str) -> str:
    """SQL for what an earlier run of the night handed over to so many others."""
    return (
        "insert into previous.planned_touchpoints "
        f"select 'f' || i, 'other ' || i, '{action}', '{channel}', '2024-05-10' from range({people}) as r(i)"
    )


EMAIL, PHONE = " K2@Shop.example", "001-555 0102"
GRANTED_LATER = """
insert into landing.consents by name select * replace (timestamp '2024-03-01' as stated_at)
from landing.consents where customer_ref = 'k2'
"""

PLANNED_FOR_D1 = (
    "insert into previous.planned_touchpoints values ('e1', 'c_2', 'another', 'post', '2024-01-31')"
)

FORGET_D1 = "delete from decisions.planned_touchpoints where decision_id = 'd1'"
SENT_ANOTHER = """
insert into previous.planned_touchpoints values ('e1', 'c_2', 'another', 'post', '2024-05-05');
insert into marts.customer_touchpoints by name
select 'c_2' as customer_id, 'post' as channel, 'e1' as decision_id, date '2024-05-03' as sent_date
"""


def orders_of_days(*, today: str, usually: str, rows: int = 40) -> str:
    """SQL that lands the orders of a till of three weeks: their columns today, and on the days before."""
    return f"""
    insert into landing.orders by name
        select * exclude (day, i) from (
            select {today}, 0 as day, i from range({rows}) as numbers(i)
            union all by name
            select {usually}, day, i from range(1, 21) as days(day), range({rows}) as numbers(i)
        ) cross join lateral (
            select
                'till' as source, 9 as file_id, {rows} * day + i as row_number,
                date '2024-05-10' as loaded_date,
                't' || ({rows} * day + i) as record_key, 't' || ({rows} * day + i) as order_ref,
                timestamp '2024-05-10 12:00:00' - to_days(cast(day as integer)) as ordered_at
        );
    insert into landing.files by name
        select * replace (
            9 as file_id, 'till' as source, 'till.csv' as path, 'sha9' as sha256,
            21 * {rows} as rows_read, 21 * {rows} as rows_loaded,
            0 as rows_duplicate, 0 as rows_dead, 0 as rows_unreadable, 0 as rows_skipped
        ) from landing.files where file_id = 1
    """


def orders_of_weeks(today: int, *, usually: int = 40, days_ago: int = 0, another_day: int = 0) -> str:
    """SQL that lands the orders of a till: so many on a day, and on that weekday of eight weeks before."""
    rows = today + 8 * usually + another_day
    return f"""
    insert into landing.orders by name
        select
            'till' as source, 9 as file_id, row_number() over () as row_number,
            date '2024-05-10' as loaded_date, 't' || row_number as record_key, record_key as order_ref,
            timestamp '2024-05-10 12:00:00' - to_days(cast({days_ago} + floor(7 * week) as integer))
                as ordered_at
        from
            (values (0), (1), (2), (2.5), (3), (4), (5), (6), (7), (8)) as weeks(week),
            range(1000) as numbers(i)
        where i < case week when 0 then {today} when 2.5 then {another_day} else {usually} end;
    insert into landing.files by name
        select * replace (
            9 as file_id, 'till' as source, 'till.csv' as path, 'sha9' as sha256,
            {rows} as rows_read, {rows} as rows_loaded,
            0 as rows_duplicate, 0 as rows_dead, 0 as rows_unreadable, 0 as rows_skipped
        ) from landing.files where file_id = 1
    """
