"""experiments/*.yml: what is tried on whom, against what, for how long, and how it will be judged.

Not here: who is in which arm (`models/experiments`), and what came of it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from regulars.store.actions import Action, ActionCatalogue, Mistake
from regulars.store.channels import Identifier
from regulars.store.errors import PlacedError, nearest
from regulars.store.model import StoreModel
from regulars.store.segments import Segments
from regulars.store.yaml_file import YamlFile, load

FOLDER = "experiments"
Factor = Literal["segment_definition", "action", "offer", "channel_order", "timing", "policy", "wording"]
Guardrail = Literal["unsubscribes", "complaints", "csat", "returns"]
VANITY = {"open", "opens", "opened", "open_rate", "click", "clicks", "clicked", "click_rate"}
POLICY_LAYER = "policy"
WEEK_DAYS = 7
LEAST_DAYS = 4 * WEEK_DAYS

# what of two actions may differ under each factor, besides what only analysts read
ALWAYS_FREE = frozenset({"id", "name", "evidence", "reason", "generic"})
FREE: Mapping[str, frozenset[str]] = {
    "segment_definition": frozenset({"eligible_when"}),
    "action": frozenset(Action.model_fields) - {"state"},
    "offer": frozenset({"offer", "offer_terms", "customer_reason"}),
    "channel_order": frozenset({"channels"}),
    "timing": frozenset({"send_hour"}),
    "wording": frozenset({"customer_reason"}),
}


def _no_vanity(name: object) -> object:
    if str(name).lower() in VANITY:
        raise ValueError(
            f"'{name}' is no primary metric: opens and clicks are no money and no loyalty;"
            " use revenue, orders, conversion, average_order_value or retention"
        )
    return name


def _not_nothing(kind: object) -> object:
    if kind is None or str(kind).lower() in {"none", "nothing", "holdout"}:
        raise ValueError(
            "a control gets the generic or the previous treatment, never nothing; who gets nothing is the"
            " holdout, holdout_share of actions.yml"
        )
    return kind


MetricName = Annotated[
    Literal["revenue", "orders", "conversion", "average_order_value", "retention"],
    BeforeValidator(_no_vanity),
]
ControlKind = Annotated[Literal["generic", "previous"], BeforeValidator(_not_nothing)]


class Arm(StoreModel):
    """One of the treatments that are compared."""

    id: Identifier
    share: Decimal = Field(gt=0, lt=1, decimal_places=4, description="Of the units; all are 1 together")
    action: Identifier | None = Field(None, description="The action of actions.yml that it gets")
    policy: Literal["rules", "model"] | None = Field(
        None, description="Of factor policy: how its candidates are scored"
    )

    @property
    def gets(self) -> str:
        """What it gets, by its name."""
        return self.action or self.policy or ""


class Control(StoreModel):
    """The arm with which the others are compared."""

    arm: Identifier
    kind: ControlKind = Field(description="generic: what everybody would get; previous: what was done before")


class Metric(StoreModel):
    """By what the experiment is judged."""

    name: MetricName
    horizon_days: Literal[30, 90] = Field(description="Days after the first exposure that count")


class Decision(StoreModel):
    """What humans made of it."""

    arm: Identifier = Field(description="The arm that is kept")
    by: str = Field(min_length=1, description="Who decided")
    date: date
    because: str = Field(min_length=10, description="Why, for whoever reads it in a year")
    learned: str = Field(min_length=10, description="What we know now")
    reverted: str = Field("", description="What was taken back, and why")


class Experiment(StoreModel):
    """The content of one file of experiments/; its name is the experiment's id."""

    id: str = Field("", description="The file's name; leave it out")
    hypothesis: str = Field(min_length=10)
    owner: str = Field(min_length=3)
    segment: str = Field(description="Who is in it: a segment of segments.yml, as it is defined at the start")
    start_date: date = Field(description="The first night")
    end_date: date | None = Field(None, description="The last night; or say weeks")
    weeks: int | None = Field(None, ge=1, description="How many weeks it runs; or say end_date")
    cycle_days: int = Field(14, ge=1, description="Days of a business cycle; it runs two of them at least")
    because: str | None = Field(None, min_length=10, description="Why it may end before that")
    layer: Identifier | None = Field(
        None, description="On a layer one experiment runs at a time; else the stage of the arms' actions"
    )
    factor: Factor = Field(description="The one thing in which the arms differ")
    arms: tuple[Arm, ...] = Field(min_length=2)
    control: Control
    metric: Metric
    guardrails: tuple[Guardrail, ...] = Field((), description="What must not get worse")
    minimum_effect: float = Field(gt=0, le=10, description="Smallest relative difference worth knowing")
    power: float = Field(0.8, ge=0.5, lt=1)
    alpha: float = Field(0.05, gt=0, le=0.2)
    sample_size: int | None = Field(
        None, ge=2, description="Units of each arm, as `regulars experiment plan` says"
    )
    breakdowns: tuple[str, ...] = Field((), description="Segments by which results are also told")
    decision: Decision | None = None

    @model_validator(mode="after")
    def _shares_are_one(self) -> Self:
        total = sum((arm.share for arm in self.arms), Decimal())
        if total != 1:
            raise PlacedError(f"the shares of the arms are {total} together; make them 1", "arms")
        return self

    @model_validator(mode="after")
    def _arms_get_something(self) -> Self:
        ids = [arm.id for arm in self.arms]
        gets = [arm.gets for arm in self.arms]
        key, other = ("policy", "action") if self.factor == "policy" else ("action", "policy")
        for index, arm in enumerate(self.arms):
            if arm.id in ids[:index]:
                raise PlacedError(f"arm '{arm.id}' is declared twice; rename one", "arms", index, "id")
            if getattr(arm, key) is None:
                raise PlacedError(
                    f"arm '{arm.id}' names no {key}; every arm gets something, and who gets nothing is the"
                    " holdout of actions.yml",
                    "arms",
                    index,
                )
            if getattr(arm, other) is not None:
                raise PlacedError(
                    f"arm '{arm.id}' names {other} '{getattr(arm, other)}', but the factor is {self.factor};"
                    f" two factors at once tell nothing apart: name {key} alone",
                    "arms",
                    index,
                    other,
                )
            if arm.gets in gets[:index]:
                raise PlacedError(f"two arms get '{arm.gets}'; name another", "arms", index, key)
        return self

    @model_validator(mode="after")
    def _known_arms(self) -> Self:
        ids = [arm.id for arm in self.arms]
        if self.control.arm not in ids:
            raise PlacedError(
                f"control names unknown arm '{self.control.arm}'; {nearest(self.control.arm, ids)}",
                "control",
                "arm",
            )
        if self.decision and self.decision.arm not in ids:
            raise PlacedError(
                f"the decision keeps unknown arm '{self.decision.arm}'; {nearest(self.decision.arm, ids)}",
                "decision",
                "arm",
            )
        return self

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if (self.end_date is None) == (self.weeks is None):
            raise PlacedError("say either end_date or weeks", "end_date" if self.end_date else "start_date")
        place = "end_date" if self.end_date else "weeks"
        days = (self.planned_last_day - self.start_date).days + 1
        least = max(LEAST_DAYS, 2 * self.cycle_days)
        if days < 1:
            raise PlacedError(f"end_date {self.end_date} is before start_date {self.start_date}", place)
        if days < least and not self.because:
            raise PlacedError(
                f"it ends after {days} days, before four weeks and two business cycles of {self.cycle_days}"
                f" days are over; let it run {least} days, or say because",
                place,
            )
        if self.decision and self.decision.date < self.start_date:
            raise PlacedError("the decision is older than the experiment", "decision", "date")
        return self

    @property
    def planned_last_day(self) -> date:
        """The last night, unless it is decided before."""
        return self.end_date or self.start_date + timedelta(days=WEEK_DAYS * (self.weeks or 0) - 1)

    @property
    def last_day(self) -> date:
        """The last night on which arms are treated differently."""
        if self.decision:
            return min(self.planned_last_day, self.decision.date)
        return self.planned_last_day

    def is_running(self, night: date) -> bool:
        """Whether arms are treated differently on a night."""
        return self.start_date <= night <= self.last_day

    @property
    def control_arm(self) -> Arm:
        """The arm with which the others are compared."""
        return self.arm(self.control.arm)

    def arm(self, arm_id: str) -> Arm:
        """The arm of an id."""
        return next(arm for arm in self.arms if arm.id == arm_id)

    def kept_arm(self, night: date) -> Arm:
        """Whose treatment everybody gets on a night on which it does not run."""
        if self.decision and night > self.last_day:
            return self.arm(self.decision.arm)
        return self.control_arm

    @property
    def draws(self) -> tuple[tuple[str, float, float], ...]:
        """Each arm with the draws between which a unit is in it: from the first on, up to the second."""
        found, low = [], Decimal()
        for arm in self.arms:
            high = low + arm.share
            # a draw may be 1 after rounding
            found.append((arm.id, float(low), 2.0 if high == 1 else float(high)))
            low = high
        return tuple(found)

    def overlaps(self, other: "Experiment") -> bool:
        """Whether there is a night on which both run."""
        return self.start_date <= other.last_day and other.start_date <= self.last_day

    def layer_in(self, actions: Mapping[str, Action]) -> str:
        """Its layer: what it says, else the stage of its actions; empty where none is known any more."""
        if self.layer or self.factor == "policy":
            return self.layer or POLICY_LAYER
        return next(
            (actions[arm.action].state for arm in self.arms if arm.action and arm.action in actions), ""
        )


