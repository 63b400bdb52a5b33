"""The one door to Great Expectations: gates run in a process beside the night.

Importing Great Expectations takes 4 to 8 seconds and 250 MB, so the night never does it.
Not here: what is checked (suites) and what a failed gate means for the night (orchestration).
"""

import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from regulars.data_quality.report import CheckResult, GateReport
from regulars.warehouse.beside import Beside, BesideError, beside

Gate = Literal["landing", "marts", "predictions", "decisions", "measurement", "action_lists"]

GATE_LIMIT_SECONDS = 3600
_NO_CONTEXT: Mapping[str, object] = MappingProxyType({})
_one_at_a_time = threading.Lock()


class GateError(RuntimeError):
    """A gate could not run. It counts as failed: nothing behind it may be published."""


def warm_up() -> Beside:
    """Start the process that runs gates, unless it runs already; returns at once, while it imports."""
    return beside("regulars.data_quality.worker")


def run_gate(
    gate: Gate, *, warehouse: Path, site: Path, as_of: date, context: Mapping[str, object] = _NO_CONTEXT
) -> GateReport:
    """Run the suite of a border over the warehouse; the pages that show the results follow a little later.

    Args:
        gate: The border.
        warehouse: DuckDB file; nobody may have it open for writing.
        site: Folder for the pages of the night's results.
        as_of: The night.
        context: JSON-like facts that are not in the warehouse. Gates `decisions` and `action_lists` need
            `channels`, the content of channels.yml; `action_lists` takes `required_columns`, the columns of
            each list that must be filled (`{"email": ["decision_id", "email"]}`), and `deliveries` and
            `receivers`, what destinations.yml declares.

    Raises:
        GateError: the gate could not run, whatever the reason, or checked nothing.
    """
    request = {
        "gate": gate,
        "warehouse": str(warehouse.resolve()),
        "site": str(site.resolve()),
        "as_of": as_of.isoformat(),
        "context": dict(context),
    }
    try:
        with _one_at_a_time:
            (answer,) = warm_up().ask(request).answers(GATE_LIMIT_SECONDS)
    except BesideError as error:
        raise GateError(f"gate {gate}: {error}") from error
    if not answer["results"]:
        raise GateError(f"gate {gate} checked nothing, which is no pass")
    results = tuple(CheckResult(**{**row, "as_of_date": as_of}) for row in answer["results"])
    return GateReport(gate=gate, as_of_date=as_of, results=results, data_docs=Path(answer["data_docs"]))
