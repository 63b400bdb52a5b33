"""The `regulars` command. Heavy imports wait until a command needs them."""

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from io import TextIOWrapper
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Annotated, Literal, ParamSpec

import typer
from rich.console import Console
from rich.markup import escape

from regulars.orchestration.nightly import STORE_VARIABLE, Nightly, nightly_of
from regulars.simulation.choices import Dirt, PolicyName
from regulars.store.errors import UserError, nearest
from regulars.warehouse.beside import close_all, spare_the_collector

if TYPE_CHECKING:
    from regulars.store.destinations import Destination
    from regulars.warehouse.versions import Version

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A shop that knows its regulars: from raw exports to one next best action per person.",
)
# an id may hold what rich takes for an emoji, such as :a:
console, errors = Console(emoji=False), Console(stderr=True, emoji=False)
# of a value of 320 letters, which is the longest that says anything of a person, with its kind and system
LONGEST_IDENTIFIER = 400
P = ParamSpec("P")
# parameters of `simulate` that a world has from its first day on
OF_A_NEW_WORLD = {name: f"--{name}" for name in ("customers", "days", "seed", "dirt", "replace")} | {
    "first": "--from"
}

StoreOption = Annotated[
    Path | None, typer.Option("--store", help=f"Folder of the store; else {STORE_VARIABLE} names it.")
]
AgainOption = Annotated[
    bool, typer.Option("--again", help="Run a night even if nothing changed since it was published.")
]
IdentifierArgument = Annotated[
    str,
    typer.Argument(help="Such as email:ann@example.com, phone:+18025550127 or account:shop:6430238911318."),
]
BecauseOption = Annotated[str, typer.Option(help="Why, for whoever reads it in a year.")]
ByOption = Annotated[str, typer.Option(help="Who says so.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"'{text}' is no day", remedy="write it as 2017-12-31") from None


def reports_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Turn a user's mistake into a message and exit code 2, and a failed night into exit code 1."""

    @wraps(command)
    def guarded(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            command(*arguments, **options)
        except Exception as error:  # noqa: BLE001 (here every error becomes a message and an exit code)
            if options.get("debug"):
                traceback.print_exc()
            errors.print(f"[red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
            raise typer.Exit(2 if isinstance(error, UserError) else 1) from None
        finally:
            close_all()

    return guarded


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
    as_of = _day(day) if day else newest
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
    start, end = _day(first), _day(last)
    if end < start:
        raise UserError(f"--to {end} is before --from {start}", remedy="swap them")
    for day in (start, end):
        nightly.store.check_day(day, newest=nightly.newest_day())
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    _run_days(nightly, days, again=again)


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
        _say(str(trial))
        for note in trial.notes:
            _say(f"  {note}", style="yellow")
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
            _say(str(one))
            if one.mistake:
                _say(indent(str(one.mistake), "  "), style="yellow")
            replays.append(one)
    if not replays:
        console.print("there are no dead letters")
        return
    console.print(f"[bold]dead letters of {_files(len(replays))}:[/] {in_words(replays)}", highlight=False)
    if any(one.rows_loaded or one.rows_duplicate or one.rows_skipped for one in replays):
        again = f"regulars run --store {os.path.relpath(nightly.store.folder)} --day {newest}"
        _say(f"run the night again: {again}")
    if mistakes := sum(one.mistake is not None for one in replays):
        raise UserError(
            f"the dead letters of {_files(mistakes)} could not be loaded again, and stay",
            remedy="do what is said above, and replay them again",
        )


@app.command()
@reports_errors
def link(  # noqa: PLR0913 (one parameter per option)
    first: IdentifierArgument,
    second: IdentifierArgument,
    *,
    because: BecauseOption,
    by: ByOption,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say that two identifiers are one person's, which outranks all evidence from the next run on."""
    _say_word(nightly_of(store), "link", (first, second), because, by)


@app.command()
@reports_errors
def unmerge(  # noqa: PLR0913 (one parameter per option)
    first: IdentifierArgument,
    second: IdentifierArgument,
    *,
    because: BecauseOption,
    by: ByOption,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say that two identifiers are two people's, which outranks all evidence from the next run on."""
    _say_word(nightly_of(store), "keep_apart", (first, second), because, by)


@app.command("train-links")
@reports_errors
def train_links(*, store: StoreOption = None, debug: DebugOption = False) -> None:
    """Learn from the newest build's customer records how much likeness weighs; writes identity_model.json."""
    from regulars.identity.weights import NothingToLearnError, learn  # noqa: PLC0415
    from regulars.orchestration.console import rows_as_table  # noqa: PLC0415
    from regulars.store.identity_model import write_model  # noqa: PLC0415

    nightly = nightly_of(store)
    settings = nightly.store.settings_file
    probable = settings.content.identity.probable
    if not probable:
        raise settings.error(
            "the store links nothing by likeness",
            ("identity",),
            remedy="add `probable: {link_above: 0.999, review_above: 0.9}` under identity",
        )
    if not nightly.warehouse.path.is_file():
        raise UserError(
            "no records were loaded yet", file=nightly.store.folder, remedy="run `regulars run` first"
        )
    with nightly.only_run(), nightly.warehouse.connect() as connection:
        try:
            learned = learn(connection, probable.attributes, probable.link_above, probable.review_above)
        except NothingToLearnError as error:
            remedy = "run a night that has such records first, or mend what is compared"
            raise settings.error(str(error), ("identity", "probable"), remedy=remedy) from error
        path = write_model(nightly.store.folder, learned.model)
    rows: list[tuple[object, ...]] = [
        (
            weight.compared,
            weight.level,
            f"{weight.same:.6f}",
            f"{weight.different:.6f}",
            f"{weight.weight:+.2f}",
        )
        for weight in learned.weights
    ]
    columns = ["compared", "likeness", "one person's", "two people's", "weight"]
    console.print(rows_as_table(columns, rows, "Shares of pairs that are so alike, and what it weighs"))
    _say(f"{learned.linked:,} pairs of accounts would be linked (from {probable.link_above})")
    _say(f"{learned.reviewed:,} would be listed in probable_links (from {probable.review_above})")
    _say(f"written to {os.path.relpath(path)}; the next night links with it:")
    _say(f"regulars run --store {os.path.relpath(nightly.store.folder)} --day {nightly.newest_day()}")


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
    from regulars.delivery.receipts import Receipts  # noqa: PLC0415

    nightly = nightly_of(store)
    version = _current(nightly)
    published, folder = nightly.published, nightly.store.folder
    with nightly.only_run():
        for destination in _receiving(nightly, to):
            receipts = Receipts(nightly.store.state / "deliveries" / f"{destination.id}.json")
            sent = 0
            if dry_run:
                for due in due_files(published, destination, receipts):
                    _say(f"{destination.id}: {in_words(due, receipts, published)}")
                    sent += 1
            else:
                for due in carry.deliver(published, destination, folder, receipts):
                    _say(f"{destination.id}: {due.receipt.name} delivered, {due.receipt.rows:,} rows")
                    sent += 1
            if not sent:
                _say(f"{destination.id}: has everything up to {version.name}")


@app.command()
@reports_errors
def confirm(  # noqa: PLR0913 (one parameter per option)
    destination: Annotated[str, typer.Argument(help="As in destinations.yml.")],
    *,
    day: Annotated[str, typer.Option(help="The as-of day of the night, such as 2017-12-31.")],
    because: BecauseOption,
    by: ByOption,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say that on one night many may leave the audiences of a destination."""
    from regulars.store.delivery_words import DELIVERY_WORDS  # noqa: PLC0415

    nightly = nightly_of(store)
    (one,) = _receiving(nightly, destination, is_carried=False)
    word = {"destination": one.id, "day": _day(day), "because": because, "by": by}
    with nightly.only_run():
        file = DELIVERY_WORDS.add(nightly.store.folder, word)
    _say(f"many may leave {one.id} on {day}: written to {os.path.relpath(file.path)}; now:")
    _say(f"regulars run --store {os.path.relpath(nightly.store.folder)} --day {day}")


def _receiving(nightly: Nightly, named: str | None, *, is_carried: bool = True) -> "list[Destination]":
    """The destination of that name, or all; those that files are carried to, if that is asked."""
    known = nightly.store.destinations
    found = [one for one in known if named in (None, one.id) and (one.deliver_to or not is_carried)]
    if found:
        return found
    ids = [one.id for one in known]
    about = (
        f"there is no destination '{named}'" if named and named not in ids else "nothing says `deliver_to`"
    )
    raise UserError(
        f"{about}; destinations.yml has {', '.join(ids) or 'none'}",
        file=nightly.store.folder,
        remedy="mend destinations.yml",
    )


@app.command()
@reports_errors
def look(*, store: StoreOption = None, debug: DebugOption = False) -> None:
    """Show where the published results are, and a first look at them."""
    _look(nightly_of(store))


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

    version = _current(nightly_of(store))
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
    version = _of_day(nightly, day.date()) if day else _current(nightly)
    for title, columns, rows in explanation(version, customer):
        console.print(f"[bold]{title}[/]")
        console.print(rows_for(console, columns, rows), "")


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
        first_day=_day(first) if first is not None else settings.first_day,
        dirt=dirt,
        time_zone=settings.time_zone,
        currency=settings.currency,
    )
    with nightly.only_run():
        simulate_world(opened.folder, world, console, replaces=replace)


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
        _say(str(path))


def _refuse_options(given: typer.Context, options: Mapping[str, str], of: str, instead: str) -> None:
    """Refuse options, by parameter, that were given where they say nothing."""
    for parameter, option in options.items():
        source = given.get_parameter_source(parameter)
        if source and source.name == "COMMANDLINE":
            raise UserError(f"{option} says nothing of {of}", remedy=f"leave it out, or {instead}")


def _say(text: str, style: str | None = None) -> None:
    """Print a line as it is."""
    console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)


@app.command()
@reports_errors
def rollback(  # noqa: PLR0913 (one parameter per option)
    model: Annotated[str, typer.Argument(help="Such as churn; as in model_versions.")],
    *,
    because: BecauseOption,
    by: ByOption,
    to: Annotated[
        str | None, typer.Option(help="The version that shall score; else the one that did before.")
    ] = None,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say which version of a model scores from the next run on, whatever is trained."""
    from regulars.store.model_words import MODEL_WORDS  # noqa: PLC0415
    from regulars.warehouse.trained import version_before  # noqa: PLC0415

    nightly = nightly_of(store)
    version = version_before(_current(nightly), model, to)
    with nightly.only_run():
        file = MODEL_WORDS.add(
            nightly.store.folder, {"model": model, "version": version, "because": because, "by": by}
        )
    _say(f"{model} scores by {version}: written to {os.path.relpath(file.path)}; from the next run on:")
    _say(f"regulars run --store {os.path.relpath(nightly.store.folder)} --day {nightly.newest_day()}")


@app.command()
@reports_errors
def hold(  # noqa: PLR0913 (one parameter per option)
    customer: IdentifierArgument,
    *,
    because: BecauseOption,
    by: ByOption,
    until: Annotated[
        str | None, typer.Option(help="The last night that holds; else until it is taken back.")
    ] = None,
    stops: Annotated[
        str, typer.Option(help="Classes of actions: marketing, service, transactional.")
    ] = "marketing,service",
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say that a customer is to be left alone, from the next run on; a day that is over lifts it."""
    from regulars.store.hold_words import HOLD_WORDS  # noqa: PLC0415
    from regulars.warehouse.who import owner_of  # noqa: PLC0415

    nightly = nightly_of(store)
    newest, folder = nightly.newest_day(), nightly.store.folder
    told = {
        "customer": customer,
        "action_classes": [name.strip() for name in stops.split(",")],
        "since": newest,
        "until": _day(until) if until else None,
        "because": because,
        "by": by,
    }
    _say(f"{customer} is known as {owner_of(_current(nightly), customer)}")
    with nightly.only_run():
        file = HOLD_WORDS.add(folder, told)
    _say(f"written to {os.path.relpath(file.path)}; from the next run on:")
    _say(f"regulars run --store {os.path.relpath(folder)} --day {newest}")


@app.command()
@reports_errors
def review(
    rule: Annotated[
        str, typer.Argument(help="Such as segment:lapsed or action:welcome_offer; journeys for all segments.")
    ],
    *,
    because: BecauseOption,
    by: ByOption,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say that somebody looked at a rule and it may stay; rule_review lists those that wait for it."""
    from regulars.store.rule_words import RULE_WORDS  # noqa: PLC0415

    nightly = nightly_of(store)
    rules = nightly.store.rules
    if rule not in rules:
        raise UserError(f"there is no rule '{rule}'; {nearest(rule, rules)}")
    newest, folder = nightly.newest_day(), nightly.store.folder
    with nightly.only_run():
        file = RULE_WORDS.add(folder, {"rule": rule, "reviewed": newest, "because": because, "by": by})
    _say(f"{rule} was reviewed on {newest}: written to {os.path.relpath(file.path)}; from the next run on:")
    _say(f"regulars run --store {os.path.relpath(folder)} --day {newest}")


def _say_word(
    nightly: Nightly, word: Literal["link", "keep_apart"], named: tuple[str, str], because: str, by: str
) -> None:
    """Write a word of a human down, and say whose the two identifiers are up to now."""
    from regulars.store.identity import IDENTITY_WORDS, said  # noqa: PLC0415
    from regulars.warehouse.who import owner_of  # noqa: PLC0415

    for text in named:
        if len(text) > LONGEST_IDENTIFIER:
            raise UserError(
                f"'{text[:40]}...' has {len(text):,} letters, too many to say anything of a person",
                remedy="name another identifier of hers",
            )
    new = said(word, named, because, by)
    version = _current(nightly)
    for identifier in new.identifiers:
        _say(f"{identifier} is known as {owner_of(version, identifier)}")
    with nightly.only_run():
        file = IDENTITY_WORDS.add(nightly.store.folder, new.model_dump())
    # whose a device is changes no person
    table = "customer_identifiers says whose it is" if new.device else "identity_changes says what it did"
    _say(f"written to {os.path.relpath(file.path)}; after this {table}:")
    _say(f"regulars run --store {os.path.relpath(nightly.store.folder)} --day {nightly.newest_day()}")


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


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
    _look(nightly)


def _current(nightly: Nightly) -> "Version":
    version = nightly.published.current()
    if not version:
        raise UserError(
            "no night was published yet", file=nightly.store.folder, remedy="run `regulars run` first"
        )
    return version


def _of_day(nightly: Nightly, day: date) -> "Version":
    versions = nightly.published.of(day)
    if not versions:
        days = sorted({str(version.day) for version in nightly.published.versions()})
        raise UserError(
            f"no night of {day} is kept",
            file=nightly.store.folder,
            remedy=f"name one of {', '.join(days[-5:]) or 'none: run `regulars run` first'}",
        )
    return versions[-1]


def _look(nightly: Nightly) -> None:
    from regulars.orchestration.console import rows_as_table  # noqa: PLC0415
    from regulars.warehouse.first_look import first_look  # noqa: PLC0415

    version = _current(nightly)
    for title, columns, rows in first_look(version):
        console.print(rows_as_table(columns, rows, title), "")
    link = nightly.published.link
    for label, path in (
        ("SQL", link / "regulars.duckdb"),
        ("Parquet", link / "parquet"),
        ("action lists", link / "action_lists"),
    ):
        _say(f"{label:<14}{os.path.relpath(path)}")


def main() -> None:
    """Entry point of the `regulars` command."""
    # what we write is about people: the user's group may read it, nobody else
    os.umask(os.umask(0o077) | 0o027)
    spare_the_collector()
    for stream in (sys.stdout, sys.stderr):
        # a terminal without the characters that we print must not stop a night
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
