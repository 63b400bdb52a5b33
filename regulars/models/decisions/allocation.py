"""At most one option per customer where capacity, budget or stock bind: the most value that fits into them.

A multiple-choice knapsack with some shared limits. Every limit gets a price for a unit, and each customer the
option that is worth most after what it uses is paid for (Lagrangian relaxation). Prices minimise the dual,
smoothed, first of a sample of customers and then of all whose choice still hangs on them. What the prices
sell too much of is taken back where that costs least, and what is left is filled up. The dual at the prices
bounds the value of any allocation, so that the gap is known without solving the problem exactly.

What an option uses depends on its kind alone, such as an action by a channel: `uses` has a row per kind.
Same input, same allocation: between equals a lot is drawn, from a fixed seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

# customers of whom the first prices come
SAMPLE = 50_000
# how far the softmax in place of a maximum reaches, in shares of the mean value, one after the other
WIDE, NARROW = (0.1, 0.03, 0.01, 0.001), (0.001, 0.0001)
# an option may still be chosen if it were the best at prices, or for a value, that differ by this share
CLOSE = 0.05
# by how much values are told apart, as a share of the mean, and from which seed
APART, SEED = 0.003, 7
STEPS, ROUNDS = 100, 60
# prices are good enough for a width when a step lowers the dual by less than this share of the width
LEAST_STEP = 1e-4
# what one more round of filling up must add to be worth it, of all value
LEAST_GAIN = 1e-6


@dataclass(frozen=True)
class Options:
    """What may be chosen: `customer` from 0 on, ascending, `kind` a row of `uses`, `value` above 0.

    `uses` is kinds x limits and `limits` one number per limit: whole numbers of whatever unit, at least 0.

    Raises:
        ValueError: One of these is not so.
    """

    customer: Integers
    kind: Integers
    value: Floats
    uses: Integers
    limits: Integers

    def __post_init__(self) -> None:
        if (np.diff(self.customer, prepend=0) < 0).any():
            raise ValueError("options are not in the order of customers, who are numbered from 0 on")
        if not np.isfinite(self.value).all() or (self.value <= 0).any():
            raise ValueError("an option is worth nothing, or no number; leave it out")
        if (self.uses < 0).any() or (self.limits < 0).any():
            raise ValueError("a use or a limit is below 0")


@dataclass(frozen=True)
class Allocation:
    """Which options are chosen, what they use of each limit, a price per unit, and a bound of any value."""

    is_chosen: Booleans
    used: Integers
    prices: Floats
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """The share of the best possible value that may be missing at most; 0 where nothing binds."""
        return 1 - self.value / self.bound if self.bound else 0.0


def allocate(options: Options) -> Allocation:
    """The allocation of most value that could be found within the limits.

    Where nothing binds it is everybody's most valuable option, and every price is 0.
    """
    market = _Market.of(options, options.limits)
    prices = np.zeros(len(options.limits))
    picked = market.best(prices)
    if (market.used(picked) > options.limits).any():
        prices = _prices(market.sample().told_apart(), prices, WIDE)
        picked = market.best(prices)
        undecided = market.undecided(prices, picked)
        part = undecided.told_apart()
        asked = _prices(part, prices, NARROW)
        mended = _filled(part, _taken_back(part, part.best(asked), asked), asked)
        picked[part.customer] = np.where(mended >= 0, part.option[mended], -1)
        # prices of values that were told apart are a little too high: the bound is of those as they are
        prices = _prices(undecided, asked, NARROW[-1:])
    is_chosen = np.zeros(len(options.value), dtype=np.bool_)
    is_chosen[picked[picked >= 0]] = True
    value = float(options.value[is_chosen].sum())
    return Allocation(is_chosen, market.used(picked), prices, value, max(market.dual(prices), value))


@dataclass(frozen=True)
class _Market:
    """Some customers, each with her options one after another, and the limits that are theirs.

    `starts` is where the options of each begin, `owner` whose each option is, by position, and `option` and
    `customer` the positions of options and customers among all.
    """

    kind: Integers
    value: Floats
    uses: Integers
    limits: Integers
    starts: Integers
    owner: NDArray[np.int32]
    option: Integers
    customer: Integers

    @classmethod
    def of(cls, options: Options, limits: Integers) -> "_Market":
        is_first = np.diff(options.customer, prepend=-1) != 0
        starts = np.flatnonzero(is_first)
        return cls(
            options.kind,
            options.value,
            options.uses,
            limits,
            starts,
            np.cumsum(is_first, dtype=np.int32) - 1,
            np.arange(len(options.value)),
            np.arange(len(starts)),
        )

    def part(self, is_in: Booleans, limits: Integers) -> "_Market":
        """Some of the options with their customers, and limits of their own."""
        owner = self.owner[is_in]
        is_first = np.diff(owner, prepend=-1) != 0
        return replace(
            self,
            kind=self.kind[is_in],
            value=self.value[is_in],
            limits=limits,
            starts=np.flatnonzero(is_first),
            owner=np.cumsum(is_first, dtype=np.int32) - 1,
            option=self.option[is_in],
            customer=self.customer[owner[is_first]],
        )

    def sample(self) -> "_Market":
        """Some customers by lot, with their share of the limits; all of them where they are few."""
        count = min(SAMPLE, len(self.starts))
        is_drawn = np.zeros(len(self.starts), dtype=np.bool_)
        is_drawn[np.random.default_rng(SEED).permutation(len(self.starts))[:count]] = True
        return self.part(is_drawn[self.owner], self.limits * count // len(self.starts))

    def undecided(self, prices: Floats, picked: Integers) -> "_Market":
        """The customers whose choice hangs on the last bit of the prices, with the options that are close.

        Their limits are what the others leave; it is everybody, if the others alone exceed a limit.
        """
        surplus = self.surplus(prices)
        doubt = CLOSE * (self.value.mean() + (self.uses @ prices)[self.kind])
        least = np.where(picked >= 0, surplus[picked] - doubt[picked], 0)
        is_near = surplus + doubt >= least[self.owner]
        count = np.add.reduceat(is_near, self.starts, dtype=np.int64) + (least <= 0)
        is_undecided = count > 1
        left = self.limits - self.used(picked[~is_undecided])
        return self.part(is_near & is_undecided[self.owner], left) if (left >= 0).all() else self

    def told_apart(self) -> "_Market":
        """The same with values that differ a little, since no price splits those who are all alike."""
        if not len(self.value):
            return self
        differences = np.random.default_rng(SEED).normal(0, APART * self.value.mean(), len(self.value))
        return replace(self, value=self.value + differences)

    def surplus(self, prices: Floats) -> Floats:
        """What each option is worth after what it uses is paid for."""
        return self.value - (self.uses @ prices)[self.kind]

    def best(self, prices: Floats) -> Integers:
        """Of every customer the option with the largest surplus; -1 where none has any."""
        return self.best_of(self.surplus(prices))

    def best_of(self, surplus: Floats) -> Integers:
        """Of every customer the first option with her largest surplus; -1 where that is not above 0."""
        picked = np.full(len(self.starts), -1)
        if len(surplus):
            largest = np.maximum.reduceat(surplus, self.starts)
            found = np.flatnonzero((surplus == largest[self.owner]) & (surplus > 0))
            picked[self.owner[found[::-1]]] = found[::-1]
        return picked

    def used(self, picked: Integers) -> Integers:
        """What the picked options use of every limit."""
        return np.bincount(self.kind[picked[picked >= 0]], minlength=len(self.uses)) @ self.uses

    def dual(self, prices: Floats) -> float:
        """What no allocation can exceed: all surplus at these prices, and all limits sold at them."""
        if not len(self.starts):
            return 0.0
        largest = np.maximum.reduceat(self.surplus(prices), self.starts)
        return float(np.maximum(largest, 0).sum() + prices @ self.limits)

    def smooth_dual(self, prices: Floats, width: float) -> tuple[float, Floats]:
        """The dual with a softmax of some width for the maximum, and its slope."""
        surplus = self.surplus(prices)
        largest = np.maximum(np.maximum.reduceat(surplus, self.starts), 0)
        weight = np.exp((surplus - largest[self.owner]) / width)
        total = np.add.reduceat(weight, self.starts) + np.exp(-largest / width)
        sold = np.bincount(self.kind, weight / total[self.owner], minlength=len(self.uses))
        value = float((largest + width * np.log(total)).sum() + prices @ self.limits)
        return value, self.limits - sold @ self.uses


def _prices(market: _Market, prices: Floats, widths: Sequence[float]) -> Floats:
    """The price of a unit of each limit by the dual of a market, from `prices` on."""
    if not len(market.starts):
        return prices
    mean = float(market.value.mean())
    # a unit of money costs far less than one of capacity; scaled they are of one size
    scale = mean / np.maximum(market.uses.max(axis=0), 1)
    scaled = prices / scale
    for width in widths:

        def dual(scaled: Floats, width: float = width) -> tuple[float, Floats]:
            value, slope = market.smooth_dual(scaled * scale, width * mean)
            return value / mean, slope * scale / mean

        found = minimize(
            dual,
            scaled,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0, None)] * len(scaled),
            options={"maxiter": STEPS, "ftol": LEAST_STEP * width},
        )
        scaled = found.x
    # to digits that no machine's rounding changes
    return np.asarray(np.round(scaled, 9) * scale)


def _taken_back(market: _Market, picked: Integers, prices: Floats) -> Integers:
    """What is picked, less what exceeds a limit: something else or nothing, where that costs least."""
    surplus, nothing = market.surplus(prices), len(market.uses)
    uses = np.vstack([market.uses, np.zeros_like(market.uses[:1])])
    # in the end nothing is put in place of what is taken, so that every limit is met once and for all
    for round_number in range(ROUNDS + len(market.limits)):
        excess = market.used(picked) - market.limits
        if not (excess > 0).any():
            break
        limit = int(np.argmax(excess / np.maximum(market.limits, 1)))
        is_something = picked >= 0
        before = np.where(is_something, market.kind[picked], nothing)
        now = np.where(is_something, surplus[picked], 0)
        # what is put in its place takes less of this limit and no more of any other that is sold out
        others = (excess >= 0) & (np.arange(len(excess)) != limit)
        is_less = (
            (uses[None, :, limit] < uses[:, None, limit])
            & (uses[None][:, :, others] <= uses[:, None][:, :, others]).all(axis=2)
            & (round_number < ROUNDS)
        )
        saved = uses[before[market.owner], limit] - market.uses[market.kind, limit]
        is_instead = np.asarray(is_less)[before[market.owner], market.kind]
        loss = np.full(len(market.value), np.inf)
        loss[is_instead] = (now[market.owner] - surplus)[is_instead] / saved[is_instead]
        least = np.minimum.reduceat(loss, market.starts)
        instead = market.best_of(np.where((loss == least[market.owner]) & (loss < np.inf), 1, 0))
        users = np.flatnonzero(uses[before, limit] > 0)
        of_nothing = now[users] / uses[before[users], limit]
        instead[users] = np.where(least[users] <= of_nothing, instead[users], -1)
        order = np.argsort(np.minimum(least[users], of_nothing), kind="stable")
        after = np.where(instead[users] >= 0, market.kind[instead[users]], nothing)
        units = uses[before[users], limit] - uses[after, limit]
        needed = int(np.searchsorted(np.cumsum(units[order]), excess[limit])) + 1
        moved = users[order[:needed]]
        picked[moved] = instead[moved]
    return picked


def _filled(market: _Market, picked: Integers, prices: Floats) -> Integers:
    """What is picked, and as much more, or better, as the limits leave room for."""
    surplus, nothing = market.surplus(prices), len(market.uses)
    # what it takes to give a kind to who has another, or nothing
    given_back = np.vstack([market.uses, np.zeros_like(market.uses[:1])])
    for _ in range(ROUNDS):
        left = market.limits - market.used(picked)
        is_open = (market.uses[None] - given_back[:, None] <= left).all(axis=2)
        is_something = picked >= 0
        before = np.where(is_something, market.kind[picked], nothing)
        value = np.where(is_something, market.value[picked], 0)
        now = np.where(is_something, surplus[picked], 0)
        is_better = market.value > value[market.owner]
        candidates = np.flatnonzero(is_better & np.asarray(is_open)[before[market.owner], market.kind])
        gain = np.full(len(market.value), -np.inf)
        gain[candidates] = surplus[candidates] - now[market.owner[candidates]]
        largest = np.maximum.reduceat(gain, market.starts) if len(gain) else gain
        owners = np.flatnonzero(largest > -np.inf)
        owners = owners[np.argsort(-largest[owners], kind="stable")]
        better = market.best_of(np.where(gain == largest[market.owner], 1, 0))[owners]
        takes = np.maximum(market.uses[market.kind[better]] - given_back[before[owners]], 0)
        fits = ((np.cumsum(takes, axis=0) <= left) | (takes == 0)).all(axis=1)
        added = float((market.value[better] - value[owners])[fits].sum())
        picked[owners[fits]] = better[fits]
        if added <= LEAST_GAIN * float(value.sum()):
            break
    return picked
