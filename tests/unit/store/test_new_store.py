"""The folder that `regulars init` writes: its text is what was told, and nothing that is there is touched."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from regulars.landing.trial import check_exports
from regulars.store.errors import UserError
from regulars.store.new_store import TIME_ZONE, NewSource, NewStore, source_files, store_files, write_new
from regulars.store.presets import preset_names
from regulars.store.store import open_store
from tests.unit.landing.test_presets import SAMPLES

DAY = date(2026, 11, 23)
STORE = NewStore("tulips", 'Tulips: "& Co"', "Europe/London", "GBP", DAY)


@pytest.mark.parametrize("name", preset_names())
def test_the_files_of_every_preset_fit_the_store_that_takes_it(tmp_path: Path, name: str) -> None:
    sample = SAMPLES[name]
    told = dict(sample.settings) | {key: zone for key, zone in sample.keys.items() if key == TIME_ZONE}
    write_new(tmp_path, store_files(STORE) | source_files(NewSource(name, "team:data", told), DAY))
    for path, content in sample.files.items():
        file = tmp_path / "exports" / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    store = open_store(tmp_path)
    assert (store.settings.title, store.settings.first_day) == ('Tulips: "& Co"', date(2024, 1, 1))
    with duckdb.connect() as connection:
        trials = check_exports(connection, store)
    assert trials
    assert [trial.mistake for trial in trials if trial.mistake] == []


def test_the_same_day_and_words_make_the_same_bytes() -> None:
    source = NewSource("shopify", "team:shop")
    assert store_files(STORE) == store_files(STORE)
    assert source_files(source, DAY) == source_files(source, DAY)
    assert '\n  refused_on: "2026-11-23"\n' in source_files(source, DAY)["sources/shopify.yml"]


def test_a_file_that_is_there_keeps_all_others_from_being_written(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine", "utf-8")
    with pytest.raises(UserError, match="the file is there already"):
        write_new(tmp_path, {"a/a": "new", "b": "new"})
    assert ((tmp_path / "b").read_text("utf-8"), (tmp_path / "a").exists()) == ("mine", False)


def test_what_cannot_be_written_leaves_no_file_behind(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("a file where a folder should be", "utf-8")
    with pytest.raises(UserError, match="cannot be written"):
        write_new(tmp_path, {"a": "new", "b/c": "new"})
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
