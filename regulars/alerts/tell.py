"""Tells of a run once, whoever notices it: a line per alert in a file, then the webhook.

The file decides between two that notice the same run: it is locked while one looks whether the run is in it
and adds its lines. Nothing here raises because somebody cannot be told.
"""

import fcntl
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, NamedTuple

from regulars.alerts import webhook
from regulars.alerts.alert import Alert, sentence


class Told(NamedTuple):
    """How many alerts there were to tell, none if the run was told of before; and what went wrong."""

    alerts: int
    problems: tuple[str, ...] = ()


def tell(alerts: Sequence[Alert], *, file: Path, title: str, variable: str | None) -> Told:
    """Tell of a run, unless `file` says that somebody did; `variable` names the webhook's address, if any."""
    if not alerts:
        return Told(0)
    problems = []
    try:
        if not _is_ours(file, alerts):
            return Told(0)
    except OSError as error:
        # to be told twice is better than not at all
        problems.append(f"alerts are missing in {file.name}: {error.strerror}")
    if variable and (reason := _posted(alerts, title, variable)):
        problems.append(reason)
        _note_undelivered(file, alerts[0], reason)
    return Told(len(alerts), tuple(problems))


def _is_ours(file: Path, alerts: Sequence[Alert]) -> bool:
    """Add the lines of a run, unless it has some already."""
    with _locked(file) as content:
        content.seek(0)
        if any(_run_of(line) == alerts[0].run for line in content):
            return False
        _add(content, map(asdict, alerts))
    return True


def _posted(alerts: Sequence[Alert], title: str, variable: str) -> str | None:
    """Why not all of them were delivered; a receiver that is down is not asked again for the next."""
    for number, alert in enumerate(alerts):
        if reason := webhook.deliver(variable, {"text": sentence(alert, title), **asdict(alert)}):
            return f"alerts not delivered: {len(alerts) - number} of {len(alerts)}, because {reason}"
    return None


def _note_undelivered(file: Path, alert: Alert, reason: str) -> None:
    note = {"day": alert.day, "run": alert.run, "at": alert.at, "what": "not_delivered", "meaning": reason}
    try:
        with _locked(file) as content:
            _add(content, [note])
    except OSError:
        # the caller says it too
        return


@contextmanager
def _locked(file: Path) -> Iterator[IO[bytes]]:
    """The file, open to add lines, for one writer at a time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as content:
        fcntl.flock(content, fcntl.LOCK_EX)
        yield content


def _add(content: IO[bytes], lines: Iterable[Mapping[str, object]]) -> None:
    """Write lines at the end, and first end a line that a crash left unfinished."""
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    end = content.seek(0, 2)
    content.seek(max(end - 1, 0))
    content.write((b"" if content.read(1) in (b"", b"\n") else b"\n") + text.encode())


def _run_of(line: bytes) -> str | None:
    """The run that a line tells of, if it is one of ours."""
    try:
        run: str | None = json.loads(line)["run"]
    except (ValueError, LookupError, TypeError):
        return None
    return run
