"""A night is a function of its day: clock, language and processors of the machine change no byte of it."""

from pathlib import Path

import pytest

from tests.faults.machines import CHARMAPS, DAYS_OFF, ZONES, Machine
from tests.faults.nights import run_night
from tests.faults.shops import Undisturbed
from tests.faults.wholeness import assert_as_if_undisturbed

PLACES = [
    *(f"time zone {zone}" for zone in ZONES),
    "language C",
    *(f"language tr_TR.{charmap}" for charmap in CHARMAPS),
    "one processor",
    *(f"clock {days:+} days" for days in DAYS_OFF),
]


def test_a_night_gives_the_same_bytes_without_a_network_in_another_zone_and_language(
    shop: Path, the_undisturbed: Undisturbed, places: dict[str, Machine]
) -> None:
    if "no network" not in places:
        pytest.skip("nobody but root may take the network from a process here")
    elsewhere = Machine({"TZ": ZONES[0], "LC_ALL": "C"}, places["no network"].within)
    code, said = run_night(shop, machine=elsewhere)
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed)


@pytest.mark.campaign
@pytest.mark.parametrize("place", PLACES)
def test_a_night_gives_the_same_bytes_wherever_it_runs(
    shop: Path, the_undisturbed: Undisturbed, places: dict[str, Machine], place: str
) -> None:
    if place not in places:
        pytest.skip(f"{place}: this machine has no compiler, or no source of that language")
    code, said = run_night(shop, machine=places[place])
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed)
