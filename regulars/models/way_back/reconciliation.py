"""Of each file of decisions: how many it handed over, and how many of them the tool has spoken of since.

A tool that never got a file, or threw it away, says nothing of anybody in it. So silence about most of a
file, from a channel that does report, is what marks it as missing.
"""

from typing import TYPE_CHECKING

import polars as pl

from regulars.warehouse.session import lent, transaction

if TYPE_CHECKING:
    import duckdb

    from regulars.models.action_lists.write import Manifest

# after so many days a tool that reports has reported
ANSWER_DAYS = 3
# a few are always left out by the tool itself, which knows refusals that we hear of later
FEW, SHARE = 10, 0.1

TABLE = """
create or replace table decisions.delivery_reconciliation (
    planned_date date not null,
    destination varchar not null,
    channel varchar not null,
    file varchar not null,
    handed_over_count bigint not null,
    delivered_count bigint,
    accepted_count bigint not null,
    sent_count bigint not null,
    failed_count bigint not null,
    failed_reasons varchar,
    guessed_count bigint not null,
    unanswered_count bigint not null,
    is_missing boolean not null
)
"""

DELIVERY_RECONCILIATION = """
insert into decisions.delivery_reconciliation
with

night as (

    select as_of_date, as_of_date - cast(timeline_days as integer) as oldest_date
    from settings.night

),

files as (

    select planned_date, destination, channel, file
    from previous.delivery_reconciliation
    where planned_date < (select as_of_date from night) and planned_date > (select oldest_date from night)
    union all
    select night.as_of_date, tonight.destination, tonight.channel, tonight.file
    from files_of_night as tonight
    cross join night

),

handed_over as (

    select * from decisions.action_outcomes
    where kept_out is null

),

counts as (

    select
        planned_date,
        channel,
        count(*) as handed_over_count,
        count(*) filter (is_accepted) as accepted_count,
        count(*) filter (sent_at is not null) as sent_count,
        count(*) filter (failed_at is not null) as failed_count,
        count(*) filter (matched_by in ('action_and_day', 'customer_and_day')) as guessed_count,
        count(*) filter (matched_by is null) as unanswered_count
    from handed_over
    group by planned_date, channel

),

reasons as (

    select planned_date, channel, cast(json_group_object(failed_reason, people) as varchar) as failed_reasons
    from (
        select planned_date, channel, failed_reason, count(*) as people
        from handed_over
        where failed_reason is not null
        group by planned_date, channel, failed_reason
        order by planned_date, channel, people desc, failed_reason
    ) as counted
    group by planned_date, channel

),

-- a list may go there in several forms, and each in several parts
delivered as (

    select planned_date, destination, channel, max(delivered_count) as delivered_count
    from (
        select planned_date, destination, channel, form, sum(delivered_count) as delivered_count
        from settings.deliveries
        group by planned_date, destination, channel, form
    ) as forms
    group by planned_date, destination, channel

),

reporting as (

    select distinct channel from marts.customer_touchpoints

)

select
    files.planned_date,
    files.destination,
    files.channel,
    files.file,
    counts.handed_over_count,
    cast(delivered.delivered_count as bigint) as delivered_count,
    counts.accepted_count,
    counts.sent_count,
    counts.failed_count,
    reasons.failed_reasons,
    counts.guessed_count,
    counts.unanswered_count,
    files.planned_date + {answer_days} <= night.as_of_date
        and files.channel in (select channel from reporting)
        and (
            counts.unanswered_count = counts.handed_over_count
            or counts.unanswered_count > greatest({few}, {share} * counts.handed_over_count)
        ) as is_missing
from files
cross join night
inner join counts on files.planned_date = counts.planned_date and files.channel = counts.channel
left join reasons on files.planned_date = reasons.planned_date and files.channel = reasons.channel
left join delivered
    on files.planned_date = delivered.planned_date
    and files.destination = delivered.destination
    and files.channel = delivered.channel
order by files.planned_date, files.destination, files.channel
"""


def reconcile(connection: "duckdb.DuckDBPyConnection", manifest: "Manifest") -> None:
    """Replace decisions.delivery_reconciliation: one row per night, destination and channel with people.

    `manifest` names tonight's files; a channel without a destination has '' for one. Nobody who was erased
    counts. Reads decisions.action_outcomes, previous.delivery_reconciliation, settings.night and deliveries,
    and marts.customer_touchpoints.
    """
    with lent(connection, files_of_night=files_of_night(manifest)), transaction(connection):
        connection.execute(TABLE)
        connection.execute(DELIVERY_RECONCILIATION.format(answer_days=ANSWER_DAYS, few=FEW, share=SHARE))


def files_of_night(manifest: "Manifest") -> pl.DataFrame:
    """Destination, channel and file of every list of the night; the parts and forms of one are one file."""
    parts: dict[tuple[str, str], list[str]] = {}
    for part in manifest.destinations:
        if part.kind == "action_list":
            parts.setdefault((part.destination, part.about), []).append(part.name)
    taken = {channel for _, channel in parts}
    generic = {("", file.channel): [file.name] for file in manifest.files if file.channel not in taken}
    return pl.DataFrame(
        [(*place, ", ".join(names)) for place, names in sorted((parts | generic).items())],
        schema={"destination": pl.String, "channel": pl.String, "file": pl.String},
        orient="row",
    )
