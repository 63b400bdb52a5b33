"""Where an experiment stands, and why, in words that anybody reads: figures are shown in some states only.

Pure functions of what is declared and counted. Not here: what figures say.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from regulars.models.experiments.outcomes import HORIZONS
from regulars.models.experiments.sequential import MISMATCH_P

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regulars.store.experiments import Experiment

# so long no order of anybody is no slow week but a feed that stopped
SILENT_DAYS = 7


class State(StrEnum):
    """Where an experiment stands."""

    PLANNED = "planned"
    RUNNING = "running"
    NOT_READABLE_YET = "not_readable_yet"
    READABLE = "readable"
    ENDED = "ended"
    DECIDED = "decided"
    STALE = "stale"
    SAMPLE_RATIO_MISMATCH = "sample_ratio_mismatch"
    NO_EXPOSURES = "no_exposures"
    OUTCOMES_MISSING = "outcomes_missing"
    ASSIGNMENTS_MISSING = "assignments_missing"
    SEGMENT_VANISHED = "segment_vanished"


@dataclass(frozen=True)
class Progress:
    """What is counted of an experiment by the night: units by arm, exposed, due by the calendar and readable.

    Readable are those whose horizon is over and whose outcomes have arrived. `log_gap` says what the log of
    assignments has lost, if anything.
    """

    exposed: "Mapping[str, int]"
    due: int
    readable: "Mapping[str, int]"
    last_exposed_date: date | None
    outcomes_until: date
    sample_ratio_p: float | None
    is_segment_known: bool
    has_outcomes: bool
    stale_reason: str | None = None
    log_gap: str | None = None

    @property
    def exposed_count(self) -> int:
        """Units of all arms that were exposed."""
        return sum(self.exposed.values())

    def readable_count(self, experiment: "Experiment") -> int:
        """Readable units of the arm that has the fewest."""
        return min(self.readable.get(arm.id, 0) for arm in experiment.arms)

    def is_over(self, horizon_days: int) -> bool:
        """Whether the outcomes of everybody who was exposed have arrived."""
        last = self.last_exposed_date
        return last is None or last + timedelta(days=horizon_days) <= self.outcomes_until


def has_reached_floor(experiment: "Experiment", progress: Progress) -> bool:
    """Whether every arm has as many readable units as were planned."""
    size = experiment.sample_size
    return size is not None and progress.readable_count(experiment) >= size


def is_ended(
    experiment: "Experiment", progress: Progress, night: date, horizon_days: int | None = None
) -> bool:
    """Whether nobody is enrolled any more, and all whom it exposed have been waited for.

    They are waited for `horizon_days`, or the horizon of its metric.
    """
    return night >= experiment.last_day and progress.is_over(horizon_days or experiment.metric.horizon_days)


def is_settled(experiment: "Experiment", progress: Progress, night: date) -> bool:
    """Whether no later night can tell more: the longest horizon of everybody is over."""
    return is_ended(experiment, progress, night, max(HORIZONS))


def state_of(experiment: "Experiment", progress: Progress, night: date) -> tuple[State, str]:
    """The state, and why; what makes figures meaningless comes before what would show them."""
    return (
        _cannot_be_read(experiment, progress, night)
        or _not_yet(experiment, progress, night)
        or _can_be_read(experiment, progress, night)
    )


def shows_figures(experiment: "Experiment", progress: Progress, night: date) -> bool:
    """Whether there is anything to be read, whatever was decided of it."""
    return (
        not _cannot_be_read(experiment, progress, night)
        and night >= experiment.start_date
        and has_reached_floor(experiment, progress)
    )


def _cannot_be_read(experiment: "Experiment", progress: Progress, night: date) -> tuple[State, str] | None:
    if not progress.is_segment_known and not has_reached_floor(experiment, progress):
        return State.SEGMENT_VANISHED, f"segments.yml has no '{experiment.segment}' any more"
    if night < experiment.start_date:
        return State.PLANNED, f"begins on {experiment.start_date}"
    if progress.log_gap:
        return State.ASSIGNMENTS_MISSING, progress.log_gap
    if not progress.exposed_count:
        return State.NO_EXPOSURES, "nobody in the segment has come as far as an arm's action yet"
    if progress.sample_ratio_p is not None and progress.sample_ratio_p < MISMATCH_P:
        return State.SAMPLE_RATIO_MISMATCH, _mismatch(experiment, progress, progress.sample_ratio_p)
    return _without_outcomes(experiment, progress, night)


def _mismatch(experiment: "Experiment", progress: Progress, p: float) -> str:
    counted = ", ".join(f"{arm.id} {progress.exposed.get(arm.id, 0)}" for arm in experiment.arms)
    return (
        f"arms are not as large as they were drawn ({counted}; p {p:.2g}): find out what keeps people out of"
        " one before anything is read"
    )


def _without_outcomes(experiment: "Experiment", progress: Progress, night: date) -> tuple[State, str] | None:
    if progress.due and (night - progress.outcomes_until).days > SILENT_DAYS:
        last = progress.outcomes_until
        silent = "no order ever arrived" if last == date.min else f"the last order of anybody is of {last}"
        return State.OUTCOMES_MISSING, f"{silent}: mend what stopped arriving"
    if has_reached_floor(experiment, progress) and not progress.has_outcomes:
        return (
            State.OUTCOMES_MISSING,
            f"{experiment.metric.name} never happened in any arm, which nobody can compare",
        )
    return None


def _not_yet(experiment: "Experiment", progress: Progress, night: date) -> tuple[State, str] | None:
    if has_reached_floor(experiment, progress):
        return None
    days = experiment.metric.horizon_days
    readable, size = progress.readable_count(experiment), experiment.sample_size
    so_far = (
        f"{readable} of {size or 'an unplanned number of'} units in the smallest arm have had {days} days"
    )
    if experiment.decision:
        return State.DECIDED, f"decided before it could be read: {so_far}"
    if is_ended(experiment, progress, night):
        return State.ENDED, f"ended before it could be read: {so_far}"
    if not any(progress.readable.values()):
        return State.RUNNING, f"{progress.exposed_count} units exposed, the first has not had {days} days yet"
    return State.NOT_READABLE_YET, so_far


def _can_be_read(experiment: "Experiment", progress: Progress, night: date) -> tuple[State, str]:
    if progress.stale_reason:
        return State.STALE, f"found of what is no longer so: {progress.stale_reason}"
    if experiment.decision:
        return State.DECIDED, f"{experiment.decision.arm} is kept"
    if is_ended(experiment, progress, night):
        return State.ENDED, "everybody's days are over; write a decision into its file"
    return State.READABLE, "still running: only the sequential interval may be looked at every day"
