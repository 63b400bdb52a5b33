"""Turns a contract's stream into SQL: a file's columns become typed landing columns, or a reason why not."""

from dataclasses import dataclass
from functools import cached_property

from regulars.landing.readers import IS_READABLE, ROW_NUMBER, FileRows
from regulars.store.contracts import Stream
from regulars.store.entities import Column, Entity, entities
from regulars.store.yaml_file import Location
from regulars.warehouse.sql import literal, quoted

KEY_SEPARATOR = "chr(31)"

# DuckDB reads 'infinity', 'nan' and years before Christ, with which nobody can calculate
USABLE = {
    "date": ("date '0001-01-01'", "date '9999-12-31'"),
    "timestamp": ("timestamp '0001-01-01'", "timestamp '9999-12-31 23:59:59'"),
    "double": ("-1.7e308::double", "1.7e308::double"),
}


@dataclass(frozen=True)
class Check:
    """A condition that makes a row a dead letter, and how its reason reads."""

    is_violated: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Trial:
    """A part of a contract, the keys that lead to it, and a query that fails if no row can have it."""

    place: Location
    text: str
    query: str


@dataclass(frozen=True)
class Mapping:
    """The SQL of one stream over the rows of one file."""

    stream: Stream
    rows: FileRows
    lookup_query: str | None = None
    lookup_columns: tuple[str, ...] = ()

    @property
    def entity(self) -> Entity:
        """The landing entity that the rows become."""
        return entities()[self.stream.entity]

    @property
    def available_columns(self) -> tuple[str, ...]:
        """The columns that the contract's expressions may read."""
        return (*self.rows.columns, *self.lookup_columns)

    def incoming_query(self) -> str:
        """Every row: `row_number`, `is_dead`, `record_key`, `extras` and the entity's columns, typed."""
        columns = ", ".join(f"{_landed(column)} as {quoted(column.name)}" for column in self._mapped)
        dead = " ".join(f"when {check.is_violated} then true" for check in self.checks)
        return (
            f"select {ROW_NUMBER} as row_number, case {dead} else false end as is_dead,\n"
            f"{self._record_key} as record_key, {self._extras} as extras, {columns}\n"
            f"from ({self._typed_query})"
        )

    def dead_letter_query(self) -> str:
        """The rows set aside in temporary table `incoming`, each with its first violated check."""
        reasons = "\n".join(
            f"when {check.is_violated} then struct_pack(column_name := {literal(check.column)},"
            f" value := {check.value}, reason := {literal(check.reason)})"
            for check in self.checks
        )
        return (
            f"select {ROW_NUMBER} as row_number, unnest(case {reasons} end), {self._row_text} as row_text\n"
            f"from ({self._typed_query})\n"
            f"where {ROW_NUMBER} in (select row_number from incoming where is_dead)"
        )

    @property
    def expressions(self) -> tuple[Trial, ...]:
        """What the contract says about the file's columns, each with a query that tries it alone."""
        places: list[tuple[Location, str]] = [
            *((("columns", target), text) for target, text in self.stream.columns.items()),
            *((("key", position), text) for position, text in enumerate(self.stream.key)),
        ]
        return tuple(Trial(place, text, _trial(text, self._file_query)) for place, text in places)

    @property
    def preparations(self) -> tuple[Trial, ...]:
        """What happens to the file's columns before the expressions see them, likewise."""
        casts = [
            Trial(
                ("file_columns", name),
                data_type,
                _trial(f"try_cast({quoted(name)} as {data_type})", self.rows.query),
            )
            for name, data_type in self.stream.file_columns.items()
        ]
        using = ", ".join(self.stream.lookup.using) if self.stream.lookup else ""
        joins = [Trial(("lookup", "using"), using, _trial("true", self._file_query))] if using else []
        return (*casts, *joins)

    @property
    def _file_query(self) -> str:
        casts = ", ".join(
            f"try_cast({quoted(name)} as {data_type}) as {quoted(name)},"
            f" {quoted(name)} as {quoted(_raw(name))}"
            for name, data_type in self.stream.file_columns.items()
        )
        replaced = ", ".join(quoted(name) for name in self.stream.file_columns)
        query = (
            f"select * exclude ({replaced}), {casts} from ({self.rows.query})" if casts else self.rows.query
        )
        if self.stream.lookup and self.lookup_query:
            using = ", ".join(quoted(name) for name in self.stream.lookup.using)
            query = f"select * from ({query}) left join ({self.lookup_query}) using ({using})"
        return query

    @property
    def _typed_query(self) -> str:
        """The file's rows beside their landing columns; each cast stands once, because casts cost most."""
        typed = ", ".join(f"{_typed(column, self.stream)} as {_landed(column)}" for column in self._mapped)
        return f"select *, {typed} from ({self._file_query})"

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Everything a row must satisfy, in the order in which a reason is sought."""
        return (
            Check(f"not {IS_READABLE}", "", "cast(null as varchar)", "the line is not a JSON object"),
            *(
                self._file_column_check(name, data_type)
                for name, data_type in self.stream.file_columns.items()
            ),
            *(check for column in self._mapped for check in self._column_checks(column)),
            *self._key_checks(),
        )

    def _key_checks(self) -> tuple[Check, ...]:
        """Rows whose declared key is empty would overwrite one another."""
        if not self.stream.key:
            return ()
        empty = " and ".join(f"({part}) is null" for part in self.stream.key)
        return (Check(empty, "key", "cast(null as varchar)", "the key has no value"),)

    def _file_column_check(self, name: str, data_type: str) -> Check:
        raw = quoted(_raw(name))
        violated = f"{raw} is not null and {quoted(name)} is null"
        return Check(violated, name, f"cast({raw} as varchar)", f"cannot be read as {data_type}")

    def _column_checks(self, column: Column) -> list[Check]:
        expression, typed = f"({self.stream.columns[column.name]})", _landed(column)
        value = f"cast({expression} as varchar)"
        checks = []
        if column.data_type != "varchar":
            usable = USABLE.get(column.data_type)
            is_typed = f"{typed} between {usable[0]} and {usable[1]}" if usable else f"{typed} is not null"
            violated = f"{expression} is not null and ({is_typed}) is not true"
            checks.append(Check(violated, column.name, value, f"cannot be read as {column.data_type}"))
        if column.is_required:
            checks.append(Check(f"{typed} is null", column.name, value, "is required and has no value"))
        if column.values:
            known = ", ".join(map(literal, column.values))
            checks.append(Check(f"{typed} not in ({known})", column.name, value, f"is none of {known}"))
        return checks

    @property
    def _mapped(self) -> tuple[Column, ...]:
        return tuple(column for column in self.entity.columns if column.name in self.stream.columns)

    @property
    def _record_key(self) -> str:
        parts = self.stream.key or tuple(
            _landed(column) for column in self._mapped if column.name in self.entity.key
        )
        texts = ", ".join(f"coalesce(cast({part} as varchar), '')" for part in parts)
        return f"concat_ws({KEY_SEPARATOR}, {texts})"

    @property
    def _row_text(self) -> str:
        if self.rows.text_column:
            return self.rows.text_column
        delivered = {
            name: _raw(name) if name in self.stream.file_columns else name for name in self.rows.columns
        }
        pairs = ", ".join(f"{literal(name)}, {quoted(column)}" for name, column in delivered.items())
        return f"cast(json_object({pairs}) as varchar)"

    @property
    def _extras(self) -> str:
        unknown = self.unknown_columns
        if self.stream.unknown_columns != "keep" or not unknown:
            return "cast(null as json)"
        return "json_object(" + ", ".join(f"{literal(name)}, {quoted(name)}" for name in unknown) + ")"

    @property
    def _read(self) -> set[str]:
        using = self.stream.lookup.using if self.stream.lookup else ()
        return {name.casefold() for name in (*self.stream.read_columns, *using)}

    @property
    def unknown_columns(self) -> list[str]:
        """The file's columns that the contract does not read."""
        return [name for name in self.rows.columns if name.casefold() not in self._read]


def _trial(expression: str, rows: str) -> str:
    tried = f"select {ROW_NUMBER}, ({expression}) as tried from ({rows})"
    return f"select count(*) from ({tried}) where tried is null"


def _raw(name: str) -> str:
    return f"{name} as delivered"


def _landed(column: Column) -> str:
    return quoted(f"{column.name} as landed")


def _typed(column: Column, stream: Stream) -> str:
    expression = f"({stream.columns[column.name]})"
    match column.data_type:
        case "varchar":
            return f"nullif(trim(cast({expression} as varchar)), '')"
        case "timestamp":
            # the session's time zone is the contract's, which gives a time without a zone its meaning
            return f"timezone('UTC', try_cast({expression} as timestamptz))"
        case data_type:
            return f"try_cast({expression} as {data_type})"
