"""What a gate reports, and how a night's reports join the history of the warehouse.

Not here: how the results came about, and what a failure means for the night.
"""

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from regulars.data_quality.checks import Severity
from regulars.store.sql import date_literal, literal
from regulars.warehouse.session import lent, transaction

_CREATE_RESULTS = """
create schema if not exists data_quality;
create table if not exists data_quality.results (
    as_of_date date, gate varchar, table_name varchar, check_name varchar, column_name varchar,
    severity varchar, success boolean, observed_value varchar, unexpected_count bigint,
    element_count bigint, meaning varchar, owner varchar
)
"""

# stated, lest a night without a number in a column make it another type
_TYPES = {
    "as_of_date": pl.Date,
    "gate": pl.String,
    "table_name": pl.String,
    "check_name": pl.String,
    "column_name": pl.String,
    "severity": pl.String,
    "success": pl.Boolean,
    "observed_value": pl.String,
    "unexpected_count": pl.Int64,
    "element_count": pl.Int64,
    "meaning": pl.String,
    "owner": pl.String,
}

# written anew and sorted, so that a repeated gate leaves the same bytes as the first
_REPLACE_RESULTS = """
create or replace table data_quality.results as
select * from (
    select * from previous.data_quality_results where as_of_date <> {as_of}
    union all by name
    select * from data_quality.results where as_of_date = {as_of} and gate <> {gate}
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
    tonights = pl.DataFrame([asdict(result) for result in report.results], schema=_TYPES)
    replace = _REPLACE_RESULTS.format(as_of=date_literal(report.as_of_date), gate=literal(report.gate))
    with lent(connection, tonights_results=tonights), transaction(connection):
        connection.execute(_CREATE_RESULTS)
        connection.execute(replace)
