"""Commands that run nights, or give them something to run on."""

import os
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from textwrap import indent
from typing import Annotated

import typer

from regulars.orchestration.cli.shared import (
    AgainOption,
    DebugOption,
    StoreOption,
    app,
    console,
    current,
    day_of,
    files_in_words,
    reports_errors,
    say,
    show,
)
from regulars.orchestration.nightly import Nightly, nightly_of
from regulars.simulation.choices import Dirt, PolicyName
from regulars.store.errors import UserError

# parameters of `simulate` that a world has from its first day on
OF_A_NEW_WORLD = {name: f"--{name}" for name in ("customers", "days", "seed", "dirt", "replace")} | {
    "first": "--from"
}


@app.command()
@reports_errors
def run(
    *,
    store: StoreOption = None,
    day: Annotated[str | None, typer.Option(help="As-of day, such as 2017-12-31; else the newest.")] = None,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Land every file anew, for instance after a contract was mended."),
    ] = False,
    again: AgainOption = False,
    debug: DebugOption = False,
) -> None:
    """Run one night: land new files, build the profile, decide, publish."""
    _warm_up()
    nightly = nightly_of(store)
    newest = nightly.newest_day()
    as_of = day_of(day) if day else newest
    nightly.store.check_day(as_of, newest=newest)
    if rebuild:
        with nightly.only_run():
            nightly.warehouse.discard()
    _run_days(nightly, [as_of], again=again)


@app.command()
@reports_errors
def backfill(
    *,
    first: Annotated[str, typer.Option("--from", help="First day.")],
    last: Annotated[str, typer.Option("--to", help="Last day.")],
    store: StoreOption = None,
    again: AgainOption = False,
    debug: DebugOption = False,
) -> None:
    """Run every night of a range, in order; the same as running them one by one."""
    _warm_up()
    nightly = nightly_of(store)
    start, end = day_of(first), day_of(last)
    if end < start:
        raise UserError(f"--to {end} is before --from {start}", remedy="swap them")
    for day in (start, end):
        nightly.store.check_day(day, newest=nightly.newest_day())
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    _run_days(nightly, days, again=again)


@app.command("replay-dead-letters")
@reports_errors
def replay_dead_letters(*, store: StoreOption = None, debug: DebugOption = False) -> None:
    """Load dead letters again after a contract was mended; rows that fit now leave the list."""
    from regulars.landing.replay import in_words, replay  # noqa: PLC0415

    nightly = nightly_of(store)
    if not nightly.warehouse.path.is_file():
        raise UserError(
            "no file was loaded yet", file=nightly.store.folder, remedy="run `regulars run` first"
        )
    replays, newest = [], nightly.newest_day()
    with nightly.only_run(), nightly.warehouse.connect() as connection:
        for one in replay(connection, nightly.store, newest):
            say(str(one))
            if one.mistake:
                say(indent(str(one.mistake), "  "), style="yellow")
            replays.append(one)
    if not replays:
        console.print("there are no dead letters")
        return
    console.print(
        f"[bold]dead letters of {files_in_words(len(replays))}:[/] {in_words(replays)}", highlight=False
    )
    if any(one.rows_loaded or one.rows_duplicate or one.rows_skipped for one in replays):
        again = f"regulars run --store {os.path.relpath(nightly.store.folder)} --day {newest}"
        say(f"run the night again: {again}")
    if mistakes := sum(one.mistake is not None for one in replays):
        raise UserError(
            f"the dead letters of {files_in_words(mistakes)} could not be loaded again, and stay",
            remedy="do what is said above, and replay them again",
        )


@app.command()
@reports_errors
def simulate(  # noqa: PLR0913 (one parameter per option)
    given: typer.Context,
    *,
    store: StoreOption = None,
    customers: Annotated[int, typer.Option(min=1, help="People of the world, buying or not.")] = 2000,
    days: Annotated[int, typer.Option(min=1, help="Days of history.")] = 120,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 1,
    dirt: Annotated[Dirt, typer.Option(help="How broken the files are.")] = "standard",
    first: Annotated[
        str | None, typer.Option("--from", help="First day; else the store's first_day.")
    ] = None,
    advance: Annotated[int, typer.Option(min=0, help="Go on by so many days instead.")] = 0,
    policy: Annotated[PolicyName, typer.Option(help="Who is written to in the days of --advance.")] = "lists",
    replace: Annotated[
        bool, typer.Option("--replace", help="Discard a world that was simulated before.")
    ] = False,
    debug: DebugOption = False,
) -> None:
    """Write the exports of a simulated company, or let it live on under the published action lists."""
    from regulars.orchestration.simulation import advance_world, simulate_world  # noqa: PLC0415
    from regulars.simulation.world import World  # noqa: PLC0415

    nightly = nightly_of(store)
    opened, settings = nightly.store, nightly.store.settings
    if advance:
        _refuse_options(given, OF_A_NEW_WORLD, "days that --advance adds", "make a world without --advance")
        with nightly.only_run():
            advance_world(opened.folder, advance, policy, console)
        return
    _refuse_options(given, {"policy": "--policy"}, "a new world", "say --advance")
    world = World(
        customers=customers,
        days=days,
        seed=seed,
        first_day=day_of(first) if first is not None else settings.first_day,
        dirt=dirt,
        time_zone=settings.time_zone,
        currency=settings.currency,
    )
    with nightly.only_run():
        simulate_world(opened.folder, world, console, replaces=replace)


def _refuse_options(given: typer.Context, options: Mapping[str, str], of: str, instead: str) -> None:
    """Refuse options, by parameter, that were given where they say nothing."""
    for parameter, option in options.items():
        source = given.get_parameter_source(parameter)
        if source and source.name == "COMMANDLINE":
            raise UserError(f"{option} says nothing of {of}", remedy=f"leave it out, or {instead}")


def _warm_up() -> None:
    """Let the processes of gates and dbt import what they need while this one does."""
    from regulars.data_quality import door as gates  # noqa: PLC0415
    from regulars.facts import door as dbt  # noqa: PLC0415

    gates.warm_up()
    dbt.warm_up()


def _run_days(nightly: Nightly, days: list[date], *, again: bool) -> None:
    started, published = datetime.now(nightly.store.settings.zone), 0
    for day in days:
        # a second run is refused here, before its imports; each night takes the lock again
        with nightly.only_run():
            standing = None if again else nightly.standing(day)
            if standing:
                nightly.report.follow(current(nightly))
        if standing:
            console.print(
                f"[bold]night {day}[/] stands as it was published ({standing.name}): no export, setting or"
                " program changed since; --again runs it all the same",
                highlight=False,
                soft_wrap=True,
            )
            continue
        nightly.dbt.start_parsing()
        from regulars.orchestration.execution import run_night  # noqa: PLC0415

        run_night(nightly, day, console)
        published += 1
    seconds = (datetime.now(nightly.store.settings.zone) - started).total_seconds()
    total = f"[bold]{published} published[/] in {seconds:.1f} s\n" if published else ""
    console.print(total, highlight=False)
    show(nightly)
