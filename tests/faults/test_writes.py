"""One write, sync or rename of a night fails, whichever: nothing is torn, and the next night heals it."""

import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.blows import KILLS, SEED
from tests.faults.machines import Machine
from tests.faults.nights import run_night
from tests.faults.shops import Undisturbed, copy
from tests.faults.wholeness import assert_as_if_undisturbed, assert_nothing_is_torn

FOLDERS = ("build", "published", "dagster")
ROUND = 4
ROUNDS = range(1, 1 + KILLS // (ROUND * len(FOLDERS)))
NONE_OF_THEM = 0


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lets a write fail, made for this machine."""
    compiler, made = shutil.which("cc"), tmp_path_factory.mktemp("library") / "failing_write.so"
    if not compiler:
        pytest.skip("no C compiler, so no write can be made to fail")
    source = Path(__file__).with_name("failing_write.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(made), str(source), "-ldl"], check=True)
    return made


@pytest.fixture(scope="session")
def writes(
    library: Path, the_undisturbed: Undisturbed, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, int]:
    """How many writes an undisturbed night makes in each folder of the state."""
    counted = {}
    for folder in FOLDERS:
        shop = copy(the_undisturbed.shop, tmp_path_factory.mktemp("counted") / "shop")
        code, said, counted[folder] = run_night_with_failing_write(library, shop, folder, NONE_OF_THEM)
        assert code == 0, said
    return counted


def run_night_with_failing_write(library: Path, shop: Path, folder: str, number: int) -> tuple[int, str, int]:
    """Run a night in which the write of a number fails; its exit code, what it printed, how many it tried."""
    counter = shop.with_name("writes")
    counter.write_bytes(struct.pack("l", 0))
    machine = Machine(
        {
            "LD_PRELOAD": str(library),
            "WRITES_COUNTED_IN": str(counter),
            "WRITES_BELOW": f"{shop / 'state' / folder}/",
            "WRITE_THAT_FAILS": str(number),
        }
    )
    code, said = run_night(shop, "--again", machine=machine)
    return code, said, struct.unpack("l", counter.read_bytes())[0]


@pytest.mark.campaign
@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("round_number", ROUNDS)
def test_a_night_of_which_one_write_fails_tears_nothing_and_the_next_one_is_as_if_it_had_not(
    shop: Path,
    the_undisturbed: Undisturbed,
    library: Path,
    writes: dict[str, int],
    folder: str,
    round_number: int,
    record_property: Callable[[str, object], None],
) -> None:
    chance = random.Random(f"{SEED} {folder} {round_number}")  # noqa: S311 (a seed, to repeat a failure)
    for _ in range(ROUND):
        number = 1 + chance.randrange(writes[folder])
        code, said, tried = run_night_with_failing_write(library, shop, folder, number)
        record_property("write", (folder, number, code))
        assert tried >= number, "the night made fewer writes, so none of them failed"
        assert "Traceback" not in said, said
        assert code == 0 or "error: " in said, said
        assert_nothing_is_torn(shop, the_undisturbed)
    code, said = run_night(shop)
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed)
