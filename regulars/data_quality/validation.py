"""How Great Expectations runs a gate: each table of a suite becomes a suite of its own, run as SQL in DuckDB.

Only the worker process imports this module, because importing Great Expectations takes seconds.
Not here: what is checked (suites).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import great_expectations as gx
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.core.expectation_suite import ExpectationSuite
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource, TableAsset
from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
    ExpectColumnValuesToNotBeNull,
)
from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
    ExpectTableRowCountToBeBetween,
)
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from regulars.data_quality import data_docs
from regulars.data_quality.checks import (
    AnyRows,
    Between,
    Catalog,
    Check,
    Filled,
    Night,
    NoRows,
    OneOf,
    Rule,
    Unique,
)
from regulars.data_quality.suites import SUITES
from regulars.store.sql import quoted

_SEVERITIES = {"stop": FailureSeverity.CRITICAL, "warn": FailureSeverity.WARNING}
_ERROR_LENGTH = 300
_LONE_COLON = re.compile(r"(?<![:\w\\]):(?=\w)")


@dataclass(frozen=True)
class Outcome:
    """What a gate found, as rows that can travel as JSON, and how to write the pages that show it."""

    results: list[dict[str, Any]]
    data_docs: Path
    show: Callable[[], None]


class ExpectNoSuchRows(UnexpectedRowsExpectation):
    """Expects a query to find nothing; counts what it finds and never reads it.

    The class above runs the query twice, once to show the rows it finds; those are people.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(self, metrics: dict[str, Any], *_: object, **__: object) -> dict[str, Any]:
        found = int(metrics["unexpected_rows_query.row_count"])
        return {"success": found == 0, "result": {"observed_value": found}}


def run(gate: str, *, warehouse: Path, site: Path, as_of: date, context: Mapping[str, object]) -> Outcome:
    """Run a gate's suite; the warehouse is closed again when this returns."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        catalog = _catalog(connection)
        landed = _row_counts(connection, {table for table in catalog if table.startswith("landing.")})
        empty = frozenset(table for table, rows in landed.items() if not rows)
        night = Night(as_of=as_of, catalog=catalog, context=context, empty=empty)
        checks = SUITES[gate](night)
        row_counts = _row_counts(connection, {check.table for check in checks} & set(catalog))
    try:
        project = data_docs.open_project(site, gate, as_of)
        found = _run_checks(project, warehouse, gate=gate, night=night, checks=checks)
        rows = [_row(gate, check, outcome, row_counts.get(check.table)) for check, outcome in found]
        _tell(warehouse, checks, rows)
        return Outcome(rows, data_docs.front_page(site), partial(data_docs.build, project, site, gate, rows))
    except BaseException:
        # what is half written must not make the next attempt fail as well
        data_docs.discard(site)
        raise


def _catalog(connection: duckdb.DuckDBPyConnection) -> Catalog:
    """Every table and view with its columns and their types."""
    columns = connection.execute(
        """
        select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()
        where database_name = current_database() and not internal order by all
        """
    ).fetchall()
    catalog: dict[str, dict[str, str]] = {}
    for table, column, kind in columns:
        catalog.setdefault(table, {})[column] = kind
    return catalog


def _row_counts(connection: duckdb.DuckDBPyConnection, tables: set[str]) -> dict[str, int]:
    """Rows of each table; DuckDB answers from its metadata."""
    return {table: len(connection.table(table)) for table in tables}


def _source(project: EphemeralDataContext, warehouse: Path, tables: Mapping[str, str]) -> SQLDatasource:
    """The warehouse, read only, with the tables to validate by the name of their suite.

    They are declared at once, because Great Expectations writes its whole project anew for each one added.
    Without the driver's options it loses results before they are fetched.
    """
    assets = [
        TableAsset(
            name=name,
            schema_name=table.split(".")[0],
            table_name=table.split(".")[1],
            batch_definitions=[BatchDefinition(name=name)],
        )
        for name, table in tables.items()
    ]
    return project.data_sources.add_or_update_sql(  # type: ignore[call-arg]  # its stub forgets kwargs
        name="warehouse",
        connection_string=f"duckdb:///{warehouse}",
        assets=assets,
        kwargs={
            "isolation_level": "AUTOCOMMIT",
            "skip_autocommit_rollback": True,
            "connect_args": {"read_only": True},
        },
    )


def _disconnect(source: SQLDatasource) -> None:
    """Close every handle on the warehouse, so that the night can write again."""
    source.get_execution_engine().close()
    source.get_execution_engine().engine.dispose()
    source.get_engine().dispose()


def _run_checks(
    project: EphemeralDataContext, warehouse: Path, *, gate: str, night: Night, checks: tuple[Check, ...]
) -> list[tuple[Check, dict[str, Any]]]:
    """Each check with what Great Expectations says of it, table by table in the order of the suite."""
    run_id = RunIdentifier(
        run_name=night.as_of.isoformat(), run_time=datetime.combine(night.as_of, time(), UTC)
    )
    by_table: dict[str, list[Check]] = {}
    for check in checks:
        by_table.setdefault(check.table, []).append(check)
    names = {f"{gate}.{table}": table for table in by_table if table in night.catalog}
    found: list[tuple[Check, dict[str, Any]]] = []
    source = _source(project, warehouse, names)
    try:
        for table, of_table in by_table.items():
            if table not in night.catalog:
                found += [(check, _broken(f"table {table} does not exist")) for check in of_table]
                continue
            outcomes = _validate(project, source, name=f"{gate}.{table}", checks=of_table, run_id=run_id)
            found += [(check, outcomes[check.name]) for check in of_table]
    finally:
        _disconnect(source)
    return found


def _validate(
    project: EphemeralDataContext,
    source: SQLDatasource,
    *,
    name: str,
    checks: list[Check],
    run_id: RunIdentifier,
) -> dict[str, dict[str, Any]]:
    """Outcome of each check of one table, by the check's name."""
    suite = project.suites.add_or_update(
        ExpectationSuite(name=name, expectations=[_expectation(check) for check in checks])
    )
    definition = project.validation_definitions.add_or_update(
        gx.ValidationDefinition(
            name=name, data=source.get_asset(name).get_batch_definition(name), suite=suite
        )
    )
    outcome = definition.run(result_format="BASIC", run_id=run_id).to_json_dict()  # type: ignore[no-untyped-call]
    return {result["expectation_config"]["meta"]["check"]: result for result in outcome["results"]}


