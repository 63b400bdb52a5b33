"""A draw depends on what it is for and whom it concerns, and on nothing that was drawn before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.simulation import draws

KNOWN = [13684668094860017729, 15881756210101148102]


@given(st.integers(0, 2**31), st.integers(0, 10_000), st.integers(1, 200))
def test_a_person_draws_the_same_whoever_draws_beside(seed: int, day: int, size: int) -> None:
    everyone = draws.uniform(seed, "purchase", np.arange(size), day)
    assert draws.uniform(seed, "purchase", np.array([size - 1]), day)[0] == everyone[-1]


@pytest.mark.parametrize(
    "other", [{"seed": 2}, {"purpose": "visit"}, {"day": 4}, {"n": 1}], ids=lambda other: next(iter(other))
)
def test_seed_purpose_day_and_number_each_give_other_draws(other: dict[str, object]) -> None:
    place = {"seed": 1, "purpose": "purchase", "person": np.arange(1000), "day": 3, "n": 0}
    first, second = draws.uniform(**place), draws.uniform(**(place | other))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1


def test_the_bits_of_a_known_place_never_change() -> None:
    drawn = draws.bits(1, "purchase", np.array([0, 1]), 5)
    assert [int(word) for word in drawn] == KNOWN


def test_uniform_draws_are_flat() -> None:
    counts = np.histogram(draws.uniform(1, "flat", np.arange(100_000)), bins=20, range=(0, 1))[0]
    assert counts.min() > 4700
    assert counts.max() < 5300


def test_normal_draws_have_mean_nought_and_deviation_one() -> None:
    drawn = draws.normal(1, "normal", np.arange(100_000))
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.std() - 1) < 0.02


def test_erlang_draws_have_their_shape_as_mean_and_variance() -> None:
    drawn = draws.erlang(1, "erlang", np.arange(100_000), shape=6)
    assert abs(drawn.mean() - 6) < 0.05
    assert abs(drawn.var() - 6) < 0.2


def test_a_longer_stream_begins_with_the_shorter_one() -> None:
    short = draws.gamma_stream(1, "rate", 50, shape=0.8)
    assert (draws.gamma_stream(1, "rate", 5000, shape=0.8)[:50] == short).all()


@pytest.mark.parametrize("size", [2, 3, 690, 4096, 69_000])
def test_a_permutation_has_every_number_once(size: int) -> None:
    assert sorted(draws.permuted(1, "card", np.arange(size), size=size)) == list(range(size))


def test_a_permutation_of_millions_has_no_number_twice() -> None:
    permuted = draws.permuted(1, "card", np.arange(2_000_000), size=2**36)
    assert len(np.unique(permuted)) == 2_000_000


def test_another_seed_or_purpose_is_another_permutation() -> None:
    number = np.arange(5000)
    first = draws.permuted(1, "card", number, size=5000)
    for seed, purpose in ((2, "card"), (1, "phone")):
        assert (draws.permuted(seed, purpose, number, size=5000) == first).mean() < 0.01


def test_a_geometric_draw_has_the_mean_it_is_asked_for() -> None:
    drawn = draws.geometric(draws.uniform(1, "count", np.arange(100_000)), 1.7)
    assert abs(drawn.mean() - 1.7) < 0.05


def test_a_choice_follows_its_weights() -> None:
    chosen = draws.choice(draws.uniform(1, "choice", np.arange(100_000)), np.array([1.0, 0.0, 3.0]))
    shares = np.bincount(chosen, minlength=3) / len(chosen)
    assert shares == pytest.approx([0.25, 0.0, 0.75], abs=0.01)
