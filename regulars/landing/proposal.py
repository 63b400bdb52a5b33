"""A contract proposed from one file, with every guess marked as one and every open question as TODO.

Not here: what the names and rows of a file suggest; that is `guesses`.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import duckdb

from regulars.landing.delimited import Layout, separator
from regulars.landing.file_rows import FileRows
from regulars.landing.guesses import ColumnFacts, facts, likely_entities, matches
from regulars.landing.headers import Names
from regulars.landing.readers import check_whole, read_file
from regulars.store.contracts import FORMATS, file_format
from regulars.store.entities import Column, Entity, entities
from regulars.store.errors import UserError
from regulars.store.presets import TODO
from regulars.store.sql import literal, quoted

MOST_BYTES = 20 * 1000**3
DELIMITERS = ",;|\t"
MOST_KEY_COLUMNS = 6
LONGEST_COMMENT = 300
# statements have more, and are known by all that they say
MOST_OWN_KEYS = 3
NUMBERED = re.compile(r"\(column \d+\)$")
LIKE_AN_ID = re.compile(r"id|no|number|ref|line", re.IGNORECASE)
TIME_TYPES = ("timestamp", "date")
_DATES = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%m/%d/%y", "%d/%m/%y", "%d %b %Y")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
TIME_FORMATS = tuple(date + clock for date in _DATES for clock in _CLOCKS)


@dataclass(frozen=True)
class Proposal:
    """A contract as text, and the system that it is of."""

    system: str
    text: str


@dataclass(frozen=True)
class _Guess:
    """An expression of a contract, why it is one, and whether its time names no zone."""

    sql: str
    why: str
    needs_zone: bool = False


@dataclass(frozen=True)
class _Sample:
    """A file, what it was read as, and what its first rows say."""

    connection: duckdb.DuckDBPyConnection
    path: Path
    delimiter: str
    rows: FileRows
    count: int
    columns: dict[str, ColumnFacts]


def propose(path: Path) -> Proposal:
    """A contract for files like `path`; what cannot be told from one file is TODO, which no command accepts.

    Raises:
        UserError: The file cannot be read.
    """
    if not path.is_file():
        raise UserError("there is no such file", file=path, remedy="name an export")
    if not path.name.endswith(tuple(f".{known}" for known in FORMATS)):
        remedy = f"expected one of {', '.join(FORMATS)}; rename it, or export it as one of these"
        raise UserError("the name tells no known format", file=path, remedy=remedy)
    check_whole(path, MOST_BYTES)
    with duckdb.connect() as connection:
        # a time without a zone shall be told as it stands
        connection.execute("set TimeZone = 'UTC'")
        delimiter = _delimiter(path)
        rows = read_file(
            connection, [path], names=Names(frozenset()), layout=Layout(delimiter, numbers_unclear=True)
        )
        sample = _Sample(connection, path, delimiter, rows, *facts(connection, rows))
        system = re.sub(r"[^a-z]+", "_", path.name.split(".")[0].lower()).strip("_") or "shop"
        return Proposal(system, "\n".join(_lines(sample, system)) + "\n")


def _delimiter(path: Path) -> str:
    """What stands most often in the first line of a CSV file outside of quotes."""
    if file_format(path.name) != "csv" or path.suffix == ".gz" or separator(path, ",") == "\t":
        return ","
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline()
    return max(DELIMITERS, key=lambda one: len(next(csv.reader([line], delimiter=one), [])))


def _lines(sample: _Sample, system: str) -> Iterator[str]:
    names = list(sample.columns)
    likely = likely_entities(names, sample.path.name)
    entity = entities()[likely[0]] if len(likely) == 1 else None
    found = matches(entity.name, names) if entity else {}
    guesses = {
        column.name: _guess(sample, column, sample.columns[found[column.name]])
        for column in (entity.columns if entity else ())
        if column.name in found
    }
    yield _commented(
        "", f"Proposed from {sample.path.name}, of which {sample.count:,} rows were looked at."
    ).strip()
    yield f"# Look at every guess, and put what is right in place of {TODO}."
    yield f"system: {system}"
    yield f"owner: {TODO}  # who to ask about these files, such as team:shop"
    yield _time_zone(guesses)
    yield "streams:"
    yield f"  - files: {json.dumps(_pattern(sample.path))}"
    yield _commented(f"    entity: {entity.name if entity else TODO}", _why_entity(likely, found))
    if sample.delimiter != ",":
        delimiter = json.dumps(sample.delimiter)
        yield _commented(f"    delimiter: {delimiter}", "guess: it cuts the first line into most names")
    if any(NUMBERED.search(name) for name in names):
        yield "    unclear_columns: number  # guess: some columns have no name, or that of another"
    if entity:
        yield from _key(sample, entity, found)
    yield "    columns:"
    yield from _columns(entity, guesses) if entity else [f"      {TODO}: {TODO}"]
    for name in names:
        if name not in found.values():
            yield _commented("  ", f"not read, but kept in extras: {_shown(name, sample)}")


def _time_zone(guesses: dict[str, _Guess]) -> str:
    unclear = [name for name, guess in guesses.items() if guess.needs_zone]
    if unclear:
        question = "the times name no zone; whose clock is it, such as Europe/London?"
        return _commented(f"time_zone: {TODO}", f"{', '.join(unclear)}: {question}")
    return _commented("time_zone: UTC", "guess: no time that is read goes without a zone")


def _why_entity(likely: list[str], found: dict[str, str]) -> str:
    if len(likely) == 1:
        return f"guess: that is what {', '.join(found.values())} look like"
    choices = f"it may be {' or '.join(likely)}" if likely else f"none of {', '.join(entities())} is likely"
    return f"{choices}; see docs/contracts.md"


def _columns(entity: Entity, guesses: dict[str, _Guess]) -> Iterator[str]:
    for column in entity.columns:
        if guess := guesses.get(column.name):
            yield _commented(f"      {column.name}: {_yaml(guess.sql)}", f"guess: {guess.why}")
        elif column.is_required:
            words = f", one of {', '.join(column.values)}" if column.values else ""
            fixed = "a fixed text stands in both quotes, \"'text'\""
            yield _commented(f"      {column.name}: {TODO}", f"{column.description}{words}; {fixed}")


def _guess(sample: _Sample, column: Column, told: ColumnFacts) -> _Guess:
    name = quoted(told.name)
    if not told.filled:
        return _Guess(name, f"by its name; no row of the {sample.count:,} has a value")
    if column.data_type in TIME_TYPES:
        return _time(sample, told)
    if told.guarded:
        return _Guess(f"ltrim({name}, '''')", "by its name; an apostrophe stands before the value")
    if column.data_type.startswith("decimal"):
        return _amount(name, told)
    if column.values and not set(told.few_values) <= set(column.values):
        shown = ", ".join(told.few_values) or f"{told.distinct:,} words"
        return _Guess(TODO, f"{told.name} has {shown}; make each one of {', '.join(column.values)}")
    return _Guess(name, "by its name")


def _amount(name: str, told: ColumnFacts) -> _Guess:
    if not told.comma_amounts:
        return _Guess(name, "by its name")
    if told.comma_amounts < told.filled:
        return _Guess(TODO, f"{told.name} has amounts with a comma and others; which are thousands?")
    return _Guess(f"replace(replace({name}, '.', ''), ',', '.')", "by its name; amounts have a comma")


def _time(sample: _Sample, told: ColumnFacts) -> _Guess:
    name = quoted(told.name)
    match told.filled:
        case told.zoned_times if told.spaced_zones:
            sql = f"regexp_replace({name}, ' ([+-]\\d{{4}})$', '\\1')"
            return _Guess(sql, "by its name; every time has its offset")
        case told.zoned_times:
            return _Guess(name, "by its name; every time has its offset")
        case told.plain_times:
            return _Guess(name, "by its name", needs_zone=True)
        case told.seconds:
            return _Guess(
                f"to_timestamp(try_cast({name} as bigint))", "by its name; it looks like seconds since 1970"
            )
        case told.milliseconds:
            return _Guess(
                f"to_timestamp(try_cast({name} as bigint) / 1000)",
                "by its name; it looks like milliseconds since 1970",
            )
    return _written_time(sample, told)


def _written_time(sample: _Sample, told: ColumnFacts) -> _Guess:
    """A time in the format that reads most values, if no other reads as many otherwise."""
    name = quoted(told.name)
    text = f"cast({name} as varchar)"
    counted = ", ".join(f"count(try_strptime(trim({text}), {literal(one)}))" for one in TIME_FORMATS)
    first = f"(select * from ({sample.rows.query}) limit {sample.count})"
    counts = sample.connection.execute(f"select {counted} from {first}").fetchone() or ()
    readings = dict(zip(TIME_FORMATS, counts, strict=True))
    best = max(readings.values())
    formats = [one for one, count in readings.items() if count == best > 0]
    if len(formats) == 1:
        why = f"by its name; {best:,} of {told.filled:,} values are written so"
        return _Guess(f"try_strptime({name}, {literal(formats[0])})", why, needs_zone=True)
    if formats:
        return _Guess(
            TODO, f"{told.name} may be {' or '.join(formats)}: write try_strptime({name}, one of them)"
        )
    return _Guess(TODO, f"{told.name} holds values such as {told.example}: write them as a time")


def _key(sample: _Sample, entity: Entity, found: dict[str, str]) -> Iterator[str]:
    """The key of the stream, where the entity's own makes no row unique."""
    own = [found[name] for name in entity.key if name in found]
    rows = f"the {sample.count:,} rows"
    if len(own) == len(entity.key) and _is_unique(sample, own):
        yield _commented("  ", f"guess: a row is known by {', '.join(own)}, unique in {rows}")
        return
    if len(entity.key) > MOST_OWN_KEYS or not sample.count:
        return
    for names in _candidates(sample, found, own):
        if _is_unique(sample, names):
            key = ", ".join(_yaml(quoted(name)) for name in names)
            yield _commented(f"    key: [{key}]", f"guess: unique in {rows}; is it what a row is?")
            return
    yield _commented(f"    key: [{TODO}]", f"no few columns make a row unique in {rows}")


