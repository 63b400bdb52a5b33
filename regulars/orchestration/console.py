"""What a person sees in the terminal while a night runs: stages with row counts and seconds."""

import time
from dataclasses import dataclass, field

import dagster as dg
from rich.console import Console
from rich.live import Live
from rich.measure import Measurement
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

EVENT = dg.DagsterEventType
LEFT_OUT = {"dead_rows": "dead letters", "skipped_rows": "rows of other streams"}


@dataclass
class StageProgress:
    """Listens to a run's events, prints a line per finished stage and keeps the first error."""

    console: Console
    seconds: dict[str, float] = field(default_factory=dict)
    error: object | None = None
    _started: dict[str, float] = field(default_factory=dict)
    _rows: dict[str, int] = field(default_factory=dict)
    _notes: dict[str, list[str]] = field(default_factory=dict)
    _live: Live | None = None

    def __call__(self, entry: dg.EventLogEntry) -> None:
        """Take one event of the run."""
        event = entry.dagster_event
        if event is None:
            self._say(entry)
            return
        stage = event.step_key or "run"
        match event.event_type:
            case EVENT.STEP_START:
                self._begin(stage)
            case EVENT.ASSET_MATERIALIZATION:
                self._count(stage, event)
            case EVENT.ASSET_CHECK_EVALUATION:
                self._note_check(stage, event)
            case EVENT.STEP_SUCCESS:
                self._end(stage, "[green]✓[/]")
            case EVENT.STEP_FAILURE:
                self.error = self.error or event.step_failure_data.error
                self._end(stage, "[red]✗[/]")
            case EVENT.PIPELINE_FAILURE:
                self.error = self.error or event.job_failure_data.error
            case _:
                pass

    def _begin(self, stage: str) -> None:
        self._started[stage] = time.monotonic()
        if self.console.is_terminal:
            self._live = Live(Spinner("dots", text=f" {stage}"), console=self.console, transient=True)
            self._live.start()

    def _say(self, entry: dg.EventLogEntry) -> None:
        """Show how far a long stage is, in its own words."""
        if self._live and entry.step_key:
            text = Text(f" {entry.step_key}  {entry.user_message}", overflow="ellipsis", no_wrap=True)
            self._live.update(Spinner("dots", text=text))

    def _count(self, stage: str, event: dg.DagsterEvent) -> None:
        metadata = event.materialization.metadata
        rows = metadata.get("new_rows") or metadata.get("dagster/row_count")
        # staging says again what was landed, or the hours of the calendar
        if rows is not None and event.materialization.asset_key.path[0] != "staging":
            self._rows[stage] = self._rows.get(stage, 0) + int(str(rows.value))
        for name, words in LEFT_OUT.items():
            if (left := metadata.get(name)) and int(str(left.value)):
                self._notes.setdefault(stage, []).append(f"{words}: {int(str(left.value)):,}")

    def _note_check(self, stage: str, event: dg.DagsterEvent) -> None:
        evaluation = event.asset_check_evaluation_data
        if not evaluation.passed:
            where = evaluation.asset_key.to_user_string()
            self._notes.setdefault(stage, []).append(
                f"{evaluation.severity.value.lower()}: {where}: "
                f"{evaluation.description or evaluation.check_name}"
            )

    def _end(self, stage: str, mark: str) -> None:
        if self._live:
            self._live.stop()
            self._live = None
        self.seconds[stage] = time.monotonic() - self._started.get(stage, time.monotonic())
        rows = f"{self._rows[stage]:>12,} rows" if stage in self._rows else " " * 17
        self.console.print(f"  {mark} {stage:<20}{rows}  {self.seconds[stage]:6.1f} s", highlight=False)
        for note in self._notes.get(stage, []):
            self.console.print(f"      {note}", style="yellow", markup=False, highlight=False)


# as if there were no end of the terminal
ANY_WIDTH = 10_000


def rows_for(console: Console, columns: list[str], rows: list[tuple[object, ...]]) -> Table:
    """The result of a query as a table, or as a block per row where a table would have to break its words."""
    table = rows_as_table(columns, rows)
    words = Measurement.get(console, console.options.update(width=ANY_WIDTH), table).minimum
    return table if words <= console.width or not rows else _rows_as_records(columns, rows)


def _rows_as_records(columns: list[str], rows: list[tuple[object, ...]]) -> Table:
    table = Table(show_header=False, show_lines=False)
    for _ in range(2):
        table.add_column(overflow="fold")
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            table.add_row(Text(column), _cell(value))
        table.add_section()
    return table


def rows_as_table(columns: list[str], rows: list[tuple[object, ...]], title: str | None = None) -> Table:
    """The result of a query as a table for the terminal."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row))
    return table


def _cell(value: object) -> Text:
    """A value as it is, whatever it would mean as markup."""
    return Text("" if value is None else str(value))
