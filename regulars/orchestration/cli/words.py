"""Commands by which humans say what outranks the program; each adds a word to a file of the store."""

import os
from typing import Annotated, Literal

import typer

from regulars.orchestration.cli.shared import (
    BecauseOption,
    ByOption,
    DebugOption,
    IdentifierArgument,
    StoreOption,
    app,
    console,
    current,
    day_of,
    receiving,
    reports_errors,
    say,
)
from regulars.orchestration.nightly import Nightly, nightly_of
from regulars.store.errors import UserError, nearest

# of a value of 320 letters, which is the longest that says anything of a person, with its kind and system
LONGEST_IDENTIFIER = 400


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
        "until": day_of(until) if until else None,
        "because": because,
        "by": by,
    }
    say(f"{customer} is known as {owner_of(current(nightly), customer)}")
    with nightly.only_run():
        file = HOLD_WORDS.add(folder, told)
    say(f"written to {os.path.relpath(file.path)}; from the next run on:")
    say(f"regulars run --store {os.path.relpath(folder)} --day {newest}")


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
    say(f"{rule} was reviewed on {newest}: written to {os.path.relpath(file.path)}; from the next run on:")
    say(f"regulars run --store {os.path.relpath(folder)} --day {newest}")


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
    version = version_before(current(nightly), model, to)
    with nightly.only_run():
        file = MODEL_WORDS.add(
            nightly.store.folder, {"model": model, "version": version, "because": because, "by": by}
        )
    say(f"{model} scores by {version}: written to {os.path.relpath(file.path)}; from the next run on:")
    say(f"regulars run --store {os.path.relpath(nightly.store.folder)} --day {nightly.newest_day()}")


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
    (one,) = receiving(nightly, destination, is_carried=False)
    word = {"destination": one.id, "day": day_of(day), "because": because, "by": by}
    with nightly.only_run():
        file = DELIVERY_WORDS.add(nightly.store.folder, word)
    say(f"many may leave {one.id} on {day}: written to {os.path.relpath(file.path)}; now:")
    say(f"regulars run --store {os.path.relpath(nightly.store.folder)} --day {day}")


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
    version = current(nightly)
    for identifier in new.identifiers:
        say(f"{identifier} is known as {owner_of(version, identifier)}")
    with nightly.only_run():
        file = IDENTITY_WORDS.add(nightly.store.folder, new.model_dump())
    # whose a device is changes no person
    table = "customer_identifiers says whose it is" if new.device else "identity_changes says what it did"
    say(f"written to {os.path.relpath(file.path)}; after this {table}:")
    say(f"regulars run --store {os.path.relpath(nightly.store.folder)} --day {nightly.newest_day()}")


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
    say(f"{learned.linked:,} pairs of accounts would be linked (from {probable.link_above})")
    say(f"{learned.reviewed:,} would be listed in probable_links (from {probable.review_above})")
    say(f"written to {os.path.relpath(path)}; the next night links with it:")
    say(f"regulars run --store {os.path.relpath(nightly.store.folder)} --day {nightly.newest_day()}")
