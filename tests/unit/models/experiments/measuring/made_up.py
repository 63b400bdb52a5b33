"""A made-up warehouse as measuring reads it: people with orders, arms and groups, told in a few lines."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import duckdb

from regulars.store.experiments import Experiment
from regulars.warehouse.carried import CARRIED

Connection = duckdb.DuckDBPyConnection
START = date(2024, 3, 1)
DAY = timedelta(days=1)

TABLES = """
create schema settings; create schema previous; create schema staging; create schema intermediate;
create schema marts; create schema decisions;
create table settings.night (as_of_date date, previous_date date);
create table settings.segments (segment_id varchar, definition_hash varchar);
insert into settings.segments values ('loyal', 'h1'), ('big', 'h2');
create table marts.customer_aliases (alias_id varchar, customer_id varchar);
create table marts.customer_segment_history (
    customer_id varchar, segment_id varchar, entered_date date, exited_date date
);
create table marts.orders (order_date date);
create table intermediate.int_customer_handles (handle_id ubigint, customer_id varchar);
create table intermediate.customer_days (
    handle_id ubigint, active_date date, fact_kind varchar, order_count bigint default 0,
    order_amount decimal(18, 4) default 0, refunded_amount decimal(18, 4) default 0,
    messages_refused bigint default 0, complaint_count bigint default 0
);
create table staging.stg_survey_responses (handle_id ubigint, answered_date date, kind varchar, score double);
create table staging.stg_messages (
    handle_id ubigint, message_date date, channel varchar, event varchar, cost_amount decimal(18, 4)
);
create table decisions.experiment_assignments (
    experiment_id varchar, customer_id varchar, unit_id varchar, arm varchar, assigned_date date,
    first_exposed_date date, segment_hash varchar, status varchar
);
create table decisions.program_groups (
    customer_id varchar, unit_id varchar, program_group varchar, since_date date, until_date date
);
"""


def make_warehouse(connection: Connection) -> None:
    """Every table that measuring reads, empty, but for two segments."""
    connection.execute(TABLES)
    for table in CARRIED:
        columns = ", ".join(f"{name} {data_type}" for name, data_type in table.columns.items())
        connection.execute(f"create table previous.{table.name} ({columns})")


def is_night(connection: Connection, night: date, *, last_order: date | None = None) -> None:
    """Tonight is `night`, and the newest order of anybody of the same day, unless said otherwise."""
    ((before,),) = connection.execute("select max(as_of_date) from settings.night").fetchall()
    connection.execute("delete from settings.night; delete from marts.orders")
    connection.execute("insert into settings.night values (?, ?)", [night, before])
    connection.execute(f"insert into marts.orders values (date '{last_order or night}')")


def add(connection: Connection, table: str, *rows: dict[str, Any]) -> None:
    """Add rows, each naming the columns that matter."""
    for row in rows:
        values = ", ".join("null" if value is None else f"'{value}'" for value in row.values())
        connection.execute(f"insert into {table} ({', '.join(row)}) values ({values})")


def add_people(connection: Connection, count: int) -> None:
    """People c_0, c_1 and so on, each with one handle of the same number."""
    connection.execute(
        f"insert into intermediate.int_customer_handles select i, 'c_' || i from range({count}) as people(i)"
    )


def assign(connection: Connection, count: int, *, arms: Iterable[str] = ("plain", "warm")) -> None:
    """Put people in the arms of `offer_test` by turns, and expose them on the first day."""
    names = list(arms)
    connection.execute(
        f"""
        insert into decisions.experiment_assignments
        select
            'offer_test', 'c_' || i, 'c_' || i, {names}[i % {len(names)} + 1], date '{START}',
            date '{START}', 'h1', 'counted'
        from range({count}) as people(i)
        """
    )


def order_daily(connection: Connection, *, first: date, days: int, lift: float = 1.0) -> None:
    """Orders of people who look as if drawn; those of odd numbers spend `lift` times as much."""
    connection.execute(
        f"""
        insert into intermediate.customer_days (handle_id, active_date, fact_kind, order_count, order_amount)
        select
            handle_id, date '{first}' + day::integer, 'order', 1,
            (10 + hash(handle_id, day) % 4000 / 100) * if(handle_id % 2 = 1, {lift}, 1)
        from intermediate.int_customer_handles, range({days}) as days(day)
        where hash(handle_id, day, 'orders') % 100 < 4
        """
    )


def experiment(**changes: object) -> Experiment:
    """offer_test: a warm wording against a plain one, on revenue of 30 days, 100 units each."""
    declared: dict[str, Any] = {
        "id": "offer_test",
        "hypothesis": "Warm words bring more money than plain ones.",
        "owner": "team:crm",
        "segment": "loyal",
        "start_date": START,
        "weeks": 4,
        "layer": "loyal",
        "factor": "wording",
        "arms": [
            {"id": "plain", "share": "0.5", "action": "plain_words"},
            {"id": "warm", "share": "0.5", "action": "warm_words"},
        ],
        "control": {"arm": "plain", "kind": "previous"},
        "metric": {"name": "revenue", "horizon_days": 30},
        "guardrails": ["complaints"],
        "minimum_effect": 0.05,
        "sample_size": 100,
    }
    return Experiment.model_validate(declared | changes)


DECISION = {
    "arm": "warm",
    "by": "ann",
    "date": START + 70 * DAY,
    "because": "warm brought more and nobody minded",
    "learned": "warm words work for loyal people",
}
