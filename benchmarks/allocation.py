"""Times the allocation of a night, and how much it may miss, on made-up customers.

    python benchmarks/allocation.py [--customers N ...] [--exact N ...] [--json FILE]

12 actions by 4 channels, 17 limits: a budget, and capacities of channels and actions. `--exact` solves the
linear relaxation of so many customers by HiGHS (SciPy), whose optimum no allocation can exceed, and prints
what the simplest way would win: whoever gains most per unit of money first. Each size runs in a process of
its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from regulars.models.decisions.allocation import Options, allocate

ACTIONS, CHANNELS = 12, 4
OPEN_SHARE = 0.25
COSTS = np.array([20, 200, 5, 1500])
SHARES = np.array([0.4, 0.15, 0.3, 0.05])


def main() -> None:
    """Print a row per size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--customers", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--exact", type=int, nargs="*", default=[10_000], help="sizes to solve by HiGHS, too")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--process", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.process:
        print(json.dumps(_figures(arguments.process, is_exact=bool(arguments.exact))))
        return
    print(
        f"{'customers':>10}{'options':>12}{'ours':>9}{'CPU':>9}{'peak':>10}{'gap at most':>13}{'HiGHS':>9}",
        end="",
    )
    print(f"{'of its optimum':>16}{'greedy':>9}")
    found = []
    for customers in sorted({*arguments.customers, *arguments.exact}):
        exact = ["--exact", "1"] if customers in arguments.exact else ["--exact"]
        command = [sys.executable, __file__, "--process", str(customers), *exact]
        figures = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        found.append(figures)
        _show(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def made_up(customers: int, seed: int = 7) -> Options:
    """Customers who could get a quarter of all actions by channels, worth more to some than to others."""
    random, kinds = np.random.default_rng(seed), ACTIONS * CHANNELS
    customer, kind = np.nonzero(random.random((customers, kinds)) < OPEN_SHARE)
    likes = np.exp(random.normal(0, 0.6, customers))
    works = np.outer(np.exp(random.normal(0, 0.4, ACTIONS)), [1.0, 1.3, 0.6, 1.8]).ravel()
    value = likes[customer] * works[kind] * np.exp(random.normal(0, 0.5, len(customer)))
    numbers = np.arange(kinds)
    uses = np.zeros((kinds, 1 + CHANNELS + ACTIONS), dtype=np.int64)
    uses[:, 0] = COSTS[numbers % CHANNELS]
    uses[numbers, 1 + numbers % CHANNELS] = 1
    uses[numbers, 1 + CHANNELS + numbers // CHANNELS] = 1
    limits = customers * np.concatenate([[60], SHARES, random.uniform(0.03, 0.12, ACTIONS)])
    return Options(customer, kind, value, uses, limits.astype(np.int64))


def _figures(customers: int, *, is_exact: bool) -> dict[str, Any]:
    options = made_up(customers)
    wall, cpu = time.perf_counter(), time.process_time()
    allocation = allocate(options)
    figures = {
        "customers": customers,
        "options": len(options.value),
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "gap": allocation.gap,
    }
    if (options.uses[options.kind[allocation.is_chosen]].sum(axis=0) > options.limits).any():
        sys.exit("a limit is exceeded")
    if not is_exact:
        return figures
    wall = time.perf_counter()
    best = _relaxed(options)
    return figures | {
        "highs_wall": time.perf_counter() - wall,
        "share": allocation.value / best,
        "greedy_share": _greedy(options) / best,
    }


def _relaxed(options: Options) -> float:
    """The optimum of the linear relaxation."""
    count = len(options.value)
    one_each = csr_array((np.ones(count), (options.customer, np.arange(count))))
    uses = csr_array(options.uses[options.kind].T.astype(np.float64))
    limits = np.concatenate([options.limits, np.ones(one_each.shape[0])])
    found = linprog(-options.value, vstack([uses, one_each]), limits, bounds=(0, 1), method="highs-ipm")
    return -float(found.fun)


def _greedy(options: Options) -> float:
    """The value of giving everybody in turn, by value per cost, whatever still fits."""
    left, served, value = options.limits.copy(), set[int](), 0.0
    for position in np.argsort(-options.value / options.uses[options.kind, 0], kind="stable"):
        customer, uses = int(options.customer[position]), options.uses[options.kind[position]]
        if customer not in served and (uses <= left).all():
            served.add(customer)
            left -= uses
            value += float(options.value[position])
    return value


def _show(figures: dict[str, Any]) -> None:
    print(
        f"{figures['customers']:>10,}{figures['options']:>12,}{figures['wall']:>8.2f}s{figures['cpu']:>8.2f}s"
        f"{figures['peak_mb']:>7,} MB{figures['gap']:>13.4%}",
        end="",
    )
    if "share" in figures:
        print(
            f"{figures['highs_wall']:>8.1f}s{figures['share']:>16.4%}{figures['greedy_share']:>9.1%}", end=""
        )
    print(flush=True)


if __name__ == "__main__":
    main()
