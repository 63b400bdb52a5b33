"""An alert is told once, whoever notices it, and what cannot be told is said."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from regulars.alerts import webhook
from regulars.alerts.alert import Alert, sentence
from regulars.alerts.tell import Told, tell
from tests.receivers import Receiver, listening

VARIABLE = "SHOP_ALERTS"
NIGHT = Alert(
    day="2024-06-29",
    run="run-1",
    at="2024-06-30T01:00:00+00:00",
    what="night_failed",
    severity="stop",
    stage="landing_gate",
    meaning="It was stopped at landing_gate, where a check failed.",
    owner="team:data",
    look="the runbook",
)
CHECK = replace(
    NIGHT,
    what="check_failed",
    table="landing.files",
    check="few_dead_letters",
    meaning="Few rows are dead.",
    breaking_rows=3,
    rows=40,
)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(webhook, "PAUSES_SECONDS", (0, 0))
    with listening() as receiver:
        monkeypatch.setenv(VARIABLE, receiver.address)
        yield receiver


def told(file: Path, *alerts: Alert) -> Told:
    return tell(alerts, file=file, title="The Shop", variable=VARIABLE)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_every_alert_is_a_line_and_a_message_with_the_same_fields(tmp_path: Path, receiver: Receiver) -> None:
    assert told(tmp_path / "alerts.jsonl", NIGHT, CHECK) == Told(2)
    assert lines(tmp_path / "alerts.jsonl") == [asdict(NIGHT), asdict(CHECK)]
    assert receiver.messages == [
        {"text": sentence(alert, "The Shop"), **asdict(alert)} for alert in (NIGHT, CHECK)
    ]


def test_a_sentence_says_what_failed_how_much_and_where_to_look() -> None:
    assert sentence(NIGHT, "The Shop") == (
        "The Shop: the night of 2024-06-29 failed. It was stopped at landing_gate, where a check failed."
        " See the runbook. (team:data)"
    )
    assert sentence(CHECK, "The Shop") == (
        "The Shop, night of 2024-06-29: few_dead_letters of landing.files stops. Few rows are dead."
        " 3 of 40 rows break it. See the runbook. (team:data)"
    )
    unknown = replace(CHECK, severity="warn", rows=None)
    assert "warns. Few rows are dead. Rows that break it: 3. See" in sentence(unknown, "The Shop")
    assert "dead. See" in sentence(replace(unknown, breaking_rows=None), "The Shop")


def test_a_run_is_told_of_once_and_the_next_one_anew(tmp_path: Path, receiver: Receiver) -> None:
    file = tmp_path / "state" / "alerts.jsonl"
    assert [told(file, NIGHT).alerts, told(file, NIGHT, CHECK).alerts] == [1, 0]
    assert told(file, replace(NIGHT, run="run-2")).alerts == 1
    assert [message["run"] for message in receiver.messages] == ["run-1", "run-2"]


def test_of_many_who_notice_the_same_run_one_tells_and_no_line_is_torn(
    tmp_path: Path, receiver: Receiver
) -> None:
    runs = [replace(CHECK, run=f"run-{number % 5}", meaning="x" * 10_000) for number in range(40)]
    with ThreadPoolExecutor(8) as many:
        results = list(many.map(lambda alert: told(tmp_path / "alerts.jsonl", alert), runs))
    assert sum(result.alerts for result in results) == 5
    assert sorted(line["run"] for line in lines(tmp_path / "alerts.jsonl")) == [f"run-{n}" for n in range(5)]
    assert len(receiver.messages) == 5


def test_nothing_to_tell_leaves_no_file(tmp_path: Path, receiver: Receiver) -> None:
    assert told(tmp_path / "alerts.jsonl") == Told(0)
    assert list(tmp_path.iterdir()) == []
    assert receiver.requests == []


def test_what_a_crash_left_unfinished_hinders_nobody(tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    file.write_text('7\n{"no": "run"}\n{"day": "2024-06-', "utf-8")
    assert tell([NIGHT], file=file, title="", variable=None) == Told(1)
    assert file.read_text("utf-8").splitlines()[:3] == ["7", '{"no": "run"}', '{"day": "2024-06-']
    assert json.loads(file.read_text("utf-8").splitlines()[3]) == asdict(NIGHT)


def test_a_receiver_that_is_down_is_asked_for_one_alert_and_noted(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers = [200, 500, 500, 500]
    (problem,) = told(tmp_path / "alerts.jsonl", NIGHT, CHECK, CHECK).problems
    assert problem == "alerts not delivered: 2 of 3, because the webhook says HTTP 500, 3 times"
    assert len(receiver.requests) == 4
    assert lines(tmp_path / "alerts.jsonl")[3] == {
        "day": NIGHT.day,
        "run": NIGHT.run,
        "at": NIGHT.at,
        "what": "not_delivered",
        "meaning": problem,
    }


def test_a_file_that_cannot_be_written_keeps_nothing_from_the_webhook(
    tmp_path: Path, receiver: Receiver
) -> None:
    (tmp_path / "alerts.jsonl").mkdir()
    receiver.answers = [200, 404, 404, 404]
    assert told(tmp_path / "alerts.jsonl", NIGHT, CHECK) == Told(
        2,
        (
            "alerts are missing in alerts.jsonl: Is a directory",
            "alerts not delivered: 1 of 2, because the webhook says HTTP 404, 3 times",
        ),
    )
    assert len(receiver.messages) == 1
