"""Processes beside the night's own, for libraries that take seconds to import: Great Expectations and dbt.

Each runs one of our programs, which imports what it needs while the night does something else, and then
answers requests: one JSON request a line on its standard input, JSON lines on its standard output. A process
pool would import the night's main program, and with it the orchestration, a second time.
"""

import atexit
import contextlib
import gc
import json
import os
import queue
import subprocess
import sys
import threading
import traceback
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, TextIO

END_LIMIT_SECONDS = 60

# a process that ends in its work leaves nothing behind that matters, and its libraries need not say so
SILENCED = ("-W", "ignore::UserWarning:multiprocessing.resource_tracker")

# what a program answers, in order, and what it does once the night has heard the last of it
Answers = Generator[object, None, Callable[[], None] | None]


class BesideError(RuntimeError):
    """A process beside the night could not do what it was asked, or died."""


class ToldTraceback(Exception):  # noqa: N818 (it is no error, but where one was raised)
    """The cause of a `BesideError`: where in the other process it came about, for whoever asks to see it."""


class Beside:
    """One process; it ends when its standard input does, and so never outlives the night."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-P", *SILENCED, "-m", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # protobuf makes capitals as the language does, which breaks its names in Turkish; C reads UTF-8
            env=os.environ | {"LC_ALL": "C"},
        )
        self._requests = 0
        self._unread: dict[int, deque[dict[str, Any]]] = defaultdict(deque)
        self._told: set[int] = set()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def ask(self, request: Mapping[str, object]) -> "Asked":
        """Send a request; requests are answered in turn."""
        self._requests += 1
        assert self._process.stdin is not None  # noqa: S101  # Popen promises it for PIPE
        # a process that died says so when its answers are read
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps([self._requests, request]).encode() + b"\n")
            self._process.stdin.flush()
        return Asked(self, self._requests)

    def read(self, number: int) -> dict[str, Any]:
        """The next line that answers a request; those that answer others are kept for whoever asked.

        Raises:
            BesideError: the process ended before it answered, or has told all.
        """
        if number in self._told:
            raise BesideError(f"process {self.pid} ({self._program}) has answered that already")
        assert self._process.stdout is not None  # noqa: S101  # Popen promises it for PIPE
        while not self._unread[number]:
            line = self._process.stdout.readline()
            if not line.endswith(b"\n"):
                raise BesideError(
                    f"process {self.pid} ({self._program}) ended with code {self._process.wait()} before it"
                    " answered (out of memory, killed, or over its time limit)"
                )
            answered, said = json.loads(line)
            self._unread[answered].append(said)
        said = self._unread[number].popleft()
        if "end" in said:
            self._told.add(number)
        return said

    def kill(self) -> None:
        """End the process at once, whatever it does; when this returns it is no longer alive."""
        self._process.kill()
        self._process.wait()

    def end_input(self) -> None:
        """Let the process end when it is done."""
        assert self._process.stdin is not None  # noqa: S101  # Popen promises it for PIPE
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def close(self) -> None:
        """End the process; waits for it."""
        self.end_input()
        try:
            self._process.wait(timeout=END_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None  # noqa: S101  # Popen promises it for PIPE
        self._process.stdout.close()


class Asked(NamedTuple):
    """A request that a process was sent."""

    process: Beside
    number: int

    def answers(self, limit_seconds: float | None = None) -> Iterator[Any]:
        """Its answers, as they come; who does not read them to the end ends the process in its work.

        A process that failed is ended too: what it holds open may be broken, and must not be locked.

        Raises:
            BesideError: the program failed, died, or did not answer all within `limit_seconds`.
        """
        timer = threading.Timer(limit_seconds or threading.TIMEOUT_MAX, self.process.kill)
        timer.daemon = True
        timer.start()
        line: dict[str, Any] = {}
        try:
            while "end" not in (line := self.process.read(self.number)):
                yield line["answer"]
        finally:
            timer.cancel()
            if "end" not in line or line["end"]:
                self.process.kill()
        if line["end"]:
            raise BesideError(line["end"]) from ToldTraceback(line["traceback"])


_lock = threading.RLock()
_running: dict[str, Beside] = {}


def beside(program: str) -> Beside:
    """The process that runs `program`, started unless it runs; returns at once, while it imports."""
    with _lock:
        if program in _running and not _running[program].is_alive:
            _running.pop(program).close()
        return _running.get(program) or _running.setdefault(program, Beside(program))


def close_all() -> None:
    """End every process that was started."""
    with _lock:
        for process in _running.values():
            process.end_input()
        while _running:
            _running.popitem()[1].close()


atexit.register(close_all)


def spare_the_collector() -> None:
    """Let a process that imports much and ends soon look at its objects less often, and not at the end.

    A night makes a million objects that live until it ends; looking at them again costs 2 s of CPU, and
    taking them apart one by one as much.
    """
    gc.set_threshold(100_000, 20, 100)
    atexit.register(gc.freeze)


def serve(load: Callable[[], Callable[[dict[str, Any]], Answers]]) -> None:
    """Be such a process: import with `load`, then answer requests with what it returns, until input ends."""
    spare_the_collector()
    output = _claim_stdout()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    # held while somebody would wait for us; if the night ends then, we end at once, whatever we do
    awaited = threading.Lock()
    with awaited:
        threading.Thread(target=_read_requests, args=(requests, awaited), daemon=True).start()
        answers_to = load()
    while (request := requests.get()) and awaited.acquire(blocking=False):
        number, asked = json.loads(request)
        say = partial(_say, output, number)
        later, end = None, dict[str, str | None](end=None)
        try:
            later = _answer(say, answers_to(asked))
        except Exception as error:  # noqa: BLE001  # whatever it is, the night must hear of it
            end = {"end": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
        # before the night hears of it, because it may end at once then
        awaited.release()
        say(end)
        if later:
            later()


def _answer(say: Callable[[Mapping[str, object]], None], answers: Answers) -> Callable[[], None] | None:
    """Say every answer; returns what is to be done after the last."""
    while True:
        try:
            say({"answer": next(answers)})
        except StopIteration as end:
            later: Callable[[], None] | None = end.value
            return later


def _say(output: TextIO, number: int, line: Mapping[str, object]) -> None:
    print(json.dumps([number, line], default=str), file=output, flush=True)


def _claim_stdout() -> TextIO:
    """Keep standard output for answers; what libraries print goes nowhere."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    return answers


def _read_requests(requests: queue.SimpleQueue[bytes], awaited: threading.Lock) -> None:
    """Pass requests on; when the input ends, the night is over or dead and nobody waits for an answer."""
    with os.fdopen(0, "rb", buffering=0, closefd=False) as stdin:
        while line := stdin.readline():
            requests.put(line)
    if not awaited.acquire(blocking=False):
        os._exit(0)
    requests.put(b"")
