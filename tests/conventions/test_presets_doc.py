"""The table of presets says what the presets say."""

import re

import pytest

from regulars.store.presets import PresetContract, preset_file, preset_names
from tests.conventions.test_docs import keys, rows, text

KNOWN_FROM = {"vendor": "vendor", "public_files": "public files"}
NAMES_IN_KEY = re.compile(r"""\$\."?([\w$]+)|"([\w$ ]+)"|^(\w+)$""")


def filled(name: str) -> str:
    """The entities of a preset, with what makes a row known where it is not the entity's own key."""
    keyed: dict[str, list[str]] = {}
    for stream in preset_file(name)[1].streams:
        own = keyed.setdefault(str(stream["entity"]), [])
        for part in stream.get("key", ()):
            own += ["".join(found) for found in NAMES_IN_KEY.findall(part)]
    entities = ((entity, ", ".join(dict.fromkeys(own))) for entity, own in keyed.items())
    return "; ".join(f"{entity} by {own}" if own else entity for entity, own in entities)


def documented(name: str) -> list[str]:
    """The row of a preset."""
    preset = preset_file(name)[1]
    known_from = f"{KNOWN_FROM[preset.verified.by]}, {preset.verified.month}"
    return [name, preset.title, filled(name), preset.time_zone or "yours", known_from, preset.left_out]


def test_the_documented_presets_are_those_of_the_program() -> None:
    assert list(rows(text("presets.md"), "preset")) == [documented(name) for name in preset_names()]


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_a_row_of_a_table(name: str) -> None:
    assert "|" not in "".join(documented(name))


def test_the_documented_keys_of_a_contract_with_a_preset_are_all_of_them() -> None:
    assert {row[0]: row[1] for row in rows(text("presets.md"), "key")} == keys(PresetContract)
