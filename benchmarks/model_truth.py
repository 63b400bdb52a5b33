"""Grades a night's scores of a simulated store by what its people do afterwards, and by the best possible.

The night is that of a build warehouse of the store; models are trained and score as if it was run now. The
same world is simulated in memory once more, up to the night and on under the company's old habits, which says
what came true. *Knows all* is who knows of every person the rates of buying and leaving, the mood, the
effects of messages, and who has left; what is left is chance, and messages and parcels still to come. *Knows
rates* is who knows all but whether she has left, which no system says, and infers it from the days since her
last order (Schmittlein, Morrison, Colombo 1987, of one person). Compared are customers who are all of one
person: none of her orders is another customer's, and nobody else's is hers. Orders that name nobody do not
count.
"""

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from identity import KINDS, TRUTH
from model_night import night_over

from regulars.models.learning.contest import Figure, grade
from regulars.models.learning.grading import Floats, Interval
from regulars.models.learning.registry import Registry
from regulars.models.lifetime_value.model import HORIZONS
from regulars.models.predictions.predict import predict
from regulars.simulation import truth
from regulars.simulation.behaviour import departure, effects, service
from regulars.simulation.behaviour.orders import SHARE_CARD_SHOWN, SHARE_PLACEHOLDERS, SHARE_TYPED_AT_TILL
from regulars.simulation.behaviour.purchases import rates_today
from regulars.simulation.behaviour.step import step
from regulars.simulation.catalogue import Catalogue, draw_catalogue
from regulars.simulation.day import Day
from regulars.simulation.facts import DayFacts
from regulars.simulation.identity import PLACEHOLDER_EMAIL
from regulars.simulation.people import People, draw_people
from regulars.simulation.policies import Policy
from regulars.simulation.simulate import store_actions
from regulars.simulation.state import State, first_state
from regulars.simulation.world import World, load_world
from regulars.store.settings import StoreSettings
from regulars.store.store import open_store

SAID_EVERY_DAYS = 60
OURS, RATES, ALL = "program", "knows rates", "knows all"
SHOWN = ("log_loss", "auc", "tweedie_deviance", "rank_correlation", "calibration_error", "bias")
# customers who are all of one person, and people who are all of one customer
PAIRS = """
with owned as (
    select distinct identifiers.customer_id, truth.person, features.days_since_last_order
    from marts.customer_identifiers as identifiers
    inner join truth using (identifier_kind, source, identifier)
    inner join marts.customer_features as features using (customer_id)
    where truth.people = 1 and features.order_count > 0
)
select * from owned
qualify count(*) over (partition by customer_id) = 1 and count(*) over (partition by person) = 1
"""
SCORES = {
    "churn": "select customer_id, churn_probability as predicted from predictions.churn_scores",
    **{
        f"lifetime value of {days} days": (
            f"select customer_id, expected_amount as predicted from predictions.ltv_scores"
            f" where horizon_days = {days}"
        )
        for days in HORIZONS
    },
}


@dataclass(frozen=True)
class Simulated:
    """A world on the evening of a night."""

    world: World
    people: People
    catalogue: Catalogue
    state: State
    policy: Policy

    def day(self, number: int) -> Day:
        """A day of it."""
        return Day(self.world, self.people, self.catalogue, number)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument("--store", type=Path, required=True, help="simulated store, never advanced")
    parser.add_argument("--warehouse", type=Path, help="build warehouse, if it is not the store's own")
    parser.add_argument("--days", type=int, default=90, help="how long people are followed after the night")


def run(arguments: argparse.Namespace) -> None:
    """Print how the night's scores hold, and how well scores could hold."""
    store = open_store(arguments.store)
    world = load_world(store.folder / "simulation" / "world.json")
    warehouse = arguments.warehouse or store.state / "build" / "warehouse.duckdb"
    with tempfile.TemporaryDirectory() as folder, night_over(warehouse) as connection:
        night, pairs, scores = _scores(connection, store.settings, world, Path(folder))
    evening = _evening(world, store.folder, night)
    horizon = store.settings.training.churn.horizon_days
    asked: dict[str, tuple[Figure, int]] = {"churn": ("probability", horizon)}
    asked |= {name: ("amount", days) for name, days in zip(list(SCORES)[1:], HORIZONS, strict=True)}
    days = {of for _, of in asked.values() if of <= arguments.days}
    if not days:
        raise SystemExit(f"--days {arguments.days}: nothing is predicted for so short a time")
    best, came_true = _known(evening, days), _came_true(evening, days)
    for name, (figure, of) in asked.items():
        if of in days:
            people = (
                pairs.join(scores[name], on="customer_id").drop_nulls("predicted").join(best[of], on="person")
            )
            _print(name, figure, people.join(came_true[of], on="person", how="left").fill_null(0))


