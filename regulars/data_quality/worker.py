"""The program of the process that runs gates, so that the night never imports Great Expectations.

Not here: what a gate checks. Nothing imports this module; `door` starts it.
"""

import importlib
import os
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from regulars.warehouse.beside import Answers, serve

# a third of what Great Expectations costs to import, for checks and charts that no suite has
_POSTPONED = ("scipy.stats", "altair")


def main() -> None:
    """Answer requests until standard input ends."""
    serve(_load)


def _load() -> Callable[[dict[str, Any]], Answers]:
    validation = import_what_gates_need()

    def results(request: dict[str, Any]) -> Answers:
        site = Path(request["site"])
        outcome = validation.run(
            request["gate"],
            warehouse=Path(request["warehouse"]),
            site=site,
            as_of=date.fromisoformat(request["as_of"]),
            context=request["context"],
        )
        yield {"results": outcome.results, "data_docs": str(outcome.data_docs)}
        return lambda: _write_pages(outcome.show, site)

    return results


def import_what_gates_need() -> ModuleType:
    """Import Great Expectations, which shall tell nobody of it, but not what it would import for nothing."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
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
    except Exception as error:  # noqa: BLE001  # the verdict stands; no pages are better than half of them
        sys.stderr.write(f"the pages of the gates could not be written to {site}: {error}\n")
        shutil.rmtree(site, ignore_errors=True)


if __name__ == "__main__":
    main()
