"""A night that would only repeat what is published is not run; a change of anything it is made of runs it."""

import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regulars.landing.ledger import mark_changed
from regulars.orchestration.cli import app
from regulars.orchestration.nightly import Nightly, nightly_of
from regulars.warehouse import repetition
from regulars.warehouse.versions import MANIFEST
from tests.parsed import with_parsed_project
from tests.shops import FILES, HEADER, write_shop

DAY, NEXT_DAY = date(2024, 6, 29), date(2024, 6, 30)


def run(folder: Path, *options: str) -> str:
    """What the terminal says of a night of DAY."""
    ended = CliRunner().invoke(app, ["run", "--store", str(folder), "--day", DAY.isoformat(), *options])
    assert ended.exit_code == 0, ended.output
    return ended.output


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose night of DAY is published."""
    folder = with_parsed_project(write_shop(tmp_path_factory.mktemp("stores") / "shop"))
    assert "✓ publication" in run(folder)
    return folder


def names(nightly: Nightly) -> list[str]:
    return [version.name for version in nightly.published.versions()]


def standing(folder: Path, day: date = DAY) -> str | None:
    """The name of the version that a night of `day` would only repeat."""
    version = nightly_of(folder).standing(day)
    return version.name if version else None


def test_a_night_of_which_nothing_changed_stands_and_shows_its_results(shop: Path) -> None:
    said = run(shop)
    assert f"night {DAY} stands as it was published ({DAY}_0001)" in said
    assert "Customers per segment" in said
    assert names(nightly_of(shop)) == [f"{DAY}_0001"]


def test_a_night_writes_the_report_and_one_that_stands_writes_it_if_it_is_gone(shop: Path) -> None:
    site = nightly_of(shop).report
    written = site.link.resolve()
    assert written.name.startswith(f"{DAY}_0001-")
    shutil.rmtree(site.folder)
    said = run(shop)
    assert site.link.resolve() == written
    assert Path(said.split()[-1]).resolve() == written / "index.html"


def test_the_command_says_where_the_report_is_and_writes_it_if_it_is_gone_or_asked_to(shop: Path) -> None:
    site = nightly_of(shop).report
    written = site.link.resolve()
    shutil.rmtree(site.folder)
    for _ in range(2):
        ended = CliRunner().invoke(app, ["report", "--store", str(shop)])
        assert ended.output.strip() == str(site.index)
        assert site.link.resolve() == written
    (written / "index.html").write_text("damaged", "utf-8")
    assert CliRunner().invoke(app, ["report", "--store", str(shop), "--again"]).exit_code == 0
    assert "The Corner Shop" in site.index.read_text("utf-8")


def test_a_day_that_was_not_published_is_run(shop: Path) -> None:
    assert standing(shop, NEXT_DAY) is None


def test_an_export_that_arrived_changed_or_went_makes_the_night_run(shop: Path) -> None:
    orders, more = shop / "exports" / "orders.csv", shop / "exports" / "more.csv"
    text, stat = orders.read_text("utf-8"), orders.stat()
    more.write_text(HEADER, "utf-8")
    assert standing(shop) is None
    more.unlink()
    assert standing(shop) == f"{DAY}_0001"
    orders.write_text(text.replace("9.50", "8.50"), "utf-8")
    assert standing(shop) is None
    orders.write_text(text, "utf-8")
    os.utime(orders, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert standing(shop) == f"{DAY}_0001"


@pytest.mark.parametrize(
    "file", ["store.yml", "sources/pos.yml", "actions.yml", "segments.yml", "channels.yml"]
)
def test_a_setting_that_changed_makes_the_night_run(shop: Path, file: str) -> None:
    (shop / file).write_text(f"{FILES[file]}# a remark\n", "utf-8")
    assert standing(shop) is None
    (shop / file).write_text(str(FILES[file]), "utf-8")
    assert standing(shop) == f"{DAY}_0001"


def test_another_program_makes_the_night_run(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repetition, "program_hash", lambda: "another release")
    assert standing(shop) is None


def test_a_version_that_is_not_in_force_is_put_in_force_by_a_run(shop: Path) -> None:
    link = nightly_of(shop).published.link
    target = link.readlink()
    link.unlink()
    assert standing(shop) is None
    link.symlink_to(target)
    assert standing(shop) == f"{DAY}_0001"


@pytest.mark.parametrize("kept", [0, 20])
def test_a_manifest_that_cannot_be_read_makes_the_night_run(shop: Path, kept: int) -> None:
    manifest = nightly_of(shop).published.versions()[-1].folder / MANIFEST
    text = manifest.read_text("utf-8")
    manifest.write_text(text[:kept], "utf-8")
    assert standing(shop) is None
    manifest.write_text(text, "utf-8")
    assert standing(shop) == f"{DAY}_0001"


def test_a_name_that_is_no_text_hinders_nobody(shop: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(shop / "exports") + b"/caf\xe9.txt"))
    odd.touch()
    assert standing(shop) is None
    odd.unlink()
    assert standing(shop) == f"{DAY}_0001"


def test_another_predecessor_makes_the_night_run(shop: Path) -> None:
    published = nightly_of(shop).published
    earlier = published.versions_folder / f"{date(2024, 6, 28)}_0001"
    earlier.mkdir()
    (earlier / MANIFEST).write_text("{}", "utf-8")
    assert standing(shop) is None
    shutil.rmtree(earlier)
    assert standing(shop) == f"{DAY}_0001"


def test_what_was_landed_meanwhile_makes_the_night_run_and_then_it_stands_again(shop: Path) -> None:
    with nightly_of(shop).warehouse.connect() as connection:
        mark_changed(connection)
    assert standing(shop) is None
    assert "✓ publication" in run(shop)
    assert standing(shop) == f"{DAY}_0002"


def test_a_night_runs_again_when_it_is_told_to_and_then_stands_again(shop: Path) -> None:
    assert "✓ publication" in run(shop, "--again")
    assert standing(shop) == f"{DAY}_0003"


def test_a_store_without_its_build_warehouse_has_no_night_that_stands(shop: Path) -> None:
    """The last test, because it takes the warehouse away."""
    nightly_of(shop).warehouse.discard()
    assert standing(shop) is None
