"""What must hold of the published folder at every moment: each version is whole, and says what it should."""

import hashlib
import json
from pathlib import Path

import duckdb

from regulars.orchestration.nightly import nightly_of
from regulars.warehouse.published import PUBLISHED
from regulars.warehouse.versions import MANIFEST, Version
from tests.faults.shops import DAY, Undisturbed

DATED_BY_LANDING = ("files", "dead_letters")
# the run, and what is made of its id
OF_A_RUN = {"run_id", "version", "made_with", "sha256"}


def is_whole(version: Version) -> bool:
    """Whether a version has the files of its manifest, with their bytes, and tables of as many rows."""
    manifest = json.loads((version.folder / MANIFEST).read_text("utf-8"))
    found = {
        path.relative_to(version.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in version.folder.rglob("*")
        if path.is_file() and path != version.folder / MANIFEST
    }
    with duckdb.connect(version.database, read_only=True) as connection:
        rows = {table.name: len(connection.table(table.name)) for table in PUBLISHED}
    return found == manifest["sha256"] and rows == manifest["rows"]


def differences(version: Version, expected: Version, *, rebuilt: bool = False) -> list[str]:
    """What a version says otherwise than another one: byte by byte, but for DuckDB's file, by rows.

    A night that is rebuilt lands all files itself, and so says another `loaded_date` of earlier ones.
    """
    manifests = [json.loads((one.folder / MANIFEST).read_text("utf-8")) for one in (version, expected)]
    one, other = ({name: manifest[name] for name in manifest.keys() - OF_A_RUN} for manifest in manifests)
    promised = [
        path.relative_to(expected.folder)
        for pattern in ("parquet/*.parquet", "action_lists/*.csv")
        for path in sorted(expected.folder.glob(pattern))
    ]
    other_bytes = [
        path.as_posix()
        for path in promised
        if (version.folder / path).read_bytes() != (expected.folder / path).read_bytes()
        and not (rebuilt and path.stem in DATED_BY_LANDING)
    ]
    return (
        other_bytes + _other_rows(version, expected, rebuilt=rebuilt) + ([] if one == other else [MANIFEST])
    )


def _other_rows(version: Version, expected: Version, *, rebuilt: bool) -> list[str]:
    with duckdb.connect() as connection:
        for name, one in (("one", version), ("other", expected)):
            connection.execute(f"attach '{one.database}' as {name} (read_only)")
        differing = []
        for table in PUBLISHED:
            columns = "* exclude (loaded_date)" if rebuilt and table.name in DATED_BY_LANDING else "*"
            one, other = (f"select {columns} from {name}.{table.name}" for name in ("one", "other"))
            rows = connection.execute(
                f"({one} except all {other}) union all ({other} except all {one})"
            ).fetchall()
            differing += [f"{table.name}: {len(rows)} rows"] if rows else []
    return differing


def assert_nothing_is_torn(shop: Path, undisturbed: Undisturbed, *, rebuilt: bool = False) -> None:
    """What readers can see is the earlier night as it was, or the new one as it should be."""
    published = nightly_of(shop).published
    versions = published.versions()
    assert versions[0].name == undisturbed.before.name
    assert published.current() in versions
    for version in versions:
        assert is_whole(version), version
        expected = undisturbed.night if version.day == DAY else undisturbed.before
        assert differences(version, expected, rebuilt=rebuilt) == []


def assert_as_if_undisturbed(shop: Path, undisturbed: Undisturbed, *, rebuilt: bool = False) -> None:
    """The night of DAY is published and in force, as in the undisturbed shop, and nothing else is left."""
    assert_nothing_is_torn(shop, undisturbed, rebuilt=rebuilt)
    nightly = nightly_of(shop)
    assert (current := nightly.published.current())
    assert current == nightly.published.of(DAY)[-1]
    folder = nightly.published.folder
    assert {path.name for path in folder.iterdir()} - {"drafts"} == {"current", "versions"}
    assert list(folder.glob("drafts/*")) == []
    built = sorted(path.name for path in nightly.warehouse.path.parent.iterdir())
    assert built == ["action_lists", "warehouse.duckdb"]
