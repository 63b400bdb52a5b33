"""What must be true of groups, arms and suppression lists, counted anew from the draws and the logs.

Not here: what came of an experiment.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows
from regulars.store.sql import draw_sql

_OWNER = "crm"
_NEXT = "decisions.next_actions"
_GROUPS = "decisions.program_groups"
_ARMS = "decisions.experiment_assignments"
_OPEN = f"(select * from {_GROUPS} where until_date is null)"
_MARKETING = f"""
    {_NEXT} as actions
    inner join settings.actions as declared
        on actions.action_id = declared.action_id and declared.action_class = 'marketing'
    inner join {_OPEN} as grouped on actions.customer_id = grouped.customer_id
"""


def checks(night: Night) -> Iterator[Check]:
    """Every check of groups, arms and suppression lists."""
    yield from _group_checks()
    yield from _arm_checks(night)
    yield from _trial_checks(night)
    yield Check(
        table=_NEXT,
        name="nobody_suppressed",
        rule=NoRows(
            f"""
            select actions.decision_id
            from {_NEXT} as actions
            inner join marts.customers as customers on actions.customer_id = customers.customer_id
            inner join settings.suppressions as suppressions
                on coalesce(suppressions.channel, actions.channel) = actions.channel
                and coalesce(suppressions.since_date, {night.date_sql}) <= {night.date_sql}
            where actions.action_id <> 'none' and (
                (suppressions.identifier_kind = 'email' and suppressions.identifier = lower(customers.email))
                or (suppressions.identifier_kind = 'phone' and suppressions.identifier = customers.phone)
                or (actions.customer_id, suppressions.identifier_kind, suppressions.source) in (
                    select (customer_id, identifier_kind, source) from marts.customer_identifiers
                    where identifier = suppressions.identifier
                )
            )
            """,
            ("customer_id", "channel"),
        ),
        meaning="Nobody is contacted who is on a suppression list of the store.",
        owner=_OWNER,
    )


def _group_checks() -> Iterator[Check]:
    drawn = draw_sql("'program'", "grouped.unit_id")
    yield Check(
        table=_GROUPS,
        name="group_of_her_draw",
        rule=NoRows(
            f"""
            select grouped.customer_id
            from {_OPEN} as grouped
            cross join settings.program as program
            where (grouped.program_group = case
                when {drawn} < program.holdout_share then 'holdout'
                when program.generic_share > 0 and {drawn} >= 1 - program.generic_share then 'generic'
                else 'orchestrated'
            end) is not true
            """,
            ("unit_id", "program_group"),
        ),
        meaning="Everybody is in the group that the draw of her unit says.",
        owner=_OWNER,
    )
    yield Check(
        table=_GROUPS,
        name="one_group_at_a_time",
        rule=NoRows(
            f"select customer_id from {_OPEN} as grouped group by customer_id having count(*) > 1",
            ("customer_id",),
        ),
        meaning="Nobody is in two groups of the program at once.",
        owner=_OWNER,
    )
    yield Check(
        table=_NEXT,
        name="holdout_gets_no_marketing",
        rule=NoRows(
            f"select actions.decision_id from {_MARKETING} where grouped.program_group = 'holdout'",
            ("action_id",),
        ),
        meaning="The holdout gets no marketing.",
        owner=_OWNER,
    )
    yield Check(
        table=_NEXT,
        name="generic_group_gets_the_generic",
        rule=NoRows(
            f"""
            select actions.decision_id from {_MARKETING}
            where grouped.program_group = 'generic' and declared.is_generic is not true
            """,
            ("action_id",),
        ),
        meaning="The generic group gets no marketing but generic actions.",
        owner=_OWNER,
    )


def _arm_checks(night: Night) -> Iterator[Check]:
    yield Check(
        table=_ARMS,
        name="arm_of_her_draw",
        rule=NoRows(
            f"""
            select assigned.customer_id
            from {_ARMS} as assigned
            left join settings.experiment_arms as arms
                on assigned.experiment_id = arms.experiment_id and assigned.arm = arms.arm
            where assigned.assigned_date = {night.date_sql}
                and (assigned.experiment_id, assigned.unit_id) not in (
                    select (experiment_id, unit_id) from previous.experiment_assignments
                )
                and ({draw_sql("assigned.experiment_id", "assigned.unit_id")} >= arms.from_draw
                    and {draw_sql("assigned.experiment_id", "assigned.unit_id")} < arms.to_draw) is not true
            """,
            ("arm", "unit_id"),
        ),
        meaning="Who is new in an experiment is in the arm that the draw of her unit says.",
        owner=_OWNER,
    )
    yield Check(
        table=_ARMS,
        name="log_is_kept",
        rule=NoRows(
            f"""
            select logged.customer_id
            from previous.experiment_assignments as logged
            inner join marts.customers as customers on logged.customer_id = customers.customer_id
            left join {_ARMS} as assigned
                on logged.experiment_id = assigned.experiment_id and logged.customer_id = assigned.customer_id
            where (assigned.status = 'conflict' or assigned.arm = logged.arm) is not true
                or coalesce(assigned.first_exposed_date > logged.first_exposed_date, false)
            """,
            ("arm", "first_exposed_date"),
        ),
        meaning="Whoever was in an arm is still in it, and was first exposed when she was.",
        owner=_OWNER,
    )


def _trial_checks(night: Night) -> Iterator[Check]:
    yield Check(
        table=_NEXT,
        name="only_her_arm",
        rule=NoRows(
            f"""
            select actions.decision_id
            from {_NEXT} as actions
            inner join settings.experiment_arms as arms on actions.action_id = arms.action_id
            inner join settings.experiments as experiments on arms.experiment_id = experiments.experiment_id
            left join {_ARMS} as assigned
                on arms.experiment_id = assigned.experiment_id
                and actions.customer_id = assigned.customer_id
                and assigned.status in ('counted', 'conflict')
            where {night.date_sql} between experiments.start_date and experiments.last_day
                and coalesce(assigned.arm, experiments.control_arm) <> arms.arm
            """,
            ("action_id",),
        ),
        meaning="What is tried goes to its arm only, and whoever is in none gets the control's.",
        owner=_OWNER,
    )
    yield Check(
        table=_ARMS,
        name="segment_as_defined",
        rule=NoRows(
            f"""
            select distinct assigned.customer_id
            from {_ARMS} as assigned
            inner join settings.experiments as experiments
                on assigned.experiment_id = experiments.experiment_id
            left join settings.segments as segments on experiments.segment_id = segments.segment_id
            where {night.date_sql} between experiments.start_date and experiments.last_day
                and segments.definition_hash is distinct from assigned.segment_hash
            """,
            ("segment_hash",),
        ),
        meaning="The segment of a running experiment is as it was; else nobody new is enrolled.",
        owner=_OWNER,
        severity="warn",
    )
