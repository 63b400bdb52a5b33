"""Whether a night would only say again what a published version says, which then stands.

A night is a pure function, so what it is made with decides what it says: the program, the store's
configuration, the night it continues, the lists of earlier nights that were delivered, and the state of
the landed rows when the facts were built from them. Each step notes its part in the build warehouse, and
publication copies the note.
Not here: how a night is run.
"""

import hashlib
import json
import platform
import re
from datetime import date
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import duckdb

from regulars.landing.ledger import exports_listing, landing_id, landing_listing
from regulars.store.dbt_files import TARGET
from regulars.store.sql import literal
from regulars.store.store import Store
from regulars.warehouse.settings_tables import delivered_lists
from regulars.warehouse.versions import MANIFEST, Published, Version

PACKAGE = Path(__file__).parents[1]
SOURCES = (".py", ".sql", ".yml")
DISTRIBUTION = re.compile(r"[\w.-]+")


def made_with(store: Store, published: Published, day: date) -> dict[str, str]:
    """What a night of `day` is made with besides landed rows, as things stand."""
    continues = published.before(day)
    manifest = (continues.folder / MANIFEST).read_bytes() if continues else b""
    return {
        "as_of_date": day.isoformat(),
        "config_hash": store.config_hash,
        "program_hash": program_hash(),
        "delivered": hashlib.sha256(repr(delivered_lists(store, day)).encode()).hexdigest()[:16],
        "continues": f"{continues.name} {hashlib.sha256(manifest).hexdigest()[:16]}" if continues else "",
    }


def note(connection: duckdb.DuckDBPyConnection, made: dict[str, str]) -> None:
    """Note in the build warehouse what its night is made with."""
    text = literal(json.dumps(made))
    connection.execute(f"create or replace table settings.made_with as select {text} as made_with")


def noted(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What `note` was told last."""
    connection.execute("create table if not exists settings.made_with (made_with varchar)")
    row = connection.execute("select made_with from settings.made_with").fetchone()
    made: dict[str, str] = json.loads(row[0]) if row else {}
    return made


def repeats(
    connection: duckdb.DuckDBPyConnection, store: Store, published: Published, newest: Version
) -> bool:
    """Whether `newest` was made with what a night of its day would be made with now.

    `connection` is open on the build warehouse, whose last landing must have seen the exports as they are.
    """
    manifest = json.loads((newest.folder / MANIFEST).read_text("utf-8"))
    now = made_with(store, published, newest.day) | {"landing": landing_id(connection)}
    return manifest.get("made_with") == now and landing_listing(connection) == exports_listing(store.exports)


@cache
def program_hash() -> str:
    """Changes with our source, with Python, and with the versions of the libraries that we name."""
    named = {match[0] for line in requires("regulars") or () if (match := DISTRIBUTION.match(line))}
    digest = hashlib.sha256(platform.python_version().encode())
    for name in sorted(named):
        digest.update(f"{name} {_version(name)}\n".encode())
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in SOURCES and TARGET not in path.parts:
            digest.update(f"{path.relative_to(PACKAGE)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _version(distribution: str) -> str:
    """The installed version; none of an extra that is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
