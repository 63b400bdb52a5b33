"""The Dagster UI as its users meet it: `regulars ui`, GraphQL, and the pages in a headless Chromium."""

import contextlib
import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from regulars.orchestration.execution import NightFailedError
from tests.browser.web_ui import PROGRAM, WebUi, opened
from tests.stores import add_file_that_fails_the_landing_gate, cut_store_in, run

PICTURES = Path(__file__).parents[1] / "output" / "ui"
GOOD_DAY, BAD_DAY = "2017-06-29", "2017-06-30"
STEPS = {
    "preparation",
    "landing",
    "landing_gate",
    "facts",
    "marts_gate",
    "predictions",
    "predictions_gate",
    "decisions",
    "decisions_gate",
    "measurement",
    "measurement_gate",
    "action_lists",
    "action_lists_gate",
    "publication",
    "report",
}
STAGES = {
    "settings",
    "previous",
    "landing",
    "staging",
    "intermediate",
    "marts",
    "predictions",
    "decisions",
    "measurement",
    "action_lists",
    "published",
    "reports",
}
PAGE_MILLISECONDS = 30_000
TICK_SECONDS = 90

ASSETS = """{ assetNodes {
  assetKey { path } groupName description owners { __typename }
  metadataEntries { ... on TableSchemaMetadataEntry { schema { columns { name description } } } }
  assetMaterializations(limit: 1) {
    metadataEntries { ... on TableSchemaMetadataEntry { schema { columns { name description } } } }
  }
  assetChecksOrError { ... on AssetChecks { checks { name description } } }
} }"""
REPOSITORY = """{ repositoriesOrError { ... on RepositoryConnection { nodes {
  jobs { name description owners { __typename } }
  schedules { name description owners { __typename } scheduleState { status } }
  sensors {
    name description owners { __typename }
    sensorState { status ticks(limit: 9) { timestamp status skipReason } }
  }
} } } }"""
LINKS = "{ assetNodes { assetKey { path } metadataEntries { ... on UrlMetadataEntry { url } } } }"
ENDED = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { endTime } } }"
STEP_STATES = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { stepStats { stepKey status } } } }"


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebUi]:
    with opened(cut_store_in(tmp_path_factory.mktemp("stores") / "shown")) as ui:
        yield ui


@pytest.fixture(scope="module")
def good_run(ui: WebUi) -> str:
    """A night started from the UI."""
    launched = ui.launch(GOOD_DAY)
    assert ui.outcome(launched) == "SUCCESS"
    return launched


@pytest.fixture(scope="module")
def failed_run(ui: WebUi, good_run: str) -> str:
    """The night after it, started on the command line and stopped by the landing gate."""
    add_file_that_fails_the_landing_gate(ui.nightly)
    with pytest.raises(NightFailedError):
        run(ui.nightly, BAD_DAY)
    newest, older = ui.runs()
    assert older == good_run
    return newest


@pytest.fixture(scope="module")
def assets(ui: WebUi, failed_run: str) -> dict[str, dict[str, Any]]:
    assert failed_run
    nodes = ui.ask(ASSETS)["assetNodes"]
    return {".".join(node["assetKey"]["path"]): node for node in nodes}


@pytest.fixture(scope="module")
def context(browser: Browser) -> BrowserContext:
    """A visitor who has never been here."""
    return browser.new_context(viewport={"width": 1600, "height": 1000})


class Visit:
    """A page, what it complained of, and what it asked of other machines."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.complaints: list[str] = []
        self.requests_abroad: list[str] = []
        self.address = address
        self.page = context.new_page()
        self.page.set_default_timeout(PAGE_MILLISECONDS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.route("**/*", self._guard)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}", wait_until="domcontentloaded")
        return self.page

    def shows(self, text: str | re.Pattern[str]) -> bool:
        """Whether a text is to be seen, at once or soon."""
        found = self.page.get_by_text(text).filter(visible=True).first
        with contextlib.suppress(PlaywrightTimeoutError):
            found.wait_for(timeout=PAGE_MILLISECONDS)
        return found.is_visible()

    def picture(self, name: str) -> None:
        # the page draws after it has heard everything
        self.page.wait_for_timeout(1500)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _guard(self, route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            self.requests_abroad.append(route.request.url)
            route.abort()


@pytest.fixture
def visit(ui: WebUi, context: BrowserContext) -> Iterator[Visit]:
    visit = Visit(context, ui.address)
    yield visit
    expect(visit.page.get_by_text("Join the Dagster community")).to_have_count(0)
    visit.page.close()
    assert visit.requests_abroad == []
    assert visit.complaints == []


def columns(asset: dict[str, Any]) -> dict[str, str]:
    """The columns that the asset's page lists: those of the last night, or else of the definition."""
    nights = asset["assetMaterializations"]
    entries = [*(nights[0]["metadataEntries"] if nights else []), *asset["metadataEntries"]]
    schema: dict[str, Any] = next(
        (entry["schema"] for entry in entries if "schema" in entry), {"columns": []}
    )
    return {column["name"]: column["description"] for column in schema["columns"]}


