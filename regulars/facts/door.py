"""The one door to dbt: it is parsed and run in a process beside the night's.

Importing dbt takes 3 seconds, reading what it parsed before 0.4, and parsing our project anew 8; that process
does all that while the night lands files and a gate runs.
"""

from collections.abc import Iterator
from pathlib import Path

from regulars.facts.project import Manifest, Result, fingerprint, manifest_in, written_from
from regulars.store.dbt_files import DBT_PROJECT
from regulars.warehouse.beside import Asked, Beside, beside
from regulars.warehouse.connection import Warehouse


def warm_up() -> Beside:
    """Start the process that runs dbt, unless it runs already; returns at once, while it imports."""
    return beside("regulars.facts.worker")


class Dbt:
    """dbt over a store's build warehouse; what it writes beside goes to `folder`."""

    def __init__(self, warehouse: Warehouse, folder: Path, time_zone: str) -> None:
        self._warehouse, self._folder, self._time_zone = warehouse, folder, time_zone
        self._parsing: Asked | None = None
        self._parsed_from = ""

    def manifest(self) -> Manifest:
        """The parsed project, parsed anew if it changed; files of another release may be older.

        Raises:
            BesideError: dbt cannot parse the project.
        """
        if written_from(self._folder) != fingerprint(self._time_zone):
            self.start_parsing()
            self.parsed_from()
        return manifest_in(self._folder)

    def start_parsing(self) -> None:
        """Parse the project for `build`, which waits for it; returns at once."""
        if self._parsing is None or self._parsed_from or not self._parsing.process.is_alive:
            # dbt parses everything anew when its profile changes, and nothing parsed depends on these two
            self._parsing, self._parsed_from = self._ask("parse", self._warehouse.path.name, "1GB"), ""

    def parsed_from(self) -> str:
        """The fingerprint of the files that `build` will build; waits until they are parsed.

        Raises:
            BesideError: dbt cannot parse the project.
        """
        if self._parsing is None or not self._parsing.process.is_alive:
            self.start_parsing()
        if self._parsing and not self._parsed_from:
            parsing, self._parsing = self._parsing, None
            (self._parsed_from,) = parsing.answers()
            self._parsing = parsing
        return self._parsed_from

    def build(self, *arguments: str) -> Iterator[Result]:
        """Build and test what was parsed, in one dbt invocation; what dbt says of each node, as it says it.

        dbt begins when this is called, not when the first of it is read.

        Raises:
            BesideError: dbt could not do it, whatever the reason.
        """
        self.parsed_from()
        opened = str(self._warehouse.path), self._warehouse.memory_limit
        asked = self._ask("build", *opened, "--no-write-json", *arguments)
        return (Result(*answer) for answer in asked.answers())

    def _ask(self, command: str, warehouse: str, memory_limit: str, *arguments: str) -> Asked:
        self._warehouse.path.parent.mkdir(parents=True, exist_ok=True)
        project = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        written = ["--target-path", str(self._folder), "--log-path", str(self._folder)]
        # dbt formats every event for every log, whatever its level, which costs a night two seconds
        silent = ["--log-level", "none", "--log-level-file", "none"]
        return warm_up().ask(
            {
                "arguments": [command, *project, *written, *silent, *arguments],
                "folder": str(self._folder),
                "time_zone": self._time_zone,
                "environment": {
                    "REGULARS_WAREHOUSE": warehouse,
                    "REGULARS_MEMORY_LIMIT": memory_limit,
                    "DO_NOT_TRACK": "1",
                },
            }
        )