def _candidates(sample: _Sample, found: dict[str, str], own: list[str]) -> Iterator[list[str]]:
    """Columns that may be a key together, few before many."""
    whole = [name for name, told in sample.columns.items() if told.distinct and told.filled == sample.count]
    ids = [name for name in whole if name in found.values() or LIKE_AN_ID.search(name)]
    ids = sorted(ids, key=lambda name: -sample.columns[name].distinct)[:MOST_KEY_COLUMNS]
    for size in (1, 2, 3):
        for chosen in combinations(ids, size):
            if not own or own[0] in chosen:
                yield sorted(chosen, key=list(sample.columns).index)


def _is_unique(sample: _Sample, names: list[str]) -> bool:
    columns = ", ".join(map(quoted, names))
    first = f"(select {columns} from ({sample.rows.query}) limit {sample.count})"
    found = sample.connection.execute(
        f"select count(*) from (select distinct {columns} from {first})"
    ).fetchone()
    return sample.count > 0 and found == (sample.count,)


def _pattern(path: Path) -> str:
    """The file's name with a star for each of its numbers, which the next file has otherwise."""
    stem, dot, ending = path.name.partition(".")
    return re.sub(r"\d[\d_-]*", "*", re.sub(r"[*?\[\]]", "?", stem)) + dot + ending


def _shown(name: str, sample: _Sample) -> str:
    told = sample.columns[name]
    return f"{name} ({told.distinct:,} values in {told.filled:,} rows)"


def _commented(line: str, comment: str) -> str:
    """A line with a comment behind it, which ends with the line whatever a file's names hold."""
    said = "".join(letter if letter.isprintable() else " " for letter in comment)
    return f"{line}  # {said if len(said) <= LONGEST_COMMENT else said[:LONGEST_COMMENT] + '...'}"


def _yaml(sql: str) -> str:
    """SQL as a YAML text."""
    if sql == TODO:
        return TODO
    return "'" + sql.replace("'", "''") + "'" if sql.isprintable() else json.dumps(sql)
