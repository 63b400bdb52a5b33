"""Asks the program, night by night, whether a world that changes on a known day is still the one it learned.

Of every seed a store is simulated, landed, and its facts are built once, with features of every Sunday and
month end; it is kept under benchmarks/stores. Its nights then pass in order. On Sundays, at month ends and on
the night after an alarm the program decides which version scores, trains where that is due, and looks at
drift, by what had happened up to then. Who is who and which categories come first is as of the last night.
"""

import argparse
import shutil
import time
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from model_night import features_of, night_over

from regulars.landing.load import land
from regulars.models.learning.registry import Registry
from regulars.models.predictions.drift import Looks, look
from regulars.models.predictions.predict import POLARS
from regulars.models.predictions.questions import questions
from regulars.models.predictions.tables import DRIFT, MODEL_VERSIONS
from regulars.models.predictions.versions import Tonight, standing_of
from regulars.orchestration.nightly import Nightly
from regulars.simulation.simulate import simulate
from regulars.simulation.world import World
from regulars.store.sql import date_literal
from regulars.store.store import open_store
from regulars.store.training import Training
from regulars.warehouse.beside import close_all
from regulars.warehouse.night import look_back, prepare
from regulars.warehouse.session import lent

DEMO_STORE = Path(__file__).parents[1] / "stores" / "demo"
STORES = Path(__file__).parent / "stores"
FIRST_DAY, LAST_DAY = date(2021, 10, 1), date(2025, 3, 1)
# the quarter that ends here is the first from which models learn, a year before the change
FIRST_NIGHT, CHANGE = date(2023, 12, 31), date(2025, 1, 15)
QUIET_DAYS, ALLOWED_DAYS = 365, 45
SUNDAY = 7
SETTINGS = Training()
LAST_TABLES = (
    "past_customer_features",
    "customer_category_features",
    "customer_category_days",
    "int_categories_ranked",
    "orders",
    "customer_touchpoints",
    "data_readiness",
)
# what had happened by the end of a night
AS_OF = {
    "marts.orders": "order_date",
    "marts.customer_touchpoints": "sent_date",
    "staging.stg_messages": "message_date",
    "intermediate.customer_category_days": "active_date",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5], help="of the worlds")
    parser.add_argument("--customers", type=int, default=25_000, help="people of a world")
    parser.add_argument("--models", nargs="+", default=[""], help="beginnings of their names; all by default")


def run(arguments: argparse.Namespace) -> None:
    """Print of every seed when the change was noticed, and what was alarmed in the year before."""
    for seed in arguments.seeds:
        started = time.perf_counter()
        warehouse = warehouse_of(seed, arguments.customers)
        built = time.perf_counter()
        models = warehouse.parents[1] / "models"
        shutil.rmtree(models, ignore_errors=True)
        with night_over(warehouse) as connection:
            drift = looked_at(connection, Registry(models), tuple(arguments.models))
        drift.write_parquet(models / "drift.parquet")
        _print(seed, drift)
        print(
            f"  built in {built - started:.0f} s, its nights took {time.perf_counter() - built:.0f} s",
            flush=True,
        )


def days() -> list[date]:
    """The days of which features are asked for: Sundays from the first that is looked back on, month ends."""
    every = (FIRST_DAY + timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + 1))
    first_sunday = FIRST_NIGHT - timedelta(days=28)
    return [
        day for day in every if (day.isoweekday() == SUNDAY and day >= first_sunday) or _is_month_end(day)
    ]


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def warehouse_of(seed: int, customers: int) -> Path:
    """The facts of a world; made if they are not there."""
    folder = STORES / f"drift-{customers}-{seed}"
    done = folder / "built"
    if not done.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(DEMO_STORE, folder, ignore=shutil.ignore_patterns("state", "exports", "simulation"))
        settings = folder / "store.yml"
        told = settings.read_text("utf-8").replace("first_day: 2024-01-01", f"first_day: {FIRST_DAY}")
        settings.write_text(told, "utf-8")
        world = World(
            customers=customers,
            days=(LAST_DAY - FIRST_DAY).days + 1,
            seed=seed,
            first_day=FIRST_DAY,
            drift_day=(CHANGE - FIRST_DAY).days,
        )
        simulate(folder, world)
        _build(Nightly(open_store(folder)))
        shutil.rmtree(folder / "exports")
        done.touch()
    return folder / "state" / "build" / "warehouse.duckdb"


def _build(nightly: Nightly) -> None:
    """Land everything and build what models read, with features of all days."""
    with nightly.only_run():
        with nightly.warehouse.connect() as connection:
            prepare(connection, nightly.night(LAST_DAY))
            for _ in land(connection, nightly.store, LAST_DAY):
                pass
        _dbt(nightly, "--select", "+int_as_of_dates")
        with nightly.warehouse.connect() as connection:
            asked = pl.DataFrame({"as_of_date": sorted({*days(), LAST_DAY})})
            with lent(connection, asked=asked):
                connection.execute("create or replace table intermediate.int_as_of_dates as from asked")
        last = [f"+{table}" for table in LAST_TABLES]
        _dbt(nightly, "--select", *last, "--exclude", "+int_as_of_dates")
    close_all()