def load_experiments(folder: Path) -> tuple[YamlFile[Experiment], ...]:
    """The experiments of a store's folder, by their names.

    Raises:
        UserError: One cannot be read, or its name is no id.
    """
    return tuple(_named(path) for path in sorted((folder / FOLDER).glob("*.y*ml")))


def _named(path: Path) -> YamlFile[Experiment]:
    file = load(path, Experiment)
    if not path.stem.isidentifier() or path.stem != path.stem.lower():
        raise file.error(
            f"the file's name is the id of the experiment, and '{path.stem}' is none",
            remedy="rename it: small letters, digits and _",
        )
    if file.content.id not in ("", path.stem):
        raise file.error(
            f"the file's name is the id of the experiment, but it says '{file.content.id}'",
            ("id",),
            remedy="remove the id",
        )
    return replace(file, content=file.content.model_copy(update={"id": path.stem}))


def governing(experiments: Collection[Experiment], night: date) -> dict[str, Experiment]:
    """The experiment that says who may get an action tonight, by action: the last of those that have begun.

    Where none has begun, the next. Actions that no experiment names are absent.
    """
    in_turn = sorted(experiments, key=lambda one: (one.start_date <= night, _nearness(one, night), one.id))
    return {arm.action: one for one in in_turn for arm in one.arms if arm.action}


