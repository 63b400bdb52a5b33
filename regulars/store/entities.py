"""The landing entities, read from the dbt sources file that is their only definition."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from regulars.store.dbt_files import described

SEAM = "staging/_landing.yml"


@dataclass(frozen=True)
class Column:
    """A column of a landing entity."""

    name: str
    data_type: str
    description: str
    is_required: bool
    values: tuple[str, ...]


@dataclass(frozen=True)
class Entity:
    """A table of the seam: contracts write it, dbt reads it."""

    name: str
    description: str
    key: tuple[str, ...]
    time_column: str | None
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the entity's own columns, in order."""
        return tuple(column.name for column in self.columns)


@cache
def entities() -> dict[str, Entity]:
    """Every landing entity by name."""
    return {table["name"]: _entity(table) for table in _source()["tables"]}


@cache
def system_columns() -> dict[str, str]:
    """Name and type of the columns that landing adds to every entity."""
    return dict(_source()["meta"]["system_columns"])


def _source() -> dict[str, Any]:
    source: dict[str, Any] = described(SEAM)["sources"][0]
    return source


def _entity(table: dict[str, Any]) -> Entity:
    return Entity(
        name=table["name"],
        description=table["description"],
        key=tuple(table["meta"]["key"]),
        time_column=table["meta"].get("time"),
        columns=tuple(
            Column(
                name=column["name"],
                data_type=column["data_type"],
                description=column["description"],
                is_required=column.get("meta", {}).get("required", False),
                values=tuple(column.get("meta", {}).get("values", ())),
            )
            for column in table["columns"]
        ),
    )
