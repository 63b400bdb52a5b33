"""sources/*.yml: where a system's files are, and how their columns map to landing entities."""

from functools import cached_property
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from regulars.store.deliveries import Freshness
from regulars.store.entities import entities
from regulars.store.errors import PlacedError, nearest
from regulars.store.expressions import SqlExpression, SqlType, columns_in
from regulars.store.model import StoreModel
from regulars.store.naming import normal_form
from regulars.store.settings import TimeZone

FORMATS = ("csv", "csv.gz", "tsv", "tsv.gz", "jsonl", "jsonl.gz", "parquet")
FileFormat = Literal["csv", "jsonl", "parquet"]


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '"\r\n':
        raise ValueError('a delimiter is one character, such as ";" or "\\t", and no quote or line break')
    return text


# a tab is a delimiter, so nothing may strip it
Delimiter = Annotated[str, StringConstraints(strip_whitespace=False), AfterValidator(_delimiter)]


class Lookup(StoreModel):
    """Another file whose columns are joined to every row, such as the dates of the campaigns."""

    files: str = Field(description="Glob pattern below exports/")
    using: tuple[str, ...] = Field(min_length=1, description="Columns that both files share")


class FillDown(StoreModel):
    """Columns that stand on the first of several rows only, such as those of an order on its lines."""

    by: tuple[str, ...] = Field(
        min_length=1, description="Columns whose equal values make consecutive rows a group"
    )
    columns: tuple[str, ...] = Field(
        min_length=1, description="Columns whose empty cells take the last value above them in the group"
    )

    @model_validator(mode="after")
    def _distinct(self) -> "FillDown":
        seen = {normal_form(name) for name in self.by}
        for position, name in enumerate(self.columns):
            if normal_form(name) in seen:
                raise PlacedError(f"'{name}' is named twice under fill_down", "columns", position)
            seen.add(normal_form(name))
        return self


class Stream(StoreModel):
    """Files of one shape, and the landing entity their rows become."""

    files: str = Field(description="Glob pattern below exports/")
    entity: str
    key: tuple[SqlExpression, ...] = Field(
        (), description="What makes a row unique; else the entity's own key"
    )
    columns: dict[str, SqlExpression] = Field(min_length=1, description="Landing column: SQL over the file")
    where: SqlExpression | None = Field(
        None, description="SQL condition: rows for which it is not true belong to another stream"
    )
    fill_down: FillDown | None = None
    aliases: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(
        {}, description="Column that the contract reads: what other vendor versions call it"
    )
    optional_columns: tuple[str, ...] = Field(
        (), description="Columns that a file may lack, whose cells then count as empty"
    )
    file_columns: dict[str, SqlType] = Field({}, description="Types of text columns used in arithmetic")
    lookup: Lookup | None = None
    delimiter: Delimiter = ","
    header: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (),
        description="Columns, in order, of CSV or TSV that does not name them; quotes are letters in it",
    )
    time_zone: TimeZone | None = Field(None, description="Zone of times without one; else the contract's")
    unknown_columns: Literal["keep", "ignore", "fail"] = "keep"
    unclear_columns: Literal["fail", "number"] = Field(
        "fail",
        description="Of CSV: columns without a name, or with that of another; `number` adds their place",
    )
    optional: bool = Field(default=False, description="Whether it may match no file")
    freshness: Freshness | None = Field(None, description="How old the newest row may be")

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

    @model_validator(mode="after")
    def _can_be_late(self) -> "Stream":
        if self.freshness and not entities()[self.entity].time_column:
            raise PlacedError(
                f"rows of '{self.entity}' have no time, so nobody can tell when they are late", "freshness"
            )
        return self

    @model_validator(mode="after")
    def _lines_have_a_key(self) -> "Stream":
        if self.entity == "order_lines" and not self.key and "product_ref" not in self.columns:
            raise PlacedError(
                "lines of one order would overwrite one another, because nothing tells them apart;"
                " map product_ref or give a key, such as `key: [order_no, line_no]`",
                "columns",
            )
        return self

    @model_validator(mode="after")
    def _known_aliases(self) -> "Stream":
        meant = {normal_form(name): name for name in self.file_names}
        for name, others in self.aliases.items():
            if normal_form(name) not in meant:
                raise PlacedError(
                    f"the stream reads no column '{name}'; {nearest(name, meant.values())}", "aliases", name
                )
            for position, other in enumerate(others):
                if normal_form(other) in meant:
                    message = f"'{other}' already stands for column '{meant[normal_form(other)]}'"
                    raise PlacedError(message, "aliases", name, position)
                meant[normal_form(other)] = name
        return self

    @model_validator(mode="after")
    def _clear_header(self) -> "Stream":
        if self.header and file_format(self.files) != "csv":
            raise PlacedError(
                "only CSV and TSV can lack a header; files of this format name their own", "header"
            )
        seen = set[str]()
        for position, name in enumerate(self.header):
            if normal_form(name) in seen:
                raise PlacedError(f"'{name}' is named twice under header", "header", position)
            seen.add(normal_form(name))
        return self

    @model_validator(mode="after")
    def _known_optional_columns(self) -> "Stream":
        meant = set(map(normal_form, self.file_names))
        for position, name in enumerate(self.optional_columns):
            if normal_form(name) not in meant:
                raise PlacedError(
                    f"the stream reads no column '{name}'; {nearest(name, self.file_names)}",
                    "optional_columns",
                    position,
                )
        return self

    @cached_property
    def read_columns(self) -> set[str]:
        """The columns that the mapping, the key or the condition reads, of the file or of its lookup."""
        read = (*self.columns.values(), *self.key, *((self.where,) if self.where else ()))
        return set[str]().union(*map(columns_in, read))

    @cached_property
    def file_names(self) -> set[str]:
        """Every name by which the contract may mean a column of the file itself."""
        filled = (*self.fill_down.by, *self.fill_down.columns) if self.fill_down else ()
        using = self.lookup.using if self.lookup else ()
        return {*self.read_columns, *self.file_columns, *filled, *using}


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
    accounts: str | None = Field(
        None,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="The system whose account ids customer_ref holds, if they are another's than its own",
    )
    anonymous_ids: str | None = Field(
        None,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="The system whose cookies or device ids anonymous_ref holds, if they are another's",
    )
    streams: tuple[Stream, ...] = Field(min_length=1)
