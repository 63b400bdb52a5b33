"""What a night is told before it starts: its day, the store's declarations, and where last night ended.

A night is a pure function of the landed facts up to the end of its day, the store's configuration, the
newest published version of an earlier day, what was delivered of earlier nights, and what earlier runs of
the day handed over, and to whom. Of those it counts only what it does not decide again, so that running a
day again gives the same bytes.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from regulars.landing.ledger import create_landing_tables
from regulars.store.identity import PLACEHOLDER_LOCAL_PARTS, PLACEHOLDERS, parsed
from regulars.store.metrics import metrics
from regulars.store.patterns import Pattern
from regulars.store.segments import Segment
from regulars.store.settings import StoreSettings
from regulars.store.sql import date_literal, literal, quoted
from regulars.store.store import Store
from regulars.store.suppressions import suppressed
from regulars.store.training import EARLY_DAYS, Training
from regulars.warehouse.published import CARRIED
from regulars.warehouse.receipts import receipts_of
from regulars.warehouse.session import attached, lent

SCHEMAS = (
    "settings",
    "previous",
    "staging",
    "intermediate",
    "marts",
    "predictions",
    "decisions",
    "measurement",
    "action_lists",
    "deliveries",
    "data_quality",
)

# stated, so that a store without segments has the table too
SEGMENT_COLUMNS = {
    "segment_id": pl.String,
    "kind": pl.String,
    "depth": pl.String,
    "position": pl.Int64,
    "predicate": pl.String,
    "leave_when": pl.String,
    "evidence_columns": pl.String,
    "definition_hash": pl.String,
    "goal": pl.String,
    "owner": pl.String,
    "actions": pl.String,
    "review_date": pl.Date,
}
PATTERN_COLUMNS = {
    "pattern_id": pl.String,
    "description": pl.String,
    "owner": pl.String,
    "entry_kind": pl.String,
    "entry_predicate": pl.String,
    "sequel": pl.String,
    "sequel_kind": pl.String,
    "sequel_predicate": pl.String,
    "within_days": pl.Int64,
    "definition_hash": pl.String,
}
WORD_COLUMNS = {
    "word": pl.String,
    **{
        f"{part}_{side}": pl.String
        for side in ("a", "b")
        for part in ("identifier_kind", "source", "identifier")
    },
    "because": pl.String,
    "said_by": pl.String,
}
RULE_WORD_COLUMNS = {
    "rule_kind": pl.String,
    "rule_id": pl.String,
    "reviewed_date": pl.Date,
    "because": pl.String,
    "said_by": pl.String,
}
HOLD_COLUMNS = {
    "hold_number": pl.Int64,
    "identifier_kind": pl.String,
    "source": pl.String,
    "identifier": pl.String,
    "action_classes": pl.String,
    "since_date": pl.Date,
    "until_date": pl.Date,
    "because": pl.String,
    "said_by": pl.String,
}
ACTION_COLUMNS = {
    "action_id": pl.String,
    "name": pl.String,
    "offer": pl.String,
    "action_class": pl.String,
    "is_generic": pl.Boolean,
}
SUPPRESSION_COLUMNS = {
    "identifier_kind": pl.String,
    "source": pl.String,
    "identifier": pl.String,
    "channel": pl.String,
    "reason": pl.String,
    "since_date": pl.Date,
}
EXPERIMENT_COLUMNS = {
    "experiment_id": pl.String,
    "owner": pl.String,
    "segment_id": pl.String,
    "start_date": pl.Date,
    "last_day": pl.Date,
    "factor": pl.String,
    "control_arm": pl.String,
    "kept_arm": pl.String,
}
ARM_COLUMNS = {
    "experiment_id": pl.String,
    "arm": pl.String,
    "action_id": pl.String,
    "from_draw": pl.Float64,
    "to_draw": pl.Float64,
}
DELIVERY_COLUMNS = {
    "planned_date": pl.Date,
    "destination": pl.String,
    "channel": pl.String,
    "form": pl.String,
    "delivered_count": pl.Int64,
}
METRIC_COLUMNS = {
    "metric": pl.String,
    "kind": pl.String,
    "use": pl.String,
    "shortest_period": pl.String,
    "entities": pl.String,
    "reach_days": pl.Int64,
    "least_count": pl.Int64,
}
GOAL_COLUMNS = {
    "goal_id": pl.String,
    "metric": pl.String,
    "period": pl.String,
    "breakdown": pl.String,
    "breakdown_id": pl.String,
    "target": pl.Float64,
    "launch_date": pl.Date,
    "because": pl.String,
}
# one row where records are linked by likeness, else none
PROBABLE_COLUMNS = {
    "link_above": pl.Float64,
    "review_above": pl.Float64,
    "attributes": pl.String,
    "model": pl.String,
}

SUNDAY = 7
# what was learned a month ago would be learned again
REST_DAYS = 30

# what destinations were told, with the night on which they were
TOLD = {"delivered_profiles", "delivered_segments"}
HANDED_OVER = ("planned_touchpoints", "offer_ledger")
PUBLISHED_THERE = "select table_name, column_name from duckdb_columns() where database_name = 'earlier'"


@dataclass(frozen=True)
class Night:
    """One run of a store: its as-of day, the version it continues, and the versions of the day itself."""

    store: Store
    as_of: date
    previous: Path | None
    previous_date: date | None
    earlier_runs: tuple[Path, ...] = ()


def prepare(connection: duckdb.DuckDBPyConnection, night: Night) -> None:
    """Write schemas `settings` and `previous`, and make the landing tables that do not exist."""
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    create_landing_tables(connection)
    declare(connection, night)
    _carry(connection, night.previous)
    look_back(connection, night.as_of, night.store.settings.training.month_ends)
    for run in night.earlier_runs:
        _add_handed_over(connection, run)
        _add_customers(connection, run)
        _add_told(connection, run)


def declare(connection: duckdb.DuckDBPyConnection, night: Night) -> None:
    """Write what the store declares into schema `settings`."""
    declared = settings_tables(night)
    with lent(connection, **{f"declared_{name}": frame for name, frame in declared.items()}):
        for name in declared:
            connection.execute(f"create or replace table settings.{name} as select * from declared_{name}")


def look_back(connection: duckdb.DuckDBPyConnection, day: date, month_ends: int) -> None:
    """Note in settings.night for which past days features are computed because of what is published.

    That are month ends after an alarm of the newest look at drift, unless a model was trained in the month
    before, and on Sundays the day four weeks ago, if there is a model that predicted something then.
    """
    as_of = date_literal(day)
    review = f"{as_of} - {EARLY_DAYS}" if day.isoweekday() == SUNDAY else "null"
    connection.execute(
        f"""
        update settings.night set
            past_month_ends = case
                when exists (
                    select 1 from previous.drift
                    where is_alarm
                        and as_of_date = (select max(as_of_date) from previous.drift)
                        and as_of_date - {REST_DAYS} > (
                            select coalesce(max(trained_date), date '-infinity') from previous.model_versions
                        )
                ) then {month_ends}
                else past_month_ends
            end,
            review_date = case
                when exists (select 1 from previous.model_versions where status = 'champion') then {review}
            end
        """
    )


def _is_for_training(night: Night) -> bool:
    """Whether models may learn from this night: the first of all, and the last of every month."""
    return night.previous is None or (night.as_of + timedelta(days=1)).day == 1


def settings_tables(night: Night) -> dict[str, pl.DataFrame]:
    """The store's declarations as the tables that SQL reads."""
    settings = night.store.settings
    return {
        "night": _night(night),
        "configuration": _configuration(night.store),
        "training": _training(settings.training),
        "identity": pl.DataFrame(
            {
                "country": pl.Series([settings.country], dtype=pl.String),
                "profile_accounts": pl.Series([settings.identity.accounts], dtype=pl.String),
                "most_accounts": [settings.identity.most_accounts],
                "most_growth": [settings.identity.most_growth],
            }
        ),
        "blocked_identifiers": pl.DataFrame(
            sorted(blocked(settings.identity.blocked).items()),
            schema={"identifier": pl.String, "is_local_part": pl.Boolean},
            orient="row",
        ),
        "systems": pl.DataFrame(
            [
                {
                    "source": contract.system,
                    "accounts": contract.accounts or contract.system,
                    "anonymous_ids": contract.anonymous_ids or contract.system,
                }
                for contract in (file.content for file in night.store.contract_files)
            ]
        ),
        "identity_words": pl.DataFrame(_words(night.store), schema=WORD_COLUMNS, orient="row"),
        "probable_links": pl.DataFrame(_probable(night.store), schema=PROBABLE_COLUMNS, orient="row"),
        **_trials(night),
        "channels": pl.DataFrame({"channel": night.store.channels_file.content.ids}),
        "permissions": pl.DataFrame(
            [permission.model_dump() for permission in settings.permissions],
            schema=dict.fromkeys(["channel", "purpose", "status", "basis"], pl.String),
        ),
        "rule_words": pl.DataFrame(_rule_words(night), schema=RULE_WORD_COLUMNS, orient="row"),
        "holds": pl.DataFrame(_holds(night), schema=HOLD_COLUMNS, orient="row"),
        "deliveries": pl.DataFrame(
            delivered_lists(night.store, night.as_of), schema=DELIVERY_COLUMNS, orient="row"
        ),
        "metrics": pl.DataFrame(
            metric_rows(settings.metrics.least_answers, settings.training.churn.horizon_days),
            schema=METRIC_COLUMNS,
            orient="row",
        ),
        "metric_goals": pl.DataFrame(_goals(settings), schema=GOAL_COLUMNS, orient="row"),
        "patterns": pl.DataFrame(
            [_pattern(pattern) for pattern in night.store.patterns_file.content.patterns],
            schema=PATTERN_COLUMNS,
            orient="row",
        ),
        "segments": pl.DataFrame(
            [_segment(*place) for place in enumerate(night.store.segments_file.content.segments, start=1)],
            schema=SEGMENT_COLUMNS,
        ),
    }


