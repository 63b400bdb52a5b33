"""The application that commands join: how errors are told, the options that several have, what they print."""

import os
import traceback
from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer
from rich.console import Console
from rich.markup import escape

from regulars.orchestration.nightly import STORE_VARIABLE, Nightly
from regulars.store.errors import UserError
from regulars.warehouse.beside import close_all

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
P = ParamSpec("P")
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


def day_of(text: str) -> date:
    """The day that a text names.

    Raises:
        UserError: It names none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"'{text}' is no day", remedy="write it as 2017-12-31") from None


def say(text: str, style: str | None = None) -> None:
    """Print a line as it is."""
    console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)


def current(nightly: Nightly) -> "Version":
    """The version in force.

    Raises:
        UserError: No night was published yet.
    """
    version = nightly.published.current()
    if not version:
        raise UserError(
            "no night was published yet", file=nightly.store.folder, remedy="run `regulars run` first"
        )
    return version


def version_of(nightly: Nightly, day: date) -> "Version":
    """The newest version of a day.

    Raises:
        UserError: None is kept.
    """
    versions = nightly.published.of(day)
    if not versions:
        days = sorted({str(version.day) for version in nightly.published.versions()})
        raise UserError(
            f"no night of {day} is kept",
            file=nightly.store.folder,
            remedy=f"name one of {', '.join(days[-5:]) or 'none: run `regulars run` first'}",
        )
    return versions[-1]


def show(nightly: Nightly) -> None:
    """Print where the results are, and a first look at them."""
    from regulars.orchestration.console import rows_as_table  # noqa: PLC0415
    from regulars.warehouse.first_look import first_look  # noqa: PLC0415

    version = current(nightly)
    for title, columns, rows in first_look(version):
        console.print(rows_as_table(columns, rows, title), "")
    link = nightly.published.link
    for label, path in (
        ("SQL", link / "regulars.duckdb"),
        ("Parquet", link / "parquet"),
        ("action lists", link / "action_lists"),
        ("report", nightly.report.index),
    ):
        if not path.exists():
            continue
        say(f"{label:<14}{os.path.relpath(path)}")


def receiving(nightly: Nightly, named: str | None, *, is_carried: bool = True) -> "list[Destination]":
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


def files_in_words(count: int) -> str:
    """How many files, as one says it."""
    return f"{count:,} file{'' if count == 1 else 's'}"
