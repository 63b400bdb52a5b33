"""The dbt project as a manifest declares it: what must be built tonight, and whether all of it was."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from regulars.store.dbt_files import DBT_PROJECT, TARGET

Manifest = Mapping[str, Any]

TABLE_TYPES = ("model", "seed", "snapshot")
UNCHANGED = "unchanged"
# with which SQL is written from what a query finds
QUERIES = {"macro.dbt.run_query", "macro.dbt.statement"}
MANIFEST, NOTE = "manifest.json", "parsed_from"
IDENTITY = Path(__file__).parents[1] / "identity"
PROJECT_FILES = ("*.sql", "*.yml", "*.md", "*.py")


class Result(NamedTuple):
    """What dbt says of one node; `failures` are the rows that fail a test, `rows` those of a new table."""

    unique_id: str
    status: str
    seconds: float
    message: str | None
    failures: int | None
    rows: int | None


def fingerprint(time_zone: str) -> str:
    """Changes with the dbt project, what its models import, DuckDB and the time zone; all is built anew then.

    Another release of DuckDB may hash otherwise, and handles are hashes; one of phonenumbers knows other
    numbers, and one of Splink may weigh otherwise. Weights themselves are rows of settings, as words are.
    """
    versions = " ".join(version(library) for library in ("duckdb", "phonenumbers", "splink"))
    digest = hashlib.sha256(f"{time_zone} {versions}".encode())
    files = [path for kind in PROJECT_FILES for path in DBT_PROJECT.rglob(kind)]
    for path in sorted([*files, *IDENTITY.glob("*.py")]):
        if TARGET in path.parts:
            continue
        digest.update(path.read_bytes())
    return digest.hexdigest()


def written_from(folder: Path) -> str | None:
    """The fingerprint of the files from which the manifest in `folder` was written; None if none is there."""
    note = folder / NOTE
    return note.read_text("utf-8") if note.is_file() and (folder / MANIFEST).is_file() else None


def note_written_from(folder: Path, parsed_from: str) -> None:
    """Note the fingerprint of the files from which dbt has just written the manifest in `folder`."""
    (folder / NOTE).write_text(parsed_from, "utf-8")


def manifest_in(folder: Path) -> Manifest:
    """The manifest that dbt wrote there."""
    manifest: Manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    return manifest


def steady_views(manifest: Manifest) -> list[str]:
    """The views whose SQL no query of the night goes into; each after those it reads.

    Such a view stays right for as long as the project does.
    """
    views = {
        name: node["depends_on"]["nodes"]
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] == "view"
        and not QUERIES & _macros(manifest, node)
    }
    return [name for name in TopologicalSorter(views).static_order() if name in views]


def with_steady_views(
    manifest: Manifest, views: Iterable[str], results: Iterable[Result]
) -> Iterator[Result]:
    """What dbt says of what it builds, and each of `views` as unchanged once all that it reads is there."""
    waiting, there = list(views), set[str]()

    def unchanged() -> Iterator[Result]:
        for name in [*waiting]:
            read = {
                other
                for other in manifest["nodes"][name]["depends_on"]["nodes"]
                if other in manifest["nodes"]
            }
            if read <= there:
                waiting.remove(name)
                there.add(name)
                yield Result(name, UNCHANGED, 0, None, None, None)

    yield from unchanged()
    for result in results:
        yield result
        if result.status == "success":
            there.add(result.unique_id)
            yield from unchanged()


def _macros(manifest: Manifest, node: Mapping[str, Any]) -> set[str]:
    """Every macro that a node's SQL is made with, and those that these use."""
    found: set[str] = set()
    waiting = list(node["depends_on"]["macros"])
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += manifest["macros"][name]["depends_on"]["macros"]
    return found


def all_but(manifest: Manifest, views: Iterable[str]) -> list[str]:
    """How dbt selects every test, every table, and the views that are not `views`.

    Tests are selected by their kind: dbt leaves out those that also read a model which is not selected.
    """
    nodes = manifest["nodes"]
    rest = [
        ".".join(nodes[name]["fqn"])
        for name in sorted(set(nodes) - set(views))
        if nodes[name]["resource_type"] in TABLE_TYPES
    ]
    return ["resource_type:test", *rest]


def problem(manifest: Manifest, results: Iterable[Result]) -> str | None:
    """Why the night must stop: something failed, or a test that is declared did not run."""
    ran = {result.unique_id: result for result in results}
    broken = [result for result in ran.values() if result.status in ("error", "fail")]
    if broken:
        first = manifest["nodes"][broken[0].unique_id]["name"]
        return f"{len(broken)} failed; first {first}: {broken[0].message}"
    declared = {name for name, node in manifest["nodes"].items() if node["resource_type"] == "test"}
    if unrun := sorted(declared - set(ran)):
        return f"{len(unrun)} tests did not run; first {unrun[0]}"
    return None
