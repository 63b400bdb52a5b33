"""Whether a night would only say again what a published version says, which then stands.

A night is a pure function, so the same inputs give the same tables and lists: the program, the store's
configuration, the night it continues, and what was landed. Not here: how a night is run.
"""

import hashlib
import json
import platform
import re
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path

import duckdb

from regulars.landing.ledger import exports_listing, landed_listing
from regulars.store.store import Store
from regulars.warehouse.session import attached
from regulars.warehouse.versions import MANIFEST, Version

PACKAGE = Path(__file__).parents[1]
SOURCES = (".py", ".sql", ".yml")
DISTRIBUTION = re.compile(r"[\w.-]+")

DIFFERENT_FILES = """
select count(*)
from (
    (from landing.files except from earlier.main.files)
    union all
    (from earlier.main.files except from landing.files)
)
"""


def made_with(store: Store, continues: Version | None) -> dict[str, str]:
    """What a version is made with besides landed facts; its manifest says so."""
    return {
        "config_hash": store.config_hash,
        "program_hash": program_hash(),
        "continues": continues.name if continues else "",
    }


def repeats(
    connection: duckdb.DuckDBPyConnection, store: Store, newest: Version, continues: Version | None
) -> bool:
    """Whether a night like that of `newest` would be made with the same, from the same files.

    `connection` is open on the build warehouse, whose last landing must have seen the exports as they are.
    """
    made = made_with(store, continues)
    manifest = json.loads((newest.folder / MANIFEST).read_text("utf-8"))
    if {name: manifest.get(name) for name in made} != made:
        return False
    if landed_listing(connection) != exports_listing(store.exports):
        return False
    with attached(connection, newest.database):
        ((different,),) = connection.execute(DIFFERENT_FILES).fetchall()
    return not different


@cache
def program_hash() -> str:
    """Changes with our source, with Python, and with the versions of the libraries that we name."""
    named = {match[0] for line in requires("regulars") or () if (match := DISTRIBUTION.match(line))}
    digest = hashlib.sha256(platform.python_version().encode())
    for name in sorted(named):
        digest.update(f"{name} {_version(name)}\n".encode())
    for path in sorted(path for path in PACKAGE.rglob("*") if path.suffix in SOURCES):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _version(distribution: str) -> str:
    """The installed version; none of an extra that is not installed."""
    try:
        return version(distribution)
    except ModuleNotFoundError:
        return ""
