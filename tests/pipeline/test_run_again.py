"""Nights that are run again after their lists were handed over, and nights whose predecessor is gone."""

import csv
import shutil
from datetime import date
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import duckdb
import pytest
from rich.console import Console

from regulars.facts.door import Dbt
from regulars.facts.project import fingerprint
from regulars.orchestration import facts
from regulars.orchestration.definitions import build_definitions
from regulars.orchestration.execution import environment, run_night
from regulars.orchestration.nightly import Nightly, nightly_of
from regulars.warehouse.night import built_with
from regulars.warehouse.published import PUBLISHED
from regulars.warehouse.versions import Version
from tests.parsed import with_parsed_project
from tests.replays import assert_that_nights_come_out_again, replayed
from tests.shops import FILES, write_shop

DAY, NEXT_DAY = date(2024, 6, 29), date(2024, 6, 30)  # the second is the store's last
STAGES = """\
segments:
  - {id: regular, kind: stage, depth: behaviour, predicate: order_count > 1, description: Many orders,
     goal: keep them, owner: "team:crm", actions: [thanks], review_date: 2024-12-01, all_or_none: allow}
  - {id: new, kind: stage, depth: behaviour, predicate: order_count = 1, description: One order,
     goal: a second order, owner: "team:crm", actions: [offer], review_date: 2024-12-01, all_or_none: allow}
"""
THANKS = """\
  - {id: thanks, name: Thanks, state: regular, channels: [letter], purpose: marketing,
     action_class: marketing, response_rate: 0.2, value: 20, cooldown_days: 30,
     reason: "bought {order_count} times", customer_reason: Thank you for coming back.}
"""
MESSAGES = """\
  - files: messages*.csv
    entity: messages
    optional: true
    columns:
      message_ref: id
      channel: "'letter'"
      decision_id: decision
      event: event
      occurred_at: at
"""
HEADER = "id,placed,amount,who\n"


class Story(NamedTuple):
    """A shop's versions in the order of their runs, and what the terminal said of each run."""

    nightly: Nightly
    versions: dict[str, Version]
    said: dict[str, str]


