"""Tries how experiments are read on experiments that never happened, drawn from a store's own customers.

    python benchmarks/experiments.py [--store FOLDER] [--experiments N] [--units N] [--json FILE]

A published version of the store says what its customers spent in the 30 days before and after a day. Of them
units are drawn, with replacement, into two arms of which neither does anything (A/A), or of which one adds a
known effect, exposed over four weeks and read each day as a night reads them: by `compare`, with CUPED from
the days before. Printed: how often the fixed reading finds what is not there, how often the sequential one
does on any of the days, how often 95 % intervals hold the truth, and how often arms look on any night as if
they were not drawn, each with its 95 % binomial interval (Wilson). The same seed gives the same figures.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from math import sqrt
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from regulars.models.experiments.outcomes import METRICS, Moments
from regulars.models.experiments.readout import compare
from regulars.models.experiments.sequential import MISMATCH_P, sample_ratio_p

ROOT = Path(__file__).parents[1]
HORIZON, ENROLLED_DAYS = 30, 28
RATIO_DRAWS = 10_000
EFFECTS = (0.0, 0.1, 0.3)
# units over 28 nights, the shares with which they are drawn, and those that were declared
EVEN, SMALL, THREE = (0.5, 0.5), (0.1, 0.9), (0.4, 0.3, 0.3)
RATIOS = (
    *((units, shares, shares) for units in (4_000, 20_000) for shares in (EVEN, SMALL, THREE)),
    (4_000, (0.55, 0.45), EVEN),
    (20_000, (0.52, 0.48), EVEN),
    (100_000, (0.51, 0.49), EVEN),
)
SCALE = 10_000
CENTS = 100

Ints = NDArray[np.int64]

SPENT = """
with spent as (
    select
        customer_id,
        sum(amount - refunded_amount) filter (order_date > {day}) as after,
        sum(amount - refunded_amount) filter (order_date <= {day}) as before
    from orders
    where customer_id is not null and order_date > {day} - {horizon} and order_date <= {day} + {horizon}
    group by customer_id
)

select cast(coalesce(after, 0) * 100 as bigint), cast(coalesce(before, 0) * 100 as bigint)
from customers
left join spent using (customer_id)
where customers.first_seen_date <= {day} - {horizon}
order by customer_id
"""


@dataclass(frozen=True)
class People:
    """What each person spent after a day and before it, in cents."""

    after: Ints
    before: Ints

    def __len__(self) -> int:
        return len(self.after)

    def drawn(self, picks: Ints) -> "People":
        """The people at those places."""
        return People(self.after[picks], self.before[picks])


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--store", type=Path, default=ROOT / "stores" / "demo", help="a store with a version")
    parser.add_argument("--experiments", type=int, default=1_000, help="experiments of each kind")
    parser.add_argument("--units", type=int, default=4_000, help="units of an experiment, of both arms")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    arguments = parser.parse_args()
    people = spent(arguments.store)
    share = np.count_nonzero(people.after) / len(people)
    most = people.after.max() / CENTS
    print(f"{len(people):,} customers, {share:.1%} of whom spent anything, at most {most:,.0f}")
    figures: dict[str, list[float]] = {}
    for name, hits, tries in _campaign(people, arguments.experiments, arguments.units, arguments.seed):
        low, high = wilson(hits, tries)
        figures[name] = [hits / tries, low, high]
        print(f"{name:62} {hits / tries:8.2%}  [{low:.2%}, {high:.2%}]  of {tries:,}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def spent(store: Path) -> People:
    """What the customers of the newest published version of a store spent around its day less the horizon."""
    database = store / "state" / "published" / "current" / "regulars.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        ((last,),) = connection.sql("select max(order_date) from orders").fetchall()
        day = f"date '{last - timedelta(days=HORIZON)}'"
        rows = connection.sql(SPENT.format(day=day, horizon=HORIZON)).fetchall()
    after, before = np.array(rows, dtype=np.int64).T
    return People(after, before)


def _campaign(people: People, experiments: int, units: int, seed: int) -> Iterator[tuple[str, int, int]]:
    random = np.random.default_rng(seed)
    fixed, sequential, early = [], [], []
    for _ in range(experiments):
        looks = list(aa_looks(people, units, random))
        fixed.append(looks[-1].is_fixed)
        sequential.append(any(look.is_sequential for look in looks if look.share >= 1 / 2))
        early.append(any(look.is_sequential for look in looks))
    yield "A/A, fixed reading at the end, finds a difference", sum(fixed), experiments
    yield "A/A, sequential reading, daily from the floor on, ever finds one", sum(sequential), experiments
    yield "A/A, sequential reading, daily from the first day on", sum(early), experiments
    for lift in EFFECTS:
        held = [holds(people, units, lift, random) for _ in range(experiments)]
        yield (
            f"lift {lift:.0%}: 95 % interval of the difference holds it",
            sum(one[0] for one in held),
            experiments,
        )
        if lift:
            yield (
                f"lift {lift:.0%}: 95 % interval of the lift holds it",
                sum(one[1] for one in held),
                experiments,
            )
    yield from _ratios(random)


def _ratios(random: np.random.Generator) -> Iterator[tuple[str, int, int]]:
    """How often arms are called mismatched on any of 28 nights, where they are as declared and are not."""
    for units, drawn, shares in RATIOS:
        alarms = sum(ever_alarms(units, drawn, shares, random) for _ in range(RATIO_DRAWS))
        told, found = (" / ".join(f"{share:.0%}" for share in each) for each in (shares, drawn))
        name = f"{units:,} units in arms of {told}"
        yield name + (f", drawn {found}" if drawn != shares else ""), alarms, RATIO_DRAWS


@dataclass(frozen=True)
class Look:
    """What one day's reading says of an experiment in which nothing happened; `share` of the units are in."""

    share: float
    is_fixed: bool
    is_sequential: bool


