"""What `regulars init` writes and says. Not here: what stands in the files; that is the room `store`."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console

from regulars.landing.proposal import propose
from regulars.store.errors import UserError
from regulars.store.new_store import NewSource, NewStore, source_files, store_files, write_new
from regulars.store.presets import TODO, preset_file, preset_names
from regulars.store.settings import StoreSettings
from regulars.store.yaml_file import read

VERIFIED = {"vendor": "vendor", "public_files": "public files"}


@dataclass(frozen=True)
class Wish:
    """The options of `regulars init`: what a new store is called, and which presets it takes."""

    folder: Path
    presets: tuple[str, ...]
    told: tuple[str, ...] = ()
    name: str | None = None
    title: str | None = None
    time_zone: str | None = None
    currency: str | None = None
    owner: str = "team:data"


def list_presets(console: Console) -> None:
    """Show every preset in a line, with whose layout it is known from."""
    width = max(map(len, preset_names()))
    for name in preset_names():
        preset = preset_file(name)[1]
        verified = f"{VERIFIED[preset.verified.by]}, {preset.verified.month}"
        _say(console, f"{name:<{width}}  {preset.title} ({verified})")


def init_store(wish: Wish, day: date, console: Console) -> None:
    """Write a store's folder, or further sources into one, and say what to do next; nothing is overwritten.

    Raises:
        UserError: Something is missing or unknown, or a file is there already.
    """
    told = _told(wish)
    sources = [NewSource(preset, wish.owner, told.get(preset, {})) for preset in wish.presets]
    if (wish.folder / "store.yml").exists():
        _refuse_again(wish)
        files = dict[str, str]()
    else:
        files = store_files(_new_store(wish, day))
        _check_settings(files["store.yml"])
    for source in sources:
        files |= source_files(source, day)
    if not sources:
        raise UserError(
            "no preset is named, and a store without sources knows nothing",
            remedy="say --preset shopify, for instance; `regulars init --list` shows them all",
        )
    say_written(write_new(wish.folder, files), console)
    _say_next(wish, files, console)


def propose_contract(file: Path, into: Path | None, console: Console) -> None:
    """Print the contract that a file suggests, or write it among the sources of a store.

    Raises:
        UserError: The file cannot be read, or the store has a contract of that name.
    """
    proposal = propose(file)
    if not into:
        _say(console, proposal.text.rstrip("\n"))
        return
    (path,) = write_new(into, {f"sources/{proposal.system}.yml": proposal.text})
    say_written([path], console)
    for number, line in enumerate(proposal.text.splitlines(), start=1):
        if TODO in line.partition("#")[0]:
            _say(console, f"  line {number}: {line.strip()}")
    _say(console, f"put the file below {os.path.relpath(into / 'exports')}, and then:")
    _say(console, f"  regulars check --store {os.path.relpath(into)}")


def say_written(paths: Iterable[Path], console: Console) -> None:
    """Name the files that were written."""
    for path in paths:
        _say(console, f"written: {os.path.relpath(path)}")


def _new_store(wish: Wish, day: date) -> NewStore:
    name = wish.name or re.sub(r"\W+", "_", wish.folder.resolve().name.lower()).strip("_")
    if not wish.time_zone or not wish.currency:
        missing = "--time-zone" if not wish.time_zone else "--currency"
        raise UserError(
            f"{missing} is missing, without which nobody knows when days begin or what money is",
            remedy="say it, such as --time-zone Europe/London --currency GBP",
        )
    return NewStore(name, wish.title or wish.folder.resolve().name, wish.time_zone, wish.currency, day)


def _check_settings(text: str) -> None:
    """Refuse options that store.yml would not take, before it is there."""
    try:
        read(Path("store.yml"), text, StoreSettings)
    except UserError as error:
        raise UserError(error.message, remedy="mend the option of that name") from error


def _refuse_again(wish: Wish) -> None:
    """Refuse what would be said of a store that says it itself."""
    given = {"--name": wish.name, "--title": wish.title, "--time-zone": wish.time_zone}
    for option, value in (given | {"--currency": wish.currency}).items():
        if value:
            raise UserError(
                f"the store is there already, and {option} would change it",
                file=wish.folder / "store.yml",
                remedy=f"leave out {option}, and change the file",
            )


def _told(wish: Wish) -> dict[str, dict[str, str]]:
    """What `--set` says, by preset."""
    told: dict[str, dict[str, str]] = {}
    for text in wish.told:
        found = re.fullmatch(r"([a-z0-9_]+)\.([a-z0-9_]+)=(.+)", text, re.DOTALL)
        if not found or found[1] not in wish.presets:
            remedy = (
                f"write it as --set PRESET.SETTING=VALUE, of a preset of {', '.join(wish.presets) or 'yours'}"
            )
            raise UserError(f"--set '{text}' says nothing of a preset that is taken", remedy=remedy)
        told.setdefault(found[1], {})[found[2]] = found[3]
    return told


def _say_next(wish: Wish, files: Mapping[str, str], console: Console) -> None:
    store = os.path.relpath(wish.folder)
    _say(console, "next:")
    for name, text in files.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if line.endswith(f": {TODO}"):
                _say(console, f"  fill in {line.strip()} in {store}/{name}:{number}")
    for preset in wish.presets:
        for pattern, origin in preset_file(preset)[1].deliver.items():
            _say(console, f"  drop into {store}/exports/{preset}: {pattern} ({origin})")
    _say(console, f"  regulars check --store {store}")
    _say(console, f"  regulars run --store {store}")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
