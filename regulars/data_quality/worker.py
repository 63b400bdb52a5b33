"""The program of the worker process: one JSON request a line in, one JSON answer a line out.

Not here: what a gate checks. Nothing imports this module; `door` starts it.
"""

import importlib
import json
import os
import queue
import shutil
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import TextIO

# a third of what Great Expectations costs to import, for checks and charts that no suite has
_POSTPONED = ("scipy.stats", "altair")

# held while pages are written, so that the end of the night does not cut them off
_SHOWING = threading.Lock()


def main() -> None:
    """Answer requests until standard input ends."""
    answers = _claim_stdout()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests,), daemon=True).start()
    # slow, and the reason for this process; the thread above already notices if the night ends meanwhile
    validation = import_what_gates_need()
    while True:
        request = json.loads(requests.get())
        show: Callable[[], None] = _nothing
        try:
            outcome = validation.run(
                request["gate"],
                warehouse=Path(request["warehouse"]),
                site=Path(request["site"]),
                as_of=date.fromisoformat(request["as_of"]),
                context=request["context"],
            )
            answer, show = {"results": outcome.results, "data_docs": str(outcome.data_docs)}, outcome.show
        except Exception as error:  # noqa: BLE001  # whatever it is, the night must hear of it as a failed gate
            traceback.print_exc(file=sys.stderr)
            answer = {"error": f"{type(error).__name__}: {error}"}
        with _SHOWING:
            print(json.dumps(answer, default=str), file=answers, flush=True)
            _write_pages(show, Path(request["site"]))


def import_what_gates_need() -> ModuleType:
    """Import Great Expectations, but not what it would import for nothing."""
    for name in _POSTPONED:
        _postpone(name)
    return importlib.import_module("regulars.data_quality.validation")


def _postpone(name: str) -> None:
    """Import a module only when something in it is used; `LazyLoader` cannot, as `import` looks inside."""
    postponed = ModuleType(name)

    def attribute(wanted: str) -> object:
        if wanted.startswith("__"):
            raise AttributeError(wanted)
        if sys.modules.get(name) is postponed:
            del sys.modules[name]
        return getattr(importlib.import_module(name), wanted)

    postponed.__getattr__ = attribute  # type: ignore[method-assign]  # as PEP 562 has it
    sys.modules[name] = postponed


def _write_pages(show: Callable[[], None], site: Path) -> None:
    """Write the pages while the night goes on; they take long, and nothing waits for them."""
    try:
        show()
    except Exception:  # noqa: BLE001  # the verdict stands; pages that could not be written are not left half
        traceback.print_exc(file=sys.stderr)
        shutil.rmtree(site, ignore_errors=True)


def _nothing() -> None:
    """A gate that could not run has nothing to show."""


def _claim_stdout() -> TextIO:
    """Keep standard output for answers; what libraries print goes nowhere."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    return answers


def _read_requests(requests: queue.SimpleQueue[bytes]) -> None:
    """Pass requests on; when the input ends, the night is over or dead and nobody waits for an answer."""
    with os.fdopen(0, "rb", buffering=0, closefd=False) as stdin:
        while line := stdin.readline():
            requests.put(line)
    with _SHOWING:
        os._exit(0)


if __name__ == "__main__":
    main()
