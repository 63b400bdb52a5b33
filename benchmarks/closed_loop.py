"""Lets a simulated store live on under each policy, and prints what its people spent under it.

    python benchmarks/closed_loop.py [--people N] [--history DAYS] [--days DAYS] [--every DAYS] [--json FILE]

One world is simulated and its first night is run; then a copy of the store per policy goes on from there,
with the same limits of a night, in rounds of --every days: a night decides, the lists go out the next day,
people answer. `none` writes to nobody, `random` draws actions for as many as the rules would write to,
`rules` and `model` are the policies of actions.yml. Random numbers are the same in all copies, so that people
differ by what they were told only, and are compared one by one: amounts of orders, less discounts, before
refunds, tax and shipping, with 95 % bootstrap intervals over people. Margin is of all together.

Takes most of an hour with 20,000 people. A round that is done is not done again: --keep FOLDER goes on.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
PROGRAM = Path(sys.executable).parent / "regulars"
POLICIES = ("none", "random", "rules", "model")
# what a night may use for each 1,000 people: a tenth of them, mostly by e-mail
CAPACITIES = {"email": 60, "sms": 10, "push": 30}
BUDGET_PER_1000 = 0.3
REPEATS, SEED = 2_000, 1
SETTINGS = ("*.yml", "sources")

Floats = NDArray[np.float64]
Figures = dict[str, float | list[float]]


def main() -> None:
    """Run what is not done yet of every policy's rounds and compare them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--people", type=int, default=20_000, help="people of the world")
    parser.add_argument("--history", type=int, default=365, help="days before the first decision")
    parser.add_argument("--days", type=int, default=91, help="days under the policies")
    parser.add_argument("--every", type=int, default=7, help="days from one night to the next")
    parser.add_argument("--seed", type=int, default=1, help="of the world")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it; else in one of its own")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = (arguments.keep or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        base = _base(folder, arguments.people, arguments.history, arguments.seed)
        for policy in POLICIES:
            _live(folder, base, policy, arguments.days, arguments.every)
        figures = _figures(folder, base, arguments.days)
    for line in _table(figures):
        print(line)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def _base(folder: Path, people: int, history: int, seed: int) -> Path:
    """The store after its first night, from which every policy goes on."""
    store, done = folder / "base", folder / "base.done"
    if not done.exists():
        shutil.rmtree(store, ignore_errors=True)
        store.mkdir()
        for pattern in SETTINGS:
            for found in (ROOT / "stores" / "demo").glob(pattern):
                copy = shutil.copytree if found.is_dir() else shutil.copy
                copy(found, store / found.name)
        _limit(store, people)
        _say(f"simulating {people:,} people for {history} days")
        _run("simulate", store, "--customers", str(people), "--days", str(history), "--seed", str(seed))
        _say("first night")
        _run("run", store, "--day", str(_last_day(store)))
        done.touch()
    return store


def _limit(store: Path, people: int) -> None:
    channels = yaml.safe_load((store / "channels.yml").read_text("utf-8"))
    channels["nightly_budget"] = round(BUDGET_PER_1000 * people / 1000, 2)
    for channel in channels["channels"]:
        channel["nightly_capacity"] = CAPACITIES[channel["id"]] * people // 1000
    (store / "channels.yml").write_text(yaml.safe_dump(channels, sort_keys=False), "utf-8")


def _live(folder: Path, base: Path, policy: str, days: int, every: int) -> None:
    """Rounds of a night and the days after it, until `days` are over; orders of each round in a file."""
    store, rounds = folder / policy, folder / f"{policy}.rounds"
    if not rounds.exists():
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(base, store, symlinks=True)
        actions = yaml.safe_load((store / "actions.yml").read_text("utf-8"))
        override = {"scores": "model", "because": "this is a benchmark of it", "by": "benchmarks"}
        actions.setdefault("policy", {}).update(override if policy == "model" else {"scores": "rules"})
        (store / "actions.yml").write_text(yaml.safe_dump(actions, sort_keys=False), "utf-8")
        rounds.mkdir()
    told = {"none": "none", "random": "random"}.get(policy, "lists")
    for begun in range(0, days, every):
        done = rounds / f"{begun:03}.parquet"
        if done.exists():
            continue
        _say(f"{policy}: day {begun} of {days}")
        if policy != "none":
            _run("run", store, "--day", str(_last_day(store)), "--again")
        first = _last_day(store) + timedelta(1)
        _run("simulate", store, "--advance", "1", "--policy", told)
        if rest := min(every, days - begun) - 1:
            _run("simulate", store, "--advance", str(rest), "--policy", "none")
        _orders(store, first).write_parquet(done)


