"""What the store declares, as the tables of schema `settings` that SQL reads: each of them is declared here.

A table is one `SettingsTable`: what a row is, the columns, and the rows of a night. Warehouse, Dagster and
tests take their columns from it.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from regulars.store.identity import PLACEHOLDER_LOCAL_PARTS, PLACEHOLDERS, parsed
from regulars.store.metrics import metrics
from regulars.store.patterns import Pattern
from regulars.store.segments import Segment
from regulars.store.store import Store
from regulars.store.suppressions import suppressed
from regulars.warehouse.receipts import receipts_of
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    import duckdb

    from regulars.warehouse.night import Night

Rows = Sequence[tuple[Any, ...]]

POLARS: dict[str, pl.DataType | type[pl.DataType]] = {
    "varchar": pl.String,
    "bigint": pl.Int64,
    "double": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
}


def _columns(told: str) -> dict[str, str]:
    """Columns as a list names them, with their types: texts unless it says otherwise."""
    columns = (column.split() for column in told.split(","))
    return {name: (data_type or ["varchar"])[0] for name, *data_type in columns}


@dataclass(frozen=True)
class SettingsTable:
    """A table of schema `settings`: what it holds, its columns with types of DuckDB, its rows of a night."""

    name: str
    meaning: str
    columns: dict[str, str]
    rows: Callable[["Night"], Rows]

    @property
    def schema(self) -> pl.Schema:
        """The columns as polars has them."""
        return pl.Schema({name: POLARS[data_type] for name, data_type in self.columns.items()})

    def frame(self, night: "Night") -> pl.DataFrame:
        """The rows of a night, typed, so that a store that declares nothing has the columns too."""
        return pl.DataFrame(self.rows(night), schema=self.schema, orient="row")


def declare(connection: "duckdb.DuckDBPyConnection", night: "Night") -> None:
    """Write what the store declares into schema `settings`."""
    declared = {f"declared_{name}": table.frame(night) for name, table in SETTINGS.items()}
    with lent(connection, **declared):
        for name in SETTINGS:
            connection.execute(f"create or replace table settings.{name} as select * from declared_{name}")


def _is_for_training(night: "Night") -> bool:
    """Whether models may learn from this night: the first of all, and the last of every month."""
    return night.previous is None or (night.as_of + timedelta(days=1)).day == 1


def _night(night: "Night") -> Rows:
    settings = night.store.settings
    return [
        (
            night.as_of,
            night.store.day_end(night.as_of),
            settings.time_zone,
            settings.currency,
            night.previous_date,
            settings.training.month_ends if _is_for_training(night) else 0,
            None,
            settings.preference_days,
            settings.timeline_days,
        )
    ]


def _configuration(night: "Night") -> Rows:
    """Every file with its text, but for those that name people: an erased one would stay in there."""
    store = night.store
    return [
        (name, hashlib.sha256(text.encode()).hexdigest(), None if name in store.naming_people else text)
        for name, text in store.configuration.items()
    ]


def _training(night: "Night") -> Rows:
    settings = night.store.settings.training
    return [
        (
            settings.churn.horizon_days,
            settings.least_horizons * settings.churn.horizon_days,
            settings.least_active_customers,
            settings.least_outcomes,
            settings.propensity.categories,
            settings.churn.of,
        )
    ]


def _identity(night: "Night") -> Rows:
    settings = night.store.settings
    identity = settings.identity
    return [(settings.country, identity.accounts, identity.most_accounts, identity.most_growth)]


def blocked(own: tuple[str, ...]) -> dict[str, bool]:
    """Values that say nothing of a person, and whether an address with one before the @ says as little."""
    local_parts = {*PLACEHOLDER_LOCAL_PARTS, *(value.lower() for value in own)}
    return {value: value in local_parts for value in {*PLACEHOLDERS, *local_parts}}


def _systems(night: "Night") -> Rows:
    contracts = [file.content for file in night.store.contract_files]
    return [
        (contract.system, contract.accounts or contract.system, contract.anonymous_ids or contract.system)
        for contract in contracts
    ]


def _identity_words(night: "Night") -> Rows:
    file = night.store.identity_words_file
    return [
        (word.word, *parsed(word.identifiers[0]), *parsed(word.identifiers[1]), word.because, word.by)
        for word in (file.content.words if file else ())
    ]


def _probable_links(night: "Night") -> Rows:
    probable, model = night.store.settings.identity.probable, night.store.identity_model
    if not probable or not model:
        return []
    return [(probable.link_above, probable.review_above, json.dumps(probable.attributes), model.text)]


def _actions(night: "Night") -> Rows:
    return [
        (action.id, action.name, action.offer, action.action_class, action.generic)
        for action in night.store.actions_file.content.actions
    ]


def _program(night: "Night") -> Rows:
    policy = night.store.actions_file.content.policy
    return [(float(policy.holdout_share), float(policy.generic_share))]


def _suppressions(night: "Night") -> Rows:
    channels = night.store.channels_file.content.ids
    return [row for file in night.store.suppression_files for row in suppressed(file, channels).rows()]


def _experiments(night: "Night") -> Rows:
    return [
        (
            one.id,
            one.owner,
            one.segment,
            one.start_date,
            one.last_day,
            one.factor,
            one.control.arm,
            one.kept_arm(night.as_of).id,
        )
        for one in night.store.experiments
    ]


def _experiment_arms(night: "Night") -> Rows:
    return [
        (one.id, arm, one.arm(arm).action, low, high)
        for one in night.store.experiments
        for arm, low, high in one.draws
    ]


def _permissions(night: "Night") -> Rows:
    return [
        (permission.channel, permission.purpose, permission.status, permission.basis)
        for permission in night.store.settings.permissions
    ]


def _metrics(night: "Night") -> Rows:
    settings = night.store.settings
    return metric_rows(settings.metrics.least_answers, settings.training.churn.horizon_days)


def metric_rows(least_answers: int, horizon_days: int) -> list[tuple[str | int, ...]]:
    """The rows of settings.metrics: every metric, for how many days late facts reach, and its floor."""
    return [
        (
            metric.id,
            metric.kind,
            metric.use,
            metric.shortest_period,
            ",".join(metric.entities),
            metric.reach_days + metric.reach_horizons * horizon_days,
            least_answers if metric.is_asked else 0,
        )
        for metric in metrics().values()
    ]


def _metric_goals(night: "Night") -> Rows:
    return [
        (
            goal.id,
            goal.metric,
            goal.period,
            goal.breakdown,
            goal.breakdown_id,
            goal.target,
            goal.launch_date,
            goal.because,
        )
        for goal in night.store.settings.metrics.goals
    ]


def _pattern(pattern: Pattern) -> tuple[str | int | None, ...]:
    other = pattern.then or pattern.without
    return (
        pattern.id,
        pattern.description,
        pattern.owner,
        pattern.when.kind,
        pattern.when.where,
        ("then" if pattern.then else "without") if other else None,
        other.kind if other else None,
        other.where if other else None,
        pattern.within_days,
        pattern.definition_hash,
    )


def delivered_lists(store: Store, day: date) -> list[tuple[date, str, str, str, int]]:
    """Of every night before `day` the action lists that `regulars deliver` carried, as settings.deliveries.

    A list of tonight, or one that replaces it, is delivered after the night and is news to the next.
    """
    return [
        (receipt.day, destination.id, receipt.about, Path(receipt.name).suffix, receipt.rows)
        for destination in store.destinations
        for receipt in receipts_of(store.state, destination.id).all
        if receipt.about in destination.channels and receipt.day < day
    ]


def _rule_words(night: "Night") -> Rows:
    words = night.store.rule_words_file.content.in_force(night.as_of) if night.store.rule_words_file else {}
    return [(*rule, word.reviewed, word.because, word.by) for rule, word in sorted(words.items())]


def _holds(night: "Night") -> Rows:
    file = night.store.hold_words_file
    return [
        (
            number,
            *parsed(word.customer),
            ",".join(word.action_classes),
            word.since,
            word.until,
            word.because,
            word.by,
        )
        for number, word in enumerate(file.content.in_force(night.as_of) if file else ())
    ]


def _segment(position: int, segment: Segment) -> tuple[str | int | date | None, ...]:
    return (
        segment.id,
        segment.kind,
        segment.depth,
        position,
        segment.predicate,
        segment.leave_when,
        ",".join(segment.evidence_columns),
        segment.definition_hash,
        segment.goal,
        segment.owner,
        ",".join(segment.actions),
        segment.review_date,
    )


_TABLES = (
    SettingsTable(
        "night",
        "The night itself: its day, time zone and currency. One row.",
        _columns(
            "as_of_date date, as_of_end_at timestamp, time_zone, currency, previous_date date, "
            "past_month_ends bigint, review_date date, preference_days bigint, timeline_days bigint"
        ),
        _night,
    ),
    SettingsTable(
        "configuration",
        "The store's configuration as the night read it. One row per file.",
        _columns("file, sha256, text"),
        _configuration,
    ),
    SettingsTable(
        "training",
        "Of whom statistical models say what, and how much they ask for. One row.",
        _columns(
            "horizon_days bigint, least_days bigint, least_active_customers bigint, least_outcomes "
            "bigint, category_count bigint, churn_of"
        ),
        _training,
    ),
    SettingsTable(
        "identity",
        "What store.yml says of identifiers. One row.",
        _columns("country, profile_accounts, most_accounts bigint, most_growth bigint"),
        _identity,
    ),
    SettingsTable(
        "systems",
        "Whose account and anonymous ids each system names. One row per source.",
        _columns("source, accounts, anonymous_ids"),
        _systems,
    ),
    SettingsTable(
        "blocked_identifiers",
        "Values that say nothing of a person. One row per value.",
        _columns("identifier, is_local_part boolean"),
        lambda night: sorted(blocked(night.store.settings.identity.blocked).items()),
    ),
    SettingsTable(
        "identity_words",
        "What humans said of two identifiers. One row per word.",
        _columns(
            "word, identifier_kind_a, source_a, identifier_a, identifier_kind_b, source_b, "
            "identifier_b, because, said_by"
        ),
        _identity_words,
    ),
    SettingsTable(
        "probable_links",
        "How records are linked by likeness. One row, or none where they are not.",
        _columns("link_above double, review_above double, attributes, model"),
        _probable_links,
    ),
    SettingsTable(
        "actions",
        "What the store may do, in words. One row per action.",
        _columns("action_id, name, offer, action_class, is_generic boolean"),
        _actions,
    ),
    SettingsTable(
        "program",
        "What share of the customers is left out of marketing, or of all but the generic. One row.",
        _columns("holdout_share double, generic_share double"),
        _program,
    ),
    SettingsTable(
        "suppressions",
        "Whom nobody may write to, by the store's lists. One row per line of a list.",
        _columns("identifier_kind, source, identifier, channel, reason, since_date date"),
        _suppressions,
    ),
    SettingsTable(
        "experiments",
        "What is, was or will be tried. One row per experiment.",
        _columns(
            "experiment_id, owner, segment_id, start_date date, last_day date, factor, control_arm, kept_arm"
        ),
        _experiments,
    ),
    SettingsTable(
        "experiment_arms",
        "Their arms, and between which draws a unit is in one. One row per experiment and arm.",
        _columns("experiment_id, arm, action_id, from_draw double, to_draw double"),
        _experiment_arms,
    ),
    SettingsTable(
        "channels",
        "By which ways the store writes to people. One row per channel.",
        _columns("channel"),
        lambda night: [(channel,) for channel in night.store.channels_file.content.ids],
    ),
    SettingsTable(
        "permissions",
        "What the store declares for everybody. One row per channel and purpose.",
        _columns("channel, purpose, status, basis"),
        _permissions,
    ),
    SettingsTable(
        "metrics",
        "What is measured of customer experience. One row per metric.",
        _columns("metric, kind, use, shortest_period, entities, reach_days bigint, least_count bigint"),
        _metrics,
    ),
    SettingsTable(
        "metric_goals",
        "Which metrics the store wants to move. One row per goal.",
        _columns(
            "goal_id, metric, period, breakdown, breakdown_id, target double, launch_date date, because"
        ),
        _metric_goals,
    ),
    SettingsTable(
        "patterns",
        "The rules of patterns of several signals. One row per pattern.",
        _columns(
            "pattern_id, description, owner, entry_kind, entry_predicate, sequel, sequel_kind, "
            "sequel_predicate, within_days bigint, definition_hash"
        ),
        lambda night: [_pattern(pattern) for pattern in night.store.patterns_file.content.patterns],
    ),
    SettingsTable(
        "deliveries",
        "Lists of earlier nights that were delivered. One row per night, destination and file.",
        _columns("planned_date date, destination, channel, form, delivered_count bigint"),
        lambda night: delivered_lists(night.store, night.as_of),
    ),
    SettingsTable(
        "rule_words",
        "Which rules somebody looked at, by the end of the night. One row per rule.",
        _columns("rule_kind, rule_id, reviewed_date date, because, said_by"),
        _rule_words,
    ),
    SettingsTable(
        "holds",
        "Whom humans want left alone tonight, as `regulars hold` wrote it down. One row per word in force.",
        _columns(
            "hold_number bigint, identifier_kind, source, identifier, action_classes, since_date date, "
            "until_date date, because, said_by"
        ),
        _holds,
    ),
    SettingsTable(
        "segments",
        "The segments' definitions. One row per segment.",
        _columns(
            "segment_id, kind, depth, position bigint, predicate, leave_when, evidence_columns, "
            "definition_hash, goal, owner, actions, review_date date"
        ),
        lambda night: [
            _segment(*place) for place in enumerate(night.store.segments_file.content.segments, start=1)
        ],
    ),
)
SETTINGS = {table.name: table for table in _TABLES}
