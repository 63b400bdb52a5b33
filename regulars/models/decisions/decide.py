"""Composes the stages into tonight's decisions and writes them into schema `decisions`.

The narrow frame of candidates lives in polars. The wide rows with their sentences go from DuckDB's tables
to DuckDB's tables, so that memory stays bounded by the engine's limit and not by the number of customers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.arbitration import Arbitration, Chance, arbitrate
from regulars.models.decisions.candidates import candidate_options, gather_candidates
from regulars.models.decisions.channel_health import (
    CHANNEL_HEALTH_HISTORY,
    channel_health,
    multipliers,
)
from regulars.models.decisions.channel_health import REMEMBERED_DAYS as HEALTH_DAYS
from regulars.models.decisions.contact_caps import (
    counted_touchpoints_sql,
    handed_over,
    recent_touchpoints_sql,
    stop_capped,
)
from regulars.models.decisions.effects import (
    ACTION_EFFECTS,
    EXPLORATION_LOG,
    REMEMBERED_DAYS,
    action_effects,
)
from regulars.models.decisions.eligibility import stop_ineligible, stop_unreachable
from regulars.models.decisions.experiments import Trials, stop_tried, trials, tried_sentences
from regulars.models.decisions.exploration import explorers
from regulars.models.decisions.holds import HELD_CUSTOMERS, hold_reasons, said_holds, stop_held
from regulars.models.decisions.limits import Limits, allocation_limits, nightly_limits
from regulars.models.decisions.offers import given_offers, running_offers, stop_offers
from regulars.models.decisions.permission import PERMISSIONS, stop_unpermitted
from regulars.models.decisions.policy import policy_id
from regulars.models.decisions.reasons import by_action, evidence_sql, sentence_sql, stop_sentences
from regulars.models.decisions.scores import (
    Knowledge,
    scores_of_chances,
    weights,
    with_either_score,
    with_scores,
)
from regulars.models.decisions.send_times import send_times_sql
from regulars.models.decisions.suppression import SUPPRESSED_CUSTOMERS, stop_suppressed, suppressed_customers
from regulars.models.decisions.tables import (
    ALLOCATION_LIMITS,
    DECISION_TRACE,
    EXPERIMENT_ASSIGNMENTS,
    NEXT_ACTIONS,
    POLICY_EVALUATIONS,
    PROGRAM_GROUPS,
    RESTATED_DECISIONS,
    TABLES,
    decision_id_sql,
)
from regulars.models.evaluation.evaluate import standing
from regulars.models.experiments.assignment import with_exposures
from regulars.store.actions import check_actions
from regulars.store.sql import date_literal, literal
from regulars.warehouse.session import lent, transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels
    from regulars.store.experiments import Experiment


@dataclass(frozen=True)
class DecisionCounts:
    """What a night decided, in numbers."""

    as_of_date: date
    policy: str
    customers: int
    candidates: int
    chosen: int
    by_reason: dict[str, int]

    @property
    def nothing(self) -> int:
        """Customers who get nothing tonight."""
        return self.customers - self.chosen


def decide(
    connection: "duckdb.DuckDBPyConnection",
    catalogue: "ActionCatalogue",
    channels: "Channels",
    experiments: "Sequence[Experiment]" = (),
) -> DecisionCounts:
    """Replace every table of schema decisions that TABLES makes; all change or none.

    Reads what `INPUTS` declares, of predictions only where models score.

    Raises:
        ValueError: The catalogue names a stage, channel or column that does not exist.
    """
    as_of, column_types = night_of(connection), _profile_types(connection)
    _check(connection, catalogue, channels, column_types)
    health = channel_health(connection, channels.ids, as_of)
    options = candidate_options(catalogue, channels, multipliers(health))
    effects = action_effects(connection, catalogue, options, as_of)
    tried = trials(connection, catalogue, experiments, as_of)
    known = _knowledge(connection, options, effects)
    who = standing(connection, catalogue.policy, channels, as_of)
    knowledge = known if "model" in {who.scores, *tried.policies["scores"]} else None
    decided_by = catalogue.policy.model_copy(update={"scores": who.scores})
    deciding = catalogue.model_copy(update={"policy": decided_by})
    arbitration, limits = judge(connection, deciding, channels, options, knowledge, tried=tried)
    judged = arbitration.candidates
    ids = _policy_ids(catalogue, channels, experiments, knowledge)
    policy = ids[who.scores]
    holds = hold_reasons(connection, catalogue, lambda text: sentence_sql(text, column_types))
    queries = _queries(catalogue, channels, column_types, night=as_of, policy=policy, holds=holds)
    with (
        lent(
            connection,
            judged=judged,
            options=options,
            stop_sentences=stop_sentences(options, catalogue, channels, tried_sentences(experiments, as_of)),
            limits_of_night=allocation_limits(limits, arbitration),
            effects_of_draws=effects,
            health_of_night=health,
            groups_of_night=tried.groups,
            groups_apart=tried.apart,
            arms_of_night=tried.arms,
            policies=tried.policies.select("customer_id", policy=pl.col("scores").replace_strict(ids)),
            assignments_of_night=with_exposures(tried.assignments, tried.exposed(judged, options), as_of),
            scores_of_chances=scores_of_chances(judged, options, known),
            evaluations_of_night=who.evaluations,
        ),
        transaction(connection),
    ):
        for statement in (*TABLES, *queries):
            connection.execute(statement)
    return _counts(connection, as_of, policy, judged)


def _policy_ids(
    catalogue: "ActionCatalogue",
    channels: "Channels",
    experiments: "Sequence[Experiment]",
    knowledge: Knowledge | None,
) -> dict[str, str]:
    """The name of each way to score, by what actions.yml and experiments call it."""
    return {
        "rules": policy_id(catalogue, channels, experiments, None),
        "model": policy_id(catalogue, channels, experiments, knowledge),
    }


def _knowledge(
    connection: "duckdb.DuckDBPyConnection", options: pl.DataFrame, effects: pl.DataFrame
) -> Knowledge:
    found, versions = weights(connection, options)
    return Knowledge(found, effects.select("option_number", "response_rate"), versions)


def judge(  # noqa: PLR0913 (what the store declares, and what is known of the night)
    connection: "duckdb.DuckDBPyConnection",
    catalogue: "ActionCatalogue",
    channels: "Channels",
    options: pl.DataFrame,
    knowledge: Knowledge | None,
    *,
    tried: Trials,
) -> tuple[Arbitration, Limits]:
    """What the stages made of every customer and candidate, ordered by both, and the limits of the night.

    What `arbitrate` gives. Without `knowledge` the store's assumptions score. Writes nothing.
    """
    as_of = night_of(connection)
    known = _customers(connection)
    knowledge = knowledge and replace(knowledge, weights=known(knowledge.weights))
    placed = replace(tried, groups=known(tried.groups), assignments=known(tried.assignments))
    touchpoints = known(pl.DataFrame(connection.sql(recent_touchpoints_sql(catalogue, channels, as_of))))
    permissions = known(pl.DataFrame(connection.sql(PERMISSIONS)))
    candidates = (
        known(gather_candidates(connection, catalogue, options))
        .lazy()
        .pipe(stop_ineligible)
        .pipe(_scored, options, knowledge, placed, otherwise=catalogue.policy.scores)
        .pipe(stop_unreachable)
        .pipe(stop_unpermitted, permissions.lazy())
        .pipe(stop_held, known(said_holds(connection)).lazy(), catalogue=catalogue)
        .pipe(stop_suppressed, known(suppressed_customers(connection)))
        .pipe(stop_tried, placed, catalogue=catalogue)
        .pipe(stop_capped, touchpoints.lazy(), catalogue=catalogue, channels=channels, as_of=as_of)
        .pipe(
            stop_offers,
            known(running_offers(connection, as_of)).lazy(),
            catalogue=catalogue,
            delivered=as_of + timedelta(days=1),
        )
    )
    limits = nightly_limits(options, catalogue, channels, given_offers(connection, as_of))
    share = catalogue.policy.exploration_share
    chance = Chance(known(explorers(connection, share, as_of, apart=tried.apart)), share)
    earlier = handed_over(touchpoints.lazy(), options.lazy(), as_of)
    return arbitrate(candidates, limits, earlier, chance), limits


def _customers(connection: "duckdb.DuckDBPyConnection") -> Callable[[pl.DataFrame], pl.DataFrame]:
    """What turns the customer_id of a frame into the place of the customer in the order of all.

    A place takes 4 bytes and is compared at once; tens of millions of candidates are sorted, joined and
    grouped by it. Rows of whoever is no customer have none.
    """
    ids = pl.DataFrame(connection.sql("select customer_id from marts.customers order by customer_id"))
    places = pl.Enum(ids["customer_id"])
    return lambda frame: frame.with_columns(pl.col("customer_id").cast(places, strict=False))


def _scored(
    candidates: pl.LazyFrame,
    options: pl.DataFrame,
    knowledge: Knowledge | None,
    tried: Trials,
    *,
    otherwise: str,
) -> pl.LazyFrame:
    if knowledge is None or tried.policies.is_empty():
        return with_scores(candidates, options.lazy(), knowledge)
    return with_either_score(
        candidates, options.lazy(), knowledge, tried.policies.lazy(), otherwise=otherwise
    )


def night_of(connection: "duckdb.DuckDBPyConnection") -> date:
    """The day for which tonight decides.

    Raises:
        ValueError: settings.night does not have exactly one row with a day.
    """
    rows = connection.sql("select as_of_date from settings.night").fetchall()
    if len(rows) != 1 or not isinstance(rows[0][0], date):
        raise ValueError(f"settings.night holds {rows}; expected one row with the day of the night")
    return rows[0][0]


def _profile_types(connection: "duckdb.DuckDBPyConnection") -> dict[str, str]:
    profile = connection.sql("select * from marts.customers limit 0")
    return {name: str(kind) for name, kind in zip(profile.columns, profile.types, strict=True)}


def _check(
    connection: "duckdb.DuckDBPyConnection",
    catalogue: "ActionCatalogue",
    channels: "Channels",
    column_types: dict[str, str],
) -> None:
    stages = connection.sql("select segment_id from settings.segments where kind = 'stage'").fetchall()
    mistakes = check_actions(
        catalogue, channels, stage_ids=[stage for (stage,) in stages], profile_columns=column_types
    )
    if mistakes:
        raise ValueError("\n".join(f"actions.yml: {mistake.message}" for mistake in mistakes))


def _queries(  # noqa: PLR0913 (what the store declares, and what is known of the night)
    catalogue: "ActionCatalogue",
    channels: "Channels",
    column_types: dict[str, str],
    *,
    night: date,
    policy: str,
    holds: tuple[str, str],
) -> tuple[str, ...]:
    as_of_date, policy = date_literal(night), literal(policy)
    hold_reason, hold_customer_reason = holds
    traced = {
        "hold_reason": hold_reason,
        "hold_customer_reason": hold_customer_reason,
        "as_of_date": as_of_date,
        "policy": policy,
        "evidence": by_action(catalogue, lambda action: evidence_sql(action, column_types)),
        "reason": by_action(catalogue, lambda action: sentence_sql(action.reason, column_types)),
        "customer_reason": by_action(
            catalogue, lambda action: sentence_sql(action.customer_reason, column_types)
        ),
    }
    return (
        DECISION_TRACE.format(**traced),
        NEXT_ACTIONS.format(
            **traced, send_times=send_times_sql(channels, catalogue).format(as_of_date=as_of_date)
        ),
        RESTATED_DECISIONS.format(as_of_date=as_of_date),
        counted_touchpoints_sql(catalogue, channels, night),
        SUPPRESSED_CUSTOMERS,
        HELD_CUSTOMERS,
        ALLOCATION_LIMITS.format(as_of_date=as_of_date, policy=policy),
        CHANNEL_HEALTH_HISTORY.format(as_of_date=as_of_date, remembered_days=HEALTH_DAYS),
        ACTION_EFFECTS.format(as_of_date=as_of_date, policy=policy),
        POLICY_EVALUATIONS.format(as_of_date=as_of_date, policy=policy),
        EXPLORATION_LOG.format(
            as_of_date=as_of_date,
            remembered_days=REMEMBERED_DAYS,
            nothing_id=decision_id_sql("actions.customer_id", "'none'", "''").format(as_of_date=as_of_date),
        ),
        PROGRAM_GROUPS,
        EXPERIMENT_ASSIGNMENTS,
    )


def _counts(
    connection: "duckdb.DuckDBPyConnection", as_of: date, policy: str, judged: pl.DataFrame
) -> DecisionCounts:
    rows = connection.sql(
        "select reason_code, count(*) from decisions.next_actions group by all order by all"
    ).fetchall()
    return DecisionCounts(
        as_of_date=as_of,
        policy=policy,
        customers=sum(count for _, count in rows),
        candidates=judged.height,
        chosen=int(judged["is_chosen"].sum()),
        by_reason=dict(rows),
    )
