"""Whatever process of a night is killed, whenever: readers see no difference, and the next night heals it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.blows import KILLS, Blow, rounds, strike
from tests.faults.nights import CHANGES, STAGES, run_night
from tests.faults.shops import Undisturbed
from tests.faults.wholeness import assert_as_if_undisturbed, assert_nothing_is_torn

Record = Callable[[str, object], None]

ENDS = {None: "ended", 0: "went on", 1: "failed in words"}
ROUNDS = list(rounds(KILLS))
BOUNDARIES = [Blow("night", moment) for moment in ("start", "night", *STAGES, *CHANGES)]
IN_THEIR_WORK = [
    Blow("dbt", "landing_gate", 0.5),
    Blow("gates", "preparation", 0.9),
    Blow("gates", "decisions", 0.3),
]


def deal(shop: Path, undisturbed: Undisturbed, blows: list[Blow], record: Record) -> tuple[int, str]:
    """Strike nights one after the other, look at what readers see after each; how the next one ends."""
    for blow in blows:
        struck = strike(shop, blow)
        record("kill", (blow.victim, blow.moment, ENDS[struck.code]))
        assert "Traceback" not in struck.said, struck.said
        assert struck.code != 1 or "error: " in struck.said, struck.said
        assert_nothing_is_torn(shop, undisturbed)
    return run_night(shop)


@pytest.mark.parametrize(
    "blows", ROUNDS, ids=[f"{number} of {len(ROUNDS)}" for number in range(1, len(ROUNDS) + 1)]
)
def test_nights_killed_at_random_moments_tear_nothing_and_the_next_one_is_as_if_they_had_not_been(
    shop: Path, the_undisturbed: Undisturbed, blows: list[Blow], record_property: Record
) -> None:
    code, said = deal(shop, the_undisturbed, blows, record_property)
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed)


@pytest.mark.campaign
@pytest.mark.parametrize("blow", BOUNDARIES, ids=str)
def test_a_night_killed_at_a_boundary_tears_nothing_and_the_next_one_is_as_if_it_had_not_been(
    shop: Path, the_undisturbed: Undisturbed, blow: Blow, record_property: Record
) -> None:
    code, said = deal(shop, the_undisturbed, [blow], record_property)
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed)


@pytest.mark.campaign
@pytest.mark.parametrize("blow", IN_THEIR_WORK, ids=str)
def test_a_night_whose_helper_is_killed_in_its_work_tries_again_or_fails_in_words(
    shop: Path, the_undisturbed: Undisturbed, blow: Blow, record_property: Record
) -> None:
    code, said = deal(shop, the_undisturbed, [blow], record_property)
    assert code == 0, said
    assert_as_if_undisturbed(shop, the_undisturbed)
