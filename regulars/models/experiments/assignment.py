"""Which arm each unit is in: a function of experiment and unit, logged once, and then the log says it.

Not here: who stays together (`units`), what an arm gets (`models/decisions/experiments`), what came of it.
"""

from typing import TYPE_CHECKING

import polars as pl

from regulars.models.experiments.groups import HEIRS
from regulars.store.sql import date_literal, draw_sql
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    import duckdb

    from regulars.store.experiments import Experiment

ASSIGNMENTS = pl.Schema(
    {
        "experiment_id": pl.String(),
        "customer_id": pl.String(),
        "unit_id": pl.String(),
        "arm": pl.String(),
        "assigned_date": pl.Date(),
        "first_exposed_date": pl.Date(),
        "segment_hash": pl.String(),
        "status": pl.String(),
    }
)
# who is treated as her arm says; of a conflict the earlier arm holds, and the person does not count
TREATED = ("counted", "conflict")

EXPERIMENT_ASSIGNMENTS = f"""
with

heirs as ({HEIRS}),

logged as (

    select log.* replace (heirs.customer_id as customer_id), log.customer_id as logged_id
    from previous.experiment_assignments as log
    inner join heirs on log.customer_id = heirs.logged_id
    qualify heirs.distance = min(heirs.distance) over (partition by log.experiment_id, heirs.customer_id)

),

-- of two that became one the earlier assignment holds
merged as (

    select
        experiment_id,
        customer_id,
        arg_min(unit_id, (assigned_date, logged_id)) as unit_id,
        arg_min(arm, (assigned_date, logged_id)) as arm,
        min(assigned_date) as assigned_date,
        min(first_exposed_date) as first_exposed_date,
        arg_min(segment_hash, (assigned_date, logged_id)) as segment_hash,
        arg_min(status, (assigned_date, logged_id)) as status,
        count(distinct arm) > 1 or bool_or(status = 'conflict') as is_conflict
    from logged
    group by experiment_id, customer_id

),

-- as the segment was defined when the first was enrolled
definitions as (

    select experiment_id, arg_min(segment_hash, assigned_date) as segment_hash
    from previous.experiment_assignments
    group by experiment_id

),

running as (

    select
        experiments.experiment_id,
        experiments.segment_id,
        coalesce(definitions.segment_hash, segments.definition_hash) as segment_hash,
        coalesce(segments.definition_hash = definitions.segment_hash, segments.segment_id is not null)
            as is_as_defined
    from declared_experiments as experiments
    left join definitions on experiments.experiment_id = definitions.experiment_id
    left join settings.segments as segments on experiments.segment_id = segments.segment_id

),

-- the holdout and the generic group are kept apart from experiments
in_segment as (

    select running.experiment_id, running.segment_hash, members.customer_id
    from running
    inner join marts.customer_segments as members on running.segment_id = members.segment_id
    where running.is_as_defined and members.customer_id not in (
        select customer_id from program_groups where until_date is null and program_group <> 'orchestrated'
    )

),

-- a newcomer is in the arm of those whose address she shares
households as (

    select
        merged.experiment_id,
        units.unit_id as household_id,
        arg_min(merged.unit_id, (merged.is_conflict, merged.assigned_date, merged.unit_id)) as unit_id,
        arg_min(merged.arm, (merged.is_conflict, merged.assigned_date, merged.unit_id)) as arm
    from merged
    inner join shared_units as units on merged.customer_id = units.customer_id
    group by merged.experiment_id, units.unit_id

),

newcomers as (

    select
        in_segment.experiment_id,
        in_segment.customer_id,
        coalesce(households.unit_id, units.unit_id, in_segment.customer_id) as unit_id,
        households.arm as household_arm,
        in_segment.segment_hash
    from in_segment
    left join shared_units as units on in_segment.customer_id = units.customer_id
    left join households
        on in_segment.experiment_id = households.experiment_id and units.unit_id = households.household_id
    anti join merged
        on in_segment.experiment_id = merged.experiment_id and in_segment.customer_id = merged.customer_id

),

drawn as (

    select *, {draw_sql("experiment_id", "unit_id")} as draw from newcomers

),

enrolled as (

    select
        drawn.experiment_id,
        drawn.customer_id,
        drawn.unit_id,
        coalesce(drawn.household_arm, arms.arm) as arm,
        {{as_of_date}} as assigned_date,
        cast(null as date) as first_exposed_date,
        drawn.segment_hash,
        'counted' as status
    from drawn
    inner join declared_arms as arms
        on drawn.experiment_id = arms.experiment_id
        and drawn.draw >= arms.from_draw
        and drawn.draw < arms.to_draw

),

known as (

    select
        merged.* exclude (status, is_conflict),
        case
            when merged.is_conflict then 'conflict'
            when merged.first_exposed_date is not null and groups.program_group <> 'orchestrated'
                then 'conflict'
            when merged.first_exposed_date is not null or running.experiment_id is null then merged.status
            when not running.is_as_defined then 'segment_changed'
            when in_segment.customer_id is null then 'left'
            else 'counted'
        end as status
    from merged
    left join running on merged.experiment_id = running.experiment_id
    left join in_segment
        on merged.experiment_id = in_segment.experiment_id and merged.customer_id = in_segment.customer_id
    left join program_groups as groups
        on merged.customer_id = groups.customer_id and groups.until_date is null

)

select experiment_id, customer_id, unit_id, arm, assigned_date, first_exposed_date, segment_hash, status
from (from known union all by name from enrolled)
order by experiment_id, customer_id
"""


