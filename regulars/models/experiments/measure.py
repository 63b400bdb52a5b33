"""Measures the night's experiments and the whole program, into schema `measurement`.

What was settled on an earlier night is handed on as it was. Not here: who is in which arm or group.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from regulars.models.experiments import cohorts
from regulars.models.experiments.cohorts import Exposed, Quarter, quarter_of
from regulars.models.experiments.findings import (
    Known,
    experiment_row,
    log_gap,
    orphaned_row,
    progress_of,
    result_rows,
    settled_row,
    stale_reason,
    treatment_hash,
)
from regulars.models.experiments.incrementality import quarter_rows
from regulars.models.experiments.outcomes import Moments, Part, measure_outcomes
from regulars.store.sql import date_literal, quoted
from regulars.warehouse.carried import CARRIED
from regulars.warehouse.session import lent, transaction

if TYPE_CHECKING:
    from decimal import Decimal

    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels
    from regulars.store.experiments import Experiment

Row = dict[str, Any]

NAMES = ("experiments", "experiment_results", "incrementality")
TABLES = {table.name: table.columns for table in CARRIED if table.name in NAMES}
_TYPES = {
    "varchar": pl.String,
    "double": pl.Float64,
    "bigint": pl.Int64,
    "date": pl.Date,
    "boolean": pl.Boolean,
}

LOGGED = """
select
    experiment_id,
    min(segment_hash) as segment_hash,
    count(distinct unit_id) filter (status = 'conflict') as conflict_count
