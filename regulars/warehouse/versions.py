"""Published versions: each a folder written aside, made whole, then switched to in one rename.

    published/
      current -> versions/2017-12-31_0002
      versions/2017-12-31_0002/regulars.duckdb, manifest.json, parquet/*.parquet, action_lists/*.csv,
        sheets/*.csv

A version is complete if its folder has its final name. Readers resolve `current` once and keep what
they opened; DuckDB caches files by path, so a long-lived reader must resolve it again for a new night.
"""

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from regulars.store.errors import UserError
from regulars.store.sheets import sheet_columns_sql
from regulars.store.sql import literal, quoted
from regulars.warehouse.published import PUBLISHED, PublishedTable

VERSION_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{4})")
KEPT_PER_DAY = 2
MANIFEST = "manifest.json"


@dataclass(frozen=True, order=True)
class Version:
    """A complete published version; versions order by day, then by run of that day."""

    day: date
    number: int
    folder: Path

    @property
    def database(self) -> Path:
        """The DuckDB file with the published tables."""
        return self.folder / "regulars.duckdb"

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    def check(self) -> None:
        """Read the database once, and compare it with the manifest: a night carries nothing that was damaged.

        Raises:
            UserError: They differ, or one of them is not there.
        """
        try:
            manifest = json.loads((self.folder / MANIFEST).read_text("utf-8"))
            is_as_published = manifest["sha256"][self.database.name] == _sha256(self.database)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise self._damage(f"cannot be compared with its {MANIFEST}: {error!r}") from error
        if not is_as_published:
            raise self._damage(f"is not as it was published: its sha256 is not that of its {MANIFEST}")

    def _damage(self, found: str) -> UserError:
        return UserError(
            found,
            file=self.database,
            remedy="put its folder back from a backup; if there is none, remove the folder and run its day"
            f" again: regulars run --day {self.day} --again",
        )


@dataclass(frozen=True)
class Published:
    """The published folder of a store."""

    folder: Path

    @property
    def versions_folder(self) -> Path:
        """Where the versions are."""
        return self.folder / "versions"

    @property
    def link(self) -> Path:
        """The link that names the version in force."""
        return self.folder / "current"

    def versions(self) -> list[Version]:
        """Every complete version, oldest first."""
        names = self.versions_folder.iterdir() if self.versions_folder.is_dir() else ()
        matches = [(VERSION_NAME.fullmatch(path.name), path) for path in names]
        return sorted(
            Version(date.fromisoformat(match[1]), int(match[2]), path) for match, path in matches if match
        )

    def current(self) -> Version | None:
        """The version in force, if a night was published."""
        target = self.link.resolve() if self.link.is_symlink() else None
        return next((version for version in self.versions() if version.folder.resolve() == target), None)

    def before(self, day: date) -> Version | None:
        """The newest version of a day earlier than `day`: what a night of `day` continues."""
        return max((version for version in self.versions() if version.day < day), default=None)

    def of(self, day: date) -> list[Version]:
        """The versions of `day` itself, oldest first: what a night of `day` repeats."""
        return [version for version in self.versions() if version.day == day]

    def lost_nights(self, day: date) -> list[date]:
        """Nights up to `day` that were published, newer than what a night of `day` continues, and are gone.

        Known from versions of `day` and later, which remember the nights they continued, and from `current`,
        which names a version even when its folder is gone; so the first night of a store has lost none.
        """
        known = {night for version in self.versions() if version.day >= day for night in _nights(version)}
        continued = self.before(day)
        lost = {night for night in known if night < day and (not continued or night > continued.day)}
        named = VERSION_NAME.fullmatch(self.link.readlink().name) if self.link.is_symlink() else None
        if named and not self.link.exists():
            gone = date.fromisoformat(named[1])
            if gone <= day and (not continued or gone > continued.day):
                lost.add(gone)
        return sorted(lost)

    def publish(
        self, warehouse: Path, day: date, action_lists: Path, *, facts: dict[str, object], keep: int
    ) -> Version:
        """Write a version of `day` and make it current, unless a later day is.

        `warehouse` is the build warehouse, which nobody may have open for writing. The files under
        `action_lists` become part of the version, `facts` of its manifest; `keep` days stay available.
        """
        version = self._next(day)
        draft = self.folder / "drafts" / version.name
        self.clear_drafts()
        draft.mkdir(parents=True)
        rows = _write_tables(warehouse, draft)
        shutil.copytree(action_lists, draft / "action_lists")
        _write_manifest(draft, facts | {"as_of_date": day.isoformat(), "version": version.name}, rows)
        sync_tree(draft)
        self.versions_folder.mkdir(parents=True, exist_ok=True)
        draft.rename(version.folder)
        sync(self.versions_folder)
        self._switch(version)
        self._prune(keep, published=version)
        return version

    def clear_drafts(self) -> None:
        """Remove what a run that died left of a version that it did not publish."""
        shutil.rmtree(self.folder / "drafts", ignore_errors=True)
        _aside(self.link).unlink(missing_ok=True)

    def _next(self, day: date) -> Version:
        number = max((version.number for version in self.versions() if version.day == day), default=0) + 1
        return Version(day, number, self.versions_folder / f"{day}_{number:04d}")

    def _switch(self, version: Version) -> None:
        """One rename makes `version` current; a run of an earlier day leaves the later one in force."""
        current = self.current()
        if current and current.day > version.day:
            return
        switch(self.link, version.folder)

    def _prune(self, keep: int, *, published: Version) -> None:
        """Remove what is not among the newest of the newest `keep` days.

        The current version stays, and the one just published, which the next night of a backfill continues.
        """
        needed = {self.current(), published}
        newest_days = set(sorted({version.day for version in self.versions()})[-keep:])
        for version in self.versions():
            of_day = [other for other in self.versions() if other.day == version.day]
            if version not in needed and (
                version.day not in newest_days or version not in of_day[-KEPT_PER_DAY:]
            ):
                # out of the way in one rename first, so that half a version never looks like a whole one
                doomed = self.folder / "drafts" / f"{version.name}.old"
                doomed.parent.mkdir(exist_ok=True)
                version.folder.rename(doomed)
                shutil.rmtree(doomed)