def experiment_assignments(
    connection: "duckdb.DuckDBPyConnection",
    experiments: "Collection[Experiment]",
    night: "date",
    *,
    units: pl.DataFrame,
    groups: pl.DataFrame,
) -> pl.DataFrame:
    """Everybody who is or was in an experiment, with her arm, before what tonight's decisions expose.

    Whoever is in the segment of an experiment that runs, and in no group of the program, is enrolled. Under
    a merge the earlier assignment holds, two arms in one person are a conflict; under a split both keep
    theirs. Reads settings.segments, previous.experiment_assignments and, of schema marts, customers,
    customer_segments, customer_aliases and identity_changes; `units` and `groups` are what `shared_units` and
    `program_groups` give.
    """
    running = [one for one in experiments if one.is_running(night)]
    ((logged,),) = connection.sql("select count(*) from previous.experiment_assignments").fetchall()
    if not running and not logged:
        return pl.DataFrame(schema=ASSIGNMENTS)
    with lent(
        connection,
        declared_experiments=_experiments(running),
        declared_arms=arm_draws(running),
        shared_units=units,
        program_groups=groups,
    ):
        found = connection.sql(EXPERIMENT_ASSIGNMENTS.format(as_of_date=date_literal(night)))
        return pl.DataFrame(found).match_to_schema(ASSIGNMENTS)


def _experiments(experiments: "Collection[Experiment]") -> pl.DataFrame:
    return pl.DataFrame(
        [(one.id, one.segment) for one in experiments],
        schema={"experiment_id": pl.String, "segment_id": pl.String},
        orient="row",
    )


def arm_draws(experiments: "Collection[Experiment]") -> pl.DataFrame:
    """Between which draws a unit is in an arm: experiment_id, arm, from_draw and, not in it, to_draw."""
    return pl.DataFrame(
        [(one.id, arm, low, high) for one in experiments for arm, low, high in one.draws],
        schema={
            "experiment_id": pl.String,
            "arm": pl.String,
            "from_draw": pl.Float64,
            "to_draw": pl.Float64,
        },
        orient="row",
    )


def with_exposures(assignments: pl.DataFrame, exposed: pl.DataFrame, night: "date") -> pl.DataFrame:
    """Assignments with tonight as first exposure of who counts, and of whom `exposed` has a row.

    `exposed` has experiment_id and customer_id of whoever had a candidate of any arm that nothing had
    stopped before the stage; it may name people who are in no experiment.
    """
    by = ["experiment_id", "customer_id"]
    is_new = (
        pl.col("is_exposed").fill_null(value=False)
        & pl.col("first_exposed_date").is_null()
        & (pl.col("status") == "counted")
    )
    return (
        assignments.join(
            exposed.select(by).unique().with_columns(is_exposed=True),
            on=by,
            how="left",
            maintain_order="left",
        )
        .with_columns(first_exposed_date=pl.when(is_new).then(pl.lit(night)).otherwise("first_exposed_date"))
        .select(ASSIGNMENTS.names())
    )
