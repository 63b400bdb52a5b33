"""Commands on the folder of a store: make one, validate it, describe its files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from regulars.orchestration.cli.shared import (
    DebugOption,
    StoreOption,
    app,
    console,
    reports_errors,
    say,
)
from regulars.orchestration.nightly import nightly_of
from regulars.store.errors import UserError


@app.command()
@reports_errors
def check(*, store: StoreOption = None, debug: DebugOption = False) -> None:
    """Validate a store's folder without running: every YAML file, and every contract against its files."""
    import duckdb  # noqa: PLC0415

    from regulars.alerts import webhook  # noqa: PLC0415
    from regulars.landing.trial import check_exports  # noqa: PLC0415

    nightly = nightly_of(store)
    with duckdb.connect() as connection:
        trials = check_exports(connection, nightly.store)
    for trial in trials:
        say(str(trial))
        for note in trial.notes:
            say(f"  {note}", style="yellow")
    for mistake in [trial.mistake for trial in trials if trial.mistake]:
        raise mistake
    files = sum(trial.files for trial in trials)
    warnings, told = list(nightly.store.warnings), nightly.store.settings.alerts
    if told and (problem := webhook.problem(told.webhook)):
        warnings.append(f"store.yml: alerts: {problem}; alerts stay in state/alerts.jsonl")
    for warning in warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}", highlight=False)
    title = escape(nightly.store.settings.title)
    console.print(f"[green]✓[/] {title}: configuration and {files} files fit", highlight=False)


@app.command()
@reports_errors
def init(  # noqa: PLR0913 (one parameter per option)
    folder: Annotated[Path | None, typer.Argument(help="Folder of the store, new or not.")] = None,
    *,
    preset: Annotated[list[str] | None, typer.Option(help="A system whose files it gets; repeat it.")] = None,
    told: Annotated[
        list[str] | None, typer.Option("--set", help="PRESET.SETTING=VALUE: what a preset asks; repeat it.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Else the folder's.")] = None,
    title: Annotated[str | None, typer.Option(help="What people read; else the folder's name.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="In which the store's days begin.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code, such as EUR.")] = None,
    owner: Annotated[str, typer.Option(help="Who to ask about the files.")] = "team:data",
    from_file: Annotated[
        Path | None, typer.Option(help="Instead: propose a contract from an export, its guesses marked.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="With --from-file: the store that gets the contract; else it is shown."),
    ] = None,
    shows_list: Annotated[bool, typer.Option("--list", help="Show the presets, and write nothing.")] = False,
    debug: DebugOption = False,
) -> None:
    """Write a new store from presets, add presets to one, or propose a contract; nothing is overwritten."""
    from regulars.orchestration.init import Wish, init_store, list_presets, propose_contract  # noqa: PLC0415

    if shows_list:
        list_presets(console)
        return
    if from_file:
        propose_contract(from_file, into, console)
        return
    if not folder:
        raise UserError(
            "no folder is named", remedy="say where the store shall stand: regulars init shop ..."
        )
    wish = Wish(folder, tuple(preset or ()), tuple(told or ()), name, title, time_zone, currency, owner)
    init_store(wish, datetime.now(UTC).date(), console)


@app.command("schemas")
@reports_errors
def write_schemas(
    folder: Annotated[Path, typer.Argument(help="Where to write them.")] = Path("schemas"),
    *,
    debug: DebugOption = False,
) -> None:
    """Write the JSON schemas of a store's YAML files, for completion in an editor."""
    from regulars.store.schemas import write  # noqa: PLC0415

    for path in write(folder):
        say(str(path))