def _orders(store: Path, first: date) -> pl.DataFrame:
    """Person and amount, in cents, of the orders from `first` on."""
    orders = pl.read_parquet(store / "simulation" / "state" / "recent_orders.parquet")
    begun = json.loads((store / "simulation" / "world.json").read_text("utf-8"))["first_day"]
    return orders.filter(pl.col("ordered") >= (first - date.fromisoformat(begun)).days).select(
        "person", amount=pl.col("subtotal_cents") - pl.col("discount_cents")
    )


def _figures(folder: Path, base: Path, days: int) -> dict[str, Figures]:
    people = pl.read_parquet(base / "simulation" / "truth" / "people.parquet").height
    spent = {policy: _spent(folder / f"{policy}.rounds", people) for policy in POLICIES}
    rng = np.random.default_rng(SEED)
    figures: dict[str, Figures] = {}
    for policy in POLICIES:
        outcomes = pl.read_parquet(folder / policy / "simulation" / "truth" / "daily_outcomes.parquet")
        outcomes = outcomes.sort("day").tail(days)
        margin, messages = (float(outcomes[name].sum()) for name in ("margin_cents", "messages"))
        figures[policy] = {
            "amount": float(spent[policy].sum()) / 100,
            "beyond_none": _difference(spent[policy], spent["none"], rng),
            "beyond_random": _difference(spent[policy], spent["random"], rng),
            "beyond_rules": _difference(spent[policy], spent["rules"], rng),
            "messages": messages,
            "margin": margin / 100,
            "unsubscribes": float(outcomes["unsubscribes"].sum()),
            "drop_outs": float(outcomes["drop_outs"].sum()),
        }
    return figures


def _spent(rounds: Path, people: int) -> Floats:
    orders = pl.concat(pl.read_parquet(file) for file in sorted(rounds.glob("*.parquet")))
    newest = max(people, int(orders["person"].max() or 0) + 1)  # type: ignore[arg-type]
    return np.bincount(orders["person"].to_numpy(), weights=orders["amount"].to_numpy(), minlength=newest)


def _difference(one: Floats, other: Floats, rng: np.random.Generator) -> list[float]:
    """What one spent beyond the other, with its 95 % interval over people, in the store's currency."""
    size = max(len(one), len(other))
    apart = np.pad(one, (0, size - len(one))) - np.pad(other, (0, size - len(other)))
    moved = apart[apart != 0]
    # whoever spends the same under both adds nothing, however often she is drawn
    sums = [
        float(rng.choice(moved, count).sum()) if (count := rng.binomial(size, len(moved) / size)) else 0.0
        for _ in range(REPEATS)
    ]
    low, high = np.quantile(sums, [0.025, 0.975]) if len(moved) else (0.0, 0.0)
    return [float(apart.sum()) / 100, float(low) / 100, float(high) / 100]


def _table(figures: dict[str, Figures]) -> Sequence[str]:
    def interval(figure: object) -> str:
        value, low, high = figure  # type: ignore[misc]
        return f"{value:>11,.0f} ({low:,.0f} to {high:,.0f})"

    head = (
        f"{'policy':8} {'orders':>12} {'beyond none':>32} {'beyond rules':>32} {'messages':>9} {'margin':>11}"
    )
    return [
        head,
        *(
            f"{policy:8} {row['amount']:>12,.0f} {interval(row['beyond_none']):>32}"
            f" {interval(row['beyond_rules']):>32} {row['messages']:>9,.0f} {row['margin']:>11,.0f}"
            for policy, row in figures.items()
        ),
    ]


def _last_day(store: Path) -> date:
    return date.fromisoformat((store / "simulation" / "last_day").read_text("utf-8").strip())


def _run(command: str, store: Path, *options: str) -> None:
    done = subprocess.run(
        [PROGRAM, command, "--store", store, *options], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(
            f"regulars {command} of {store.name} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
