"""Every preset over a sample in its vendor's layout, through the real landing room."""

import importlib
import json
from pathlib import PurePosixPath

import pytest

from regulars.store.presets import preset_file, preset_names
from tests.unit.landing.conftest import Shop
from tests.unit.landing.presets.sample import Sample, cells

SAMPLES: dict[str, Sample] = {
    name: importlib.import_module(f"tests.unit.landing.presets.{name}").SAMPLE for name in preset_names()
}


def deliver(shop: Shop, name: str, *, again: bool = False) -> None:
    """Write a contract that names the preset, and the sample's files, or the same with another end."""
    sample = SAMPLES[name]
    contract = {"preset": name, "owner": "team:data", **sample.keys}
    if sample.settings:
        contract["settings"] = dict(sample.settings)
    exports = {}
    for path, content in sample.files.items():
        stem, _, ending = PurePosixPath(path).name.partition(".")
        renamed = f"{name}/{PurePosixPath(path).with_name(f'{stem}_again.{ending}')}"
        if not again:
            exports[f"{name}/{path}"] = content
        elif isinstance(content, str):
            exports[renamed] = content + "\n"
    for path in exports:
        (shop.folder / "exports" / path).parent.mkdir(parents=True, exist_ok=True)
    shop.deliver(exports, json.dumps(contract))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_the_vendors_layout_lands(shop: Shop, name: str) -> None:
    sample = SAMPLES[name]
    deliver(shop, name)
    shop.land({})
    for entity, table in sample.landed.items():
        columns, *rows = table.strip().splitlines()
        told = ", ".join(f"cast({column} as varchar)" for column in columns.split(" | "))
        landed = shop.rows(f"select {told} from landing.{entity}")
        assert sorted(landed, key=str) == sorted(map(cells, rows), key=str), entity
    taken = shop.rows("select stream, entity from landing.files group by all having sum(rows_loaded) > 0")
    assert {entity for _, entity in taken} == set(sample.landed)
    # every stream takes some of the sample's rows
    assert len(taken) == len(preset_file(name)[1].streams)
    letters = shop.rows("select path, row_number, column_name, reason from landing.dead_letters order by all")
    assert letters == [(f"{name}/{path}", *rest) for path, *rest in sample.dead]
    skipped = shop.rows(
        "select entity, sum(rows_skipped)::int from landing.files group by all having sum(rows_skipped) > 0"
    )
    assert dict(skipped) == sample.skipped
    deliver(shop, name, again=True)
    for account in shop.land({}):
        assert account.rows_loaded == 0, "what comes again is known"
        assert account.rows_duplicate == account.rows_read - account.rows_dead - account.rows_skipped