def _trials(night: Night) -> dict[str, pl.DataFrame]:
    """What may be done, what is tried of it, on what share of whom nothing is, and to whom nothing at all."""
    catalogue = night.store.actions_file.content
    actions = [
        (action.id, action.name, action.offer, action.action_class, action.generic)
        for action in catalogue.actions
    ]
    shares = {name: [float(getattr(catalogue.policy, name))] for name in ("holdout_share", "generic_share")}
    return {
        "actions": pl.DataFrame(actions, schema=ACTION_COLUMNS, orient="row"),
        "program": pl.DataFrame(shares),
        "experiments": pl.DataFrame(_experiments(night), schema=EXPERIMENT_COLUMNS, orient="row"),
        "experiment_arms": pl.DataFrame(_arms(night.store), schema=ARM_COLUMNS, orient="row"),
        "suppressions": _suppressions(night.store),
    }


def _night(night: Night) -> pl.DataFrame:
    settings = night.store.settings
    return pl.DataFrame(
        {
            "as_of_date": [night.as_of],
            "as_of_end_at": [night.store.day_end(night.as_of)],
            "time_zone": [settings.time_zone],
            "currency": [settings.currency],
            "previous_date": pl.Series([night.previous_date], dtype=pl.Date),
            "past_month_ends": [settings.training.month_ends if _is_for_training(night) else 0],
            "review_date": pl.Series([None], dtype=pl.Date),
            "preference_days": [settings.preference_days],
            "timeline_days": [settings.timeline_days],
        }
    )


