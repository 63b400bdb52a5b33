"""A night within little memory: it spills and says the same, or says which setting to raise."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from regulars.orchestration.nightly import nightly_of
from tests.faults.nights import LIMIT_SECONDS, NightProcess, run_night, wait_until
from tests.faults.shops import Undisturbed
from tests.faults.wholeness import assert_as_if_undisturbed, assert_nothing_is_torn
from tests.stores import REAL_STORE

# what the first night of a real year spills with, and does in one piece with
LITTLE, ENOUGH = "200MB", "3GB"
DAY = "2017-12-30"
SPILLED = "*.tmp/*"


def give(shop: Path, memory: str) -> None:
    settings = shop / "store.yml"
    settings.write_text(settings.read_text("utf-8") + f"memory_limit: {memory}\n", "utf-8")


def test_a_night_with_too_little_memory_says_what_to_raise_and_one_with_more_is_as_if_it_had_not_been(
    shop: Path, the_undisturbed: Undisturbed
) -> None:
    settings = (shop / "store.yml").read_text("utf-8")
    give(shop, "5MB")
    code, said = run_night(shop)
    assert code == 1, said
    assert "failed, as it had too little memory: " in said
    assert "\n  remedy: give memory_limit in store.yml more than 5MB, " in said
    assert "Traceback" not in said
    assert_nothing_is_torn(shop, the_undisturbed)
    (shop / "store.yml").write_text(settings, "utf-8")
    code, said = run_night(shop)
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed)


def has_spilled_or_ended(night: NightProcess, build: Path) -> bool:
    return night.is_over() or any(build.glob(SPILLED))


@pytest.mark.campaign
def test_a_night_that_spills_gives_the_same_bytes(tmp_path: Path) -> None:
    published = {}
    for memory in (LITTLE, ENOUGH):
        store = shutil.copytree(
            REAL_STORE, tmp_path / memory, ignore=shutil.ignore_patterns("state"), copy_function=shutil.copy
        )
        give(store, memory)
        night = NightProcess(store, day=DAY)
        spilled = store / "state" / "build"
        wait_until(partial(has_spilled_or_ended, night, spilled), LIMIT_SECONDS)
        has_spilled = any(spilled.glob(SPILLED))
        code, said = night.end()
        assert has_spilled == (memory == LITTLE)
        assert code == 0, said
        version = nightly_of(store).published.current()
        assert version
        published[memory] = {
            path.relative_to(version.folder): path.read_bytes()
            for pattern in ("parquet/*.parquet", "action_lists/*.csv")
            for path in version.folder.glob(pattern)
        }
    assert len(published[LITTLE]) > 10
    assert published[LITTLE] == published[ENOUGH]
