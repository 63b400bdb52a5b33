"""What a person sees in the terminal while a stage runs."""

import logging
from io import StringIO

import dagster as dg
import pytest
from dagster._core.events import DagsterEventType, StepMaterializationData
from dagster._core.execution.plan.objects import StepSuccessData
from rich.console import Console

from regulars.orchestration.console import StageProgress, rows_for

ENDED = StepSuccessData(1.0)


def entry(
    message: str,
    event: DagsterEventType | None = None,
    told: StepSuccessData | StepMaterializationData = ENDED,
) -> dg.EventLogEntry:
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
            event_specific_data=None if event == DagsterEventType.STEP_START else told,
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


def test_tables_that_say_again_what_was_landed_are_not_counted() -> None:
    output = StringIO()
    progress = StageProgress(Console(file=output, width=100))
    progress(entry("", DagsterEventType.STEP_START))
    for key, rows in (("staging/stg_hours", 213_269), ("marts/orders", 4_000), ("marts/customers", 2_000)):
        made = dg.AssetMaterialization(dg.AssetKey(key.split("/")), metadata={"dagster/row_count": rows})
        progress(entry("", DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(made)))
    progress(entry("", DagsterEventType.STEP_SUCCESS))
    assert "6,000 rows" in output.getvalue()


@pytest.mark.parametrize(("width", "blocks"), [(80, 2), (200, 1)])
def test_a_result_whose_words_do_not_fit_beside_each_other_is_a_block_per_row(
    width: int, blocks: int
) -> None:
    console = Console(width=width, file=StringIO(), record=True)
    columns = [f"column_number_{number}" for number in range(9)]
    console.print(rows_for(console, columns, [(*range(8), "a sentence that may be broken into lines")] * 2))
    shown = console.export_text()
    assert all(name in shown for name in columns)
    assert ("column_number_0 ┃ column_number_1" in shown) == (blocks == 1)
    assert shown.count("column_number_0") == blocks


@pytest.mark.parametrize("width", [20, 200])
@pytest.mark.parametrize("text", ["[/x] [bold]hi", "[link]", "a" * 60])
def test_a_value_is_shown_as_it_is_and_whole(width: int, text: str) -> None:
    console = Console(width=width, file=StringIO(), record=True)
    console.print(rows_for(console, ["[/b]", "a_rather_long_name"], [(text, None)]))
    shown = "".join(letter for letter in console.export_text() if letter not in "┃│ \n")
    assert text.replace(" ", "") in shown
    assert "[/b]" in shown


def test_a_result_without_rows_has_its_columns() -> None:
    console = Console(width=20, file=StringIO(), record=True)
    console.print(rows_for(console, [f"a_rather_long_name_{number}" for number in range(3)], []))
    shown = console.export_text()
    assert all(f"_{number}" in shown for number in range(3))
