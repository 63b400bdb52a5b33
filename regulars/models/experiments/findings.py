"""What is known of every experiment: where it stands, what it found, and what was found and is remembered.

Rows of `experiments` and `experiment_results`. Not here: how outcomes are measured, and the statistics.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from regulars.models.experiments.cohorts import Exposed
from regulars.models.experiments.outcomes import HORIZONS, METRICS, Metric, Moments, Part
from regulars.models.experiments.readout import (
    FEWEST_UNITS,
    Reading,
    adjusted,
    compare,
    in_words,
)
from regulars.models.experiments.sequential import sample_ratio_p
from regulars.models.experiments.states import (
    Progress,
    State,
    is_ended,
    is_settled,
    shows_figures,
    state_of,
)

if TYPE_CHECKING:
    from regulars.store.actions import Action
    from regulars.store.experiments import Experiment

Row = dict[str, Any]

# what she gets; the rest says whom we pick, and what we think it is worth
TREATMENT = frozenset(
    {"channels", "purpose", "offer", "offer_terms", "eligible_when", "customer_reason", "send_hour"}
)
# what every experiment tells besides its own metric and guardrails
SECONDARY = ("revenue", "orders", "conversion", "average_order_value", "retention")


@dataclass(frozen=True)
class Known:
    """What a night knows of an experiment besides its outcomes."""

    night: date
    outcomes_until: date
    exposed: Mapping[str, Exposed]
    conflicts: int
    segment_hash: str | None
    segment_hash_now: str | None
    before: Row | None
    log_gap: str | None = None


@dataclass(frozen=True)
class Compared:
    """One line of results before it is in words."""

    arm: str
    metric: Metric
    horizon_days: int
    breakdown: str
    control: Moments
    treatment: Moments
    reading: Reading | None


def treatment_hash(experiment: "Experiment", actions: "Mapping[str, Action]") -> str:
    """Changes when what an arm gets is defined differently."""
    meaning = [
        f"{arm.id}:{arm.gets}:"
        + (
            actions[arm.action].model_dump_json(include=set(TREATMENT))
            if arm.action and arm.action in actions
            else ""
        )
        for arm in experiment.arms
    ]
    return hashlib.sha256("\n".join(meaning).encode()).hexdigest()[:12]


def progress_of(
    experiment: "Experiment", known: Known, moments: Mapping[Part, Moments], stale_reason: str | None
) -> Progress:
    """What is counted of an experiment."""
    exposed = {arm: counted.units for arm, counted in known.exposed.items()}
    days = experiment.metric.horizon_days
    arms = {
        arm.id: moments[Part(experiment.id, days, "", arm.id)]
        for arm in experiment.arms
        if Part(experiment.id, days, "", arm.id) in moments
    }
    measure = METRICS[experiment.metric.name].measure
    shares = {arm.id: float(arm.share) for arm in experiment.arms}
    return Progress(
        exposed=exposed,
        due=sum(counted.due for counted in known.exposed.values()),
        readable={arm: found.units for arm, found in arms.items()},
        last_exposed_date=max((counted.last_date for counted in known.exposed.values()), default=None),
        outcomes_until=known.outcomes_until,
        sample_ratio_p=sample_ratio_p(exposed, shares) if exposed else None,
        is_segment_known=known.segment_hash_now is not None,
        has_outcomes=any(found.sums[measure] != 0 for found in arms.values()),
        stale_reason=stale_reason,
        log_gap=known.log_gap,
    )


def log_gap(before: Row, logged_count: int) -> str | None:
    """What the log has lost of an experiment that the night before had counted in its exposed units; or None.

    `logged_count` is how many of these the log of that night still has. Whoever is lost is enrolled anew, as
    if nothing had been sent to her before, so that a gap stays one on all nights that follow.
    """
    if before["state"] == State.ASSIGNMENTS_MISSING:
        return str(before["state_reason"])
    if logged_count >= before["exposed_count"]:
        return None
    return (
        f"the log of {before['as_of_date']} has {logged_count} of the {before['exposed_count']} units that"
        " were exposed by then: put that version back and run from there, or begin anew under another name"
    )


def stale_reason(known: Known, experiment_hash: str, segment: str) -> str | None:
    """What is defined differently since the experiment began, or None."""
    began_with = known.before["treatment_hash"] if known.before else experiment_hash
    is_gone = known.segment_hash_now is None
    changed = [
        *([f"segment {segment}"] if not is_gone and known.segment_hash_now != known.segment_hash else []),
        *(["what an arm gets"] if began_with != experiment_hash else []),
    ]
    reasons = [
        *([f"segments.yml has no '{segment}' any more"] if is_gone else []),
        *([f"{' and '.join(changed)} is defined differently since"] if changed else []),
    ]
    return ", and ".join(reasons) or None


def experiment_row(
    experiment: "Experiment", known: Known, progress: Progress, *, layer: str, now_hash: str
) -> Row:
    """The row of `experiments` of an experiment that is declared tonight and not settled."""
    state, why = state_of(experiment, progress, known.night)
    has_begun = known.night >= experiment.start_date
    readable = progress.readable_count(experiment)
    frozen = known.before["treatment_hash"] if known.before and has_begun else now_hash
    return {
        "as_of_date": known.night,
        **_declared(experiment, layer),
        "segment_hash": known.segment_hash,
        "treatment_hash": frozen,
        "state": str(state),
        "state_reason": why,
        "is_stale": progress.stale_reason is not None,
        "stale_reason": progress.stale_reason,
        "exposed_count": progress.exposed_count,
        "readable_count": readable,
        "progress": round(min(1.0, readable / experiment.sample_size), 4) if experiment.sample_size else None,
        "conflict_count": known.conflicts,
        "sample_ratio_p": None if progress.sample_ratio_p is None else round(progress.sample_ratio_p, 8),
        "first_exposed_date": min((one.first_date for one in known.exposed.values()), default=None),
        "settled_date": known.night if is_settled(experiment, progress, known.night) else None,
        **_decided(experiment),
    }


def orphaned_row(before: Row) -> Row:
    """The row of an experiment whose file is gone: what was settled stays, the rest ends there."""
    if before["settled_date"]:
        return before
    return before | {"state_reason": "its file is gone, and not everybody's days were over"}


def settled_row(
    before: Row, experiment: "Experiment", reason: str | None, *, night: date, has_results: bool
) -> Row:
    """The row of an experiment whose figures change no more; `reason` is why it is stale, if it is."""
    row = before | {"as_of_date": night} | _decided(experiment)
    row |= {"is_stale": reason is not None, "stale_reason": reason}
    if not has_results:
        is_decided = experiment.decision and before["state"] == State.ENDED
        return row | ({"state": str(State.DECIDED)} if is_decided else {})
    if reason:
        return row | {"state": str(State.STALE), "state_reason": f"found of what is no longer so: {reason}"}
    if experiment.decision:
        return row | {
            "state": str(State.DECIDED),
            "state_reason": f"{experiment.decision.arm} is kept",
        }
    return row | {
        "state": str(State.ENDED),
        "state_reason": "everybody's days are over; write a decision into its file",
    }


def result_rows(
    experiment: "Experiment", known: Known, progress: Progress, moments: Mapping[Part, Moments]
) -> list[Row]:
    """The rows of `experiment_results` of one experiment; none before it may be read."""
    if not shows_figures(experiment, progress, known.night):
        return []
    compared = list(_compared(experiment, moments))
    ps = _adjusted(experiment, compared)
    as_planned = experiment.last_day == experiment.planned_last_day
    is_final = {days: as_planned and is_ended(experiment, progress, known.night, days) for days in HORIZONS}
    return [
        _result_row(experiment, one, p, night=known.night, is_final=is_final[one.horizon_days])
        for one, p in zip(compared, ps, strict=True)
    ]


def _declared(experiment: "Experiment", layer: str) -> Row:
    declaration = experiment.model_dump_json(exclude={"decision"})
    return {
        "experiment_id": experiment.id,
        "hypothesis": experiment.hypothesis,
        "owner": experiment.owner,
        "segment_id": experiment.segment,
        "factor": experiment.factor,
        "layer": layer,
        "arms": json.dumps(
            [{"arm": arm.id, "share": float(arm.share), "gets": arm.gets} for arm in experiment.arms]
        ),
        "control_arm": experiment.control.arm,
        "control_kind": experiment.control.kind,
        "primary_metric": experiment.metric.name,
        "horizon_days": experiment.metric.horizon_days,
        "guardrails": ",".join(experiment.guardrails),
        "breakdowns": ",".join(experiment.breakdowns),
        "minimum_effect": experiment.minimum_effect,
        "power": experiment.power,
        "alpha": experiment.alpha,
        "sample_size": experiment.sample_size,
        "start_date": experiment.start_date,
        "end_date": experiment.last_day,
        "declaration_hash": hashlib.sha256(declaration.encode()).hexdigest()[:12],
    }


def _decided(experiment: "Experiment") -> Row:
    decision = experiment.decision
    return {
        "kept_arm": decision and decision.arm,
        "decided_date": decision and decision.date,
        "decided_by": decision and decision.by,
        "decision_reason": decision and decision.because,
        "learned": decision and decision.learned,
        "reverted": (decision and decision.reverted) or None,
    }


def _questions(experiment: "Experiment") -> Iterator[tuple[Metric, int, str]]:
    """What is asked of each arm: metric, horizon and breakdown; the primary first."""
    primary, days = METRICS[experiment.metric.name], experiment.metric.horizon_days
    others = dict.fromkeys([experiment.metric.name, *experiment.guardrails, *SECONDARY])
    for horizon in (days, *(other for other in HORIZONS if other != days)):
        for name in others:
            yield METRICS[name], horizon, ""
    for segment in experiment.breakdowns:
        yield primary, days, segment


def _compared(experiment: "Experiment", moments: Mapping[Part, Moments]) -> Iterator[Compared]:
    treatments = [arm.id for arm in experiment.arms if arm.id != experiment.control.arm]
    size = experiment.sample_size or 0
    for metric, days, breakdown in _questions(experiment):
        arms = {
            arm.id: moments[part]
            for arm in experiment.arms
            if (part := Part(experiment.id, days, breakdown, arm.id)) in moments
        }
        is_later = days != experiment.metric.horizon_days
        if len(arms) < len(experiment.arms) or (
            is_later and min(found.units for found in arms.values()) < size
        ):
            continue
        control = arms[experiment.control.arm]
        for arm in treatments:
            reading = compare(
                control,
                arms[arm],
                metric,
                alpha=experiment.alpha,
                planned_units=2 * size,
                treatments=len(treatments),
            )
            yield Compared(arm, metric, days, breakdown, control, arms[arm], reading)


def _is_primary(experiment: "Experiment", one: Compared) -> bool:
    return (one.metric.name, one.horizon_days, one.breakdown) == (
        experiment.metric.name,
        experiment.metric.horizon_days,
        "",
    )


def _adjusted(experiment: "Experiment", compared: list[Compared]) -> list[float | None]:
    """Adjusted p-values: of the primary metric over arms as a family, of all others together."""
    found: list[float | None] = [None] * len(compared)
    for is_family in (True, False):
        numbered = [
            (index, one.reading.p)
            for index, one in enumerate(compared)
            if one.reading and _is_primary(experiment, one) == is_family
        ]
        ps = adjusted([p for _, p in numbered], is_family=is_family)
        for (index, _), p in zip(numbered, ps, strict=True):
            found[index] = p
    return found


def _result_row(
    experiment: "Experiment", one: Compared, p: float | None, *, night: date, is_final: bool
) -> Row:
    is_guardrail = one.metric.name in experiment.guardrails
    # of harm no correction makes us less watchful
    judged = one.reading.p if one.reading and is_guardrail else p
    units = one.treatment.units, one.control.units
    return {
        "as_of_date": night,
        "experiment_id": experiment.id,
        "arm": one.arm,
        "metric": one.metric.name,
        "horizon_days": one.horizon_days,
        "breakdown": one.breakdown,
        "is_primary": _is_primary(experiment, one),
        "is_guardrail": is_guardrail,
        "unit_count": units[0],
        "control_unit_count": units[1],
        **(one.reading.figures() if one.reading else {}),
        "p_value_adjusted": None if p is None else round(p, 6),
        "reading": in_words(
            one.reading,
            one.metric,
            p=judged,
            alpha=experiment.alpha,
            is_final=is_final,
            is_large=min(units) >= FEWEST_UNITS,
        ),
        "read_by": "fixed" if is_final else "sequential",
    }
