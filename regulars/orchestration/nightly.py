"""What every step of a night shares: the store, its build warehouse and its published versions."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import duckdb

from regulars.facts.door import Dbt
from regulars.report.site import Site
from regulars.store.errors import UserError
from regulars.store.store import Store, open_store
from regulars.warehouse.connection import Warehouse
from regulars.warehouse.night import Night
from regulars.warehouse.repetition import made_with, repeats
from regulars.warehouse.versions import Published, Version

STORE_VARIABLE = "REGULARS_STORE"

# what every run changes below state/
WRITTEN = (
    "run.lock",
    "build",
    "build/warehouse.duckdb",
    "build/action_lists",
    "models",
    "reports",
    "reports/sites",
    "published",
    "published/drafts",
    "published/versions",
    "dagster",
    "dbt",
)


@dataclass(frozen=True)
class Nightly:
    """A store and where its nights are built and published."""

    store: Store

    @property
    def warehouse(self) -> Warehouse:
        """The private file in which nights are built."""
        path = self.store.state / "build" / "warehouse.duckdb"
        return Warehouse(path, self.store.settings.memory_limit)

    @property
    def action_lists(self) -> Path:
        """Where tonight's lists wait for their gate."""
        return self.store.state / "build" / "action_lists"

    @property
    def models(self) -> Path:
        """Where trained models are kept."""
        return self.store.state / "models"

    @property
    def reports(self) -> Path:
        """Where pictures for people are."""
        return self.store.state / "reports"

    @property
    def report(self) -> Site:
        """The pages that people look at."""
        return Site(self.reports, self.store.settings.title, self.store.settings.currency)

    @property
    def site(self) -> Path:
        """Where Great Expectations writes its pages."""
        return self.store.state / "data_quality"

    @cached_property
    def dbt(self) -> Dbt:
        """dbt, in its own process, over the build warehouse."""
        return Dbt(self.warehouse, self.store.state / "dbt", self.store.settings.time_zone)

    @cached_property
    def published(self) -> Published:
        """The versions that readers see."""
        return Published(self.store.state / "published")

    def night(self, as_of: date) -> Night:
        """The night of `as_of`, continuing the newest published earlier day and its own earlier runs.

        Raises:
            UserError: One of these is not as it was published.
        """
        previous, earlier_runs = self.published.before(as_of), self.published.of(as_of)
        for version in (*([previous] if previous else []), *earlier_runs):
            version.check()
        return Night(
            store=self.store,
            as_of=as_of,
            previous=previous.database if previous else None,
            previous_date=previous.day if previous else None,
            earlier_runs=tuple(version.database for version in earlier_runs),
        )

    def made_with(self, day: date) -> dict[str, str]:
        """What a night of `day` is made with besides landed rows, as things stand."""
        return made_with(self.store, self.published, day)

    def standing(self, day: date) -> Version | None:
        """The version in force that a night of `day` would only say again, if there is one.

        What keeps us from finding out is the night's to find, which says more of it.

        Raises:
            UserError: The build warehouse is damaged, or what stands is not as it was published.
        """
        versions, current = self.published.of(day), self.published.current()
        is_in_force = versions and current and (current.day > day or current == versions[-1])
        if not is_in_force or not self.warehouse.path.is_file():
            return None
        with suppress(OSError, ValueError, duckdb.Error), self.warehouse.connect() as connection:
            if repeats(connection, self.store, self.published, versions[-1]):
                versions[-1].check()
                return versions[-1]
        return None

    def newest_day(self) -> date:
        """The last day that is over: yesterday in the store's zone, or the end of a finished history."""
        yesterday = datetime.now(self.store.settings.zone).date() - timedelta(days=1)
        return min(self.store.last_day or yesterday, yesterday)

    @contextmanager
    def only_run(self) -> Iterator[None]:
        """Hold the lock of the store, which the kernel frees if we die, and clear what one that died left.

        Raises:
            UserError: Another run of this store is in progress, or we may not write what a run writes.
        """
        self._check_rights()
        self.store.state.mkdir(parents=True, exist_ok=True)
        with (self.store.state / "run.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                # nothing, if that run has only just begun
                holder = lock.read()
                raise UserError(
                    "another run of this store is in progress" + (f" (process {holder})" if holder else ""),
                    file=self.store.folder,
                    remedy="wait until it ends",
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            self.warehouse.clear_spill()
            self.published.clear_drafts()
            yield

    def _check_rights(self) -> None:
        """Find out before the work, and not after it, that its results could not be written."""
        for written in WRITTEN:
            path = self.store.state / written
            nearest = next(place for place in (path, *path.parents) if place.exists())
            if not os.access(nearest, os.W_OK | (os.X_OK if nearest.is_dir() else 0)):
                raise UserError(
                    "the user of this process may not write here",
                    file=nearest,
                    remedy="give that user the right, or mount the file system for writing",
                )


def nightly_of(folder: Path | None = None, *, is_planning: bool = False) -> Nightly:
    """The nights of the store in `folder`, or of the one that REGULARS_STORE names.

    While somebody `is_planning`, experiments may lack their sample size.
    """
    named = folder or os.environ.get(STORE_VARIABLE)
    if not named:
        raise UserError("no store named", remedy=f"say --store FOLDER, or set {STORE_VARIABLE}")
    return Nightly(open_store(Path(named).absolute(), is_planning=is_planning))
