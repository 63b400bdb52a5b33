"""sources/*.yml: where a system's files are, and how their columns map to landing entities."""

from functools import cached_property
from pathlib import PurePosixPath
from typing import Annotated, Literal

import sqlglot
from pydantic import AfterValidator, Field, model_validator
from sqlglot import exp

from regulars.store.entities import entities
from regulars.store.errors import nearest
from regulars.store.model import StoreModel
from regulars.store.settings import TimeZone

FORMATS = ("csv", "csv.gz", "tsv", "tsv.gz", "jsonl", "jsonl.gz", "parquet")
FileFormat = Literal["csv", "jsonl", "parquet"]


def _expression(text: str) -> str:
    try:
        parsed = sqlglot.parse_one(text, dialect="duckdb")
    except sqlglot.ParseError as error:
        detail = error.errors[0]["description"] if error.errors else str(error)
        raise ValueError(f"'{text}' is not a SQL expression: {detail}") from error
    if not isinstance(parsed, exp.Expression) or isinstance(
        parsed, exp.Query | exp.DDL | exp.DML | exp.Command
    ):
        raise ValueError(f"'{text}' is a statement; expected an expression over the file's columns")  # noqa: TRY004
    return text


def _sql_type(text: str) -> str:
    try:
        exp.DataType.build(text, dialect="duckdb")
    except sqlglot.ParseError as error:
        raise ValueError(f"'{text}' is not a SQL type, such as decimal(18,2), bigint or date") from error
    return text


SqlExpression = Annotated[str, AfterValidator(_expression)]
SqlType = Annotated[str, AfterValidator(_sql_type)]


def columns_in(expression: str) -> set[str]:
    """The names of the file's columns that a SQL expression reads."""
    return {column.name for column in sqlglot.parse_one(expression, dialect="duckdb").find_all(exp.Column)}


class Lookup(StoreModel):
    """Another file whose columns are joined to every row, such as the dates of the campaigns."""

    files: str = Field(description="Glob pattern below exports/")
    using: tuple[str, ...] = Field(min_length=1, description="Columns that both files share")


class Stream(StoreModel):
    """Files of one shape, and the landing entity their rows become."""

    files: str = Field(description="Glob pattern below exports/")
    entity: str
    key: tuple[SqlExpression, ...] = Field(
        (), description="What makes a row unique; else the entity's own key"
    )
    columns: dict[str, SqlExpression] = Field(min_length=1, description="Landing column: SQL over the file")
    file_columns: dict[str, SqlType] = Field({}, description="Types of text columns used in arithmetic")
    lookup: Lookup | None = None
    delimiter: str = Field(",", min_length=1, max_length=1)
    time_zone: TimeZone | None = Field(None, description="Zone of times without one; else the contract's")
    unknown_columns: Literal["keep", "ignore", "fail"] = "keep"
    optional: bool = Field(default=False, description="Whether it may match no file")

    @model_validator(mode="after")
    def _known_entity(self) -> "Stream":
        if self.entity not in entities():
            raise ValueError(f"unknown entity '{self.entity}'; {nearest(self.entity, entities())}")
        return self

    @model_validator(mode="after")
    def _known_format(self) -> "Stream":
        for pattern in (self.files, *([self.lookup.files] if self.lookup else ())):
            if PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts:
                raise ValueError(f"files '{pattern}' leaves the exports folder; give a pattern below it")
            if not pattern.endswith(tuple(f".{known}" for known in FORMATS)):
                raise ValueError(
                    f"files '{pattern}' is of no known format; expected one of {', '.join(FORMATS)}"
                )
        return self

    @model_validator(mode="after")
    def _known_columns(self) -> "Stream":
        if self.entity in entities():
            entity = entities()[self.entity]
            for name in self.columns:
                if name not in entity.column_names:
                    suggestion = nearest(name, entity.column_names)
                    raise ValueError(f"entity '{self.entity}' has no column '{name}'; {suggestion}")
            for column in entity.columns:
                if column.is_required and column.name not in self.columns:
                    raise ValueError(f"entity '{self.entity}' needs '{column.name}'; map it under columns")
        return self

    @cached_property
    def read_columns(self) -> set[str]:
        """The file's columns that the mapping or the key reads."""
        return set[str]().union(*map(columns_in, (*self.columns.values(), *self.key)))


def file_format(name: str) -> FileFormat:
    """The format that a file's name declares."""
    stem = name.removesuffix(".gz")
    return "parquet" if stem.endswith(".parquet") else "jsonl" if stem.endswith(".jsonl") else "csv"


class Contract(StoreModel):
    """The content of one file under sources/."""

    system: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Name that every row carries as its source")
    time_zone: TimeZone
    owner: str = Field(description="Who to ask about these files")
    streams: tuple[Stream, ...] = Field(min_length=1)