def night(nightly: Nightly, day: date) -> str:
    """Run a night and return what the terminal shows."""
    output = StringIO()
    run_night(nightly, day, Console(file=output, width=1000))
    return output.getvalue()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A night; the same after an export came; again without one; the next, an answer and a late order."""
    folder = write_shop(
        tmp_path_factory.mktemp("stores") / "shop",
        {
            "segments.yml": STAGES,
            "actions.yml": str(FILES["actions.yml"]) + THANKS,
            "sources/pos.yml": str(FILES["sources/pos.yml"]) + MESSAGES,
            "exports/orders.csv": HEADER + "1,2024-05-01,9.50,anna\n2,2024-05-02,3,ben\n",
        },
    )
    nightly, said = nightly_of(with_parsed_project(folder)), {}
    said["first"] = night(nightly, DAY)
    (nightly.store.exports / "orders_2.csv").write_text(
        HEADER + "3,2024-05-20,4,anna\n4,2024-05-20,5,carl\n", "utf-8"
    )
    said["again"] = night(nightly, DAY)
    said["unchanged"] = night(nightly, DAY)
    listed = nightly.published.versions()[-1]
    (nightly.store.exports / "messages.csv").write_text(
        f"id,decision,event,at\nm1,{decisions(listed)['ben']},unsubscribed,2024-06-30 08:00:00\n", "utf-8"
    )
    (nightly.store.exports / "orders_3.csv").write_text(HEADER + "5,2024-05-10,6,anna\n", "utf-8")
    said["next"] = night(nightly, NEXT_DAY)
    kept = {version.name: version for version in nightly.published.versions()}
    names = zip(said, [f"{DAY}_0001", f"{DAY}_0002", f"{DAY}_0003", f"{NEXT_DAY}_0001"], strict=True)
    # the first run is pruned by now, and what is asked of it was noted in time
    return Story(nightly, {run: kept[name] for run, name in names if name in kept}, said)


def rows(version: Version, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(version.database, read_only=True) as connection:
        return connection.execute(query).fetchall()


def decisions(version: Version) -> dict[str, str]:
    """The decision of each customer on the list."""
    with (version.folder / "action_lists" / "letter.csv").open(newline="", encoding="utf-8") as content:
        return {row["customer_ref"]: row["decision_id"] for row in csv.DictReader(content)}


PLANNED = """
select customers.customer_ref, plans.action_id
from planned_touchpoints as plans inner join customers using (customer_id)
order by all
"""


def test_a_night_run_again_with_new_facts_adds_to_what_was_handed_over_and_stays_within_the_caps(
    story: Story,
) -> None:
    again = story.versions["again"]
    assert sorted(decisions(again)) == ["ben", "carl"]
    assert rows(again, PLANNED) == [("anna", "offer"), ("ben", "offer"), ("carl", "offer")]
    anna = "select action_id, reason_code from next_actions where customer_ref = 'anna'"
    assert rows(again, anna) == [("none", "already_handed_over")]


def test_a_night_run_again_without_new_facts_publishes_the_same(story: Story) -> None:
    again, unchanged = story.versions["again"], story.versions["unchanged"]
    for table in PUBLISHED:
        path = Path("parquet") / f"{table.name}.parquet"
        assert (again.folder / path).read_bytes() == (unchanged.folder / path).read_bytes(), table.name
    written = [
        {path.name: path.read_bytes() for path in (version.folder / "action_lists").glob("*.csv")}
        for version in (again, unchanged)
    ]
    assert written[0] == written[1]


def test_every_run_of_a_night_decides_the_same_again_of_what_it_published(
    story: Story, tmp_path: Path
) -> None:
    assert_that_nights_come_out_again(story.nightly, tmp_path)


def test_what_is_decided_of_a_run_whose_predecessor_is_gone_says_so(story: Story, tmp_path: Path) -> None:
    notes = replayed(story.nightly, story.versions["again"], tmp_path / "again").notes
    assert ["the run before it is not kept any more" in note for note in notes] == [True]


def test_pruning_an_earlier_run_of_the_day_forgets_none_of_its_plans(story: Story) -> None:
    assert "first" not in story.versions
    for run in ("unchanged", "next"):
        assert ("anna", "offer") in rows(story.versions[run], PLANNED)


def test_an_unsubscribe_that_names_only_our_decision_reaches_the_person(story: Story) -> None:
    permissions = """
    select customers.customer_ref, permissions.status
    from customer_permissions as permissions inner join customers using (customer_id)
    where permissions.channel = 'letter' and permissions.purpose = 'marketing'
    order by all
    """
    assert rows(story.versions["next"], permissions) == [
        ("anna", "granted"),
        ("ben", "withdrawn"),
        ("carl", "granted"),
    ]


def test_a_night_lists_the_days_that_it_changed_after_they_were_published(story: Story) -> None:
    restated = "select as_of_date, source, entity, restated_date from restated_days"
    assert rows(story.versions["again"], restated) == []
    assert rows(story.versions["next"], restated) == [(NEXT_DAY, "pos", "orders", date(2024, 5, 10))]


def test_a_night_that_continues_all_that_was_published_warns_of_nothing(story: Story) -> None:
    assert [run for run, said in story.said.items() if "does not see" in said] == []


def test_of_good_nights_nobody_hears(story: Story) -> None:
    assert not (story.nightly.store.state / "alerts.jsonl").exists()


def test_a_staging_view_is_built_once_and_then_said_to_be_unchanged(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(story.nightly).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as instance:
        view, table = (
            [
                record.asset_materialization.metadata["status"].value
                for record in instance.fetch_materializations(dg.AssetKey(key), limit=10).records
                if record.asset_materialization
            ]
            for key in (["staging", "stg_orders"], ["intermediate", "int_orders"])
        )
    runs = len(story.said)
    assert view[-runs:] == ["unchanged"] * (runs - 1) + ["success"]
    assert set(table) == {"success"}


def test_a_night_that_dies_between_two_dbt_projects_has_built_neither(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(Dbt, "build", die)
    monkeypatch.setattr(Dbt, "parsed_from", lambda _: "another project")
    with story.nightly.warehouse.connect() as connection:
        assert built_with(connection) == fingerprint(story.nightly.store.settings.time_zone)
    with pytest.raises(RuntimeError, match="killed"):
        list(facts.build_facts(story.nightly, {"nodes": {}}, facts.Translator()))
    with story.nightly.warehouse.connect() as connection:
        assert not built_with(connection)


def test_the_sensor_runs_the_newest_day_again_when_a_file_arrives_after_it_was_published(
    story: Story,
) -> None:
    assert f"{NEXT_DAY}_0001" in {version.name for version in story.nightly.published.versions()}
    asked, cursor = tick(story.nightly, None)
    assert asked == [NEXT_DAY.isoformat()]
    assert tick(story.nightly, cursor) == ([], cursor)


def tick(nightly: Nightly, cursor: str | None) -> tuple[list[str | None], str | None]:
    """The days that the sensor asks for when it looks, and where it will go on."""
    repository = build_definitions(nightly).get_repository_def()
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance, cursor=cursor, repository_def=repository) as context,
    ):
        seen = repository.get_sensor_def("arrived_files").evaluate_tick(context)
    return [request.partition_key for request in seen.run_requests or []], seen.cursor


def test_a_night_whose_predecessor_is_gone_says_which_and_what_to_do(story: Story) -> None:
    """The last test, because it takes versions away."""
    for version in story.nightly.published.of(DAY):
        shutil.rmtree(version.folder)
    said = night(story.nightly, NEXT_DAY)
    assert (
        f"warn: previous/planned_touchpoints: night {NEXT_DAY} does not see what night {DAY} decided" in said
    )
    assert f"regulars backfill --from {DAY} --to {NEXT_DAY}" in said
    # its own first run remembers them, so nothing that was handed over is lost this time
    again = story.nightly.published.of(NEXT_DAY)[-1]
    assert ("anna", "offer") in rows(again, PLANNED)