def _dbt(nightly: Nightly, *arguments: str) -> None:
    kinds = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    for result in nightly.dbt.build(*kinds, "--full-refresh", *arguments):
        if result.status == "error":
            raise SystemExit(f"{result.unique_id}: {result.message}")


def looked_at(
    connection: duckdb.DuckDBPyConnection, registry: Registry, asked: tuple[str, ...]
) -> pl.DataFrame:
    """The rows of table drift of every night, as the program would have written them."""
    connection.execute(
        "drop view settings.night; create table settings.night as from warehouse.settings.night"
    )
    for night in _nights():
        ends = SETTINGS.month_ends if night == FIRST_NIGHT or _is_month_end(night) else 0
        connection.execute(
            f"update settings.night set as_of_date = {date_literal(night)}, past_month_ends = {ends}"
        )
        look_back(connection, night, SETTINGS.month_ends)
        ((ends, review),) = connection.sql(
            "select past_month_ends, review_date from settings.night"
        ).fetchall()
        if ends or review:
            _see(connection, night, learns=bool(ends), review=review)
            _pass(connection, night, registry, asked)
    return connection.sql("from previous.drift order by all").pl()


def _nights() -> Iterator[date]:
    for number in range((LAST_DAY - FIRST_NIGHT).days + 1):
        yield FIRST_NIGHT + timedelta(days=number)


def _see(connection: duckdb.DuckDBPyConnection, night: date, *, learns: bool, review: date | None) -> None:
    """Let the tables say what they would have said on the night."""
    tonight = date_literal(night)
    for table, day in AS_OF.items():
        known = f"from warehouse.{table} where {day} <= {tonight}"
        connection.execute(f"create or replace view {table} as {known}")
    year = f"as_of_date >= last_day({tonight} - interval 12 month) and as_of_date < {tonight}"
    reviewed = f"as_of_date = {date_literal(review)}" if review else "false"
    ends = f"{str(learns).lower()} and as_of_date = last_day(as_of_date) and {year}"
    features = "warehouse.intermediate.past_customer_features"
    connection.execute(
        f"""
        create or replace view intermediate.past_customer_features as
        from {features} where {reviewed} or ({ends});
        create or replace view marts.customer_features as from {features} where as_of_date = {tonight}
        """
    )


def _pass(
    connection: duckdb.DuckDBPyConnection, night: date, registry: Registry, asked: tuple[str, ...]
) -> None:
    """What the program does on the night, but for scoring everybody."""
    tonight = Tonight(connection, night, SETTINGS, features_of(SETTINGS), registry, "benchmark", {})
    versions, looks = [], Looks()
    for model in questions(connection, SETTINGS):
        if not model.name.startswith(asked):
            continue
        standing = standing_of(tonight, model)
        versions += standing.rows
        if standing.predictor and standing.version:
            look(tonight, model, standing, looks)
    trained = [row["model"] for row in versions if row["trained_date"] == night]
    if trained:
        print(f"  {night} trained {', '.join(trained)}", flush=True)
    for row in looks.drift:
        if row["is_alarm"]:
            print(f"  {night} {_alarm(row)}", flush=True)
    connection.execute("delete from previous.model_versions")
    for table, columns, rows in (
        ("model_versions", MODEL_VERSIONS, versions),
        ("drift", DRIFT, looks.drift),
    ):
        schema = {name: POLARS[data_type] for name, data_type in columns.items()}
        with lent(connection, rows=pl.DataFrame(rows, schema=schema, orient="row")):
            connection.execute(f"insert into previous.{table} by name from rows")


def _print(seed: int, drift: pl.DataFrame) -> None:
    """Days until the change was noticed, and every alarm before it."""
    alarms = drift.filter("is_alarm").with_columns(days=(pl.col("as_of_date") - CHANGE).dt.total_days())
    after = alarms.filter(pl.col("days") >= 0).sort("as_of_date", "model")
    before = alarms.filter(pl.col("days").is_between(-QUIET_DAYS, -1))
    first = after.row(0, named=True) if after.height else None
    said = f"after {first['days']} days, {_alarm(first)}" if first else "never"
    print(f"seed {seed}: {before.height} alarms in the year before; noticed {said} ({ALLOWED_DAYS} allowed)")


def _alarm(row: Mapping[str, Any]) -> str:
    seen = f"{row['statistic']} {row['value']:.4f} beyond {row['limit_value']:.4f}"
    return f"{row['model']}: {row['kind']}, {seen}"
