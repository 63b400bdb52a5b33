"""Files of the state that are damaged: noticed before they are used, in words that say what to do."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from regulars.orchestration.nightly import nightly_of
from regulars.warehouse.versions import MANIFEST
from tests.faults.nights import run_night
from tests.faults.shops import Undisturbed
from tests.faults.wholeness import assert_as_if_undisturbed, assert_nothing_is_torn, is_whole

Damage = Callable[[bytes], bytes]
BLOCK_BYTES = 4096


def flipped(content: bytes) -> bytes:
    """One bit of every page behind the headers, so that no part of the file is spared."""
    damaged = bytearray(content)
    for position in range(4 * BLOCK_BYTES, len(content), BLOCK_BYTES):
        damaged[position] ^= 1
    return bytes(damaged)


def cut_off(content: bytes) -> bytes:
    return content[: len(content) // 2]


def text(_: bytes) -> bytes:
    return b"a note that was saved here by mistake\n" * 1000


def empty(_: bytes) -> bytes:
    return b""


def one_bit(seed: int) -> Damage:
    def flip(content: bytes) -> bytes:
        chance, damaged = random.Random(seed), bytearray(content)  # noqa: S311 (to be repeated)
        damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        return bytes(damaged)

    return flip


def damage(path: Path, how: Damage) -> None:
    path.write_bytes(how(path.read_bytes()))


@pytest.mark.parametrize(
    "how", [text, *(pytest.param(how, marks=pytest.mark.campaign) for how in (flipped, cut_off, empty))]
)
def test_a_damaged_build_warehouse_is_noticed_and_built_anew_when_the_user_says_so(
    shop: Path, the_undisturbed: Undisturbed, how: Damage
) -> None:
    warehouse = nightly_of(shop).warehouse.path
    damage(warehouse, how)
    code, said = run_night(shop)
    assert code == 2, said
    assert f"error: {warehouse}: the build warehouse is damaged: " in said
    assert "\n  remedy: run the night with --rebuild" in said
    assert "Traceback" not in said
    assert_nothing_is_torn(shop, the_undisturbed)
    code, said = run_night(shop, "--rebuild")
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed, rebuilt=True)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(10))
def test_one_wrong_bit_of_the_build_warehouse_is_noticed_or_changes_nothing(
    shop: Path, the_undisturbed: Undisturbed, seed: int
) -> None:
    damage(nightly_of(shop).warehouse.path, one_bit(seed))
    code, said = run_night(shop)
    if code:
        assert (code, "remedy: run the night with --rebuild" in said) == (2, True), said
        assert_nothing_is_torn(shop, the_undisturbed)
    else:
        assert_as_if_undisturbed(shop, the_undisturbed)


def test_one_wrong_bit_of_the_version_that_a_night_continues_stops_it(
    shop: Path, the_undisturbed: Undisturbed
) -> None:
    (continued,) = nightly_of(shop).published.versions()
    damage(continued.database, one_bit(seed=0))
    code, said = run_night(shop)
    assert code == 2, said
    assert f"error: {continued.database}: is not as it was published" in said
    assert "\n  remedy: put its folder back from a backup" in said
    assert nightly_of(shop).published.versions() == [continued]
    shutil.copytree(the_undisturbed.before.folder, continued.folder, dirs_exist_ok=True)
    code, said = run_night(shop)
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed)


@pytest.mark.campaign
def test_a_version_whose_manifest_is_damaged_is_not_continued(shop: Path) -> None:
    (continued,) = nightly_of(shop).published.versions()
    damage(continued.folder / MANIFEST, cut_off)
    code, said = run_night(shop)
    assert code == 2, said
    assert f"error: {continued.database}: cannot be compared with its {MANIFEST}" in said
    assert nightly_of(shop).published.versions() == [continued]


@pytest.mark.campaign
def test_a_damaged_parquet_file_is_for_readers_to_notice_and_no_night_carries_it(
    shop: Path, the_undisturbed: Undisturbed
) -> None:
    (continued,) = nightly_of(shop).published.versions()
    damage(continued.folder / "parquet" / "planned_touchpoints.parquet", one_bit(0))
    assert not is_whole(continued)
    code, said = run_night(shop)
    assert code == 0, said
    shutil.copytree(the_undisturbed.before.folder, continued.folder, dirs_exist_ok=True)
    assert_as_if_undisturbed(shop, the_undisturbed)