def aa_looks(people: People, units: int, random: np.random.Generator) -> Iterator[Look]:
    """The readings of every day of one null experiment, whose floor is half of its units."""
    drawn = people.drawn(random.integers(len(people), size=units))
    is_treated = random.random(units) < 1 / 2
    day = random.integers(ENROLLED_DAYS, size=units)
    for today in range(ENROLLED_DAYS):
        is_in = day <= today
        arms = [moments(drawn.drawn(np.flatnonzero(is_in & (is_treated == arm)))) for arm in (False, True)]
        found = compare(*arms, METRICS["revenue"], alpha=0.05, planned_units=units // 2)
        if found:
            yield Look(
                np.count_nonzero(is_in) / units,
                found.p < 0.05,  # noqa: PLR2004 (the level of every reading here)
                found.sequential_low > 0 or found.sequential_high < 0,
            )


def holds(people: People, units: int, lift: float, random: np.random.Generator) -> tuple[bool, bool]:
    """Whether the intervals hold a planted lift, of the difference and of the lift.

    Half of it is more spent by who spends anyway, half comes from as many more who spend as much as others.
    """
    control, treated = (people.drawn(random.integers(len(people), size=units // 2)) for _ in range(2))
    more = np.round(treated.after * (1 + lift / 2)).astype(np.int64)
    share = lift / 2
    spends = random.random(len(treated)) < share
    extra = people.after[random.integers(len(people), size=len(treated))] * spends
    truth = lift * float(np.mean(people.after)) / CENTS
    found = compare(
        moments(control),
        moments(People(more + extra, treated.before)),
        METRICS["revenue"],
        alpha=0.05,
        planned_units=units,
    )
    if found is None or found.lift_low is None or found.lift_high is None:
        return False, False
    return found.difference_low <= truth <= found.difference_high, found.lift_low <= lift <= found.lift_high


def ever_alarms(
    units: int, drawn: tuple[float, ...], shares: tuple[float, ...], random: np.random.Generator
) -> bool:
    """Whether arms drawn with `drawn` look on any of 28 nights as if not drawn with `shares`."""
    nights = random.multinomial(units // ENROLLED_DAYS, drawn, ENROLLED_DAYS).cumsum(axis=0)
    return any(ratio_p(tuple(map(int, counts)), shares) < MISMATCH_P for counts in nights)


@cache
def ratio_p(counts: tuple[int, ...], shares: tuple[float, ...]) -> float:
    """The p-value of arms of so many units and those shares."""
    names = [str(place) for place in range(len(shares))]
    return sample_ratio_p(dict(zip(names, counts, strict=True)), dict(zip(names, shares, strict=True)))


def moments(people: People) -> Moments:
    """Their moments as the warehouse would sum them."""
    scale = SCALE // CENTS
    columns = {"revenue": people.after, "revenue_before": people.before}
    pairs = (("revenue", "revenue"), ("revenue", "revenue_before"), ("revenue_before", "revenue_before"))
    return Moments(
        len(people),
        {name: int(column.sum()) * scale for name, column in columns.items()},
        {(one, other): int(columns[one] @ columns[other]) * scale**2 for one, other in pairs},
    )


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z = 1.96
    middle = (hits + z**2 / 2) / (tries + z**2)
    reach = z * sqrt(hits * (tries - hits) / tries + z**2 / 4) / (tries + z**2)
    return max(0.0, middle - reach), min(1.0, middle + reach)


if __name__ == "__main__":
    main()
