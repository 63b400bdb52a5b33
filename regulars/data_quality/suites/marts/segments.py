"""What must be true of segments, tonight and over time.

Not here: what a segment is for, which segments.yml says.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows, Unique
from regulars.data_quality.suites.declared import segments_of
from regulars.data_quality.suites.marts.any_table import CRM, customer_exists, is_of_the_night


def checks(night: Night) -> Iterator[Check]:
    """The checks of memberships and of their history."""
    yield from _segment_checks(night)
    yield from _history_checks(night)


def _segment_checks(night: Night) -> Iterator[Check]:
    table = "marts.customer_segments"
    yield Check(
        table=table,
        name="member_once",
        rule=Unique(("as_of_date", "customer_id", "segment_id")),
        meaning="A customer is in a segment once.",
        owner=CRM,
    )
    yield Check(
        table=table,
        name="one_stage_per_customer",
        rule=NoRows(
            f"select customer_id from {table} where kind = 'stage' group by customer_id having count(*) > 1",
            ("kind",),
        ),
        meaning="Nobody is in two stages of life at once.",
        owner=CRM,
    )
    yield customer_exists(table, CRM)
    yield is_of_the_night(table, "as_of_date", night)
    yield Check(
        table=table,
        name="segment_is_defined",
        rule=NoRows(
            f"""
            select distinct members.segment_id from {table} as members
            where not exists (
                select 1 from settings.segments
                where segments.segment_id = members.segment_id
                    and segments.kind = members.kind
                    and segments.definition_hash = members.definition_hash
            )
            """,
            ("segment_id", "kind", "definition_hash"),
        ),
        meaning="Every segment somebody is in is one of the store's, as it is defined tonight.",
        owner=CRM,
    )
    yield from _divisions(night)
    yield Check(
        table="marts.customers",
        name="stage_agrees_with_segments",
        rule=NoRows(
            """
            select customers.customer_id from marts.customers
            left join (
                select customer_id, max(segment_id) as segment_id
                from marts.customer_segments where kind = 'stage' group by customer_id
            ) as stages using (customer_id)
            where customers.lifecycle_stage is distinct from stages.segment_id
            """,
            ("lifecycle_stage",),
        ),
        meaning="The stage in the profile is the stage the customer is a member of.",
        owner=CRM,
    )


def _divisions(night: Night) -> Iterator[Check]:
    """That each segment has somebody in it and not everybody, unless segments.yml allows it."""
    for segment in segments_of(night):
        if segment.all_or_none == "allow":
            continue
        yield Check(
            table="marts.customer_segments",
            name=segment.id + "_divides_people",
            rule=NoRows(
                f"""
                select '{segment.id}' as segment_id
                where exists (from marts.customers) and (
                    select count(distinct customer_id) from marts.customer_segments
                    where segment_id = '{segment.id}'
                ) in (0, (select count(*) from marts.customers))
                """,
                ("segment_id",),
            ),
            meaning=f"Some are in segment {segment.id} tonight, and others are not; else mend its predicate"
            " in segments.yml, or write all_or_none: allow there.",
            owner=segment.owner,
            severity=segment.all_or_none,
        )


def _history_checks(night: Night) -> Iterator[Check]:
    table = "marts.customer_segment_history"
    yield Check(
        table=table,
        name="open_stays_are_memberships",
        rule=NoRows(
            f"""
            select coalesce(stays.customer_id, members.customer_id) as customer_id
            from (select customer_id, segment_id from {table} where exited_date is null) as stays
            full join marts.customer_segments as members using (customer_id, segment_id)
            where stays.customer_id is null or members.customer_id is null
            """,
            ("customer_id", "segment_id", "exited_date"),
        ),
        meaning="A stay that has not ended is a membership tonight, and the other way round.",
        owner=CRM,
    )
    yield Check(
        table=table,
        name="stays_in_order",
        rule=NoRows(
            f"""
            select customer_id from {table}
            where (entered_date <= coalesce(exited_date, {night.date_sql})) is not true
                or exited_date > {night.date_sql}
            """,
            ("entered_date", "exited_date"),
        ),
        meaning="A stay ends after it began, and neither lies after the night.",
        owner=CRM,
    )
    yield Check(
        table=table,
        name="stay_listed_once",
        rule=Unique(("customer_id", "segment_id", "entered_date")),
        meaning="A stay in a segment is listed once.",
        owner=CRM,
    )
