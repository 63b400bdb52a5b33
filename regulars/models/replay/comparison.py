"""Whether two tables hold the same rows, and if not, in what they differ."""

from dataclasses import dataclass

import duckdb

from regulars.store.sql import literal, quoted

# of a table's differences that are shown
EXAMPLES = 3

ONLY_IN = "select {columns} from {one} except all select {columns} from {other}"
PAIRED = """
select *
from ({lost}) as lost
full join ({found}) as found on {is_same_key}
order by {order}
limit {examples}
"""


@dataclass(frozen=True)
class Comparison:
    """A table as published and as made again: rows published, rows that only one of the two has, examples.

    `absent` are the columns that only one of the two has; they are not compared.
    """

    table: str
    rows: int
    only_published: int
    only_replayed: int
    absent: tuple[str, ...]
    examples: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether what both have is the same in every row."""
        return not self.only_published and not self.only_replayed

    def __str__(self) -> str:
        """One line, for people."""
        said = f"the same, {self.rows:,} rows"
        if not self.is_same:
            said = (
                f"differs: of {self.rows:,} rows {self.only_published:,} came out otherwise or not,"
                f" and {self.only_replayed:,} came out that are not there"
            )
        return said + (f"; not compared: {', '.join(self.absent)}" if self.absent else "")


def compared(
    connection: duckdb.DuckDBPyConnection, table: tuple[str, tuple[str, ...]], published: str
) -> Comparison:
    """Compare `table`, a name and a key, of the database `published` with the one of schema decisions.

    A table that the version lacks has no rows.
    """
    name, key = table
    before, now = _columns(connection, published, "main", name), _columns(connection, "", "decisions", name)
    shared = [column for column in now if column in before]
    absent = tuple(sorted({*before, *now} - {*shared}))
    if not shared:
        return Comparison(name, 0, 0, 0, absent, ())
    columns = ", ".join(map(quoted, shared))
    one, other = f"{published}.{quoted(name)}", f"decisions.{quoted(name)}"
    lost = ONLY_IN.format(columns=columns, one=one, other=other)
    found = ONLY_IN.format(columns=columns, one=other, other=one)
    only_published, only_replayed = (
        _count(connection, f"select count(*) from ({rows})") for rows in (lost, found)
    )
    is_same = not only_published and not only_replayed
    examples = () if is_same else _examples(connection, lost, found, shared, key)
    rows = _count(connection, f"select count(*) from {one}")
    return Comparison(name, rows, only_published, only_replayed, absent, examples)


def _columns(connection: duckdb.DuckDBPyConnection, database: str, schema: str, table: str) -> list[str]:
    of = literal(database) if database else "current_database()"
    return [
        column
        for (column,) in connection.execute(
            f"""
            select column_name from duckdb_columns()
            where database_name = {of} and schema_name = '{schema}' and table_name = {literal(table)}
            order by column_index
            """
        ).fetchall()
    ]


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    ((count,),) = connection.execute(query).fetchall()
    return int(count)


def _examples(
    connection: duckdb.DuckDBPyConnection, lost: str, found: str, columns: list[str], key: tuple[str, ...]
) -> tuple[str, ...]:
    """The first differences by key, in words."""
    keys = [column for column in key if column in columns] or columns
    query = PAIRED.format(
        lost=lost,
        found=found,
        is_same_key=" and ".join(
            f"lost.{quoted(column)} is not distinct from found.{quoted(column)}" for column in keys
        ),
        order=", ".join(f"coalesce(lost.{quoted(column)}, found.{quoted(column)})" for column in keys),
        examples=EXAMPLES,
    )
    pairs = connection.execute(query).fetchall()
    return tuple(_in_words(row[: len(columns)], row[len(columns) :], columns, keys) for row in pairs)


def _in_words(
    lost: tuple[object, ...], found: tuple[object, ...], columns: list[str], keys: list[str]
) -> str:
    is_lost, is_found = (any(value is not None for value in side) for side in (lost, found))
    before, now = dict(zip(columns, lost, strict=True)), dict(zip(columns, found, strict=True))
    whose = ", ".join(str((before if is_lost else now)[column]) for column in keys)
    if not is_found:
        return f"{whose}: did not come out again"
    if not is_lost:
        return f"{whose}: was not there"
    changes = [
        f"{column} was {before[column]}, is {now[column]}"
        for column in columns
        if before[column] != now[column]
    ]
    return f"{whose}: {'; '.join(changes)}"
