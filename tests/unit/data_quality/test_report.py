"""The history of results: other days come from the previous version, tonight from the gates."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from regulars.data_quality.report import CheckResult, GateReport, record

NIGHT = date(2024, 5, 10)
RESULT = CheckResult(
    as_of_date=NIGHT,
    gate="marts",
    table_name="marts.orders",
    check_name="order_listed_once",
    column_name=None,
    severity="stop",
    success=True,
    observed_value="0 unexpected",
    unexpected_count=0,
    element_count=3,
    meaning="An order is there once.",
    owner="analytics",
)


def report(*results: CheckResult) -> GateReport:
    return GateReport(gate=results[0].gate, as_of_date=NIGHT, results=results, data_docs=Path())


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as memory:
        memory.execute(
            "create schema previous; create table previous.data_quality_results (as_of_date date,"
            " gate varchar,"
            " table_name varchar, check_name varchar, column_name varchar, severity varchar, success boolean,"
            " observed_value varchar, unexpected_count bigint, element_count bigint, meaning varchar,"
            " owner varchar);"
            "insert into previous.data_quality_results by name select date '2024-05-09' as as_of_date,"
            " 'marts' as gate"
        )
        yield memory


def rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute(
        "select as_of_date, gate, check_name, success from data_quality.results"
    ).fetchall()


def test_history_is_other_days_and_tonight(connection: duckdb.DuckDBPyConnection) -> None:
    record(connection, report(RESULT))
    assert rows(connection) == [
        (date(2024, 5, 9), "marts", None, None),
        (NIGHT, "marts", "order_listed_once", True),
    ]


def test_repeated_gate_replaces_its_rows_and_no_others(connection: duckdb.DuckDBPyConnection) -> None:
    record(connection, report(replace(RESULT, success=False), replace(RESULT, check_name="gone_since")))
    record(connection, report(replace(RESULT, gate="landing")))
    record(connection, report(RESULT))
    assert rows(connection)[1:] == [
        (NIGHT, "landing", "order_listed_once", True),
        (NIGHT, "marts", "order_listed_once", True),
    ]


def test_columns_are_those_of_the_previous_version(connection: duckdb.DuckDBPyConnection) -> None:
    record(connection, report(RESULT))
    kinds = "select column_name, data_type from duckdb_columns() where table_name = ? order by column_index"
    shapes = [connection.execute(kinds, [table]).fetchall() for table in ("results", "data_quality_results")]
    assert shapes[0] == shapes[1]


def test_order_of_gates_and_repeats_does_not_matter(connection: duckdb.DuckDBPyConnection) -> None:
    landing, marts = (
        report(replace(RESULT, gate="landing")),
        report(RESULT, replace(RESULT, check_name="another")),
    )
    for one in (landing, marts):
        record(connection, one)
    straight = rows(connection)
    for one in (marts, landing, marts):
        record(connection, one)
    assert rows(connection) == straight
