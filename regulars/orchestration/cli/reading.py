"""Commands that show what was published, and carry it to where it is used."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from regulars.orchestration.cli.shared import (
    DebugOption,
    StoreOption,
    app,
    console,
    current,
    day_of,
    receiving,
    reports_errors,
    say,
    show,
    version_of,
)
from regulars.orchestration.nightly import nightly_of
from regulars.store.errors import UserError


class NotReproducedError(Exception):
    """A night that is decided again of its inputs comes out otherwise."""


@app.command()
@reports_errors
def look(*, store: StoreOption = None, debug: DebugOption = False) -> None:
    """Show where the published results are, and a first look at them."""
    show(nightly_of(store))


@app.command()
@reports_errors
def query(
    sql: Annotated[str, typer.Argument(help="For instance: from customers limit 5")],
    *,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Run SQL on the published tables, read-only."""
    import duckdb  # noqa: PLC0415

    from regulars.orchestration.console import rows_for  # noqa: PLC0415

    version = current(nightly_of(store))
    with duckdb.connect(version.database, read_only=True) as connection:
        try:
            result = connection.execute(sql)
        except duckdb.Error as error:
            raise UserError(str(error)) from error
        columns, rows = [column[0] for column in result.description or []], result.fetchall()
        console.print(rows_for(console, columns, rows))
        console.print(f"{len(rows)} row{'' if len(rows) == 1 else 's'}", highlight=False)


@app.command()
@reports_errors
def explain(
    customer: Annotated[str, typer.Argument(help="A customer_id, or an identifier: email:ann@example.com")],
    *,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As-of day; the newest.")] = None,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say why a customer gets what she gets, or nothing: every candidate, with what stopped it."""
    from regulars.orchestration.console import rows_for  # noqa: PLC0415
    from regulars.warehouse.explanation import explanation  # noqa: PLC0415

    nightly = nightly_of(store)
    version = version_of(nightly, day.date()) if day else current(nightly)
    for title, columns, rows in explanation(version, customer):
        console.print(f"[bold]{title}[/]")
        console.print(rows_for(console, columns, rows), "")


@app.command()
@reports_errors
def learned(
    *,
    segment: Annotated[str | None, typer.Option(help="One segment; else all.")] = None,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say what experiments taught so far, of all segments or one: effect, decision, and what is stale."""
    from regulars.orchestration.console import rows_for  # noqa: PLC0415
    from regulars.warehouse.learned import what_was_learned  # noqa: PLC0415

    has_any = False
    for title, columns, rows in what_was_learned(current(nightly_of(store)), segment):
        has_any = True
        console.print(f"[bold]{title}[/]")
        console.print(rows_for(console, columns, rows), "")
    if not has_any:
        say("no experiment was declared so far: write one into experiments/")


@app.command()
@reports_errors
def report(
    *,
    is_opened: Annotated[
        bool, typer.Option("--open", help="Open it in the browser of this machine.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Write it even if it is there.")] = False,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Show where the report is; write it, if there is none of the version in force."""
    nightly = nightly_of(store)
    version = current(nightly)
    if again or not nightly.report.is_of(version):
        # who only reads needs neither the right to write nor the lock
        with nightly.only_run():
            nightly.report.write(version)
    say(str(nightly.report.index))
    if is_opened:
        import webbrowser  # noqa: PLC0415

        webbrowser.open(nightly.report.index.as_uri())


@app.command()
@reports_errors
def evaluate(
    *,
    policy: Annotated[
        Literal["rules", "model"] | None, typer.Option(help="Only this one; else both.")
    ] = None,
    actions: Annotated[Path | None, typer.Option(help="An edited actions.yml, judged by its rules.")] = None,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say what other policies would have won on nights on which a draw decided, or why nobody can tell."""
    import duckdb  # noqa: PLC0415

    from regulars.models.evaluation.comparison import COLUMNS, compared  # noqa: PLC0415
    from regulars.orchestration.console import rows_for  # noqa: PLC0415
    from regulars.store.actions import ActionCatalogue  # noqa: PLC0415
    from regulars.store.yaml_file import load  # noqa: PLC0415

    nightly = nightly_of(store)
    version = current(nightly)
    edited = load(actions, ActionCatalogue).content if actions else None
    named: tuple[Literal["rules", "model"], ...] = ("rules", "model") if policy is None else (policy,)
    with duckdb.connect(version.database, read_only=True) as connection:
        rows = compared(connection, nightly.store, version.day, named=named, edited=edited)
    console.print(rows_for(console, [*COLUMNS], [row[:-1] for row in rows]))
    for row in rows:
        say(f"{row[0]}: {row[-1]}")


@app.command()
@reports_errors
def replay(
    *,
    day: Annotated[str | None, typer.Option(help="As-of day, such as 2017-12-31; else the newest.")] = None,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Decide a past night again of what it published, and say what differs; changes nothing."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    from regulars.models.replay.replay import replay as replayed  # noqa: PLC0415

    nightly = nightly_of(store)
    version = version_of(nightly, day_of(day)) if day else current(nightly)
    with TemporaryDirectory(prefix="replay_") as scratch:
        found = replayed(
            version,
            nightly.published.of(version.day),
            scratch=Path(scratch),
            memory_limit=nightly.store.settings.memory_limit,
        )
    say(f"{version.name}, decided again of what it published")
    for note in found.notes:
        say(note, style="yellow")
    for comparison in found.comparisons:
        say(f"{comparison.table:<24}{comparison}")
        for example in comparison.examples:
            say(f"  {example}")
    if not found.is_same:
        raise NotReproducedError(f"the decisions of {version.name} do not come out again")


@app.command()
@reports_errors
def deliver(
    *,
    to: Annotated[str | None, typer.Option(help="One destination; else all that say where.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent, and how it differs from the last.")
    ] = False,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Carry the published files of destinations.yml to where the tools pick them up, each file once."""
    from regulars.delivery import carry  # noqa: PLC0415
    from regulars.delivery.due import due_files, in_words  # noqa: PLC0415
    from regulars.warehouse.receipts import receipts_of  # noqa: PLC0415

    nightly = nightly_of(store)
    version = current(nightly)
    published, folder = nightly.published, nightly.store.folder
    with nightly.only_run():
        for destination in receiving(nightly, to):
            receipts = receipts_of(nightly.store.state, destination.id)
            sent = 0
            if dry_run:
                for due in due_files(published, destination, receipts):
                    say(f"{destination.id}: {in_words(due, receipts, published)}")
                    sent += 1
            else:
                for due in carry.deliver(published, destination, folder, receipts):
                    say(f"{destination.id}: {due.receipt.name} delivered, {due.receipt.rows:,} rows")
                    sent += 1
            if not sent:
                say(f"{destination.id}: has everything up to {version.name}")


@app.command()
@reports_errors
def ui(
    *,
    store: StoreOption = None,
    port: Annotated[int, typer.Option(help="Port on the loopback interface.")] = 3000,
    debug: DebugOption = False,
) -> None:
    """Open the Dagster web UI on this machine, with the daemon that runs schedules and sensors."""
    from regulars.orchestration.web import serve  # noqa: PLC0415

    serve(nightly_of(store), port, console)
