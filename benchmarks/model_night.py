"""A build warehouse that is only read, as the models of its night saw it; for the benchmarks of models."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from regulars.models.learning.boosting import Boosted
from regulars.models.learning.matrix import usable
from regulars.models.learning.predictors import Predictor, Trees
from regulars.models.lifetime_value.two_stages import TwoStages
from regulars.store.sql import literal, quoted
from regulars.store.training import Training

READ = ("settings", "marts", "intermediate", "staging")
MEMORY = "6GB"


@contextmanager
def night_over(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees the warehouse, as if no model had been trained before; it writes to memory."""
    if not warehouse.is_file():
        raise SystemExit(f"{warehouse}: there is no such file; expected the build warehouse of a night")
    with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        # views name the catalogue in which they were made, which is that of the file
        connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        for schema in (*READ, "previous"):
            connection.execute(f"create schema {schema}")
        tables = connection.sql(
            """
            select schema_name, table_name from duckdb_tables() where database_name = 'warehouse'
            union all
            select schema_name, view_name from duckdb_views()
            where database_name = 'warehouse' and view_name = 'stg_messages'
            """
        ).fetchall()
        for schema, table in tables:
            name = f"{schema}.{quoted(table)}"
            if schema in READ:
                connection.execute(f"create view {name} as from warehouse.{name}")
            elif schema == "previous":
                connection.execute(f"create table {name} as from warehouse.{name} limit 0")
        yield connection


def features_of(settings: Training) -> Sequence[str]:
    """What models may learn from."""
    return usable(settings.contexts, settings.features)


def boosters_of(predictor: Predictor) -> list[Boosted]:
    """The ensembles of trees of a predictor; none of a rule."""
    rule = predictor.rule
    if isinstance(rule, TwoStages):
        return [rule.orders.boosted, rule.amount.boosted]
    return [rule.boosted] if isinstance(rule, Trees) else []
