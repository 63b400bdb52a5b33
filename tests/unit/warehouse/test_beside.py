"""Processes beside the night: whom an answer belongs to, and who ends when."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.warehouse.beside import Beside, BesideError

ROOT = Path(__file__).parents[3]
PROGRAM = "tests.unit.warehouse.slow_program"
A_NIGHT = f"""
from regulars.warehouse.beside import Beside
process = Beside({PROGRAM!r})
answers = process.ask({{"up_to": 1000, "pause": 0.01}}).answers()
next(answers)
print(process.pid, flush=True)
list(answers)
"""


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    process = Beside(PROGRAM)
    yield process
    process.close()


def is_gone(pid: int, *, within: float) -> bool:
    deadline = time.monotonic() + within
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not Path(f"/proc/{pid}").exists()


def test_answers_come_as_they_are_made(process: Beside) -> None:
    answers = process.ask({"up_to": 2, "pause": 0.5}).answers()
    assert next(answers) == 0
    asked_at = time.monotonic()
    assert list(answers) == [1]
    assert time.monotonic() - asked_at > 0.4


def test_requests_are_answered_in_turn_and_read_in_any_order(process: Beside) -> None:
    first, second, third = (process.ask({"up_to": number}) for number in (5, 2, 3))
    assert list(second.answers()) == [0, 1]
    assert list(first.answers()) == [0, 1, 2, 3, 4]
    assert list(third.answers()) == [0, 1, 2]
    with pytest.raises(BesideError, match="has answered that already"):
        next(second.answers())


def test_a_process_that_was_killed_is_never_alive_again(process: Beside) -> None:
    process.kill()
    assert not process.is_alive


def test_a_request_that_fails_says_why_and_where_and_ends_the_process(process: Beside) -> None:
    with pytest.raises(BesideError, match="ValueError: no more than one") as failed:
        list(process.ask({"up_to": 1, "refuse": "no more than one"}).answers())
    assert not process.is_alive
    assert "Traceback" not in str(failed.value)
    assert "Traceback" in str(failed.value.__cause__)


def test_who_does_not_read_to_the_end_ends_the_process(process: Beside) -> None:
    answers = process.ask({"up_to": 1000, "pause": 0.01}).answers()
    assert next(answers) == 0
    del answers
    assert is_gone(process.pid, within=5) or not process.is_alive


def test_a_process_that_does_not_answer_all_in_time_is_ended(process: Beside) -> None:
    with pytest.raises(BesideError, match="ended with code -9 before it answered"):
        list(process.ask({"up_to": 1000, "pause": 0.01}).answers(limit_seconds=0.5))


def test_what_is_done_after_the_answer_is_done_before_the_process_ends(
    process: Beside, tmp_path: Path
) -> None:
    assert list(process.ask({"up_to": 1, "leave": str(tmp_path / "left")}).answers()) == [0]
    process.close()
    assert (tmp_path / "left").read_text("utf-8") == "done"


def test_a_killed_night_takes_the_process_with_it_in_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    night = subprocess.Popen([sys.executable, "-c", A_NIGHT], stdout=subprocess.PIPE, text=True)
    assert night.stdout is not None
    pid = int(night.stdout.readline())
    night.kill()
    night.wait()
    night.stdout.close()
    assert is_gone(pid, within=2)
