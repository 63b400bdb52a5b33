"""Turns a contract's stream into SQL: a file's columns become typed landing columns, or a reason why not."""

from dataclasses import dataclass
from functools import cached_property

from regulars.landing.casts import trimmed, try_cast, utc_timestamp
from regulars.landing.file_rows import FILE, ROW_NUMBER, FileRows, json_object
from regulars.landing.preparation import Check, PreparedRows, Trial
from regulars.store.contracts import Stream
from regulars.store.entities import Column, Entity, entities
from regulars.store.naming import normal_form
from regulars.store.sql import literal, quoted

KEY_SEPARATOR = "chr(31)"

# DuckDB reads 'infinity', 'nan' and years before Christ, with which nobody can calculate, and takes a year of
# two digits, which may be the last or the first of a date, for one of the first century
USABLE = {
    "date": ("date '1000-01-01'", "date '9999-12-31'"),
    "timestamp": ("timestamp '1000-01-01'", "timestamp '9999-12-31 23:59:59'"),
    "double": ("-1.7e308::double", "1.7e308::double"),
}


@dataclass(frozen=True)
class Mapping:
    """The SQL of one stream over the rows of files of one shape."""

    prepared: PreparedRows

    @property
    def stream(self) -> Stream:
        """The part of the contract that is applied."""
        return self.prepared.stream

    @property
    def rows(self) -> FileRows:
        """The files."""
        return self.prepared.rows

    @property
    def entity(self) -> Entity:
        """The landing entity that the rows become."""
        return entities()[self.stream.entity]

    def kept_in(self, table: str) -> "Mapping":
        """The same over a table of what the files' reader keeps."""
        return Mapping(self.prepared.over(self.rows.kept_in(table)))

    @property
    def kept_query(self) -> str | None:
        """What such a table holds: what `source` reads, without the cells that nobody reads."""
        if not self.rows.source:
            return None
        excluded = f" exclude ({', '.join(map(quoted, self.unread_columns))})" if self.unread_columns else ""
        return f"select *{excluded} from {self.rows.source}"

    @property
    def unread_columns(self) -> list[str]:
        """The columns of a file with a header that nothing of the contract names or keeps."""
        if self.stream.unknown_columns == "keep" or not self.rows.has_header:
            return []
        named = set(map(normal_form, self.stream.file_names))
        return [name for name in self.unknown_columns if normal_form(name) not in named]

    def incoming_query(self) -> str:
        """Every row: its place, `is_dead`, `record_key`, `extras` and the entity's columns, typed."""
        columns = ", ".join(f"{_landed(column.name)} as {quoted(column.name)}" for column in self._mapped)
        dead = " ".join(f"when {check.is_violated} then true" for check in self.checks)
        return (
            f"select {FILE} as place, {ROW_NUMBER} as row_number,\n"
            f"case {dead} else false end as is_dead,\n"
            f"{self._record_key} as record_key, {self._extras} as extras, {columns}\n"
            f"from ({self._typed_query(self.prepared)})"
        )

    def dead_letter_query(self, row_numbers: str) -> str:
        """The rows of these numbers, each with its first violated check."""
        reasons = "\n".join(
            f"when {check.is_violated} then struct_pack(column_name := {literal(check.column)},"
            f" value := {check.value}, reason := {literal(check.reason)})"
            for check in self.checks
        )
        # a row that fills its cells from those above cannot do without them
        few = self.prepared if self.stream.fill_down else self.prepared.over(self.rows.only(row_numbers))
        return (
            f"select {ROW_NUMBER} as row_number, unnest(case {reasons} end) from ({self._typed_query(few)})\n"
            f"where {ROW_NUMBER} in ({row_numbers})"
        )

    @property
    def expressions(self) -> tuple[Trial, ...]:
        """What the contract says about the file's columns, each with a query that tries it alone."""
        rows = self.prepared.query
        return (
            *(Trial(("columns", target), text, text, rows) for target, text in self.stream.columns.items()),
            *(Trial(("key", position), text, text, rows) for position, text in enumerate(self.stream.key)),
        )

    def _typed_query(self, prepared: PreparedRows) -> str:
        """Rows beside what the contract makes of them and their landing columns, each of them once."""
        told = [f"{self._expression(column)} as {_told(column.name)}" for column in self._mapped]
        typed = [f"{_typed(column)} as {_landed(column.name)}" for column in self._mapped]
        for name, text in self._own_key_parts.items():
            told.append(f"cast(({text}) as varchar) as {_told(name)}")
            typed.append(f"{trimmed(_told(name))} as {_landed(name)}")
        return f"select *, {', '.join(typed)} from (select *, {', '.join(told)} from ({prepared.query}))"

    def _expression(self, column: Column) -> str:
        text = f"({self.stream.columns[column.name]})"
        return f"cast({text} as varchar)" if column.data_type == "varchar" else text

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Everything a row must satisfy, in the order in which a reason is sought."""
        return (
            *self.prepared.checks,
            *(check for column in self._mapped for check in self._column_checks(column)),
            *self._key_checks(),
        )

    def _key_checks(self) -> tuple[Check, ...]:
        """Rows that would overwrite one another though they are not one: their key is empty, or ambiguous."""
        checks = []
        if self.stream.key:
            empty = " and ".join(f"{part} is null" for part in self._key_parts)
            checks.append(Check(empty, "key", "cast(null as varchar)", "the key has no value"))
        if len(self._key_parts) > 1:
            checks += [
                Check(f"contains({part}, {KEY_SEPARATOR})", "key", part, "has the letter that separates keys")
                for part in self._key_parts
            ]
        return tuple(checks)

    def _column_checks(self, column: Column) -> list[Check]:
        told, typed = _told(column.name), _landed(column.name)
        value = f"cast({told} as varchar)"
        checks = []
        if column.data_type != "varchar":
            usable = USABLE.get(column.data_type)
            is_typed = f"{typed} between {usable[0]} and {usable[1]}" if usable else f"{typed} is not null"
            violated = f"{told} is not null and ({is_typed}) is not true"
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
    def _own_key_parts(self) -> dict[str, str]:
        """The expressions of the stream's `key` by names that no column of an entity has."""
        return {f"key {position}": text for position, text in enumerate(self.stream.key, start=1)}

    @property
    def _key_parts(self) -> tuple[str, ...]:
        return tuple(map(_landed, self._own_key_parts)) or tuple(
            f"cast({_landed(column.name)} as varchar)"
            for column in self._mapped
            if column.name in self.entity.key
        )

    @property
    def _record_key(self) -> str:
        texts = [f"coalesce({part}, '')" for part in self._key_parts]
        return texts[0] if len(texts) == 1 else f"concat_ws({KEY_SEPARATOR}, {', '.join(texts)})"

    @property
    def _extras(self) -> str:
        unknown = self.unknown_columns
        if self.stream.unknown_columns != "keep" or not unknown:
            return "cast(null as json)"
        # a row says the same whichever order the file's columns have
        in_order = sorted(unknown, key=normal_form)
        every = json_object({name: name for name in in_order})
        # a key that an object lacks must not depend on whether others have it that are read with it
        return every if self.rows.has_header else f"nullif(json_merge_patch('{{}}', {every}), json('{{}}'))"

    @property
    def unknown_columns(self) -> list[str]:
        """The file's columns that the contract does not read."""
        fill, lookup = self.stream.fill_down, self.stream.lookup
        filled = (*fill.by, *fill.columns) if fill else ()
        using = lookup.using if lookup else ()
        read = set(map(normal_form, (*self.stream.read_columns, *filled, *using)))
        return [name for name in self.rows.delivered if normal_form(name) not in read]


def _told(name: str) -> str:
    return quoted(f"{name} as told")


def _landed(name: str) -> str:
    return quoted(f"{name} as landed")


def _typed(column: Column) -> str:
    told = _told(column.name)
    match column.data_type:
        case "varchar":
            return trimmed(told)
        case "timestamp":
            return utc_timestamp(told)
        case "date":
            # behind a date DuckDB reads on only for a time
            return try_cast(try_cast(told, "timestamp"), "date")
        case data_type:
            return try_cast(told, data_type)