def _expectation(check: Check) -> Expectation:
    kind, settings = _kind_and_settings(check.rule, check.table)
    return kind(
        **settings,
        description=f"{check.meaning} [{check.name}, {check.severity}, {check.owner}]",
        severity=_SEVERITIES[check.severity],
        meta={"check": check.name, "owner": check.owner},
    )


def _kind_and_settings(rule: Rule, table: str) -> tuple[type[Expectation], dict[str, Any]]:
    match rule:
        case NoRows(query):
            return ExpectNoSuchRows, {"unexpected_rows_query": _escaped(query)}
        case Filled(column):
            return ExpectColumnValuesToNotBeNull, {"column": column}
        case Unique(columns):
            return ExpectNoSuchRows, {"unexpected_rows_query": _escaped(_repeated(table, columns))}
        case OneOf(column, values):
            return ExpectColumnValuesToBeInSet, {"column": column, "value_set": list(values)}
        case Between(column, low, high):
            return ExpectColumnValuesToBeBetween, {"column": column, "min_value": low, "max_value": high}
        case AnyRows():
            return ExpectTableRowCountToBeBetween, {"min_value": 1}


def _repeated(table: str, columns: tuple[str, ...]) -> str:
    """The rows of a table that share the values of these columns with another.

    Great Expectations would count within windows over the whole table, and look for values to show besides.
    Of all rows only the few whose hash is there twice are compared here.
    """
    names = ", ".join(map(quoted, columns))
    filled = " and ".join(f"{quoted(column)} is not null" for column in columns)
    return f"""
        select {names} from {table}
        where {filled} and hash({names}) in (
            select hash({names}) as hashed from {table} group by hashed having count(*) > 1
        )
        qualify count(*) over (partition by {names}) > 1
        """


def _escaped(query: str) -> str:
    """The query, safe from the two engines that read braces and colons as places for values."""
    return _LONE_COLON.sub(r"\:", query.strip().replace("{", "{{").replace("}", "}}"))


def _broken(why: str) -> dict[str, Any]:
    cause = {"raised_exception": True, "exception_message": why}
    return {"success": False, "result": {}, "exception_info": cause}


def _row(gate: str, check: Check, outcome: dict[str, Any], row_count: int | None) -> dict[str, Any]:
    """One row of `data_quality.results`; a check that could not run stops the night whatever its severity."""
    error = _error(outcome)
    result = outcome["result"]
    count = result.get("unexpected_count", result.get("observed_value"))
    if isinstance(check.rule, AnyRows):
        count = None
    return {
        "gate": gate,
        "table_name": check.table,
        "check_name": check.name,
        "column_name": _columns(check),
        "severity": "stop" if error else check.severity,
        "success": bool(outcome["success"]) and error is None,
        "observed_value": f"could not run: {error}" if error else _observed(check, count, row_count),
        "unexpected_count": None if count is None else int(count),
        "element_count": None if error else row_count,
        "meaning": check.meaning,
        "owner": check.owner,
    }


def _tell(warehouse: Path, checks: tuple[Check, ...], rows: list[dict[str, Any]]) -> None:
    """Add to the meaning of a failed check what its query says in words of what it found.

    Great Expectations counts and never reads what it finds, and shows the meaning to whoever looks.
    """
    failed = {(row["table_name"], row["check_name"]): row for row in rows if row["unexpected_count"]}
    for check in checks:
        row = failed.get((check.table, check.name))
        if row and isinstance(check.rule, NoRows) and check.rule.told:
            with duckdb.connect(str(warehouse), read_only=True) as connection:
                words = f"select {quoted(check.rule.told)} from ({check.rule.query}) order by 1"
                told = "; ".join(found for (found,) in connection.sql(words).fetchall())
            row["meaning"] += f" Here: {told}."


def _columns(check: Check) -> str | None:
    match check.rule:
        case NoRows(_, columns) | Unique(columns):
            return ", ".join(columns) or None
        case Filled(column) | OneOf(column) | Between(column):
            return column
        case AnyRows():
            return None


def _observed(check: Check, count: int | None, row_count: int | None) -> str:
    if isinstance(check.rule, AnyRows):
        return f"{row_count} rows"
    # of an empty table Great Expectations counts nothing
    return "no rows to check" if count is None else f"{count} unexpected"


def _error(outcome: dict[str, Any]) -> str | None:
    """Why the check could not run, in one line; Great Expectations tells it by metric when a query failed."""
    info = outcome.get("exception_info") or {}
    causes = [info] if "raised_exception" in info else list(info.values())
    messages = [str(cause.get("exception_message")) for cause in causes if cause.get("raised_exception")]
    return min(messages).strip().splitlines()[0][:_ERROR_LENGTH] if messages else None
