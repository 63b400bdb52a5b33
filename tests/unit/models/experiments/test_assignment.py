"""Arms: a function of experiment and unit; logged once, and then the log says it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
from scipy.stats import binom, chisquare

from regulars.models.experiments.assignment import ASSIGNMENTS, experiment_assignments, with_exposures
from regulars.models.experiments.groups import GROUPS
from regulars.models.experiments.units import shared_units
from regulars.store.experiments import Experiment
from regulars.store.sql import draw_sql

NIGHT = date(2024, 6, 10)
BEFORE = date(2024, 6, 5)
NOBODY_APART = pl.DataFrame(schema=GROUPS)
SALTS, UNITS = 400, 2_000


def assigned(
    connection: duckdb.DuckDBPyConnection,
    experiment: Experiment,
    night: date = NIGHT,
    groups: pl.DataFrame = NOBODY_APART,
) -> pl.DataFrame:
    return experiment_assignments(
        connection, [experiment], night, units=shared_units(connection), groups=groups
    )


def log(connection: duckdb.DuckDBPyConnection, *rows: tuple[object, ...]) -> None:
    connection.execute("delete from previous.experiment_assignments")
    connection.executemany(
        "insert into previous.experiment_assignments values (?, ?, ?, ?, ?, ?, ?, ?)", rows
    )


def logged(customer: str, arm: str, *, on: date = BEFORE, exposed: date | None = None) -> tuple[object, ...]:
    return ("offer_kind", customer, customer, arm, on, exposed, "h1", "counted")


def by_customer(found: pl.DataFrame, *columns: str) -> dict[str, Any]:
    return {
        row[0]: row[1] if len(columns) == 1 else row[1:]
        for row in found.select("customer_id", *columns).rows()
    }


def test_arms_are_balanced_under_every_salt_and_no_two_salts_agree() -> None:
    """A sample-ratio check at 0.001 may sound in one of a thousand experiments, and does not in more."""
    with duckdb.connect(config={"threads": 1}) as connection:
        unit = "'c_' || unit"
        draw = draw_sql("'e' || salt", unit)
        counts = connection.sql(
            f"select salt, count(*) filter ({draw} < 0.5) as first from range({SALTS}) as salts(salt)"
            f" cross join range({UNITS}) as units(unit) group by salt order by salt"
        ).fetchnumpy()["first"]
        one, other = (f"{draw_sql(salt, unit)} < 0.5" for salt in ("'a'", "'b'"))
        ((both,),) = connection.sql(
            f"select count(*) filter (({one}) = ({other})) from range({UNITS}) as units(unit)"
        ).fetchall()
    alarms = sum(chisquare([first, UNITS - first]).pvalue < 0.001 for first in counts.tolist())
    assert alarms <= binom.ppf(0.999, SALTS, 0.001)
    assert binom.ppf(0.0001, UNITS, 0.5) <= both <= binom.ppf(0.9999, UNITS, 0.5)


def test_who_is_in_the_segment_of_a_running_experiment_is_enrolled(
    shop: Callable[..., Any], experiment: Callable[..., Experiment]
) -> None:
    connection = shop(*(f"c_{number}" for number in range(40)))
    connection.execute("delete from marts.customer_segments where customer_id = 'c_7'")
    found = assigned(connection, experiment())
    assert found.height == 39
    assert set(found["arm"]) == {"dollars", "percent"}
    assert set(found.select(ASSIGNMENTS.names()[4:]).rows()) == {(NIGHT, None, "h1", "counted")}
    assert assigned(connection, experiment()).equals(found)
    assert assigned(connection, experiment(id="another"))["arm"].to_list() != found["arm"].to_list()


@pytest.mark.parametrize("night", [date(2024, 6, 2), date(2024, 7, 15)])
def test_nobody_is_enrolled_before_it_begins_or_after_it_ended(
    shop: Callable[..., Any], experiment: Callable[..., Experiment], night: date
) -> None:
    assert assigned(shop("c_1", night=night), experiment(), night).is_empty()


def test_the_log_wins_over_the_draw_and_over_new_shares(
    shop: Callable[..., Any], experiment: Callable[..., Experiment]
) -> None:
    connection = shop("c_1", "c_2")
    log(connection, logged("c_1", "dollars"), logged("c_2", "dollars"))
    shares = [
        {"id": "dollars", "share": "0.001", "action": "ten_dollars"},
        {"id": "percent", "share": "0.999", "action": "ten_percent"},
    ]
    found = assigned(connection, experiment(arms=shares))
    assert by_customer(found, "arm", "assigned_date") == {
        "c_1": ("dollars", BEFORE),
        "c_2": ("dollars", BEFORE),
    }


def test_under_a_merge_the_earlier_assignment_holds_and_two_arms_are_a_conflict(
    shop: Callable[..., Any], experiment: Callable[..., Experiment]
) -> None:
    connection = shop("c_1", "c_2")
    connection.execute("insert into marts.customer_aliases values ('c_8', 'c_1'), ('c_9', 'c_2')")
    log(
        connection,
        logged("c_1", "percent", on=date(2024, 6, 6)),
        logged("c_8", "dollars", on=date(2024, 6, 4), exposed=date(2024, 6, 5)),
        logged("c_2", "percent", on=date(2024, 6, 6)),
        logged("c_9", "percent", on=date(2024, 6, 4)),
    )
    found = assigned(connection, experiment())
    assert by_customer(found, "arm", "assigned_date", "status") == {
        "c_1": ("dollars", date(2024, 6, 4), "conflict"),
        "c_2": ("percent", date(2024, 6, 4), "counted"),
    }
    log(connection, *found.rows())
    again = assigned(connection, experiment(), NIGHT + timedelta(days=1))
    assert by_customer(again, "status") == {"c_1": "conflict", "c_2": "counted"}


def test_under_a_split_both_keep_the_arm(
    shop: Callable[..., Any], experiment: Callable[..., Experiment]
) -> None:
    connection = shop("c_1", "c_2")
    connection.execute("insert into marts.identity_changes values (?, 'split', 'c_1', 'c_2', 'x')", [NIGHT])
    for arm in ("dollars", "percent"):
        log(connection, logged("c_1", arm, exposed=BEFORE))
        found = assigned(connection, experiment())
        assert by_customer(found, "arm", "first_exposed_date") == {"c_1": (arm, BEFORE), "c_2": (arm, BEFORE)}


def test_a_household_is_in_one_arm_and_a_newcomer_joins_it(
    shop: Callable[..., Any], experiment: Callable[..., Experiment]
) -> None:
    home = [{"customer_id": f"c_{number}", "email": f"{number // 3}@b.de"} for number in range(60)]
    found = assigned(shop(*home), experiment())
    arms = found.group_by(pl.col("customer_id").str.slice(2).cast(pl.Int64) // 3).agg(
        pl.col("arm").n_unique()
    )
    assert set(arms["arm"]) == {1}
    for arm in ("dollars", "percent"):
        connection = shop(*home[:3])
        log(connection, logged("c_2", arm))
        assert by_customer(assigned(connection, experiment()), "arm", "unit_id") == {
            f"c_{number}": (arm, "c_2") for number in range(3)
        }


def test_the_holdout_and_the_generic_group_are_in_no_experiment(
    shop: Callable[..., Any], experiment: Callable[..., Experiment]
) -> None:
    connection = shop("c_1", "c_2", "c_3", "c_4")
    groups = pl.DataFrame(
        [
            ("c_1", "c_1", "holdout", BEFORE, None),
            ("c_2", "c_2", "generic", BEFORE, None),
            ("c_3", "c_3", "holdout", date(2024, 1, 1), BEFORE),
            ("c_4", "c_4", "holdout", NIGHT, None),
        ],
        schema=GROUPS,
        orient="row",
    )
    log(connection, logged("c_4", "percent", exposed=BEFORE))
    found = assigned(connection, experiment(), groups=groups)
    assert by_customer(found, "status") == {"c_3": "counted", "c_4": "conflict"}


def test_of_a_segment_that_was_redefined_nobody_new_is_enrolled(
    shop: Callable[..., Any], experiment: Callable[..., Experiment]
) -> None:
    connection = shop("c_1", "c_2", "c_3")
    log(connection, logged("c_1", "dollars", exposed=BEFORE), logged("c_2", "dollars"))
    connection.execute("update settings.segments set definition_hash = 'h2'")
    found = assigned(connection, experiment())
    assert by_customer(found, "status", "segment_hash") == {
        "c_1": ("counted", "h1"),
        "c_2": ("segment_changed", "h1"),
    }


def test_who_left_before_she_was_exposed_counts_again_when_she_is_back(
    shop: Callable[..., Any], experiment: Callable[..., Experiment]
) -> None:
    connection = shop("c_1", "c_2")
    log(connection, logged("c_1", "percent"), logged("c_2", "percent", exposed=BEFORE))
    connection.execute("delete from marts.customer_segments")
    found = assigned(connection, experiment())
    assert by_customer(found, "status") == {"c_1": "left", "c_2": "counted"}
    log(connection, *found.rows())
    connection.execute("insert into marts.customer_segments values ('c_1', 'engaged')")
    assert by_customer(assigned(connection, experiment()), "status", "arm")["c_1"] == ("counted", "percent")


def test_an_erased_person_leaves_the_log(
    shop: Callable[..., Any], experiment: Callable[..., Experiment]
) -> None:
    connection = shop("c_1")
    log(connection, logged("c_1", "percent"), logged("c_gone", "percent"))
    assert assigned(connection, experiment())["customer_id"].to_list() == ["c_1"]


def test_the_first_exposure_is_logged_of_whoever_counts_and_stays() -> None:
    known = pl.DataFrame(
        [logged("c_1", "a"), logged("c_2", "a", exposed=BEFORE), (*logged("c_3", "a")[:7], "left")],
        schema=ASSIGNMENTS,
        orient="row",
    )
    seen = pl.DataFrame(
        {"experiment_id": ["offer_kind"] * 4, "customer_id": ["c_1", "c_2", "c_3", "c_of_none"]}
    )
    found = with_exposures(known, seen, NIGHT)
    assert by_customer(found, "first_exposed_date") == {"c_1": NIGHT, "c_2": BEFORE, "c_3": None}
