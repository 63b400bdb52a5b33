"""What `regulars check` finds out: whether every stream fits its files, and what their first rows become."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from regulars.landing.batches import batches
from regulars.landing.binding import bind, set_time_zone
from regulars.landing.file_rows import FileRows
from regulars.landing.incoming import count, number_files, read_incoming, set_dead_letters_aside
from regulars.landing.mapping import Mapping
from regulars.landing.preparation import NO_OBJECT
from regulars.landing.sample import write_first_lines
from regulars.landing.streams import StreamFile, stream_files, stream_name
from regulars.store.errors import UserError
from regulars.store.sql import literal
from regulars.store.store import Store

FIRST_ROWS = 1000


@dataclass(frozen=True)
class Reason:
    """Why rows would be dead letters: where the first of them stands, and how many there are."""

    column: str | None
    reason: str
    rows: int
    first_row: int
    first_value: str | None

    def __str__(self) -> str:
        column = f"{self.column} " if self.column else ""
        value = "" if self.first_value is None else f", such as {self.first_value!r}"
        return f"{self.rows:,} dead: {column}{self.reason}{value} in row {self.first_row:,}"


@dataclass(frozen=True)
class StreamTrial:
    """What the first rows of a stream's newest file would become."""

    stream: str
    path: Path
    files: int
    rows: int
    skipped: int
    reasons: tuple[Reason, ...]
    absent: tuple[str, ...]
    mistake: UserError | None

    @property
    def dead(self) -> int:
        """How many of the rows would be dead letters."""
        return sum(reason.rows for reason in self.reasons)

    def __str__(self) -> str:
        first = "first " if self.rows >= FIRST_ROWS else ""
        parts = [f"{self.rows - self.skipped - self.dead:,} fit"]
        parts += [f"{self.dead:,} dead"] if self.dead else []
        parts += [f"{self.skipped:,} of other streams"] if self.skipped else []
        return f"{self.stream}: of the {first}{self.rows:,} rows of {self.path.name} {', '.join(parts)}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be looked at, in words."""
        absent = (f"no line has {', '.join(map(repr, self.absent))}",) if self.absent else ()
        return (*map(str, self.reasons), *absent)


def check_exports(connection: duckdb.DuckDBPyConnection, store: Store) -> tuple[StreamTrial, ...]:
    """Fit every stream to its files, and try the first rows of the newest of them; nothing is loaded.

    A file of which no row would load is a mistake of its trial, so that the others are still tried.

    Raises:
        UserError: A pattern matches nothing, or a file cannot be read as the contract says.
    """
    trials = []
    # the tables that reading leaves behind go with the cursor
    with connection.cursor() as cursor, TemporaryDirectory() as folder:
        for contract in store.contract_files:
            for index in range(len(contract.content.streams)):
                paths = stream_files(contract, index, store.exports)
                files = [StreamFile(contract, index, path) for path in paths]
                for batch in batches(files):
                    bind(cursor, batch, store, extras=False)
                if files:
                    newest = max(files, key=_age)
                    mapping = bind(cursor, (newest,), store, extras=False)
                    rows = _first_rows(mapping.rows, Path(folder))
                    trials.append(_trial(cursor, newest, mapping, rows, files=len(files)))
    return tuple(trials)


def _first_rows(rows: FileRows, folder: Path) -> FileRows:
    """The beginning of a file: of text a copy, because a scan that stops early forgets torn lines."""
    if rows.header_lines is None:
        return rows.first(FIRST_ROWS)
    return rows.of(write_first_lines(rows.path, folder, lines=FIRST_ROWS + rows.header_lines))


def _age(file: StreamFile) -> tuple[int, Path]:
    return file.path.stat().st_mtime_ns, file.path


def _trial(
    connection: duckdb.DuckDBPyConnection, file: StreamFile, whole: Mapping, first: FileRows, *, files: int
) -> StreamTrial:
    set_time_zone(connection, file)
    mapping = Mapping(whole.prepared.over(first))
    sample = [replace(file, path=path) for path in first.paths]
    number_files(connection, sample, after=0)
    read_incoming(connection, sample, mapping)
    try:
        set_dead_letters_aside(connection, mapping)
    except UserError as error:
        # it names the sample, which is gone when somebody reads this
        raise UserError(error.message, file=file.path, line=error.line, remedy=error.remedy) from error
    rejected = count(connection, "select count(*) from rejected")
    rows = count(connection, "select coalesce(sum(rows), 0) from returned") + rejected
    dead = count(connection, "select count(*) from dead")
    no_object = count(connection, f"select count(*) from dead where reason = {literal(NO_OBJECT)}")
    own = count(connection, "select count(*) from incoming") + dead
    reasons = _reasons(connection)
    # torn lines alone say nothing of a stream to which few rows of the file belong
    is_hopeless = own == dead > (no_object + rejected if file.stream.where else 0)
    return StreamTrial(
        stream_name(file.contract, file.stream_index),
        file.path,
        files,
        rows=rows,
        skipped=rows - own,
        reasons=reasons,
        absent=() if mapping.rows.has_header else mapping.rows.absent,
        mistake=_mistake(file, reasons) if is_hopeless else None,
    )


def _reasons(connection: duckdb.DuckDBPyConnection) -> tuple[Reason, ...]:
    query = (
        "select nullif(column_name, ''), reason, count(*), min(row_number), arg_min(value, row_number)"
        " from dead group by all order by count(*) desc, min(row_number)"
    )
    return tuple(Reason(*row) for row in connection.execute(query).fetchall())


def _mistake(file: StreamFile, reasons: tuple[Reason, ...]) -> UserError:
    column = reasons[0].column
    place = ("columns", column) if column in file.stream.columns else ()
    return file.error(
        f"no row of {file.path.name} can be read: {reasons[0]}",
        place,
        remedy="mend the expression, or ask for another export",
    )
