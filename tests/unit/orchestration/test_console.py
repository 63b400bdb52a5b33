"""What a person sees in the terminal while a stage runs."""

import logging
from io import StringIO

import dagster as dg
from dagster._core.events import DagsterEventType
from dagster._core.execution.plan.objects import StepSuccessData
from rich.console import Console

from regulars.orchestration.console import StageProgress


def entry(message: str, event: DagsterEventType | None = None) -> dg.EventLogEntry:
    return dg.EventLogEntry(
        error_info=None,
        level=logging.INFO,
        user_message=message,
        run_id="run",
        timestamp=0.0,
        step_key="landing",
        job_name="nightly",
        dagster_event=event
        and dg.DagsterEvent(
            event.value,
            "nightly",
            step_key="landing",
            event_specific_data=StepSuccessData(1.0) if event == DagsterEventType.STEP_SUCCESS else None,
        ),
    )


def test_a_stage_shows_how_far_it_is_in_its_own_words() -> None:
    output = StringIO()
    progress = StageProgress(Console(file=output, force_terminal=True, width=100))
    progress(entry("", DagsterEventType.STEP_START))
    progress(entry("orders: 400 files up to [red]shop/2024-05-01.csv: 12,000 loaded"))
    progress(entry("", DagsterEventType.STEP_SUCCESS))
    shown = output.getvalue()
    assert "landing  orders: 400 files up to [red]shop/2024-05-01.csv: 12,000 loaded" in shown
    assert "✓" in shown
