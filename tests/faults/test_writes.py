"""One write, sync or rename of a night fails, whichever: nothing is torn, and the next night heals it."""

import random
import shutil
import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.blows import KILLS, SEED
from tests.faults.machines import Machine
from tests.faults.nights import run_night
from tests.faults.shops import Undisturbed, copy
from tests.faults.wholeness import assert_as_if_undisturbed, assert_nothing_is_torn

FOLDERS = ("build", "published", "dagster")
ROUND = 4
ROUNDS = [(folder, number) for number in range(KILLS // (ROUND * len(FOLDERS))) for folder in FOLDERS]


class FailingWrites(NamedTuple):
    """What lets a write fail, and how many of them an undisturbed night makes in each folder of the state."""

    library: Path
    writes: dict[str, int]

    def run_night(self, shop: Path, folder: str, number: int) -> tuple[int, str, int]:
        """Run a night whose write of a number fails, none if 0: exit code, what it printed, writes tried."""
        counter = shop.with_name("writes")
        counter.write_bytes(struct.pack("l", 0))
        machine = Machine(
            {
                "LD_PRELOAD": str(self.library),
                "WRITES_COUNTED_IN": str(counter),
                "WRITES_BELOW": f"{shop / 'state' / folder}/",
                "WRITE_THAT_FAILS": str(number),
            }
        )
        code, said = run_night(shop, "--again", machine=machine)
        return code, said, struct.unpack("l", counter.read_bytes())[0]


@pytest.fixture(scope="session")
def failing(the_undisturbed: Undisturbed, tmp_path_factory: pytest.TempPathFactory) -> FailingWrites:
    """Made for this machine, and counted once."""
    compiler, made = shutil.which("cc"), tmp_path_factory.mktemp("library") / "failing_write.so"
    if not compiler:
        pytest.skip("no C compiler, so no write can be made to fail")
    source = Path(__file__).with_name("failing_write.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(made), str(source), "-ldl"], check=True)
    failing = FailingWrites(made, {})
    for folder in FOLDERS:
        shop = copy(the_undisturbed.shop, tmp_path_factory.mktemp("counted") / "shop")
        code, said, failing.writes[folder] = failing.run_night(shop, folder, 0)
        assert code == 0, said
    return failing


@pytest.mark.campaign
@pytest.mark.parametrize(("folder", "round_number"), ROUNDS)
def test_a_night_of_which_one_write_fails_tears_nothing_and_the_next_one_is_as_if_it_had_not(
    shop: Path, the_undisturbed: Undisturbed, failing: FailingWrites, folder: str, round_number: int
) -> None:
    chance = random.Random(f"{SEED} {folder} {round_number}")  # noqa: S311 (a seed, to repeat a failure)
    for _ in range(ROUND):
        tried, number = failing.writes[folder], failing.writes[folder] + 1
        # no two nights write equally often, so a number that was not reached is drawn again
        while tried < number:
            number = 1 + chance.randrange(tried)
            code, said, tried = failing.run_night(shop, folder, number)
        assert "Traceback" not in said, said
        assert code == 0 or "error: " in said, said
        assert_nothing_is_torn(shop, the_undisturbed)
    code, said = run_night(shop)
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed)