def test_it_listens_on_loopback_only(ui: WebUi) -> None:
    addresses = ui.listening_addresses()
    assert f"0100007F:{ui.port:04X}" in addresses
    # and the report
    assert [address.split(":")[0] for address in addresses] == ["0100007F", "0100007F"]


def test_a_second_one_on_the_same_port_is_refused_in_one_line(ui: WebUi) -> None:
    command = [PROGRAM, "ui", "--store", str(ui.nightly.store.folder), "--port", str(ui.port)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert f"port {ui.port} cannot be used" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_jobs_schedules_and_sensors_are_described_and_owned_and_only_alerts_are_on(ui: WebUi) -> None:
    [store] = ui.ask(REPOSITORY)["repositoriesOrError"]["nodes"]
    assert {job["name"] for job in store["jobs"]} == {"nightly", "__ASSET_JOB"}
    assert [schedule["name"] for schedule in store["schedules"]] == ["every_night"]
    assert {sensor["name"] for sensor in store["sensors"]} == {"arrived_files", "alerts"}
    named = [job for job in store["jobs"] if job["name"] == "nightly"] + store["schedules"] + store["sensors"]
    assert [thing["name"] for thing in named if not (thing["description"] and thing["owners"])] == []
    states = {thing["name"]: thing.get("scheduleState") or thing.get("sensorState") for thing in named[1:]}
    on = [name for name, state in states.items() if state["status"] == "RUNNING"]
    assert on == ["alerts"]


def test_a_night_started_here_runs_every_step_and_publishes(ui: WebUi, good_run: str) -> None:
    steps = ui.ask(STEP_STATES, run=good_run)["runOrError"]["stepStats"]
    assert {step["stepKey"]: step["status"] for step in steps} == dict.fromkeys(STEPS, "SUCCESS")
    assert [version.name for version in ui.nightly.published.versions()] == [f"{GOOD_DAY}_0001"]


def test_the_asset_of_the_report_links_to_its_pages(ui: WebUi, good_run: str) -> None:
    assert good_run
    nodes = ui.ask(LINKS)["assetNodes"]
    (node,) = [node for node in nodes if node["assetKey"]["path"] == ["reports", "site"]]
    (address,) = [entry["url"] for entry in node["metadataEntries"] if "url" in entry]
    assert urlsplit(address).hostname == "127.0.0.1"
    with urlopen(address) as page:  # noqa: S310 (loopback)
        assert "<title>" in page.read().decode()


def test_a_failed_gate_stops_what_comes_after_it(ui: WebUi, failed_run: str) -> None:
    steps = ui.ask(STEP_STATES, run=failed_run)["runOrError"]["stepStats"]
    states = {step["stepKey"]: step["status"] for step in steps}
    ran = {"preparation": "SUCCESS", "landing": "SUCCESS", "landing_gate": "FAILURE"}
    assert {step: state for step, state in states.items() if state != "SKIPPED"} == ran
    assert [version.name for version in ui.nightly.published.versions()] == [f"{GOOD_DAY}_0001"]


def test_assets_are_grouped_by_stage_owned_and_described(assets: dict[str, dict[str, Any]]) -> None:
    assert {asset["groupName"] for asset in assets.values()} == STAGES
    assert {name for name, asset in assets.items() if asset["groupName"] != name.split(".")[0]} == set()
    assert [name for name, asset in assets.items() if not (asset["owners"] and asset["description"])] == []


def test_every_column_of_every_table_says_what_it_means(assets: dict[str, dict[str, Any]]) -> None:
    # these are folders, of tables that the version lists instead, and of pages
    folders = {"published.version", "reports.site"}
    tables = {name: columns(asset) for name, asset in assets.items() if name not in folders}
    assert [name for name, described in tables.items() if not described] == []
    unclear = [f"{name}.{column}" for name, found in tables.items() for column in found if not found[column]]
    assert unclear == []


def test_columns_known_before_the_first_night_are_those_that_it_builds(
    assets: dict[str, dict[str, Any]],
) -> None:
    defined = {name: columns(asset | {"assetMaterializations": []}) for name, asset in assets.items()}
    assert defined == {name: columns(asset) for name, asset in assets.items()}


def test_every_check_says_what_it_demands(assets: dict[str, dict[str, Any]]) -> None:
    checks = {
        (name, check["name"]): check["description"]
        for name, asset in assets.items()
        for check in asset["assetChecksOrError"]["checks"]
    }
    assert {("landing.files", "gate"), ("marts.customer_features", "money_adds_up")} <= checks.keys()
    assert [check for check, description in checks.items() if not description] == []


def test_the_graph_shows_the_stages(visit: Visit) -> None:
    visit.open("/asset-groups")
    for stage in sorted(STAGES):
        assert visit.shows(re.compile(f"^{stage}$"))
    visit.picture("graph")


def test_a_stage_shows_its_assets(visit: Visit, ui: WebUi, failed_run: str) -> None:
    assert failed_run
    visit.open(f"/locations/{ui.nightly.store.settings.name}/asset-groups/decisions")
    # the lineage draws only what fits
    visit.page.get_by_role("tab", name="List").click()
    for asset in ("next_actions", "decision_trace", "allocation_limits"):
        assert visit.shows(asset)
    visit.picture("stage")


def test_an_asset_shows_owner_description_and_columns(visit: Visit, failed_run: str) -> None:
    assert failed_run
    visit.open("/assets/decisions/next_actions?view=overview")
    for text in ("One row per customer.", "customer_reason", "Why, in words that the customer may read"):
        assert visit.shows(re.compile(re.escape(text)))
    visit.picture("asset")


def test_a_good_night_shows_its_steps_as_succeeded(visit: Visit, good_run: str) -> None:
    visit.open(f"/runs/{good_run}")
    assert visit.shows("Success")
    assert visit.shows(f"Succeeded ({len(STEPS)})")
    assert visit.shows("landing_gate")
    visit.picture("run")


def test_a_night_stopped_by_a_gate_shows_which(visit: Visit, failed_run: str) -> None:
    visit.open(f"/runs/{failed_run}")
    assert visit.shows("Failure")
    assert visit.shows("Errored (1)")
    visit.picture("failed_run")


def test_a_failed_gate_says_what_was_not_true(visit: Visit, ui: WebUi, failed_run: str) -> None:
    assert failed_run
    visit.open("/assets/landing/files?view=checks")
    assert visit.shows("Failed")
    assert visit.shows(re.compile("At most one row in a hundred of a file is a dead letter"))
    assert visit.shows(str(ui.nightly.site / "pages" / "index.html"))
    visit.picture("failed_gate")
    visit.page.get_by_text("Show Markdown").click()
    assert visit.shows("few_dead_letters")
    visit.picture("failed_gate_results")


def test_the_schedule_and_the_sensors_are_shown(visit: Visit) -> None:
    visit.open("/automation")
    for name in ("every_night", "arrived_files", "alerts"):
        assert visit.shows(name)
    visit.picture("automation")


def test_the_sensor_looks_at_every_run_and_a_failed_night_is_told_of_once(ui: WebUi, failed_run: str) -> None:
    ended = ui.ask(ENDED, run=failed_run)["runOrError"]["endTime"]
    limit = time.monotonic() + TICK_SECONDS
    while not (said := {tick["skipReason"] for tick in ticks(ui) if tick["timestamp"] > ended}):
        assert time.monotonic() < limit, ticks(ui)
        time.sleep(1)
    assert said == {"nothing to tell"}
    told = (ui.nightly.store.state / "alerts.jsonl").read_text("utf-8").splitlines()
    failures = [line["run"] for line in map(json.loads, told) if line["what"] == "night_failed"]
    assert failures == [failed_run]


def ticks(ui: WebUi) -> list[dict[str, Any]]:
    """When the sensor `alerts` has looked, and what it said."""
    [store] = ui.ask(REPOSITORY)["repositoriesOrError"]["nodes"]
    states = {sensor["name"]: sensor["sensorState"] for sensor in store["sensors"]}
    return [tick for tick in states["alerts"]["ticks"] if tick["status"] != "STARTED"]


def test_ctrl_c_ends_every_process_and_a_night_in_progress(ui: WebUi, failed_run: str) -> None:
    assert failed_run
    launched = ui.launch("2017-07-01")
    while ui.status(launched) == "QUEUED":
        time.sleep(0.5)
    assert len(ui.processes()) > 3
    ui.end(signal.SIGINT)
    assert ui.process.returncode == 0
    assert ui.processes() == []