from decisions.experiment_assignments
group by experiment_id
"""
LOGGED_BEFORE = """
select experiment_id, count(distinct (unit_id, arm))
from previous.experiment_assignments
where status = 'counted' and first_exposed_date is not null
group by experiment_id
"""


@dataclass(frozen=True)
class MeasuredCounts:
    """What a night measured, in numbers."""

    experiments: int
    results: int
    incrementality: int


@dataclass(frozen=True)
class _Night:
    """What the night knows before it measures."""

    day: date
    day_before: date | None
    outcomes_until: date
    segment_hashes: Mapping[str, str]
    logged: Mapping[str, tuple[str, int]]
    logged_before: Mapping[str, int]
    before: Mapping[str, list[Row]]

    def experiment_before(self, experiment_id: str) -> Row | None:
        """What was known of an experiment on the night before."""
        return next(
            (row for row in self.before["experiments"] if row["experiment_id"] == experiment_id), None
        )

    def results_before(self, experiment_id: str) -> list[Row]:
        """What was found of it."""
        return [row for row in self.before["experiment_results"] if row["experiment_id"] == experiment_id]


def measure(
    connection: "duckdb.DuckDBPyConnection",
    experiments: "Collection[Experiment]",
    catalogue: "ActionCatalogue",
    channels: "Channels",
    *,
    running_cost: "Decimal | None" = None,
) -> MeasuredCounts:
    """Replace measurement.experiments, experiment_results and incrementality, all or none.

    `running_cost` is what the program costs in a month, in the store's currency. Reads settings.night,
    settings.segments, decisions.experiment_assignments, decisions.program_groups, marts.orders, the three
    tables and experiment_assignments of the night before in `previous`, and what `measure_outcomes` and
    `cohorts` read.
    """
    night = _night(connection)
    open_experiments = [one for one in experiments if not _is_settled(night, one.id)]
    quarters = _open_quarters(connection, night)
    with transaction(connection):
        cohorts.make_tables(connection, channels)
        cohorts.add_experiments(connection, open_experiments)
        cohorts.add_quarters(connection, quarters, night.day)
        exposed = cohorts.exposed_units(connection, night.day)
        moments = measure_outcomes(connection, outcomes_until=night.outcomes_until) if exposed else {}
        rows = _experiments(experiments, catalogue, night, exposed, moments)
        rows["incrementality"] = _incrementality(quarters, night, moments, running_cost)
        for name in NAMES:
            _write(connection, name, rows[name])
        cohorts.drop_tables(connection)
    return MeasuredCounts(*(len(rows[name]) for name in NAMES))


def _night(connection: "duckdb.DuckDBPyConnection") -> _Night:
    ((day, day_before),) = connection.sql("select as_of_date, previous_date from settings.night").fetchall()
    ((last_order,),) = connection.sql(
        f"select max(order_date) from marts.orders where order_date <= {date_literal(day)}"
    ).fetchall()
    return _Night(
        day=day,
        day_before=day_before,
        # without any order nothing is known of any day
        outcomes_until=last_order or date.min,
        segment_hashes=dict(
            connection.sql("select segment_id, definition_hash from settings.segments").fetchall()
        ),
        logged={row[0]: row[1:] for row in connection.sql(LOGGED).fetchall()},
        logged_before=dict(connection.sql(LOGGED_BEFORE).fetchall()),
        before={name: _rows(connection, f"previous.{name}") for name in NAMES},
    )


def _rows(connection: "duckdb.DuckDBPyConnection", table: str) -> list[Row]:
    found = connection.sql(f"from {table}")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def _is_settled(night: _Night, experiment_id: str) -> bool:
    before = night.experiment_before(experiment_id)
    return before is not None and before["settled_date"] is not None


def _open_quarters(connection: "duckdb.DuckDBPyConnection", night: _Night) -> list[Quarter]:
    """The quarters of the program that a later night may tell more of, the oldest first."""
    ((since,),) = connection.sql("select min(since_date) from decisions.program_groups").fetchall()
    settled = {row["quarter"] for row in night.before["incrementality"] if row["is_settled"]}
    quarters = []
    quarter = quarter_of(since) if since else None
    while quarter and quarter.first_day <= night.day:
        if quarter.name not in settled:
            quarters.append(quarter)
        quarter = quarter.next
    return quarters


def _experiments(
    experiments: "Collection[Experiment]",
    catalogue: "ActionCatalogue",
    night: _Night,
    exposed: Mapping[str, dict[str, Exposed]],
    moments: Mapping[Part, Moments],
) -> dict[str, list[Row]]:
    """The rows of both tables: declared experiments, and those whose file is gone."""
    actions = {action.id: action for action in catalogue.actions}
    found: list[Row] = []
    results: list[Row] = []
    for experiment in experiments:
        now_hash = treatment_hash(experiment, actions)
        known = _known(experiment, night, exposed.get(experiment.id, {}))
        reason = stale_reason(known, now_hash, experiment.segment)
        if known.before and known.before["settled_date"]:
            kept = night.results_before(experiment.id)
            row = settled_row(known.before, experiment, reason, night=night.day, has_results=bool(kept))
            found.append(row)
            results += kept
            continue
        progress = progress_of(experiment, known, moments, reason)
        layer = experiment.layer_in(actions)
        found.append(experiment_row(experiment, known, progress, layer=layer, now_hash=now_hash))
        results += result_rows(experiment, known, progress, moments)
    declared = {experiment.id for experiment in experiments}
    for before in night.before["experiments"]:
        if before["experiment_id"] not in declared:
            found.append(orphaned_row(before))
            results += night.results_before(before["experiment_id"])
    return {"experiments": found, "experiment_results": results}


def _known(experiment: "Experiment", night: _Night, exposed: Mapping[str, Exposed]) -> Known:
    """What the night knows of an experiment; what it was before it began counts for nothing."""
    before = night.experiment_before(experiment.id)
    hash_now = night.segment_hashes.get(experiment.segment)
    logged_hash, conflicts = night.logged.get(experiment.id, (hash_now, 0))
    has_begun = before is not None and before["as_of_date"] >= experiment.start_date
    # a file that was away for some nights has an older row than the log
    is_of_the_log = before is not None and before["as_of_date"] == night.day_before
    return Known(
        night=night.day,
        outcomes_until=night.outcomes_until,
        exposed=exposed,
        conflicts=conflicts,
        segment_hash=logged_hash,
        segment_hash_now=hash_now,
        before=before if has_begun else None,
        log_gap=log_gap(before, night.logged_before.get(experiment.id, 0))
        if before and is_of_the_log
        else None,
    )


def _incrementality(
    quarters: Iterable[Quarter],
    night: _Night,
    moments: Mapping[Part, Moments],
    running_cost: "Decimal | None",
) -> list[Row]:
    """The quarters that are settled as they were, and the others anew, each beside the one before it."""
    rows = [row for row in night.before["incrementality"] if row["is_settled"]]
    for quarter in quarters:
        newest = max((row["quarter"] for row in rows if row["quarter"] < quarter.name), default=None)
        before = {
            (row["compared_with"], row["metric"], row["horizon_days"]): row
            for row in rows
            if row["quarter"] == newest
        }
        rows += quarter_rows(
            quarter,
            moments,
            night=night.day,
            outcomes_until=night.outcomes_until,
            running_cost=running_cost,
            before=before,
        )
    return rows


def _write(connection: "duckdb.DuckDBPyConnection", name: str, rows: list[Row]) -> None:
    columns = TABLES[name]
    typed = ", ".join(f"{quoted(column)} {data_type}" for column, data_type in columns.items())
    connection.execute("create schema if not exists measurement")
    connection.execute(f"create or replace table measurement.{name} ({typed})")
    frame = pl.DataFrame(
        [{column: row.get(column) for column in columns} for row in rows],
        schema={column: _TYPES[data_type] for column, data_type in columns.items()},
        orient="row",
    )
    with lent(connection, measured=frame):
        connection.execute(f"insert into measurement.{name} from measured order by all")
