"""sources/*.yml: where a system's files are, and how their columns map to landing entities."""

import re
from functools import cached_property
from pathlib import PurePosixPath
from typing import Annotated, Literal

import sqlglot
from pydantic import AfterValidator, Field, StringConstraints, model_validator
from sqlglot import exp

from regulars.store.entities import entities
from regulars.store.errors import PlacedError, nearest
from regulars.store.model import StoreModel
from regulars.store.settings import TimeZone

FORMATS = ("csv", "csv.gz", "tsv", "tsv.gz", "jsonl", "jsonl.gz", "parquet")
FileFormat = Literal["csv", "jsonl", "parquet"]


_VALUE = (exp.Condition, exp.AtTimeZone, exp.Interval)
_SCALAR_TYPE = re.compile(r"[a-z][a-z0-9_ ]*(\(\s*\d+\s*(,\s*\d+\s*)?\))?( with time zone)?", re.IGNORECASE)


def _expression(text: str) -> str:
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        detail = getattr(error, "errors", None)
        reason = detail[0]["description"] if detail else str(error).split("\n")[0]
        raise ValueError(f"'{text}' is not a SQL expression: {reason}") from error
    parsed = statements[0]
    if len(statements) != 1 or not isinstance(parsed, _VALUE):
        raise ValueError(
            f"'{text}' is no expression over the file's columns;"
            " a name with a space or that SQL reserves stands in double quotes"
        )
    if parsed.find(exp.Unnest, exp.Explode, exp.Columns):
        raise ValueError(f"'{text}' makes several values of one")
    if any(node.comments for node in parsed.walk()):
        raise ValueError(f"'{text}' holds a SQL comment; write it behind a # in the YAML")
    # a lone name is a column's, even if SQL reserves the word
    is_name = isinstance(parsed, exp.Column) and text.isidentifier()
    return f'"{text}"' if is_name else text


def _sql_type(text: str) -> str:
    try:
        exp.DataType.build(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise ValueError(f"'{text}' is not a SQL type, such as decimal(18,2), bigint or date") from error
    if not _SCALAR_TYPE.fullmatch(text):
        raise ValueError(f"'{text}' is not the type of one value, such as decimal(18,2), bigint or date")
    return text


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '"\r\n':
        raise ValueError('a delimiter is one character, such as ";" or "\\t", and no quote or line break')
    return text


SqlExpression = Annotated[str, AfterValidator(_expression)]
SqlType = Annotated[str, AfterValidator(_sql_type)]
# a tab is a delimiter, so nothing may strip it
Delimiter = Annotated[str, StringConstraints(strip_whitespace=False), AfterValidator(_delimiter)]


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
    delimiter: Delimiter = ","
    time_zone: TimeZone | None = Field(None, description="Zone of times without one; else the contract's")
    unknown_columns: Literal["keep", "ignore", "fail"] = "keep"
    optional: bool = Field(default=False, description="Whether it may match no file")

    @model_validator(mode="after")
    def _known_entity(self) -> "Stream":
        if self.entity not in entities():
            raise PlacedError(f"unknown entity '{self.entity}'; {nearest(self.entity, entities())}", "entity")
        return self

    @model_validator(mode="after")
    def _known_format(self) -> "Stream":
        _check_pattern(self.files, "files")
        if self.lookup:
            _check_pattern(self.lookup.files, "lookup", "files")
        return self

    @model_validator(mode="after")
    def _known_columns(self) -> "Stream":
        entity = entities()[self.entity]
        for name in self.columns:
            if name not in entity.column_names:
                suggestion = nearest(name, entity.column_names)
                raise PlacedError(
                    f"entity '{self.entity}' has no column '{name}'; {suggestion}", "columns", name
                )
        for column in entity.columns:
            if column.is_required and column.name not in self.columns:
                raise PlacedError(f"entity '{self.entity}' needs '{column.name}'; map it here", "columns")
        return self

    @cached_property
    def read_columns(self) -> set[str]:
        """The file's columns that the mapping or the key reads."""
        return set[str]().union(*map(columns_in, (*self.columns.values(), *self.key)))


def _check_pattern(pattern: str, *place: str) -> None:
    parts = PurePosixPath(pattern).parts
    if PurePosixPath(pattern).is_absolute() or ".." in parts:
        raise PlacedError(f"'{pattern}' leaves the exports folder; give a pattern below it", *place)
    if any("**" in part and part != "**" for part in parts):
        raise PlacedError(f"in '{pattern}' ** stands beside other letters; write **/ for any folder", *place)
    if not pattern.endswith(tuple(f".{known}" for known in FORMATS)):
        raise PlacedError(f"'{pattern}' is of no known format; expected one of {', '.join(FORMATS)}", *place)


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
