"""A site is of one version, the same for the same version, whole or not there, and nobody's in particular."""

import csv
import json
import re
from pathlib import Path

import duckdb
import pytest

from regulars.report.pages import PAGES
from regulars.report.site import Site
from regulars.store.errors import UserError
from regulars.warehouse.versions import Version
from tests.made_up_version import NIGHT, made_up_version

SPEC = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Version]:
    """A site with the version that it shows."""
    folder = tmp_path_factory.mktemp("made_up")
    site, version = Site(folder / "reports", "Tea & <b>Co", "EUR"), made_up_version(folder / "versions")
    site.write(version)
    return site, version


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def page(site: Site, name: str) -> str:
    return (site.link / f"{name}.html").read_text("utf-8")


def test_the_same_version_gives_the_same_bytes(written: tuple[Site, Version], tmp_path: Path) -> None:
    site, version = written
    again = Site(tmp_path, site.title, site.currency)
    assert again.write(version).name == site.link.resolve().name
    assert contents(again.link) == contents(site.link)


def test_a_site_follows_the_version_in_force_and_leaves_the_one_before(
    written: tuple[Site, Version], tmp_path: Path
) -> None:
    _, version = written
    site = Site(tmp_path, "Tea", "EUR")
    first = site.write(version)
    assert site.is_of(version)
    assert not site.is_of(Version(NIGHT, 2, version.folder.with_name(f"{NIGHT}_0002")))
    # under another title the pages of a version are others
    second, third = (Site(tmp_path, title, "EUR").write(version) for title in ("Coffee", "Cocoa"))
    Site(tmp_path, "Milk", "EUR").follow(version)
    assert site.link.resolve() == third
    assert {path.name for path in third.parent.iterdir()} == {second.name, third.name}
    assert first.name not in {second.name, third.name}


def test_what_a_killed_run_left_and_what_was_damaged_is_made_anew(
    written: tuple[Site, Version], tmp_path: Path
) -> None:
    _, version = written
    site = Site(tmp_path, "Tea", "EUR")
    whole = contents(site.write(version))
    (tmp_path / "sites" / "draft").mkdir()
    (tmp_path / "site.new").symlink_to("nowhere")
    [charts] = site.link.glob("vega-*.js")
    charts.write_text("", "utf-8")
    site.write(version)
    assert contents(site.link) == whole
    assert len(list((tmp_path / "sites").iterdir())) == 1


def test_every_page_says_what_is_not_there_yet(tmp_path: Path) -> None:
    site = Site(tmp_path / "reports", "Tea", "EUR")
    site.write(made_up_version(tmp_path / "versions", is_empty=True))
    for one in PAGES:
        text = page(site, one.name)
        assert [section.empty for section in one.sections if section.empty not in text] == []
        assert SPEC.findall(text) == []


def test_a_version_of_another_release_is_refused_with_what_to_do(tmp_path: Path) -> None:
    version = made_up_version(tmp_path / "versions")
    with duckdb.connect(version.database) as connection:
        connection.execute("drop table rule_review")
    site = Site(tmp_path / "reports", "Tea", "EUR")
    with pytest.raises(UserError, match=r"rule_review(.|\n)*regulars run --day 2024-05-12 --again"):
        site.write(version)
    assert not site.link.exists()


def test_what_a_store_or_a_row_says_is_text_and_never_markup_script_or_formula(tmp_path: Path) -> None:
    version = made_up_version(tmp_path / "versions")
    with duckdb.connect(version.database) as connection:
        connection.execute(
            "update customer_segments set segment_id = '</script><b>' where segment_id = 'new'"
        )
    site = Site(tmp_path / "reports", "Tea & <b>Co", "EUR")
    site.write(version)
    text = page(site, "segments")
    assert "<b>" not in text
    assert "Tea &amp; &lt;b&gt;Co" in text
    named = {row["segment"] for row in json.loads(SPEC.findall(text)[0])["data"]["values"]}
    assert {"</script><b>", "=lapsed"} <= named
    with (site.link / "data" / "segments-customers-in-each-segment.csv").open(encoding="utf-8") as file:
        assert {"'=lapsed", "loyal"} <= {row["segment"] for row in csv.DictReader(file)}


def test_nothing_that_is_one_customers_is_on_it(written: tuple[Site, Version]) -> None:
    site, _ = written
    text = b"\n".join(content for name, content in contents(site.link).items() if "vega" not in name)
    assert b"@" not in text.replace(b"@media", b"")
    assert re.findall(rb"Ann Example|\bc_\d+|\bd_\d+|\bo_\d+", text) == []
