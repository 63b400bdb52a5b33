"""A new store's folder, made of presets and of a beginning for segments, actions and channels.

Not here: what a preset says; that is `presets`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from regulars.store.errors import UserError, nearest
from regulars.store.presets import TODO, Preset, Setting, preset_file, preset_names

STARTER = Path(__file__).with_name("starter")
REVIEWED_AFTER = timedelta(days=180)
YEARS_OF_HISTORY = 2
TIME_ZONE = "time_zone"


@dataclass(frozen=True)
class NewStore:
    """What store.yml says of a company at first.

    Args:
        name: Small letters, digits and `_`.
        title: What people read.
        time_zone: IANA zone of its days.
        currency: ISO 4217 code.
        day: The day on which the folder is made.
    """

    name: str
    title: str
    time_zone: str
    currency: str
    day: date


@dataclass(frozen=True)
class NewSource:
    """A contract that names a preset, with what the store tells it."""

    preset: str
    owner: str
    told: Mapping[str, str] = field(default_factory=dict)


def store_files(store: NewStore) -> dict[str, str]:
    """The files of a store without sources: path below its folder, and text."""
    first_day = date(store.day.year - YEARS_OF_HISTORY, 1, 1)
    settings = f"""\
name: {store.name}
title: {_yaml(store.title)}
time_zone: {store.time_zone}
currency: {store.currency}
# there is no night before it; what happened earlier is known all the same
first_day: {first_day}
# what may be done to everybody without asking: nothing, until you say it with its basis
permissions: []
"""
    review_date = str(store.day + REVIEWED_AFTER)
    starter = {
        path.name: path.read_text("utf-8").replace("{review_date}", review_date)
        for path in sorted(STARTER.glob("*.yml"))
    }
    return {"store.yml": settings, **starter}


def source_files(source: NewSource, day: date) -> dict[str, str]:
    """The contract of a preset and the folder for its files: path below the store's folder, and text.

    Raises:
        UserError: There is no such preset, or it has no such setting.
    """
    if source.preset not in preset_names():
        message = f"unknown preset '{source.preset}'; {nearest(source.preset, preset_names())}"
        raise UserError(message, remedy="`regulars init --list` shows them all")
    preset = preset_file(source.preset)[1]
    asked = [*preset.settings, *([] if preset.time_zone else [TIME_ZONE])]
    for name in source.told:
        if name not in asked:
            known = nearest(name, asked) if asked else "it has none"
            message = f"preset '{source.preset}' has no setting '{name}'; {known}"
            raise UserError(message, remedy="mend --set, or leave it out")
    return {
        f"sources/{source.preset}.yml": _contract(source, preset, day),
        f"exports/{source.preset}/README.md": _deliveries(preset),
    }


def write_new(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write files that are not there yet, all or none; returns their paths.

    Raises:
        UserError: One of them is there, or cannot be written; nothing is changed.
    """
    paths = [folder / name for name in files]
    for path in paths:
        if path.exists() or path.is_symlink():
            remedy = "nothing was written; name another folder, or remove the file"
            raise UserError("the file is there already", file=path, remedy=remedy)
    written: list[Path] = []
    try:
        for path, text in zip(paths, files.values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            written.append(path)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise UserError(
            f"cannot be written: {error.strerror}", file=path, remedy="let us write it"
        ) from error
    return written


def _contract(source: NewSource, preset: Preset, day: date) -> str:
    lines = [f"# {preset.title}.", f"preset: {source.preset}", f"owner: {_yaml(source.owner)}"]
    if not preset.time_zone:
        zone = source.told.get(TIME_ZONE, TODO)
        lines += [f"# {preset.clock}", f"{TIME_ZONE}: {zone}"]
    settings = [
        line for name, setting in preset.settings.items() for line in _setting(name, setting, source, day)
    ]
    if settings:
        # a key without anything below it says nothing, and is refused
        says_nothing = all(line.startswith("  #") for line in settings)
        lines += ["# settings:" if says_nothing else "settings:", *settings]
    return "\n".join(lines) + "\n"


def _setting(name: str, setting: Setting, source: NewSource, day: date) -> tuple[str, str]:
    """A comment with the meaning, and a line with the value, or with what stands for it."""
    meaning = f"  # {setting.meaning}"
    if name in source.told:
        return meaning, f"  {name}: {_yaml(source.told[name])}"
    if setting.is_day_of_init:
        return meaning, f"  {name}: {_yaml(str(day))}"
    if setting.default is not None or setting.without == "null":
        return meaning, f"  # {name}: {setting.default or '...'}"
    choice = "; remove the line if nobody asked" if setting.without == "leave_out" else ""
    return meaning + choice, f"  {name}: {TODO}"


def _deliveries(preset: Preset) -> str:
    lines = [f"- `{pattern}`: {origin}" for pattern, origin in preset.deliver.items()]
    return f"# {preset.title}\n\nDrop here, under names like these:\n\n" + "\n".join(lines) + "\n"


def _yaml(text: str) -> str:
    """A text as YAML, whatever stands in it."""
    return json.dumps(text, ensure_ascii=False)
