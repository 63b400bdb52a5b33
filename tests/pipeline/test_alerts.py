"""Who hears of real nights, those of the terminal and those of the UI."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import pytest
from rich.console import Console
from typer.testing import CliRunner

from regulars.alerts import webhook
from regulars.orchestration.cli import app
from regulars.orchestration.definitions import build_definitions
from regulars.orchestration.execution import (
    NightFailedError,
    environment,
    forget_dead_runs,
    run_night,
)
from regulars.orchestration.nightly import Nightly, nightly_of
from tests.parsed import with_parsed_project
from tests.receivers import SECRET, Receiver, listening
from tests.shops import FILES, HEADER, write_shop

VARIABLE = "SHOP_ALERTS"
DAYS = (date(2024, 6, 28), date(2024, 6, 29))
LATER = date(2024, 6, 30)
Message = dict[str, Any]


class Story(NamedTuple):
    """A shop after some nights: what came of each, what the terminal said, and where the sensor stands."""

    nightly: Nightly
    receiver: Receiver
    said: dict[str, str]
    came: dict[str, list[Message]]
    ticks: dict[str, str]
    cursor: str | None


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A night with a warning, one that the landing gate stops, and that again with nobody to hear.

    The sensor looks before the first and after each.
    """
    folder = write_shop(
        tmp_path_factory.mktemp("stores") / "shop",
        {"store.yml": f"{FILES['store.yml']}alerts: {{webhook: {VARIABLE}}}\n"},
    )
    nightly = nightly_of(with_parsed_project(folder))
    exports = {
        "warned": "3,2024-05-20,4,anna\n",  # who is in no segment with a second order
        "stopped": "".join(f"{number},,4,anna\n" for number in range(10, 110)),
    }
    with listening() as receiver, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, receiver.address)
        patch.setattr(webhook, "PAUSES_SECONDS", (0, 0))
        said: dict[str, str] = {}
        came: dict[str, list[Message]] = {}
        reason, cursor = tick(nightly, None)
        ticks = {"before": reason}
        for (name, rows), day in zip(exports.items(), DAYS, strict=True):
            (nightly.store.exports / f"orders_{name}.csv").write_text(HEADER + rows, "utf-8")
            said[name] = night(nightly, day)
            ticks[name], cursor = tick(nightly, cursor)
            came[name] = receiver.taken()
        receiver.answers = [500] * 3
        said["unheard"] = night(nightly, LATER)
        ticks["unheard"], cursor = tick(nightly, cursor)
        yield Story(nightly, receiver, said, came, ticks, cursor)


def night(nightly: Nightly, day: date) -> str:
    """Run a night, which may be stopped; what the terminal shows."""
    output = StringIO()
    try:
        run_night(nightly, day, Console(file=output, width=1000))
    except NightFailedError as error:
        output.write(f"failed: {error}")
    return output.getvalue()


