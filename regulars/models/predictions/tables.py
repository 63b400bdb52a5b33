"""The tables of schema `predictions`: their columns, and the rows of last night that they go on from."""

from typing import TYPE_CHECKING

import polars as pl

from regulars.store.sql import quoted
from regulars.warehouse.carried import CARRIED
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    import duckdb

_CARRIED = {table.name: table.columns for table in CARRIED}
MODEL_VERSIONS, MODEL_METRICS = _CARRIED["model_versions"], _CARRIED["model_metrics"]
DRIFT = _CARRIED["drift"]
CHURN_SCORES = {
    "as_of_date": "date",
    "customer_id": "varchar",
    "version": "varchar",
    "basis": "varchar",
    "churn_probability": "double",
    "churn_percentile": "double",
    "raised_by": "varchar",
    "lowered_by": "varchar",
}
LTV_SCORES = {
    "as_of_date": "date",
    "customer_id": "varchar",
    "horizon_days": "bigint",
    "version": "varchar",
    "basis": "varchar",
    "expected_amount": "double",
    "low_amount": "double",
    "high_amount": "double",
    "amount_percentile": "double",
    "raised_by": "varchar",
    "lowered_by": "varchar",
}
PROPENSITY_SCORES = {
    "as_of_date": "date",
    "customer_id": "varchar",
    "category": "varchar",
    "version": "varchar",
    "basis": "varchar",
    "purchase_probability": "double",
    "purchase_percentile": "double",
    "raised_by": "varchar",
    "lowered_by": "varchar",
}
RESPONSE_SCORES = {
    "as_of_date": "date",
    "customer_id": "varchar",
    "channel": "varchar",
    "response": "varchar",
    "version": "varchar",
    "basis": "varchar",
    "response_probability": "double",
    "response_percentile": "double",
}
TABLES = {
    "model_versions": MODEL_VERSIONS,
    "model_metrics": MODEL_METRICS,
    "drift": DRIFT,
    "churn_scores": CHURN_SCORES,
    "ltv_scores": LTV_SCORES,
    "propensity_scores": PROPENSITY_SCORES,
    "response_scores": RESPONSE_SCORES,
}


def replace_tables(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make every table anew, and empty."""
    connection.execute("create schema if not exists predictions")
    for name, columns in TABLES.items():
        typed = ", ".join(f"{quoted(column)} {data_type}" for column, data_type in columns.items())
        connection.execute(f"create or replace table predictions.{name} ({typed})")


def add_rows(connection: "duckdb.DuckDBPyConnection", table: str, rows: pl.DataFrame) -> None:
    """Add rows to a table, in their order; columns that it does not have are no matter of it."""
    columns = ", ".join(map(quoted, (name for name in TABLES[table] if name in rows.columns)))
    with lent(connection, predicted=rows):
        connection.execute(f"insert into predictions.{table} by name select {columns} from predicted")
