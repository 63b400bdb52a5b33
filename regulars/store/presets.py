"""Presets: contracts for systems that many companies use, shipped with the program under presets/.

A store's contract that names one says what only the store can know, and takes the streams from it.
Not here: what a contract may say; that is `contracts`.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from regulars.store.contracts import Contract
from regulars.store.errors import nearest
from regulars.store.model import StoreModel
from regulars.store.settings import TimeZone
from regulars.store.sql import literal, quoted
from regulars.store.yaml_file import Document, Location, YamlFile, fitted, opened

PRESETS = Path(__file__).with_name("presets")
TODO = "TODO"
SYSTEM = r"^[a-z][a-z0-9_]*$"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

# YAML takes 2026-10-01 for a date and 5 for a number
Value = str | int | float | date


class Verified(StoreModel):
    """From where the layout is known, and when that was looked at."""

    by: Literal["vendor", "public_files"] = Field(
        description="The vendor's own documents or code, or public files of several owners that agree"
    )
    month: str = Field(pattern=r"^20\d\d-\d\d$")


class Setting(StoreModel):
    """What a preset cannot know of a store."""

    meaning: str
    kind: Literal["value", "column"] = Field(
        "value", description="What the setting is in SQL: a text, or the name of a column"
    )
    default: str | None = Field(None, description="The value of a store that says nothing")
    without: Literal["refuse", "null", "leave_out"] = Field(
        "refuse",
        description="Without it the contract is refused, the setting is null, or its streams are left out",
    )
    is_day_of_init: bool = Field(default=False, description="Whether `regulars init` fills in its own day")


class Preset(StoreModel):
    """One file under presets/: a contract in which `{system}` and `{<setting>}` stand for the store's own."""

    title: str
    verified: Verified
    clock: str = Field(description="Which clock the times are of")
    time_zone: TimeZone | None = Field(None, description="Zone of times without one; else the store says it")
    money: str | None = Field(None, description="In which unit amounts are")
    left_out: str = Field(description="What of the files is not read, and why")
    deliver: dict[str, str] = Field(min_length=1, description="Pattern of files: where they come from")
    settings: dict[str, Setting] = Field({}, description="What it asks of the store")
    streams: tuple[dict[str, Any], ...] = Field(min_length=1)


class PresetContract(StoreModel):
    """The content of a file under sources/ that names a preset."""

    preset: str
    owner: str = Field(description="Who to ask about these files")
    system: str | None = Field(
        None, pattern=SYSTEM, description="Name of the system and of its folder; else the preset's"
    )
    time_zone: TimeZone | None = Field(None, description="Zone of times without one, if the preset has none")
    accounts: str | None = Field(
        None, pattern=SYSTEM, description="The system whose account ids these files hold, if another's"
    )
    anonymous_ids: str | None = Field(
        None, pattern=SYSTEM, description="The system whose cookies or device ids they hold, if another's"
    )
    settings: dict[str, Value] = Field({}, description="What the preset asks of the store")


@cache
def preset_names() -> tuple[str, ...]:
    """The names of all presets, in order."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.yml")))


@cache
def preset_file(name: str) -> tuple[Document, Preset]:
    """A preset with the file that it stands in.

    Args:
        name: One of `preset_names`.
    """
    document = opened(PRESETS / f"{name}.yml")
    return document, fitted(document, Preset).content


def load_contract(path: Path) -> YamlFile[Contract]:
    """Read a contract, with the streams of its preset if it names one.

    Raises:
        UserError: The file is no contract, or leaves something to be filled in; names the line.
    """
    document = opened(path)
    for place in document.places_of(TODO):
        raise document.error(
            f"'{'.'.join(map(str, place))}' is still to be filled in",
            place,
            remedy=f"put the right value in place of {TODO}; what stands beside it says which",
        )
    if "preset" not in document.root:
        return fitted(document, Contract)
    return _with_preset(document, fitted(document, PresetContract).content)


def _with_preset(document: Document, use: PresetContract) -> YamlFile[Contract]:
    if use.preset not in preset_names():
        message = f"unknown preset '{use.preset}'; {nearest(use.preset, preset_names())}"
        raise document.error(message, ("preset",), remedy="`regulars init --list` shows them all")
    base, preset = preset_file(use.preset)
    system = use.system or use.preset
    streams = _filled(preset.streams, {"system": system, **_told(document, use, preset)})
    if not streams:
        choices = ", ".join(name for name, one in preset.settings.items() if one.without == "leave_out")
        message = f"preset '{use.preset}' reads nothing without one of the settings {choices}"
        raise document.error(message, ("settings",), remedy="give those that your files have an answer for")
    content = {
        "system": system,
        "owner": use.owner,
        "time_zone": _time_zone(document, use, preset),
        "accounts": use.accounts,
        "anonymous_ids": use.anonymous_ids,
        "streams": streams,
    }
    contract = fitted(base, Contract, content).content
    # the preset is a part of the configuration, so its text counts when that is compared
    return YamlFile(document.path, f"{document.text}\0{base.text}", contract, document.root, base)


def _time_zone(document: Document, use: PresetContract, preset: Preset) -> str:
    if use.time_zone and preset.time_zone:
        raise document.error(
            f"preset '{use.preset}' knows the clock of its files: {preset.clock}",
            ("time_zone",),
            remedy="remove the key",
        )
    zone = use.time_zone or preset.time_zone
    if not zone:
        raise document.error(
            f"the key 'time_zone' is missing: {preset.clock}", remedy="add it, such as Europe/London"
        )
    return zone


def _told(document: Document, use: PresetContract, preset: Preset) -> dict[str, str]:
    """The settings as SQL.

    Raises:
        UserError: One is unknown, or is needed and not given.
    """
    place: Location = ("settings",)
    for name in use.settings:
        if name not in preset.settings:
            known = nearest(name, preset.settings) if preset.settings else "it has none"
            message = f"preset '{use.preset}' has no setting '{name}'; {known}"
            raise document.error(message, (*place, name), remedy="rename the key or remove it")
    told = {}
    for name, setting in preset.settings.items():
        value = use.settings.get(name, setting.default)
        if value is not None:
            told[name] = quoted(str(value)) if setting.kind == "column" else literal(str(value))
        elif setting.without == "null":
            told[name] = "null"
        elif setting.without == "refuse":
            message = f"settings: the key '{name}' is missing: {setting.meaning}"
            raise document.error(message, place, remedy=f"add `{name}: ...` under settings")
    return told


def _filled(streams: tuple[dict[str, Any], ...], told: Mapping[str, str]) -> list[Any]:
    """The streams with the store's own in place of its names; one that asks for what is not told is null."""
    return [_replaced(stream, told) for stream in streams if _asked(stream) <= told.keys()]


def _asked(part: object) -> set[str]:
    if isinstance(part, dict):
        return set[str]().union(*map(_asked, part.values()))
    if isinstance(part, list):
        return set[str]().union(*map(_asked, part))
    return set(_PLACEHOLDER.findall(part)) if isinstance(part, str) else set()


def _replaced(part: object, told: Mapping[str, str]) -> object:
    if isinstance(part, dict):
        return {key: _replaced(value, told) for key, value in part.items()}
    if isinstance(part, list):
        return [_replaced(value, told) for value in part]
    return _PLACEHOLDER.sub(lambda found: told[found[1]], part) if isinstance(part, str) else part
