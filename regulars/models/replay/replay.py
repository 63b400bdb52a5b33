"""Decides a published night once more, of what its version holds, and compares the outcome row by row.

Not here: what a night reads, which `decisions.inputs` declares.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import duckdb

from regulars.models.action_lists.handed_over import record_handed_over
from regulars.models.action_lists.last_look import last_look
from regulars.models.decisions.decide import decide
from regulars.models.decisions.inputs import PUBLISHED_AS
from regulars.models.replay.comparison import Comparison, compared
from regulars.store.errors import UserError
from regulars.store.sql import date_literal
from regulars.store.store import Store, open_store
from regulars.warehouse.connection import Warehouse
from regulars.warehouse.night import SCHEMAS, Night
from regulars.warehouse.published import PUBLISHED
from regulars.warehouse.repetition import program_hash
from regulars.warehouse.session import attached
from regulars.warehouse.settings_tables import declare
from regulars.warehouse.versions import MANIFEST, Version

NIGHT, RUN_BEFORE = "night", "run_before"


@dataclass(frozen=True)
class Replay:
    """How far the decisions of a night come out again, table by table, and what is to be known of it."""

    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether no row differs."""
        return all(comparison.is_same for comparison in self.comparisons)


def replay(version: Version, runs: list[Version], *, scratch: Path, memory_limit: str) -> Replay:
    """Decide the night of `version` again in `scratch`, an empty folder, and compare every table of it.

    `runs` are the versions of its day. Reads nothing else.

    Raises:
        UserError: The version is damaged, or of a release that published too little; or this program does
            not understand the configuration of that night.
    """
    version.check()
    before = next((run for run in runs if run.number == version.number - 1), None)
    is_alone = before is None and version.number > 1
    with (
        Warehouse(scratch / "replay.duckdb", memory_limit).connect() as connection,
        ExitStack() as databases,
    ):
        databases.enter_context(attached(connection, version.database, NIGHT))
        if before:
            before.check()
            databases.enter_context(attached(connection, before.database, RUN_BEFORE))
        store = _configured(connection, version, scratch / "store")
        _provide(connection, Night(store, version.day, None, None), before=before, is_alone=is_alone)
        _decide(connection, store)
        comparisons = tuple(compared(connection, table, NIGHT) for table in _replayed(connection))
    return Replay(comparisons, tuple(_notes(version, is_alone=is_alone)))


def _configured(connection: duckdb.DuckDBPyConnection, version: Version, folder: Path) -> Store:
    """The store as the night read it, written to `folder`."""
    try:
        texts = connection.execute(
            f"select file, text from {NIGHT}.configuration where text is not null"
        ).fetchall()
    except duckdb.CatalogException as error:
        raise UserError(
            "holds no configuration, because it was published by an earlier release",
            file=version.database,
            remedy=f"run its day again: regulars run --day {version.day} --again",
        ) from error
    for name, text in texts:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    return open_store(folder)


def _provide(
    connection: duckdb.DuckDBPyConnection, night: Night, *, before: Version | None, is_alone: bool
) -> None:
    """Every table that decisions read, under the name by which they read it."""
    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}")
    declare(connection, night)
    places = {
        "night": NIGHT,
        "run_before": RUN_BEFORE if before else NIGHT,
        "is_again": "true" if before or is_alone else "false",
        "day": date_literal(night.as_of),
        "named": "'customer' as identifier_kind, '' as source, customer_id as identifier",
    }
    for table, query in PUBLISHED_AS.items():
        connection.execute(f"drop table if exists {table}")
        connection.execute(f"create view {table} as {query.format(**places)}")


def _decide(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    catalogue, channels = store.actions_file.content, store.channels_file.content
    decide(connection, catalogue, channels, store.experiments)
    with last_look(connection, catalogue, channels, store.destinations):
        record_handed_over(connection, catalogue)


def _replayed(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name and key of every published table that was made again."""
    made = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'decisions'"
    ).fetchall()
    names = {f"decisions.{name}" for (name,) in made}
    yield from ((table.name, table.key) for table in PUBLISHED if table.built_as in names)


def _notes(version: Version, *, is_alone: bool) -> Iterator[str]:
    manifest = json.loads((version.folder / MANIFEST).read_text("utf-8"))
    then, now = manifest.get("made_with", {}).get("program_hash"), program_hash()
    if then is None:
        yield f"which program decided then is not known; this one is {now}"
    elif then != now:
        yield f"decided by another program then ({then}) than now ({now})"
    if is_alone:
        yield (
            "the run before it is not kept any more: what that one handed over is taken to be all that is"
            " known to be handed over on the night"
        )
