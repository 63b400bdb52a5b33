"""The tables that Python builds, as Dagster sees them: name, stage, owner, description, columns."""

from typing import TYPE_CHECKING

import dagster as dg

from regulars.store.entities import entities, system_columns
from regulars.store.store import Store
from regulars.warehouse.published import CARRIED, PUBLISHED
from regulars.warehouse.sql import quoted

if TYPE_CHECKING:
    import duckdb

OWNERS = ["team:data"]


def _spec(
    name: str, description: str, *, deps: list[str] | None = None, columns: dict[str, str] | None = None
) -> dg.AssetSpec:
    schema, table = name.split(".")
    described = [dg.TableColumn(column, data_type) for column, data_type in (columns or {}).items()]
    return dg.AssetSpec(
        dg.AssetKey([schema, table]),
        group_name=schema,
        owners=OWNERS,
        description=description,
        deps=[dg.AssetKey(dep.split(".")) for dep in deps or []],
        metadata={"dagster/column_schema": dg.TableSchema(described)} if described else {},
    )


PREPARATION = [
    _spec("settings.night", "The night itself: its day, time zone and currency. One row."),
    _spec("settings.permissions", "What the store declares for everybody. One row per channel and purpose."),
    _spec("settings.segments", "The segments' definitions. One row per segment."),
    *(
        _spec(
            f"previous.{table.name}",
            f"`{table.name}` as the night before published it.",
            columns=table.columns,
        )
        for table in CARRIED
    ),
]

LANDING = [
    *(
        _spec(
            f"landing.{entity.name}",
            entity.description,
            deps=["settings.night"],
            columns=system_columns() | {column.name: column.data_type for column in entity.columns},
        )
        for entity in entities().values()
    ),
    _spec(
        "landing.files", "The account of every file. One row per file of a stream.", deps=["settings.night"]
    ),
    _spec(
        "landing.dead_letters",
        "Rows that could not be loaded, whole and with the reason. One row per such row.",
        deps=["settings.night"],
    ),
    _spec(
        "landing.touched_days",
        "Days whose facts a file changed. One row per file, entity and day.",
        deps=["settings.night"],
    ),
]

_DECISION_INPUTS = [
    "marts.customers",
    "marts.customer_permissions",
    "marts.customer_touchpoints",
    "previous.planned_touchpoints",
    "settings.night",
    "settings.segments",
]
DECISIONS = [
    _spec(
        "decisions.decision_trace",
        "Every candidate with what became of it and why. One row per customer, action and channel.",
        deps=_DECISION_INPUTS,
    ),
    _spec(
        "decisions.next_actions", "Tonight's one action or none. One row per customer.", deps=_DECISION_INPUTS
    ),
    _spec(
        "decisions.planned_touchpoints",
        "What was handed over on all nights so far. One row per decision.",
        deps=_DECISION_INPUTS,
    ),
]


def action_list_specs(store: Store) -> list[dg.AssetSpec]:
    """One list per channel of the store."""
    return [
        _spec(
            f"action_lists.{channel}",
            f"Tonight's list for {channel}, as read back from its file. One row per decision.",
            deps=["decisions.next_actions", "marts.customers", "marts.customer_permissions"],
        )
        for channel in store.channels_file.content.ids
    ]


def version_spec(store: Store) -> dg.AssetSpec:
    """The published version: every table that readers rely on, and the action lists."""
    lists = [f"action_lists.{channel}" for channel in store.channels_file.content.ids]
    tables = [table.built_as for table in PUBLISHED if not table.built_as.startswith("data_quality.")]
    return _spec(
        "published.version",
        "A complete version of the published tables and lists, switched to in one rename. One per run.",
        deps=[*tables, *lists],
    )


def table_metadata(connection: "duckdb.DuckDBPyConnection", key: dg.AssetKey) -> dict[str, dg.MetadataValue]:
    """Row count and columns of a warehouse table."""
    table = connection.table(_relation(key))
    columns = [dg.TableColumn(name, str(kind)) for name, kind in zip(table.columns, table.types, strict=True)]
    return {
        "dagster/row_count": dg.MetadataValue.int(table_rows(connection, key)),
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns)),
    }


def table_rows(connection: "duckdb.DuckDBPyConnection", key: dg.AssetKey) -> int:
    """How many rows a warehouse table has."""
    counted = connection.table(_relation(key)).count("*").fetchone()
    return int(counted[0]) if counted else 0


def _relation(key: dg.AssetKey) -> str:
    return ".".join(map(quoted, key.path))
