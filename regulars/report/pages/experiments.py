"""What is being tried and what came of it: nothing is shown as found that cannot be read yet."""

from regulars.report.charts import bars, intervals, one_at_a_time
from regulars.report.page import Page, Section

NONE_YET = "No experiment yet: a file in experiments/ declares one."
NOT_READABLE = "No experiment can be read yet; its progress is above."

STATES = """
select
    experiment_id as experiment,
    state,
    state_reason,
    hypothesis,
    segment_id as segment,
    segment_hash as segment_version,
    primary_metric,
    horizon_days,
    start_date,
    end_date,
    round(progress, 4) as progress_share,
    owner,
    is_stale
from experiments
order by start_date desc, experiment
"""

PROGRESS = """
select
    experiment_id as experiment,
    round(least(coalesce(progress, 0), 1), 4) as progress_share,
    readable_count,
    exposed_count,
    sample_size,
    conflict_count
from experiments
where state not in ('decided', 'stale')
order by start_date desc, experiment
"""

ARMS = """
select experiment_id as experiment, arm, status, count(*) as customers, count(first_exposed_date) as exposed
from experiment_assignments
group by all
order by experiment, arm, status
"""

# figures are there in states that can be read alone; a comparison without them says why, and beside a
# control that had none of it there is no lift
RESULTS = """
with

read_results as (

    select
        results.*,
        experiments.state,
        experiments.start_date,
        results.experiment_id || ': ' || results.arm as of_arm,
        results.horizon_days = experiments.horizon_days as is_of_the_horizon
    from experiment_results as results
    inner join experiments using (experiment_id)

)
"""

FIGURES = """
    round(lift, 4) as lift_share,
    round(lift_low, 4) as lift_low_share,
    round(lift_high, 4) as lift_high_share,
    reading,
    read_by,
    round(difference, 4) as difference,
    round(sequential_low, 4) as sequential_low,
    round(sequential_high, 4) as sequential_high,
    round(p_value_adjusted, 4) as p_value_adjusted,
    unit_count,
    control_unit_count
"""

PRIMARY = f"""
{RESULTS}
select
    of_arm,
    metric,
    horizon_days,
{FIGURES}
from read_results
where is_primary and is_of_the_horizon and breakdown = ''
order by start_date desc, of_arm, metric
"""

GUARDRAILS = f"""
{RESULTS}
select
    of_arm,
    metric,
    horizon_days,
{FIGURES}
from read_results
where is_guardrail and is_of_the_horizon and breakdown = ''
order by start_date desc, of_arm, metric
"""

BY_SEGMENT = f"""
{RESULTS}
select
    of_arm,
    breakdown as segment,
    metric,
    horizon_days,
{FIGURES}
from read_results
where is_primary and is_of_the_horizon and breakdown <> ''
order by start_date desc, of_arm, segment, metric
"""

LEARNED = """
select
    experiments.experiment_id as experiment,
    experiments.hypothesis,
    experiments.segment_id as segment,
    experiments.segment_hash as segment_version,
    results.arm,
    round(results.lift, 4) as lift_share,
    round(results.lift_low, 4) as lift_low_share,
    round(results.lift_high, 4) as lift_high_share,
    experiments.kept_arm,
    experiments.learned,
    experiments.reverted,
    experiments.decision_reason,
    experiments.decided_by,
    experiments.decided_date,
    experiments.stale_reason as stale_because
from experiments
left join experiment_results as results
    on experiments.experiment_id = results.experiment_id and results.is_primary and results.breakdown = ''
where experiments.decided_date is not null
order by experiments.decided_date desc, experiment, results.arm
"""

EXPERIMENTS = Page(
    name="experiments",
    title="Experiments",
    says="What is being tried, whether it can be read yet, what came of it, and what was learned.",
    sections=(
        Section(
            "Where each stands",
            "Each experiment with its state; before it can be read there is progress and no figure.",
            STATES,
            empty=NONE_YET,
            needs=("experiments",),
        ),
        Section(
            "Progress",
            "How much of the sample size the smallest arm has, in units whose horizon is over.",
            PROGRESS,
            bars("progress_share", "experiment"),
            empty=NONE_YET,
            needs=("experiments",),
        ),
        Section(
            "Who is in which arm",
            "How many customers each arm has; those who count no more say why.",
            ARMS,
            one_at_a_time("experiment", bars("customers", "arm", color="status")),
            empty="Nobody was in an experiment yet.",
            needs=("experiment_assignments",),
        ),
        Section(
            "What the arms brought",
            "The lift of the primary metric over the control, with its interval for one look at the planned"
            " end. Whoever looks earlier reads the sequential bounds of the table.",
            PRIMARY,
            intervals("lift_share", "lift_low_share", "lift_high_share", "of_arm"),
            empty=NOT_READABLE,
            needs=("experiments", "experiment_results"),
        ),
        Section(
            "Guardrails",
            "What must not suffer, in the same way. Where the control had none of it there is a difference,"
            " and no lift to draw; too_few_units and no_outcomes say that nothing is known.",
            GUARDRAILS,
            one_at_a_time("of_arm", intervals("lift_share", "lift_low_share", "lift_high_share", "metric")),
            empty=NOT_READABLE,
            needs=("experiments", "experiment_results"),
        ),
        Section(
            "For whom it worked",
            "The primary metric for the segments that the experiment declared, and no others.",
            BY_SEGMENT,
            one_at_a_time("of_arm", intervals("lift_share", "lift_low_share", "lift_high_share", "segment")),
            empty="No experiment that declares segments can be read yet.",
            needs=("experiments", "experiment_results"),
        ),
        Section(
            "What was learned",
            "What was decided, by whom and why; a finding is stale when what it was about is defined"
            " differently now.",
            LEARNED,
            empty="No experiment was decided yet.",
            needs=("experiments", "experiment_results"),
        ),
    ),
)
