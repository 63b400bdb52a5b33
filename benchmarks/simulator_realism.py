"""Compares aggregates of a simulated world with the Complete Journey store: the table of docs/simulator.md.

    .venv/bin/python benchmarks/simulator_realism.py [--customers N] [--days D] [--seed S]

Simulates in memory, writes no exports, and looks at the orders of the last 365 days.
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from regulars.simulation.behaviour.step import step
from regulars.simulation.catalogue import draw_catalogue
from regulars.simulation.day import Day
from regulars.simulation.people import draw_people
from regulars.simulation.policies import Policy
from regulars.simulation.state import first_state
from regulars.simulation.world import World

REAL = Path(__file__).parents[1] / "stores" / "complete_journey" / "exports" / "transactions.parquet"
YEAR_DAYS = 365
FEWEST_GAPS = 5


def main() -> None:
    """Print both columns as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--customers", type=int, default=6000)
    parser.add_argument("--days", type=int, default=540)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    world = World(customers=arguments.customers, days=arguments.days, seed=arguments.seed)
    real, simulated = aggregates(real_orders()), aggregates(simulated_orders(world))
    print("| aggregate | Complete Journey | simulated |\n|---|---|---|")
    for name, value in real.items():
        print(f"| {name} | {value:.2f} | {simulated[name]:.2f} |")


def real_orders() -> pl.DataFrame:
    """One row per basket of the real store: person, local time, value, lines."""
    lines = pl.scan_parquet(REAL).with_columns(
        at=pl.col("transaction_timestamp")
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone("America/New_York")
        .dt.replace_time_zone(None)
    )
    baskets = lines.group_by("basket_id").agg(
        person=pl.col("household_id").first(),
        at=pl.col("at").min(),
        value=pl.col("sales_value").sum(),
        lines=pl.len(),
    )
    return baskets.sort("person", "at").collect()


def simulated_orders(world: World) -> pl.DataFrame:
    """The same of a simulated world, for its last year."""
    people, catalogue = draw_people(world), draw_catalogue(world)
    state = first_state(people)
    orders, lines = [], []
    for number in range(world.days):
        facts = step(Day(world, people, catalogue, number), state, Policy("legacy", Path())).facts
        if number >= world.days - YEAR_DAYS:
            orders.append(facts.orders)
            lines.append(facts.order_lines)
    counts = pl.concat(lines).group_by("order_id").agg(lines=pl.len())
    local = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone(world.time_zone)
    frame = pl.concat(orders).join(counts, on="order_id").with_columns(at=local.dt.replace_time_zone(None))
    value = (pl.col("subtotal_cents") - pl.col("discount_cents")) / 100
    return frame.with_columns(value=value).select("person", "at", "value", "lines").sort("person", "at")


def aggregates(orders: pl.DataFrame) -> dict[str, float]:
    """What a shop's history looks like from afar."""
    people = orders.group_by("person").agg(orders=pl.len(), value=pl.col("value").sum())
    days = orders.with_columns(gap=pl.col("at").diff().over("person").dt.total_seconds() / 86400)
    gaps = days.drop_nulls("gap")
    steady = gaps.group_by("person").agg(
        variation=pl.col("gap").std() / pl.col("gap").mean(), mean=pl.col("gap").mean(), gaps=pl.len()
    )
    steady = steady.filter(pl.col("gaps") >= FEWEST_GAPS)
    weekdays = orders["at"].dt.weekday()
    return {
        "orders per buyer and year, mean": number(people["orders"].mean()),
        "orders per buyer and year, median": number(people["orders"].median()),
        "buyers with one order, share": number((people["orders"] == 1).mean()),
        "days between orders, mean": number(gaps["gap"].mean()),
        "days between orders, median": number(gaps["gap"].median()),
        "variation of a person's gaps, median": number(steady["variation"].median()),
        "Gini of orders over buyers": gini(people["orders"]),
        "Gini of spend over buyers": gini(people["value"]),
        "spend of the top fifth of buyers, share": top_fifth(people["value"]),
        "basket value, mean": number(orders["value"].mean()),
        "basket value, median": number(orders["value"].median()),
        "variation of basket values": number(orders["value"].std()) / number(orders["value"].mean()),
        "lines per basket, mean": number(orders["lines"].mean()),
        "orders on Saturday and Sunday, share": number((weekdays >= 6).mean()),  # noqa: PLR2004 (Saturday)
        "busiest against quietest weekday": float(weekdays.value_counts()["count"].max())  # type: ignore[arg-type]
        / float(weekdays.value_counts()["count"].min()),  # type: ignore[arg-type]
    }


def number(value: object) -> float:
    """A figure that polars may have found none for."""
    return float(value) if isinstance(value, int | float) else float("nan")


def gini(values: pl.Series) -> float:
    """Gini coefficient: 0 if everybody has the same, near 1 if one has all."""
    ordered = np.sort(values.to_numpy().astype(np.float64))
    ranks = 2 * np.arange(1, len(ordered) + 1) - len(ordered) - 1
    return float(ranks @ ordered / (len(ordered) * ordered.sum()))


def top_fifth(values: pl.Series) -> float:
    """Share of the sum that the largest fifth has."""
    ordered = np.sort(values.to_numpy())[::-1]
    return float(ordered[: len(ordered) // 5].sum() / ordered.sum())


if __name__ == "__main__":
    main()
