"""A program that a test runs beside itself: it counts, slowly if it is asked to."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from regulars.warehouse.beside import Answers, serve


def _load() -> Callable[[dict[str, Any]], Answers]:
    def count(request: dict[str, Any]) -> Answers:
        for number in range(request["up_to"]):
            yield number
            time.sleep(request.get("pause", 0))
        if "refuse" in request:
            raise ValueError(request["refuse"])
        if "leave" in request:
            return lambda: _leave(Path(request["leave"]))
        return None

    return count


def _leave(path: Path) -> None:
    time.sleep(0.3)
    path.write_text("done", "utf-8")


if __name__ == "__main__":
    serve(_load)
