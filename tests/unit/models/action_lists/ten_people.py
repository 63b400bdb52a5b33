"""Ten people as unkind to files as people are, in a warehouse that destinations write from."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import duckdb

from regulars.store.channels import Channels
from regulars.store.destinations import Destination
from regulars.warehouse.carried import CARRIED

NIGHT = date(2017, 6, 30)
# customer_id, email, phone, first name, surname, country, postal code, what the letter says
PEOPLE = (
    ("c_01", "ann@b.de", "+15551234567", "Ann", "Lee, Jr.", "US", "12345", "Good to see you."),
    (
        "c_02",
        "Bob@b.de",
        "+447700900123",
        'Bob "the" Tall',
        "O'Neil",
        "GB",
        "SW1A 1AA",
        'He said "hi", twice.',
    ),
    ("c_03", "cy@b.de", "+33142685300", "Cyé 🙂", "Ünver", "fr", "75008", "Ünïcode 🙂, 5 - 3"),
    ("c_04", "dee@b.de", "+15550000004", "=1+1", "Dee", None, None, "5 dollars; off"),
    ("c_05", "eve@b.de", "+15550000005", "@sum(a1)", "-2", "US", None, "Well-known = good"),
    ("c_06", "fay@b.de", "+15550000006", "Fay\nFay", "Moe", "US", "1", "Hello there."),
    ("c_07", "gus@b.de", "+15550000007", "Gus", None, None, None, "=cmd|' /C calc'!A0"),
    ("c_08", "no address", "12", "Hal", "Hill", "US", "12345", "Hello Hal."),
    ("c_09", "home@b.de", "+15550000009", "Ida", "Home", "US", "12345", "Hello Ida."),
    ("c_10", "HOME@b.de", "+15550000009", "Jo", "Home", "US", "12345", "Hello Jo."),
)
REFUSED = {"customer_id": "c_11", "email": "kim@b.de", "phone": "+15550000011", "first_name": "Kim"}
TABLES = """
alter table marts.customers add column last_name varchar;
alter table marts.customers add column country varchar;
alter table marts.customers add column postal_code varchar;
alter table marts.customers add column first_order_date date;
alter table marts.customers add column is_gift_buyer boolean;
alter table marts.customers add column overdue_ratio double;
create or replace table marts.customer_segments (customer_id varchar, segment_id varchar);
create table marts.agent_cards (customer_id varchar, name varchar, order_count bigint);
create table predictions.popular_products as
select date '2017-06-30' as as_of_date, picks.*, 'much liked' as why
from (values (1, 'till', 'p-7', 0.5), (2, 'till', 'p-8', 0.25)) as picks (rank, source, product_ref, score);
create table predictions.recommendations as
select date '2017-06-30' as as_of_date, picks.*, 'sold before' as why
from (
    values
    ('c_01', 1, 'till', 'p-1', 1.0), ('c_01', 2, 'till', '0042', 0.25), ('c_01', 3, 'till', 'p 3', 0.125),
    ('c_03', 1, 'till', 'p-1', 0.5), ('c_08', 1, 'till', 'p-1', 0.5),
    ('c_09', 1, 'till', 'p-9', 0.5), ('c_10', 1, 'till', 'p-1', 0.5)
) as picks (customer_id, rank, source, product_ref, score);
"""


def channels(address: str) -> Channels:
    """One channel, `letter`, that finds people by that address, and one that nobody is written to by."""
    channel = {"role": "letters", "address": address, "cost_per_send": 0, "max_touchpoints": 1, "per_days": 7}
    return Channels.model_validate(
        {
            "across_channels": {"max_touchpoints": 2, "per_days": 1, "hours_between_channels": 24},
            "channels": [channel | {"id": "letter"}, channel | {"id": "other"}],
        }
    )


def ten_people(chosen: Callable[..., Any], *, night: date = NIGHT) -> duckdb.DuckDBPyConnection:
    """The warehouse of the ten, each with a decision for `letter`, and of Kim, who refused."""
    customers: list[Mapping[str, Any]] = [
        {"customer_id": customer, "email": email, "phone": phone, "first_name": first, "says": says}
        | {"customer_ref": f"k{customer[2:]}", "order_count": int(customer[2:]), "order_amount": "12.50"}
        | {"channel": "letter", "score": 1}
        for customer, email, phone, first, _, _, _, says in PEOPLE
    ]
    customers.append(REFUSED | {"customer_ref": "k11", "order_count": 1, "channel": None})
    permissions = [
        {"customer_id": customer["customer_id"], "channel": "letter", "purpose": "marketing"}
        | {"status": "denied" if customer["customer_id"] == "c_11" else "granted"}
        for customer in customers
    ]
    connection: duckdb.DuckDBPyConnection = chosen(customers, permissions=permissions, night=night)
    connection.execute(TABLES)
    for customer, _, _, _, last, country, postal_code, _ in PEOPLE:
        connection.execute(
            "update marts.customers set last_name = ?, country = ?, postal_code = ?,"
            " first_order_date = '2017-01-31', is_gift_buyer = order_count > 5, overdue_ratio = -0.5"
            " where customer_id = ?",
            [last, country, postal_code, customer],
        )
    connection.execute("insert into marts.customer_segments select customer_id, 'loyal' from marts.customers")
    connection.execute("insert into marts.agent_cards select customer_id, first_name, 1 from marts.customers")
    for table in CARRIED:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in table.columns.items())
        connection.execute(f'create table if not exists previous."{table.name}" ({columns})')
    connection.execute(
        "insert into previous.offer_ledger values ('d_old', 'c_01', 'survey', 'five off', 'amount', 5,"
        """ '["Tea", "Coffee"]', '2017-06-20', '2017-06-21', '2017-07-09')"""
    )
    return connection


def destination(tool: str, **more: object) -> Destination:
    """A destination `out` of that tool, with the list of `letter` unless it says otherwise."""
    declared = {"id": "out", "tool": tool, "channels": ["letter"], "permission": "letter"} | more
    return Destination.model_validate(declared)
