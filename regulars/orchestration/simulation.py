"""Runs the simulator for the command line: progress while it works, figures when it is done."""

import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from regulars.orchestration.console import rows_as_table
from regulars.simulation.choices import PolicyName
from regulars.simulation.simulate import Summary, advance, last_day, simulate
from regulars.simulation.world import World


def simulate_world(store: Path, world: World, console: Console, *, replaces: bool) -> None:
    """Simulate a world from its first day, and say what came of it."""
    started = time.monotonic()
    summary = _with_progress(
        console, world.days, lambda tick: simulate(store, world, tick, replaces=replaces)
    )
    if summary is None:
        console.print(f"this world is there already, up to {last_day(store)}; nothing to do", highlight=False)
        return
    _print_summary(console, summary, time.monotonic() - started)


def advance_world(store: Path, days: int, policy: PolicyName, console: Console) -> None:
    """Let a world go on, and say what each day came to."""
    started = time.monotonic()
    summary = _with_progress(console, days, lambda tick: advance(store, days, policy, tick))
    if summary is None:
        return
    if policy == "lists" and summary.has_lists and days > 1:
        console.print(f"the published lists are for the first of the {days} days; nobody is written to later")
    if not summary.has_lists:
        console.print(
            "[yellow]no action lists of the last simulated day are published; nobody is written to[/]"
        )
    columns = ["day", "policy", "orders", "revenue", "margin", "messages", "unsubscribes", "drop-outs"]
    rows: list[tuple[object, ...]] = [
        (
            outcome.day,
            outcome.policy,
            outcome.orders,
            outcome.revenue_cents / 100,
            outcome.margin_cents / 100,
            outcome.messages,
            outcome.unsubscribes,
            outcome.drop_outs,
        )
        for outcome in summary.outcomes
    ]
    console.print(rows_as_table(columns, rows))
    _print_summary(console, summary, time.monotonic() - started)


def _with_progress(
    console: Console, days: int, work: Callable[[Callable[[int], None]], Summary | None]
) -> Summary | None:
    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("days", total=days)
        return work(lambda done: progress.advance(task, done))


def _print_summary(console: Console, summary: Summary, seconds: float) -> None:
    console.print(
        f"[green]✓[/] {len(summary.outcomes)} days, {summary.customers} customers, {summary.orders} orders, "
        f"{summary.events} web events, {summary.messages} message events, {summary.files} files "
        f"in {seconds:.1f} s",
        highlight=False,
    )
