"""What groups and arms mean for a candidate: who is left out, who gets the generic, whose arm it is.

Whether an action is tried, and which of its arms everybody else gets, follows from the day: an experiment
that has not begun or is over without a decision means its control, one that was decided the arm that is kept.
Not here: who is in which group and arm (`models/experiments`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.reason_codes import Reason, Stage, coded
from regulars.models.experiments.assignment import TREATED, experiment_assignments
from regulars.models.experiments.groups import program_groups
from regulars.models.experiments.units import UNITS, shared_units
from regulars.store.experiments import governing

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.experiments import Experiment

REACHED_BEFORE = tuple(Stage)[: tuple(Stage).index(Stage.EXPERIMENT)]
TREATMENTS = pl.Schema(
    {
        "action_id": pl.String(),
        "experiment_id": pl.String(),
        "action_arm": pl.String(),
        "is_running": pl.Boolean(),
        "is_everybodys": pl.Boolean(),
    }
)
POLICIES = pl.Schema({"customer_id": pl.String(), "scores": pl.String()})


@dataclass(frozen=True)
class Trials:
    """Who is in which group and arm, and which actions are tried.

    `groups` and `assignments` are the tables program_groups and experiment_assignments before tonight's
    exposures; `treatments` has a row per action of an experiment, and `running` the experiments of tonight.
    """

    groups: pl.DataFrame
    assignments: pl.DataFrame
    treatments: pl.DataFrame
    running: "tuple[Experiment, ...]"

    @property
    def apart(self) -> pl.DataFrame:
        """Who is in the holdout or the generic group tonight: customer_id and program_group."""
        is_apart = pl.col("until_date").is_null() & (pl.col("program_group") != "orchestrated")
        return self.groups.filter(is_apart).select("customer_id", "program_group")

    @property
    def treated(self) -> pl.DataFrame:
        """Whose arm decides tonight: customer_id, experiment_id and arm."""
        is_treated = pl.col("status").is_in(TREATED) & pl.col("experiment_id").is_in(
            [experiment.id for experiment in self.running]
        )
        return self.assignments.filter(is_treated).select("customer_id", "experiment_id", "arm")

    @property
    def arms(self) -> pl.DataFrame:
        """customer_id and the arms that decide for her tonight, as `experiment/arm, ...`."""
        named = pl.format("{}/{}", "experiment_id", "arm").sort_by("experiment_id").str.join(", ")
        return self.treated.group_by("customer_id").agg(arms=named).sort("customer_id")

    @property
    def policies(self) -> pl.DataFrame:
        """How the candidates of whoever is in an experiment on the policy are scored; one row a customer."""
        scores = [
            (experiment.id, arm.id, arm.policy)
            for experiment in self.running
            for arm in experiment.arms
            if arm.policy
        ]
        named = pl.DataFrame(scores, schema=["experiment_id", "arm", "scores"], orient="row").cast(pl.String)
        return (
            self.treated.join(named, on=["experiment_id", "arm"])
            .sort("customer_id", "experiment_id")
            .unique("customer_id", keep="first", maintain_order=True)
            .select(POLICIES.names())
        )

    def exposed(self, judged: pl.DataFrame, options: pl.DataFrame) -> pl.DataFrame:
        """Who had a candidate of any arm that nothing stopped before this stage, as `with_exposures` asks.

        `judged` has customer_id, option_number and stopped_by.
        """
        tried = self.treatments.filter("is_running").join(
            options.select("option_number", "action_id"), on="action_id"
        )
        of_policy = pl.Series(
            "experiment_id", [one.id for one in self.running if one.factor == "policy"], dtype=pl.String
        )
        reached = judged.filter(~pl.col("stopped_by").is_in(REACHED_BEFORE).fill_null(value=False))
        by_action = reached.join(tried, on="option_number").select("experiment_id", "customer_id").unique()
        by_policy = (
            reached.select("customer_id")
            .unique()
            .join(of_policy.to_frame(), how="cross")
            .select("experiment_id", "customer_id")
        )
        return pl.concat([by_action, by_policy]).with_columns(pl.col("customer_id").cast(pl.String))


def trials(
    connection: "duckdb.DuckDBPyConnection",
    catalogue: "ActionCatalogue",
    experiments: "Sequence[Experiment]",
    night: "date",
) -> Trials:
    """Draw groups and arms for the night; reads what `program_groups` and `experiment_assignments` read."""
    policy = catalogue.policy
    running = tuple(experiment for experiment in experiments if experiment.is_running(night))
    # it looks at everybody's addresses, which a store that tries nothing need not pay for
    is_asked = running or policy.holdout_share or policy.generic_share
    units = shared_units(connection) if is_asked else pl.DataFrame(schema=UNITS)
    groups = program_groups(connection, policy, night, units)
    return Trials(
        groups=groups,
        assignments=experiment_assignments(connection, experiments, night, units=units, groups=groups),
        treatments=treatments(experiments, night),
        running=running,
    )


def treatments(experiments: "Sequence[Experiment]", night: "date") -> pl.DataFrame:
    """Each action that an experiment names: its arm there, and whether who is in none may get it."""
    rows = [
        {
            "action_id": action,
            "experiment_id": experiment.id,
            "action_arm": arm.id,
            "is_running": experiment.is_running(night),
            "is_everybodys": arm == experiment.kept_arm(night),
        }
        for action, experiment in governing(experiments, night).items()
        for arm in experiment.arms
        if arm.action == action
    ]
    return pl.DataFrame(rows, schema=TREATMENTS, orient="row")


def stop_tried(candidates: pl.LazyFrame, tried: Trials, *, catalogue: "ActionCatalogue") -> pl.LazyFrame:
    """Stop marketing of who is left out of it, and actions of an arm in which the customer is not."""
    kinds = pl.LazyFrame(
        [(action.id, action.action_class == "marketing", action.generic) for action in catalogue.actions],
        schema={"action_id": pl.String, "is_marketing": pl.Boolean, "is_generic": pl.Boolean},
        orient="row",
    )
    named = candidates
    if tried.apart.is_empty():
        named = named.with_columns(program_group=pl.lit(None, dtype=pl.String), is_marketing=False)
        named = named.with_columns(is_generic=False)
    else:
        named = named.join(tried.apart.lazy(), on="customer_id", how="left", maintain_order="left")
        named = named.join(kinds, on="action_id", how="left", maintain_order="left")
    if tried.treatments.is_empty():
        is_other_arm = pl.lit(value=False)
    else:
        named = named.join(tried.treatments.lazy(), on="action_id", how="left", maintain_order="left").join(
            tried.treated.lazy(), on=["customer_id", "experiment_id"], how="left", maintain_order="left"
        )
        may = pl.coalesce(pl.col("arm") == pl.col("action_arm"), pl.col("is_everybodys"))
        is_other_arm = ~may.fill_null(value=True)
    is_apart = pl.col("is_marketing") & pl.col("program_group").is_not_null()
    code = (
        pl.when(is_apart & (pl.col("program_group") == "holdout"))
        .then(coded(Reason.HOLDOUT))
        .when(is_apart & ~pl.col("is_generic"))
        .then(coded(Reason.GENERIC_GROUP))
        .when(is_other_arm)
        .then(coded(Reason.OTHER_ARM))
    )
    return named.with_columns(code.alias(Stage.EXPERIMENT)).select(
        *candidates.collect_schema().names(), Stage.EXPERIMENT.value
    )


def tried_sentences(experiments: "Sequence[Experiment]", night: "date") -> Mapping[str, str]:
    """What to say of an action that an experiment keeps from somebody tonight, by action."""
    return {
        action: _sentence(experiment, action, night)
        for action, experiment in governing(experiments, night).items()
    }


def _sentence(experiment: "Experiment", action: str, night: "date") -> str:
    arm = next(arm for arm in experiment.arms if arm.action == action)
    named = f"experiment '{experiment.id}'"
    if experiment.is_running(night):
        return f"{action} is for arm '{arm.id}' of {named}, in which she is not"
    if night < experiment.start_date:
        return f"{action} is for arm '{arm.id}' of {named}, which begins on {experiment.start_date}"
    if experiment.decision:
        return f"{named} was decided for arm '{experiment.decision.arm}', so that {action} is not used"
    return f"{named} is over and not decided, so that its control is used and not {action}"
