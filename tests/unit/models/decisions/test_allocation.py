"""The allocation never exceeds a limit, and is as good as an exact solver's, which knows no customers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from regulars.models.decisions.allocation import Allocation, Options, allocate
from tests.examples import examples


def made_up(seed: int, customers: int, *, actions: int = 3, channels: int = 2, share: float = 0.3) -> Options:
    """Options of customers at random: money, channels and actions are limited to a share of all customers."""
    random = np.random.default_rng(seed)
    kinds = actions * channels
    customer, kind = np.nonzero(random.random((customers, kinds)) < 0.5)
    numbers = np.arange(kinds)
    uses = np.zeros((kinds, 1 + channels + actions), dtype=np.int64)
    uses[:, 0] = random.integers(1, 200, kinds)
    uses[numbers, 1 + numbers % channels] = 1
    uses[numbers, 1 + channels + numbers // channels] = 1
    limits = np.concatenate([[100], np.ones(channels + actions)]) * customers * share
    value = np.exp(random.normal(0, 1, len(customer)))
    return Options(customer, kind, value, uses, limits.astype(np.int64))


def exact(options: Options) -> float:
    """The most value that any allocation has, by HiGHS."""
    uses = options.uses[options.kind].T.astype(np.float64)
    count = len(options.value)
    one_each = csr_array(
        (np.ones(count), (options.customer, np.arange(count))), shape=(options.customer.max() + 1, count)
    )
    found = milp(
        -options.value,
        integrality=np.ones(count),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(uses, ub=options.limits), LinearConstraint(one_each, ub=1)],
        options={"mip_rel_gap": 1e-6},
    )
    return -float(found.fun)


def assert_allowed(options: Options, allocation: Allocation) -> None:
    chosen = allocation.is_chosen
    used = options.uses[options.kind[chosen]].sum(axis=0)
    assert (used == allocation.used).all()
    assert (used <= options.limits).all()
    assert len(np.unique(options.customer[chosen])) == chosen.sum()
    assert allocation.value == pytest.approx(options.value[chosen].sum())
    assert allocation.value <= allocation.bound * (1 + 1e-9)
    assert (allocation.prices >= 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_it_is_nearly_as_good_as_an_exact_solution_and_its_bound_is_one(seed: int) -> None:
    options = made_up(seed, customers=400)
    allocation = allocate(options)
    assert_allowed(options, allocation)
    best = exact(options)
    assert 0.99 * best <= allocation.value <= best * (1 + 1e-6)
    assert best <= allocation.bound * (1 + 1e-6)


@pytest.mark.parametrize("customers", [3_000, 120_000])
def test_with_many_customers_hardly_anything_is_missed(customers: int) -> None:
    options = made_up(1, customers, actions=4, channels=3, share=0.15)
    allocation = allocate(options)
    assert_allowed(options, allocation)
    assert allocation.gap < 0.001


@examples(60)
@given(
    seed=st.integers(0, 10_000), customers=st.integers(0, 60), share=st.sampled_from([0, 0.02, 0.1, 0.5, 5])
)
def test_no_limit_is_ever_exceeded(seed: int, customers: int, share: float) -> None:
    options = made_up(seed, customers, share=share)
    assert_allowed(options, allocate(options))


def test_where_nothing_binds_everybody_gets_the_best_and_nothing_has_a_price() -> None:
    options = made_up(3, customers=50, share=1000)
    allocation = allocate(options)
    assert allocation.gap == 0
    assert not allocation.prices.any()
    for customer in np.unique(options.customer):
        is_hers = options.customer == customer
        assert options.value[is_hers & allocation.is_chosen].item() == options.value[is_hers].max()


def test_the_price_of_a_unit_is_what_one_more_of_it_would_win() -> None:
    one_channel = np.ones((1, 1), dtype=np.int64)
    values = np.arange(1, 101, dtype=np.float64)
    nobody_else = np.zeros(100, dtype=np.int64)
    allocation = allocate(Options(np.arange(100), nobody_else, values, one_channel, np.array([30])))
    assert set(values[allocation.is_chosen]) == set(range(71, 101))
    assert 69 < allocation.prices.item() < 72


def test_who_has_an_alternative_gives_way_to_who_has_none() -> None:
    # one letter and one e-mail: the first gains 10 or 9, the second 8 by letter alone
    uses = np.eye(2, dtype=np.int64)
    options = Options(
        np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([10.0, 9.0, 8.0]), uses, np.array([1, 1])
    )
    assert allocate(options).is_chosen.tolist() == [False, True, True]


def test_between_equal_customers_the_lot_falls_every_time_alike() -> None:
    uses = np.ones((1, 1), dtype=np.int64)
    options = Options(np.arange(9), np.zeros(9, dtype=np.int64), np.full(9, 2.0), uses, np.array([4]))
    chosen = allocate(options).is_chosen
    assert chosen.tolist() == allocate(options).is_chosen.tolist()
    assert chosen.sum() == 4


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"customer": np.array([1, 0])}, "order of customers"),
        ({"value": np.array([1.0, np.nan])}, "no number"),
        ({"value": np.array([1.0, 0.0])}, "worth nothing"),
        ({"limits": np.array([-1])}, "below 0"),
    ],
)
def test_what_cannot_be_allocated_is_refused(changed: dict[str, np.ndarray], message: str) -> None:
    whole = {
        "customer": np.array([0, 1]),
        "kind": np.array([0, 0]),
        "value": np.array([1.0, 2.0]),
        "uses": np.ones((1, 1), dtype=np.int64),
        "limits": np.array([1]),
    }
    with pytest.raises(ValueError, match=message):
        Options(**(whole | changed))


def test_customers_who_are_all_alike_are_divided_as_the_limits_are() -> None:
    # rules score everybody of a stage alike: no price divides them
    random = np.random.default_rng(3)
    customers = 20_000
    stage = random.integers(0, 3, customers)
    values = np.array([[1.6, 1.598, 1.58], [1.2, 1.198, 1.18], [2.1, 2.098, 2.08]])
    has = random.random((customers, 3)) < [0.3, 0.6, 0.5]
    customer, kind = np.nonzero(has)
    uses = np.array([[5, 0, 1], [20, 1, 0], [200, 0, 0]])
    options = Options(customer, kind, values[stage[customer], kind], uses, np.array([200_000, 4_000, 1_500]))
    allocation = allocate(options)
    assert_allowed(options, allocation)
    assert allocation.gap < 0.0005


def test_what_repeats_from_customer_to_customer_is_not_missed_by_the_sample() -> None:
    """Every second customer can get one action, every other the other: prices know both."""
    customers = 120_000
    customer, limits = np.arange(customers), np.array([30_000, 20_000])
    value = np.where(customer % 2 == 0, 1.0, 2.0)
    options = Options(customer, customer % 2, value, np.eye(2, dtype=np.int64), limits)
    allocation = allocate(options)
    assert_allowed(options, allocation)
    assert allocation.value == 30_000 + 2 * 20_000
    assert allocation.gap < 0.0005
