"""What a gate reports, and how a night's reports join the history of the warehouse.

Not here: how the results came about, and what a failure means for the night.
"""

from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

import duckdb

from regulars.data_quality.checks import Severity

_CREATE_RESULTS = """
create schema if not exists data_quality;
create table if not exists data_quality.results (
    as_of_date date, gate varchar, table_name varchar, check_name varchar, column_name varchar,
    severity varchar, success boolean, observed_value varchar, unexpected_count bigint,
    element_count bigint, meaning varchar, owner varchar
)
"""

# written anew and sorted, so that a repeated gate leaves the same bytes as the first
_REPLACE_RESULTS = """
create or replace table data_quality.results as
select * from (
    select * from previous.data_quality_results where as_of_date <> $as_of
    union all by name
    select * from data_quality.results where as_of_date = $as_of and gate <> $gate
    union all by name
    select * from tonights_results
)
order by as_of_date, gate, table_name, check_name, column_name
"""


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One row of `data_quality.results`: how one check went on one day."""

    as_of_date: date
    gate: str
    table_name: str
    check_name: str
    column_name: str | None
    severity: Severity
    success: bool
    observed_value: str | None
    unexpected_count: int | None
    element_count: int | None
    meaning: str
    owner: str


@dataclass(frozen=True, kw_only=True)
class GateReport:
    """The results of one gate in the order of its suite, at least one, and the page that shows them."""

    gate: str
    as_of_date: date
    results: tuple[CheckResult, ...]
    data_docs: Path


def record(connection: duckdb.DuckDBPyConnection, report: GateReport) -> None:
    """Write the report into `data_quality.results`, in place of an earlier report of this gate and day.

    Other days are those of `previous.data_quality_results`; the connection must be open for writing.
    """
    columns = [field.name for field in fields(CheckResult)]
    connection.execute("begin transaction")
    try:
        connection.execute(_CREATE_RESULTS)
        connection.execute(
            "create or replace temp table tonights_results as from data_quality.results limit 0"
        )
        places = ", ".join("?" * len(columns))
        connection.executemany(
            f"insert into tonights_results ({', '.join(columns)}) values ({places})",
            [astuple(result) for result in report.results],
        )
        connection.execute(_REPLACE_RESULTS, {"as_of": report.as_of_date, "gate": report.gate})
        connection.execute("drop table tonights_results")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