def _scores(
    connection: duckdb.DuckDBPyConnection, settings: StoreSettings, world: World, folder: Path
) -> tuple[date, pl.DataFrame, Mapping[str, pl.DataFrame]]:
    """The night, who of its customers is which person, and what is predicted of whom."""
    ((night,),) = connection.sql("select as_of_date from settings.night").fetchall()
    if not 0 <= world.day_number(night) < world.days:
        raise SystemExit(
            f"{night} is no day of the first {world.days} of this world, after which lists matter"
        )
    for said in predict(connection, Registry(folder / "models"), settings.training, program="benchmark"):
        print(said, flush=True)
    truth.write_identifiers(folder, world, draw_people(world))
    connection.execute(
        TRUTH.format(
            folder=truth.folder_of(folder) / "identifiers",
            kinds=" ".join(f"when '{kind}' then '{ours}'" for kind, (ours, _) in KINDS.items()),
            sources=" ".join(f"when '{kind}' then '{source}'" for kind, (_, source) in KINDS.items()),
        )
    )
    pairs = connection.sql(PAIRS).pl()
    ((customers,),) = connection.sql(
        "select count(*) from marts.customer_features where order_count > 0"
    ).fetchall()
    print(f"{pairs.height:,} of {customers:,} customers with orders are all of one person", flush=True)
    return night, pairs, {name: connection.sql(query).pl() for name, query in SCORES.items()}


def _evening(world: World, folder: Path, night: date) -> Simulated:
    """The world on the evening of the night."""
    people = draw_people(world)
    policy = Policy("legacy", folder, store_actions(folder))
    simulated = Simulated(world, people, draw_catalogue(world), first_state(people), policy)
    last = world.day_number(night)
    for number in range(last + 1):
        step(simulated.day(number), simulated.state, policy)
        if number % SAID_EVERY_DAYS == 0 or number == last:
            print(f"simulated {world.date_of(number)}, the night is that of {night}", flush=True)
    return simulated


def _known(evening: Simulated, horizons: set[int]) -> dict[int, pl.DataFrame]:
    """Per horizon a row per person: what can be known on the evening.

    `silent` is the probability of no order that names her and `cents` the expected value of all, both if she
    is there; `is_there`; and her rates of such orders and of leaving.
    """
    people, state = evening.people, evening.state
    who, buys = people.number, ~people.never_buys
    typed = SHARE_TYPED_AT_TILL * (1 - SHARE_PLACEHOLDERS)
    named = 1 - (1 - typed) * (1 - SHARE_CARD_SHOWN * people.has_card)
    # how she is goes on as it would without messages, parcels or orders
    expected = replace(
        state, mood=state.mood.copy(), uplift=state.uplift.copy(), disturbance=state.disturbance.copy()
    )
    there, silent, gone, orders = np.ones(len(who)), np.ones(len(who)), np.zeros(len(who)), np.zeros(len(who))
    found = {}
    for number in range(1, max(horizons) + 1):
        day = evening.day(state.day + number)
        in_shop, in_store = rates_today(day, expected, who)
        order = -np.expm1(-(buys * (in_shop + named * in_store)))
        leaving = -np.expm1(-departure.hazard_today(day, expected, who))
        orders += there * order
        silent *= 1 - order
        gone += silent * leaving
        there, silent = there * (1 - leaving), silent * (1 - leaving)
        effects.fade(expected)
        service.recover(expected, people.usual_mood)
        if number in horizons:
            found[number] = pl.DataFrame(
                {"person": who, "silent": silent + gone, "cents": orders * people.order_value_cents}
            )
    is_there = departure.active(evening.day(state.day), state)
    buys_on = ~(people.buys_once & (state.orders > 0))
    rate = people.rate * buys * (1 - people.store_share * (1 - named))
    hazard = departure.hazard_today(evening.day(state.day), state, who)
    traits = pl.DataFrame({"is_there": is_there, "buys_on": buys_on, "rate": rate, "hazard": hazard})
    return {days: of_days.hstack(traits) for days, of_days in found.items()}