def _nearness(experiment: Experiment, night: date) -> int:
    """Higher for whoever began later, or, of those that have not begun, begins sooner."""
    return -abs((night - experiment.start_date).days)


def check_experiment(
    experiment: Experiment, segments: Segments, catalogue: ActionCatalogue
) -> Iterator[Mistake]:
    """What an experiment names and nobody knows, and arms that differ in more than its factor.

    One that was decided is memory: what it names may be gone, or another, and the night says what is.
    """
    if experiment.decision:
        return
    known = [segment.id for segment in segments.segments]
    for name, place in (
        (experiment.segment, ("segment",)),
        *((name, ("breakdowns", index)) for index, name in enumerate(experiment.breakdowns)),
    ):
        if name not in known:
            yield Mistake(f"unknown segment '{name}'; {nearest(name, known)}", place)
    actions = {action.id: action for action in catalogue.actions}
    unknown = [
        Mistake(
            f"arm '{arm.id}' names unknown action '{arm.action}'; {nearest(arm.action, actions)}",
            ("arms", index, "action"),
        )
        for index, arm in enumerate(experiment.arms)
        if arm.action and arm.action not in actions
    ]
    yield from unknown
    if not unknown and experiment.factor != "policy":
        yield from _differences(experiment, actions)


def _differences(experiment: Experiment, actions: Mapping[str, Action]) -> Iterator[Mistake]:
    control = actions[experiment.control_arm.action or ""]
    if experiment.control.kind == "generic" and not control.generic:
        yield Mistake(
            f"control is generic, but action '{control.id}' is not; say `generic: true` there, or previous",
            ("control", "kind"),
        )
    for index, arm in enumerate(experiment.arms):
        action = actions[arm.action or ""]
        differing = [
            key
            for key in Action.model_fields
            if key not in ALWAYS_FREE and getattr(action, key) != getattr(control, key)
        ]
        place = ("arms", index, "action")
        if foreign := [key for key in differing if key not in FREE[experiment.factor]]:
            yield Mistake(
                f"arm '{arm.id}' differs from the control in {', '.join(foreign)}, but the factor is"
                f" {experiment.factor}, which is {', '.join(sorted(FREE[experiment.factor]))}",
                place,
            )
        elif action is not control and not differing:
            yield Mistake(f"action '{action.id}' of arm '{arm.id}' is the control's in all but name", place)


def check_together(
    experiments: Sequence[Experiment], catalogue: ActionCatalogue
) -> Iterator[tuple[int, Mistake]]:
    """Pairs that would disturb each other, each with the position of the later one by its name."""
    actions: dict[str, Any] = {action.id: action for action in catalogue.actions}
    for index, one in enumerate(experiments):
        for other in experiments[:index]:
            if not one.overlaps(other):
                continue
            layer = one.layer_in(actions)
            if layer and layer == other.layer_in(actions):
                yield (
                    index,
                    Mistake(
                        f"runs on layer '{layer}' while '{other.id}' does ({other.start_date} to"
                        f" {other.last_day}); move one, or give it another layer if they cannot meet",
                        ("layer" if one.layer else "start_date",),
                    ),
                )
            elif twice := {arm.action for arm in one.arms} & {arm.action for arm in other.arms} - {None}:
                yield (
                    index,
                    Mistake(
                        f"names action '{min(filter(None, twice))}' while '{other.id}' does; move one",
                        ("start_date",),
                    ),
                )