@contextmanager
def dagster_of(nightly: Nightly) -> Iterator[dg.DagsterInstance]:
    """The instance that the terminal and the UI share."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(nightly).items():
            patch.setenv(name, value)
        with dg.DagsterInstance.get() as instance:
            yield instance


def tick(nightly: Nightly, cursor: str | None) -> tuple[str, str | None]:
    """What the sensor says when it looks, and where it will go on."""
    repository = build_definitions(nightly).get_repository_def()
    with (
        dagster_of(nightly) as instance,
        dg.build_sensor_context(instance, cursor=cursor, repository_def=repository) as context,
    ):
        seen = repository.get_sensor_def("alerts").evaluate_tick(context)
    assert not seen.run_requests
    return str(seen.skip_message), seen.cursor


def lines(nightly: Nightly) -> list[Message]:
    text = (nightly.store.state / "alerts.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_of_a_failed_warning_somebody_hears_what_is_not_true_of_how_many_rows(story: Story) -> None:
    (message,) = story.came["warned"]
    assert (message["what"], message["severity"], message["day"]) == ("check_failed", "warn", "2024-06-28")
    assert (message["stage"], message["table"]) == ("marts_gate", "marts.customers")
    assert (message["check"], message["owner"]) == ("buyers_are_in_a_segment", "crm")
    assert (message["breaking_rows"], message["rows"]) == (1, 2)
    assert message["meaning"] in message["text"]
    assert "✓ publication" in story.said["warned"]


def test_of_a_stopped_night_somebody_hears_that_it_failed_and_which_check_did(story: Story) -> None:
    failed, check = story.came["stopped"]
    assert failed["text"].startswith("The Corner Shop: the night of 2024-06-29 failed. It was stopped at")
    assert (failed["what"], failed["stage"], failed["severity"]) == ("night_failed", "landing_gate", "stop")
    assert (check["what"], check["check"], check["severity"]) == ("check_failed", "few_dead_letters", "stop")
    assert failed["run"] == check["run"]


def test_every_message_is_a_line_too(story: Story) -> None:
    told = [message for messages in story.came.values() for message in messages]
    assert lines(story.nightly)[: len(told)] == [
        {name: value for name, value in message.items() if name != "text"} for message in told
    ]


def test_a_receiver_that_is_down_is_noted_said_and_changes_nothing_else(story: Story) -> None:
    undelivered = "alerts not delivered: 2 of 2, because the webhook says HTTP 500, 3 times"
    heard = [line for line in lines(story.nightly) if line["day"] == LATER.isoformat()]
    assert [line["what"] for line in heard] == ["night_failed", "check_failed", "not_delivered"]
    assert heard[-1]["meaning"] == undelivered
    assert undelivered in story.said["unheard"]
    said = [story.said[name].partition("failed: ")[2] for name in ("stopped", "unheard")]
    assert said[0].replace("2024-06-29", "2024-06-30") == said[1]


def test_the_sensor_tells_of_nothing_that_the_terminal_told_of(story: Story) -> None:
    assert story.ticks.pop("before") == "looks at the runs that end from now on"
    assert set(story.ticks.values()) == {"nothing to tell"}


def test_the_sensor_tells_once_of_a_night_that_the_ui_ran_and_of_one_whose_process_died(story: Story) -> None:
    nightly = story.nightly
    with dagster_of(nightly) as instance:
        job = build_definitions(nightly).resolve_job_def("nightly")
        run = {"partition_key": LATER.isoformat(), "instance": instance, "raise_on_error": False}
        assert not job.execute_in_process(**run).success  # type: ignore[arg-type]
        died = instance.create_run_for_job(
            job, tags={"dagster/partition": LATER.isoformat()}, status=dg.DagsterRunStatus.STARTED
        )
    forget_dead_runs(nightly)
    said, cursor = tick(nightly, story.cursor)
    assert said == "told of 2"
    assert [message["what"] for message in story.receiver.taken()] == ["night_failed", "check_failed"]
    said, cursor = tick(nightly, cursor)
    assert said == "told of 1"
    (message,) = story.receiver.taken()
    assert (message["run"], message["stage"]) == (died.run_id, "run")
    # nor again when it looks at everything anew
    for start in (cursor, story.cursor):
        assert tick(nightly, start)[0] == "nothing to tell"
    assert story.receiver.messages == []


def test_the_address_of_the_webhook_stands_in_no_file_and_in_no_output(story: Story) -> None:
    files = [path for path in story.nightly.store.folder.rglob("*") if path.is_file()]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    assert any(VARIABLE.encode() in path.read_bytes() for path in files)
    assert SECRET not in "".join(story.said.values())
    assert story.receiver.requests


@pytest.mark.parametrize(
    ("address", "warning"),
    [
        (None, "is not set"),
        (f"{SECRET}.example.com", "holds no address"),
        (f"https://example.com/{SECRET}", ""),
    ],
)
def test_check_warns_of_a_webhook_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str | None, warning: str
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if address:
        monkeypatch.setenv(VARIABLE, address)
    folder = write_shop(
        tmp_path / "shop", {"store.yml": f"{FILES['store.yml']}alerts: {{webhook: {VARIABLE}}}\n"}
    )
    checked = CliRunner().invoke(app, ["check", "--store", str(folder)])
    assert checked.exit_code == 0
    said = " ".join(checked.output.split())
    assert (f"alerts: the environment variable {VARIABLE} {warning}" in said) == bool(warning)
    assert SECRET not in said
