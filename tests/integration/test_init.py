"""`regulars init`: a folder from presets that runs as soon as files lie in it; nothing is overwritten."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.landing.presets import klaviyo, shopify

PROGRAM = Path(sys.executable).with_name("regulars")
NEW = ("--time-zone", "Europe/London", "--currency", "GBP")
TWO = ("--preset", "shopify", "--preset", "klaviyo")
Regulars = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def regulars(tmp_path: Path) -> Regulars:
    """Runs the installed program beside the store's folder."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name != "REGULARS_STORE"}
        return subprocess.run(
            [str(PROGRAM), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
            cwd=tmp_path,
            env=environment | {"COLUMNS": "200"},
        )

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_store_of_two_presets_runs_as_soon_as_their_files_lie_there(
    regulars: Regulars, tmp_path: Path
) -> None:
    made = regulars("init", "tulips", *TWO, *NEW, "--set", "shopify.refused_on=2026-10-01")
    assert made.returncode == 0, made.stderr
    assert "drop into tulips/exports/shopify: orders*.csv (Orders, Export, plain CSV)" in made.stdout
    for system, sample in (("shopify", shopify.SAMPLE), ("klaviyo", klaviyo.SAMPLE)):
        for name, content in sample.files.items():
            (tmp_path / "tulips" / "exports" / system / name).write_text(str(content), "utf-8")
    checked = regulars("check", "--store", "tulips")
    assert (checked.returncode, "configuration and 18 files fit" in checked.stdout) == (0, True), checked
    night = regulars("run", "--store", "tulips", "--day", "2026-10-02")
    assert night.returncode == 0, night.stdout + night.stderr
    # who said yes to Klaviyo said so before Shopify's undated no about text messages, and not about e-mails
    who = regulars(
        "query",
        "--store",
        "tulips",
        "select channel || ': ' || status as may from customer_permissions join customer_identifiers"
        " using (customer_id) where identifier = 'ada@example.com' and purpose = 'marketing'",
    )
    assert ("email: granted" in who.stdout, "sms: denied" in who.stdout) == (True, True), who.stdout


def test_nothing_is_overwritten(regulars: Regulars, tmp_path: Path) -> None:
    assert regulars("init", "tulips", *TWO, *NEW).returncode == 0
    before = contents(tmp_path)
    again = regulars("init", "tulips", "--preset", "zendesk", "--preset", "shopify")
    assert (again.returncode, "sources/shopify.yml: the file is there already" in again.stderr) == (2, True)
    assert contents(tmp_path) == before


def test_presets_are_added_to_a_store(regulars: Regulars, tmp_path: Path) -> None:
    assert regulars("init", "tulips", *TWO, *NEW).returncode == 0
    before = contents(tmp_path)
    assert regulars("init", "tulips", "--preset", "zendesk").returncode == 0
    new = set(contents(tmp_path)) - set(before)
    assert new == {"tulips/sources/zendesk.yml", "tulips/exports/zendesk/README.md"}
    assert {name: contents(tmp_path)[name] for name in before} == before
    assert regulars("check", "--store", "tulips").returncode == 0


def test_what_only_the_store_knows_is_to_be_filled_in(regulars: Regulars) -> None:
    made = regulars("init", "tulips", "--preset", "mailchimp", *NEW)
    assert "fill in time_zone: TODO in tulips/sources/mailchimp.yml:5" in made.stdout
    refused = regulars("check", "--store", "tulips")
    assert (
        refused.returncode,
        "mailchimp.yml:5: 'time_zone' is still to be filled in" in refused.stderr,
    ) == (
        2,
        True,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tulips", "--preset", "shopify", "--currency", "GBP"), "--time-zone is missing"),
        (("tulips", "--preset", "shopfy", *NEW), "unknown preset 'shopfy'; did you mean 'shopify'?"),
        (("tulips", "--preset", "shopify", "--set", "shopify.refused=1", *NEW), "did you mean 'refused_on'?"),
        (("tulips", "--preset", "shopify", "--set", "refused_on=1", *NEW), "says nothing of a preset"),
        (("tulips", *NEW), "no preset is named"),
        (("tulips", "--preset", "shopify", *NEW[:2], "--currency", "pounds"), "currency"),
        ((), "no folder is named"),
    ],
)
def test_a_mistake_leaves_nothing_behind(
    regulars: Regulars, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    refused = regulars("init", *arguments)
    assert (refused.returncode, message in refused.stderr, "remedy" in refused.stderr) == (2, True, True), (
        refused
    )
    assert contents(tmp_path) == {}


def test_the_presets_are_listed_with_a_line_each(regulars: Regulars) -> None:
    listed = regulars("init", "--list").stdout
    assert "shopify" in listed
    assert "Klaviyo's profiles and e-mail events, as its API gives them (vendor, 2026-11)" in listed


def test_a_contract_is_proposed_from_one_file_and_written_only_where_none_is(
    regulars: Regulars, tmp_path: Path
) -> None:
    (tmp_path / "orders_2025.csv").write_text(
        "order_id,ordered_at,total\n1,2025-01-01T10:00:00Z,2\n", "utf-8"
    )
    shown = regulars("init", "--from-file", "orders_2025.csv")
    assert (shown.returncode, "entity: orders  # guess: " in shown.stdout) == (0, True), shown
    assert regulars("init", "tulips", *TWO, *NEW).returncode == 0
    written = regulars("init", "--from-file", "orders_2025.csv", "--into", "tulips")
    assert "line 4: owner: TODO  # who to ask" in written.stdout
    assert (tmp_path / "tulips" / "sources" / "orders.yml").read_text("utf-8") == shown.stdout
    refused = regulars("check", "--store", "tulips")
    assert (refused.returncode, "orders.yml:4: 'owner' is still to be filled in" in refused.stderr) == (
        2,
        True,
    )
    again = regulars("init", "--from-file", "orders_2025.csv", "--into", "tulips")
    assert (again.returncode, "the file is there already" in again.stderr) == (2, True)
