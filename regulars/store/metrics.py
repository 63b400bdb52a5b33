"""Metrics of customer experience: how each is defined, and which of them a store wants to move.

Not here: how they are counted; that is dbt's `cx_metrics`.
"""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from regulars.store.errors import PlacedError, nearest
from regulars.store.model import StoreModel
from regulars.store.yaml_file import load

DEFINITIONS = Path(__file__).with_name("metrics.yml")

Period = Literal["day", "week", "month"]
Breakdown = Literal["all", "segment", "cohort"]
PERIODS: tuple[Period, ...] = ("day", "week", "month")


class Metric(StoreModel):
    """One metric: what it says, how it is reckoned, and which late facts change it."""

    id: str
    kind: Literal["leading", "lagging"]
    use: Literal["diagnostic", "goal"]
    of: Literal["customers", "answers", "tickets", "messages", "visits"]
    shortest_period: Period
    entities: tuple[str, ...]
    reach_days: int = 0
    reach_horizons: int = 0
    is_asked: bool = Field(default=False, description="Null of fewer answers than the store asks for")
    definition: str
    formula: str


class Definitions(StoreModel):
    """The content of the program's metrics.yml."""

    metrics: tuple[Metric, ...]


@cache
def metrics() -> dict[str, Metric]:
    """Every metric by its id, in the order of the file."""
    return {metric.id: metric for metric in load(DEFINITIONS, Definitions).content.metrics}


def goal_metrics() -> tuple[str, ...]:
    """The metrics that a store may set a goal for; the others explain, and moving them alone helps nobody."""
    return tuple(metric.id for metric in metrics().values() if metric.use == "goal")


def _goal_metric(name: str) -> str:
    if name not in metrics():
        raise ValueError(f"'{name}' is no metric; {nearest(name, goal_metrics())}")
    if name not in goal_metrics():
        raise ValueError(
            f"metric '{name}' is diagnostic: it explains, and is no goal;"
            f" goals are {', '.join(goal_metrics())}"
        )
    return name


class Goal(StoreModel):
    """A metric that the store wants to move, from what it was before a launch to a target."""

    metric: Annotated[str, AfterValidator(_goal_metric)] = Field(description="A metric of use goal")
    period: Literal["week", "month"] = Field("month", description="Over which periods it is followed")
    breakdown: Breakdown = Field("all", description="Whose metric: all, a segment's or a cohort's")
    breakdown_id: str = Field("all", min_length=1, description="The segment, or the cohort as YYYY-MM")
    target: float = Field(description="What it shall come to")
    launch_date: date = Field(description="First day of what shall move it; the baseline is from before")
    because: str = Field(min_length=10, description="What shall move it, in words")

    @model_validator(mode="after")
    def _of_somebody(self) -> "Goal":
        if (self.breakdown == "all") != (self.breakdown_id == "all"):
            raise ValueError(
                f"breakdown '{self.breakdown}' and breakdown_id '{self.breakdown_id}' contradict;"
                " name both, or neither for all customers"
            )
        shortest = metrics()[self.metric].shortest_period
        if PERIODS.index(self.period) < PERIODS.index(shortest):
            raise ValueError(
                f"{self.metric} is counted by {shortest} at the shortest; set period: {shortest}"
            )
        if self.breakdown == "cohort" and self.period != "month":
            raise ValueError("cohorts are counted by month; set period: month")
        return self

    @property
    def id(self) -> str:
        """What makes it this goal: another target is the same goal, with the same baseline."""
        whose = "all" if self.breakdown == "all" else f"{self.breakdown} {self.breakdown_id}"
        return f"{self.metric} of {whose} by {self.period} from {self.launch_date}"


class MetricSettings(StoreModel):
    """What store.yml says of metrics."""

    least_answers: int = Field(
        30, ge=1, description="Of fewer answers a metric of answers says nothing but their number"
    )
    goals: tuple[Goal, ...] = ()

    @model_validator(mode="after")
    def _each_goal_once(self) -> "MetricSettings":
        for index, goal in enumerate(self.goals):
            if goal.id in [other.id for other in self.goals[:index]]:
                raise PlacedError(
                    f"goal for {goal.metric} from {goal.launch_date} is declared twice; keep one",
                    "goals",
                    index,
                )
        return self
