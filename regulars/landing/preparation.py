"""What happens to a file's rows before a contract's expressions see them.

In this order: cells are filled down, text becomes numbers, a lookup adds its columns, and the rows of
other streams are left out.
"""

from dataclasses import dataclass, replace

from regulars.landing.casts import try_cast
from regulars.landing.file_rows import FILE, IS_READABLE, ROW_NUMBER, FileRows
from regulars.store.contracts import FillDown, Stream
from regulars.store.expressions import columns_in
from regulars.store.naming import normal_form
from regulars.store.sql import quoted
from regulars.store.yaml_file import Location

NO_OBJECT = "the line is not a JSON object"
STARTS_GROUP, GROUP = '"starts group as read"', '"group as read"'


@dataclass(frozen=True)
class Check:
    """A condition that makes a row a dead letter, and how its reason reads."""

    is_violated: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Trial:
    """A part of a contract, the keys that lead to it, and what is evaluated on rows to try it alone."""

    place: Location
    text: str
    expression: str
    rows: str

    def query(self, rows: int | None = None) -> str:
        """A query that fails if the expression cannot be evaluated on every row, or on the first `rows`."""
        few = f"select * from ({self.rows}) where {ROW_NUMBER} <= {rows}" if rows is not None else self.rows
        tried = f"select {ROW_NUMBER}, ({self.expression}) as tried from ({few})"
        return f"select count(*) from ({tried}) where tried is null"


@dataclass(frozen=True)
class PreparedRows:
    """The rows of a stream in files of one shape, with the columns that its expressions may read."""

    stream: Stream
    rows: FileRows
    lookup_query: str | None = None
    lookup_columns: tuple[str, ...] = ()

    @property
    def available_columns(self) -> tuple[str, ...]:
        """The columns that the contract's expressions may read."""
        return (*self.rows.columns, *self.lookup_columns)

    def over(self, rows: FileRows) -> "PreparedRows":
        """The same of other rows with the same columns."""
        return replace(self, rows=rows)

    @property
    def query(self) -> str:
        """The stream's rows, and those that cannot be read."""
        if not self.stream.where:
            return self._all_query
        kept = (f"({self.stream.where})", f"not {IS_READABLE}", *self._unreadable_in_condition)
        return f"select * from ({self._all_query}) where {' or '.join(kept)}"

    @property
    def checks(self) -> tuple[Check, ...]:
        """What makes a row unreadable, whatever the expressions say."""
        return (
            Check(f"not {IS_READABLE}", "", "cast(null as varchar)", NO_OBJECT),
            *(
                Check(
                    _is_unreadable(name), name, f"cast({_text(name)} as varchar)", f"cannot be read as {kind}"
                )
                for name, kind in self.stream.file_columns.items()
            ),
        )

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every part of the contract that is at work here, each with a query that tries it alone."""
        casts = [
            Trial(
                ("file_columns", name),
                data_type,
                f"try_cast({quoted(name)} as {data_type})",
                self._filled_query,
            )
            for name, data_type in self.stream.file_columns.items()
        ]
        using = ", ".join(self.stream.lookup.using) if self.stream.lookup else ""
        joins = [Trial(("lookup", "using"), using, "true", self._all_query)] if using else []
        condition = self.stream.where
        is_true = f"cast(({condition}) as boolean)"
        conditions = [Trial(("where",), condition, is_true, self._all_query)] if condition else []
        return (*casts, *joins, *conditions)

    @property
    def _filled_query(self) -> str:
        return _filled(self.rows.query, self.stream.fill_down) if self.stream.fill_down else self.rows.query

    @property
    def _all_query(self) -> str:
        query = self._filled_query
        if self.stream.file_columns:
            casts = ", ".join(
                f"{try_cast(quoted(name), data_type)} as {quoted(name)}, {quoted(name)} as {_text(name)}"
                for name, data_type in self.stream.file_columns.items()
            )
            replaced = ", ".join(map(quoted, self.stream.file_columns))
            query = f"select * exclude ({replaced}), {casts} from ({query})"
        if self.stream.lookup and self.lookup_query:
            using = ", ".join(map(quoted, self.stream.lookup.using))
            query = f"select * from ({query}) left join ({self.lookup_query}) using ({using})"
        return query

    @property
    def _unreadable_in_condition(self) -> tuple[str, ...]:
        """A row whose condition rests on a value that cannot be read belongs to nobody else."""
        read = set(map(normal_form, columns_in(self.stream.where or "true")))
        return tuple(_is_unreadable(name) for name in self.stream.file_columns if normal_form(name) in read)


def _filled(rows: str, fill: FillDown) -> str:
    """`rows` with empty cells filled; a row whose `by` is empty is a group of its own, so left alone."""
    by = ", ".join(map(quoted, fill.by))
    is_blank = " or ".join(f"not {_has_value(name)}" for name in fill.by)
    started = (
        f"select *, case when {is_blank} or row({by}) is distinct from lag(row({by})) over in_file"
        f" then {ROW_NUMBER} end as {STARTS_GROUP} from ({rows})"
        f" window in_file as (partition by {FILE} order by {ROW_NUMBER})"
    )
    grouped = (
        f"select * exclude ({STARTS_GROUP}), max({STARTS_GROUP}) over (order by {ROW_NUMBER}) as {GROUP}"
        f" from ({started})"
    )
    filled = ", ".join(
        f"last_value(case when {_has_value(name)} then {quoted(name)} end ignore nulls) over in_group"
        f" as {quoted(name)}"
        for name in fill.columns
    )
    return (
        f"select * exclude ({GROUP}, {', '.join(map(quoted, fill.columns))}), {filled} from ({grouped})"
        f" window in_group as (partition by {GROUP} order by {ROW_NUMBER} rows unbounded preceding)"
    )


def _has_value(name: str) -> str:
    return f"coalesce(trim(cast({quoted(name)} as varchar)) <> '', false)"


def _is_unreadable(name: str) -> str:
    return f"({_text(name)} is not null and {quoted(name)} is null)"


def _text(name: str) -> str:
    return quoted(f"{name} as text")