def _configuration(store: Store) -> pl.DataFrame:
    """Every file with its text, but for those that name people: an erased one would stay in there."""
    return pl.DataFrame(
        [
            (name, hashlib.sha256(text.encode()).hexdigest(), None if name in store.naming_people else text)
            for name, text in store.configuration.items()
        ],
        schema=dict.fromkeys(["file", "sha256", "text"], pl.String),
        orient="row",
    )


def _training(settings: Training) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "horizon_days": [settings.churn.horizon_days],
            "least_days": [settings.least_horizons * settings.churn.horizon_days],
            "least_active_customers": [settings.least_active_customers],
            "least_outcomes": [settings.least_outcomes],
            "category_count": [settings.propensity.categories],
            "churn_of": [settings.churn.of],
        }
    )


def blocked(own: tuple[str, ...]) -> dict[str, bool]:
    """Values that say nothing of a person, and whether an address with one before the @ says as little."""
    local_parts = {*PLACEHOLDER_LOCAL_PARTS, *(value.lower() for value in own)}
    return {value: value in local_parts for value in {*PLACEHOLDERS, *local_parts}}


def _segment(position: int, segment: Segment) -> dict[str, str | int | date | None]:
    return {
        "segment_id": segment.id,
        "kind": segment.kind,
        "depth": segment.depth,
        "position": position,
        "predicate": segment.predicate,
        "leave_when": segment.leave_when,
        "evidence_columns": ",".join(segment.evidence_columns),
        "definition_hash": segment.definition_hash,
        "goal": segment.goal,
        "owner": segment.owner,
        "actions": ",".join(segment.actions),
        "review_date": segment.review_date,
    }


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


