"""A contract that names a preset: what it takes from it, and the message when it does not fit."""

import json
import re
from pathlib import Path

import pytest

from regulars.store.contracts import Contract
from regulars.store.errors import UserError
from regulars.store.presets import PRESETS, load_contract, preset_file, preset_names
from regulars.store.store import open_store
from regulars.store.yaml_file import YamlFile
from tests.shops import write_shop

SHOPIFY = "preset: shopify\nowner: team:shop\nsettings:\n  refused_on: 2026-10-01\n"


def contract(folder: Path, text: str) -> YamlFile[Contract]:
    path = folder / "contract.yml"
    path.write_text(text, "utf-8")
    return load_contract(path)


def refusal(folder: Path, text: str) -> UserError:
    with pytest.raises(UserError) as caught:
        contract(folder, text)
    assert caught.value.file == folder / "contract.yml"
    return caught.value


def test_a_preset_gives_the_streams_and_the_store_the_rest(tmp_path: Path) -> None:
    read = contract(tmp_path, SHOPIFY + "anonymous_ids: web\n").content
    assert (read.system, read.owner, read.anonymous_ids) == ("shopify", "team:shop", "web")
    assert {stream.files for stream in read.streams} == {"shopify/customers*.csv", "shopify/orders*.csv"}
    assert any("'2026-10-01'" in stream.columns.get("stated_at", "") for stream in read.streams)


def test_two_shops_of_one_vendor_are_two_systems_with_folders_of_their_own(tmp_path: Path) -> None:
    read = contract(tmp_path, SHOPIFY + "system: shop_uk\n").content
    assert {stream.files.split("/")[0] for stream in read.streams} == {"shop_uk"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (SHOPIFY.replace("shopify", "shopfy"), 1, "unknown preset 'shopfy'; did you mean 'shopify'?"),
        (SHOPIFY.replace("refused_on", "refused"), 4, "no setting 'refused'; did you mean 'refused_on'?"),
        (SHOPIFY.replace("  refused_on: 2026-10-01", "  {}"), 3, "the key 'refused_on' is missing: the day"),
        (SHOPIFY.replace("2026-10-01", "TODO"), 4, "'settings.refused_on' is still to be filled in"),
        (SHOPIFY + "streams: []\n", 5, "unknown key 'streams'"),
        (SHOPIFY + "time_zone: UTC\n", 5, "preset 'shopify' knows the clock of its files"),
        ("preset: shopify\nsettings: {refused_on: 2026-10-01}\n", 1, "the key 'owner' is missing"),
    ],
)
def test_a_mistake_is_at_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    error = refusal(tmp_path, text)
    assert (error.line, message in error.message, bool(error.remedy)) == (line, True, True), error


def test_what_is_to_be_filled_in_is_refused_in_any_contract(tmp_path: Path) -> None:
    stream = {"files": "a.csv", "entity": "products", "columns": {"product_ref": "TODO"}}
    text = json.dumps({"system": "a", "owner": "b", "time_zone": "UTC", "streams": [stream]}, indent=1)
    error = refusal(tmp_path, text)
    assert error.line == text[: text.index("TODO")].count("\n") + 1


def test_a_mistake_in_a_stream_is_at_the_line_of_the_preset(tmp_path: Path) -> None:
    error = contract(tmp_path, SHOPIFY).error("no such column", ("streams", 0, "columns", "email"))
    assert (error.file, error.message) == (
        PRESETS / "shopify.yml",
        f"no such column (for {tmp_path / 'contract.yml'})",
    )
    assert '"Email"' in (PRESETS / "shopify.yml").read_text("utf-8").splitlines()[(error.line or 0) - 1]
    assert contract(tmp_path, SHOPIFY).error("twice", ("system",)).file == tmp_path / "contract.yml"


def test_a_text_stays_one_text_whatever_stands_in_it(tmp_path: Path) -> None:
    told = SHOPIFY.replace("2026-10-01", "\"1' or 'a\"")
    stated = [stream.columns.get("stated_at", "") for stream in contract(tmp_path, told).content.streams]
    assert any("'1'' or ''a'" in text for text in stated)


def test_the_text_of_a_preset_is_part_of_the_configuration(tmp_path: Path) -> None:
    store = open_store(write_shop(tmp_path, {"sources/pos.yml": SHOPIFY}))
    assert (PRESETS / "shopify.yml").read_text("utf-8") in store.contract_files[0].text
    assert store.config_hash


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_says_where_each_of_its_files_comes_from(name: str) -> None:
    preset = preset_file(name)[1]
    patterns = {str(stream["files"]).removeprefix("{system}/") for stream in preset.streams}
    assert patterns == set(preset.deliver)
    assert all(stream["optional"] for stream in preset.streams)
    assert all(stream["unknown_columns"] == "ignore" for stream in preset.streams)


@pytest.mark.parametrize("name", preset_names())
def test_no_preset_reads_what_should_stay_where_it_is(name: str) -> None:
    document, _ = preset_file(name)
    # of PostHog's properties it is taken out
    streams = document.text.split("streams:")[1].replace('"$ip": null', "")
    code = re.sub(r"header: \[.*?\]", "", streams, flags=re.DOTALL)
    assert re.findall(r"(?i)\bip\b|ip_?address|password|token|card|description|latitude|notes?\b", code) == []
