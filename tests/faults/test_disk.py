"""A disk that is full, or that a night may not write on: it says so in words, and what is published stays."""

from pathlib import Path

import pytest

from regulars.orchestration.nightly import nightly_of
from tests.faults.machines import WITHOUT_RIGHTS, Machine, Mounts
from tests.faults.nights import run_night
from tests.faults.shops import Undisturbed, copy
from tests.faults.wholeness import assert_as_if_undisturbed, assert_nothing_is_torn


def contents(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Everything in a folder, such that anything written anew is another one."""
    stats = {path: path.lstat() for path in folder.rglob("*")}
    return {path: (stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


@pytest.mark.parametrize(
    ("folder", "room_bytes"),
    [
        pytest.param("build", 2**16, id="full while it prepares"),
        pytest.param("build", 2**20, id="full while it builds", marks=pytest.mark.campaign),
        pytest.param("published", 2**18, id="full while it publishes", marks=pytest.mark.campaign),
        pytest.param("published", 2**20, id="full while it ends", marks=pytest.mark.campaign),
        pytest.param("dagster", 2**16, id="full while it starts", marks=pytest.mark.campaign),
        pytest.param("dagster", 2**19, id="full while it notes events", marks=pytest.mark.campaign),
    ],
)
def test_a_night_on_a_full_disk_says_where_and_the_next_one_with_room_is_as_if_it_had_not_been(
    shop: Path, tmp_path: Path, the_undisturbed: Undisturbed, folder: str, room_bytes: int
) -> None:
    disk = shop / "state" / folder
    with Mounts() as mounts:
        mounts.nearly_fill(disk, room_bytes)
        code, said = run_night(shop, machine=Machine(within=mounts.within))
        assert code == 1, said
        assert "failed, as the disk is full: " in said
        assert f"\n  remedy: free space for {disk} (" in said
        assert "Traceback" not in said
        assert_nothing_is_torn(copy(mounts.seen(shop), tmp_path / "full"), the_undisturbed)
        mounts.enlarge(disk)
        code, said = run_night(shop, machine=Machine(within=mounts.within))
        assert code == 0, said
        assert_as_if_undisturbed(copy(mounts.seen(shop), tmp_path / "enlarged"), the_undisturbed)


@pytest.mark.campaign
def test_a_night_that_meets_a_quota_says_where_and_the_next_one_is_as_if_it_had_not_been(
    tmp_path: Path, the_undisturbed: Undisturbed
) -> None:
    code = 0
    # where the blocks lie that a night writes, and so which limit it meets, DuckDB knows alone
    for part in (1, 2, 4, 8, 16):
        shop = copy(the_undisturbed.shop, tmp_path / str(part))
        warehouse = nightly_of(shop).warehouse.path
        limit = f"--fsize={warehouse.stat().st_size // part}"
        code, said = run_night(shop, machine=Machine(within=("prlimit", limit)))
        if code:
            break
    assert code == 1, said
    assert str(shop / "state") in said
    assert "\n  remedy: " in said
    assert "Traceback" not in said
    assert_nothing_is_torn(shop, the_undisturbed)
    code, said = run_night(shop)
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed)


@pytest.mark.parametrize(
    "folder",
    [
        "published",
        *(
            pytest.param(other, marks=pytest.mark.campaign)
            for other in ("build", "published/versions", "dagster")
        ),
    ],
)
def test_a_run_without_the_right_to_write_is_refused_before_its_work(shop: Path, folder: str) -> None:
    locked = shop / "state" / folder
    locked.chmod(0o555)
    before = contents(shop)
    code, said = run_night(shop, machine=Machine(within=WITHOUT_RIGHTS))
    locked.chmod(0o755)
    assert code == 2, said
    assert f"error: {locked}: the user of this process may not write here\n  remedy: " in said
    assert contents(shop) == before


@pytest.mark.parametrize("folder", ["state", pytest.param("state/published", marks=pytest.mark.campaign)])
def test_a_run_on_a_disk_that_is_mounted_for_reading_is_refused_before_its_work(
    shop: Path, folder: str
) -> None:
    before = contents(shop)
    with Mounts() as mounts:
        mounts.make_read_only(shop / folder)
        code, said = run_night(shop, machine=Machine(within=mounts.within))
    assert code == 2, said
    assert f"error: {shop / folder}" in said
    assert "may not write here\n  remedy: " in said
    assert contents(shop) == before