def _nights(version: Version) -> list[date]:
    """The nights whose check results a version holds: its own and those it continued."""
    try:
        with duckdb.connect(version.database, read_only=True) as connection:
            nights = connection.execute("select distinct as_of_date from data_quality_results").fetchall()
    except duckdb.Error:
        version.check()
        raise
    return [night for (night,) in nights]


def _write_tables(warehouse: Path, draft: Path) -> dict[str, int]:
    """Write every published table, ordered by its key, to DuckDB and Parquet; returns row counts."""
    (draft / "parquet").mkdir()
    rows = {}
    with duckdb.connect(draft / "regulars.duckdb") as connection:
        connection.execute(f"attach {literal(str(warehouse))} as build (read_only)")
        for table in PUBLISHED:
            name, order = quoted(table.name), ", ".join(map(quoted, table.key))
            connection.execute(
                f"create table {name} as select * from build.{table.built_as} order by {order}"
            )
            connection.execute(f"comment on table {name} is {literal(f'One row per {table.grain}.')}")
            parquet = literal(str(draft / "parquet" / f"{table.name}.parquet"))
            connection.execute(f"copy {name} to {parquet} (compression zstd)")
            if table.is_sheet:
                _write_sheet(connection, table, draft / "sheets")
            counted = connection.execute(f"select count(*) from {name}").fetchone()
            rows[table.name] = int(counted[0]) if counted else 0
        connection.execute("detach build")
    return rows


def _write_sheet(connection: duckdb.DuckDBPyConnection, table: PublishedTable, folder: Path) -> None:
    """Write a table as CSV, with an apostrophe before all that a spreadsheet would take for a formula."""
    folder.mkdir(exist_ok=True)
    cells = sheet_columns_sql(connection.table(quoted(table.name)))
    columns = ", ".join(f"{cell} as {quoted(name)}" for name, cell in cells.items())
    connection.execute(
        f"copy (select {columns} from {quoted(table.name)} order by {', '.join(map(quoted, table.key))})"
        f" to {literal(str(folder / f'{table.name}.csv'))} (header)"
    )


def _write_manifest(draft: Path, facts: dict[str, object], rows: dict[str, int]) -> None:
    files = {
        path.relative_to(draft).as_posix(): _sha256(path)
        for path in sorted(draft.rglob("*"))
        if path.is_file()
    }
    manifest = facts | {"rows": rows, "sha256": files}
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", "utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def switch(link: Path, folder: Path) -> None:
    """Let `link` name a folder below its own, in one rename: a reader sees the one before or this one."""
    aside = _aside(link)
    aside.unlink(missing_ok=True)
    aside.symlink_to(folder.relative_to(link.parent))
    aside.rename(link)
    sync(link.parent)


def _aside(link: Path) -> Path:
    return link.with_name(f"{link.name}.new")


def sync_tree(folder: Path) -> None:
    """Make a folder with all that is in it survive a power cut."""
    for path in [*folder.rglob("*"), folder]:
        sync(path)


def sync(path: Path) -> None:
    """Make a file or folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
