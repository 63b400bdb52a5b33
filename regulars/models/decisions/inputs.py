"""What decisions and their lists are made of, and where a published version has each of it.

A night reads these tables of the build warehouse and no others; a replay has nothing but these.
"""

from collections.abc import Mapping

# {night} is the version, {run_before} the run of its day before it, if there was one; {day} the night.
# Whom lists and holds name a version has by customer, never by address: an identifier of kind customer.
PUBLISHED_AS: Mapping[str, str] = {
    "marts.customers": "from {night}.customers",
    "marts.customer_aliases": "from {night}.customer_aliases",
    "marts.customer_identifiers": """
        from {night}.customer_identifiers
        union all by name
        select 'customer' as identifier_kind, '' as source, customer_id as identifier, customer_id
        from (
            select customer_id from {night}.suppressed_customers
            union
            select customer_id from {night}.held_customers
        )
        """,
    "marts.customer_permissions": "from {night}.customer_permissions",
    "marts.customer_segments": "from {night}.customer_segments",
    "marts.customer_timeline": "from {night}.customer_timeline",
    "marts.customer_touchpoints": "from {night}.counted_touchpoints",
    "marts.identity_changes": "from {night}.identity_changes",
    "marts.orders": "from {night}.orders",
    "predictions.ltv_scores": "from {night}.ltv_scores",
    "predictions.response_scores": "from {night}.response_scores",
    "previous.channel_health": "from {night}.channel_health where as_of_date < {day}",
    # who was enrolled or exposed tonight was not before; the rest stays when it is settled again
    "previous.experiment_assignments": """
        select * replace (nullif(first_exposed_date, {day}) as first_exposed_date)
        from {night}.experiment_assignments where assigned_date < {day}
        """,
    "previous.exploration_log": "from {night}.exploration_log where as_of_date < {day}",
    "previous.offer_ledger": """
        from {night}.offer_ledger where granted_date < {day}
        union all by name
        from {run_before}.offer_ledger where granted_date = {day} and {is_again}
        """,
    "previous.planned_touchpoints": """
        from {night}.planned_touchpoints where planned_date < {day}
        union all by name
        from {run_before}.planned_touchpoints where planned_date = {day} and {is_again}
        """,
    "previous.policy_evaluations": """
        select distinct incumbent as candidate, true as is_in_force from {night}.policy_evaluations
        """,
    # so here: newcomers are drawn again, but for who was somebody else the night before
    "previous.program_groups": """
        from {night}.program_groups
        where
            since_date < {day}
            or customer_id in (select customer_id from {night}.customer_aliases)
            or customer_id in (
                select unnest([customer_id, other_customer_id]) from {night}.identity_changes
                where as_of_date = {day}
            )
            or customer_id in (select customer_id from {night}.program_groups where since_date < {day})
        """,
    "settings.holds": "select * exclude (customer_id), {named} from {night}.held_customers",
    "settings.suppressions": """
        select channel, cast(null as varchar) as reason, cast(null as date) as since_date, {named}
        from {night}.suppressed_customers
        """,
    # dbt makes it of the same two
    "marts.earlier_plans": """
        select plans.* replace (coalesce(aliases.customer_id, plans.customer_id) as customer_id)
        from previous.planned_touchpoints as plans
        left join marts.customer_aliases as aliases on plans.customer_id = aliases.alias_id
        """,
}

# what the store declares, which a version has as texts
DECLARED = ("settings.identity", "settings.night", "settings.segments")
INPUTS = (*sorted(PUBLISHED_AS), *DECLARED)