def _there_by_silence() -> pl.Expr:
    """The probability that somebody of known rates is still there, by the days since her last order."""
    both = pl.col("rate") + pl.col("hazard")
    left = pl.col("hazard") / both * ((both * pl.col("days_since_last_order")).exp() - 1)
    return pl.when("buys_on").then(1 / (1 + left)).otherwise(0.0)


def _came_true(evening: Simulated, horizons: set[int]) -> dict[int, pl.DataFrame]:
    """Per horizon the people who ordered under a name: orders, and their amount less refunds until then."""
    first, orders, refunds, found = evening.state.day + 1, [], [], {}
    for number in range(1, max(horizons) + 1):
        facts = step(evening.day(first + number - 1), evening.state, evening.policy).facts
        orders.append(_named_orders(facts))
        refunds.append(facts.refunds.select("order_id", "refunded_cents"))
        if number % SAID_EVERY_DAYS == 0:
            print(f"{number} days after the night", flush=True)
        if number in horizons:
            back = pl.concat(refunds).group_by("order_id").agg(pl.col("refunded_cents").sum())
            all_orders = pl.concat(orders).join(back, on="order_id", how="left")
            # of a receipt only the lines say what came back, and amounts of receipts are never reduced
            refunded = (
                pl.when(pl.col("place") == "shop").then(pl.col("refunded_cents").fill_null(0)).otherwise(0)
            )
            found[number] = all_orders.group_by("person").agg(
                orders=pl.len(), amount=(pl.col("cents") - refunded).sum() / 100
            )
    return found


def _named_orders(facts: DayFacts) -> pl.DataFrame:
    """The orders of a day that name somebody, with the amount that the exports state."""
    typed = pl.col("email").is_not_null() & (pl.col("email") != PLACEHOLDER_EMAIL)
    named = (pl.col("place") == "shop") | pl.col("card_number").is_not_null() | typed
    goods = pl.col("subtotal_cents") - pl.col("discount_cents")
    cents = pl.when(pl.col("place") == "shop").then("total_cents").otherwise(goods)
    return facts.orders.filter(named).select("order_id", "person", "place", cents=cents)


def _print(name: str, figure: Figure, people: pl.DataFrame) -> None:
    """The grades of the program and of those who know more, on the same people."""
    there = {RATES: _there_by_silence(), ALL: pl.col("is_there").cast(pl.Float64)}
    if figure == "probability":
        happened = (people["orders"] == 0).cast(pl.Float64)
        known = {who: 1 - probability * (1 - pl.col("silent")) for who, probability in there.items()}
    else:
        happened = people["amount"].clip(lower_bound=0)
        known = {who: probability * pl.col("cents") for who, probability in there.items()}
    predicted = people.select(pl.col("predicted").alias(OURS), **known)
    outcome = happened.to_numpy()
    grades = {
        who: grade(who, _in_all(figure, outcome, predicted[who].to_numpy(), who), outcome, figure).metrics
        for who in predicted.columns
    }
    print(f"\n| {name}, {people.height:,} customers | {' | '.join(grades)} |\n|---|---|---|---|")
    for metric in (metric for metric in SHOWN if metric in grades[OURS]):
        print(f"| {metric} | {' | '.join(_cell(of[metric]) for of in grades.values())} |")
    if figure == "probability":
        above = {who: metrics["auc"].value - 0.5 for who, metrics in grades.items()}
        for who in there:
            print(f"of the AUC above one half of who {who}: {above[OURS] / above[who]:.3f}")
    print(f"mean outcome {outcome.mean():.4f}, mean prediction {predicted[OURS].to_numpy().mean():.4f}")


def _in_all(figure: Figure, outcome: Floats, predicted: Floats, who: str) -> Floats:
    """Who knows the value of an order before taxes, coupons and refunds is told what all of them come to."""
    return (
        predicted if who == OURS or figure == "probability" else predicted * outcome.sum() / predicted.sum()
    )


def _cell(interval: Interval) -> str:
    return f"{interval.value:.4f} ({interval.low:.4f} to {interval.high:.4f})"