def _goals(settings: StoreSettings) -> list[tuple[str | float | date, ...]]:
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
        for goal in settings.metrics.goals
    ]


def _words(store: Store) -> list[tuple[str, ...]]:
    words = store.identity_words_file.content.words if store.identity_words_file else ()
    return [
        (word.word, *parsed(word.identifiers[0]), *parsed(word.identifiers[1]), word.because, word.by)
        for word in words
    ]


def _rule_words(night: Night) -> list[tuple[str, str, date, str, str]]:
    words = night.store.rule_words_file.content.in_force(night.as_of) if night.store.rule_words_file else {}
    return [(*rule, word.reviewed, word.because, word.by) for rule, word in sorted(words.items())]


def _holds(night: Night) -> list[tuple[int | str | date | None, ...]]:
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


def _suppressions(store: Store) -> pl.DataFrame:
    channels = store.channels_file.content.ids
    listed = [suppressed(file, channels) for file in store.suppression_files]
    return pl.concat([pl.DataFrame(schema=SUPPRESSION_COLUMNS), *listed])


def _experiments(night: Night) -> list[tuple[str | date, ...]]:
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


def _arms(store: Store) -> list[tuple[str | float | None, ...]]:
    return [
        (one.id, arm, one.arm(arm).action, low, high)
        for one in store.experiments
        for arm, low, high in one.draws
    ]


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


def _probable(store: Store) -> list[tuple[float, float, str, str]]:
    probable, model = store.settings.identity.probable, store.identity_model
    if not probable or not model:
        return []
    return [(probable.link_above, probable.review_above, json.dumps(probable.attributes), model.text)]


def _carry(connection: duckdb.DuckDBPyConnection, previous: Path | None) -> None:
    """Fill schema `previous` from the published file of the night before, or leave its tables empty."""
    for table in CARRIED:
        columns = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in table.columns.items())
        connection.execute(f"create or replace table previous.{quoted(table.name)} ({columns})")
    if not previous:
        return
    with attached(connection, previous):
        # a version of an earlier release lacks what was added since
        there = set(connection.execute(PUBLISHED_THERE).fetchall())
        for table in CARRIED:
            name = quoted(table.name)
            columns = ", ".join(quoted(column) for column in table.columns if (table.name, column) in there)
            if columns:
                connection.execute(
                    f"insert into previous.{name} by name select {columns} from earlier.main.{name}"
                )


def _add_handed_over(connection: duckdb.DuckDBPyConnection, run: Path) -> None:
    """Add what an earlier run of the day handed over and promised to what was before, each decision once."""
    with attached(connection, run):
        there = {row[0] for row in connection.execute(PUBLISHED_THERE).fetchall()}
        for table in HANDED_OVER:
            if table in there:
                connection.execute(
                    f"""
                    insert into previous.{table} by name
                    from earlier.main.{table}
                    where decision_id not in (select decision_id from previous.{table})
                    """
                )


def _add_customers(connection: duckdb.DuckDBPyConnection, run: Path) -> None:
    """Add whom an earlier run of the day knew first, so that what it handed over stays hers under any id."""
    with attached(connection, run):
        connection.execute(
            """
            insert into previous.customer_identifiers by name
            from earlier.main.customer_identifiers as known
            where not exists (
                select 1 from previous.customer_identifiers as before
                where before.source = known.source
                    and before.identifier_kind = known.identifier_kind
                    and before.identifier = known.identifier
            )
            """
        )


def _add_told(connection: duckdb.DuckDBPyConnection, run: Path) -> None:
    """Add what destinations were told by an earlier run of the day, which may not be so any more."""
    with attached(connection, run):
        there = {row[0] for row in connection.execute(PUBLISHED_THERE).fetchall()}
        for table in TOLD.intersection(there):
            connection.execute(
                f"""
                insert into previous.{table} by name
                from earlier.main.{table} where delivered_date = (select as_of_date from settings.night)
                """
            )


def built_with(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The fingerprint of what the facts of this warehouse were last built with, if they ever were."""
    connection.execute("create table if not exists settings.built_with (fingerprint varchar)")
    row = connection.execute("select fingerprint from settings.built_with").fetchone()
    return row[0] if row else None


def remember_built_with(connection: duckdb.DuckDBPyConnection, fingerprint: str) -> None:
    """Note what the facts were built with, in the warehouse itself, so that both are lost together."""
    connection.execute(
        f"create or replace table settings.built_with as select {literal(fingerprint)} as fingerprint"
    )
