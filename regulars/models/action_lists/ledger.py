"""What each destination was told of people on the nights before, and with it what is news tonight.

Kept by address, because that is how a tool knows people. The memory is of earlier nights; of earlier runs of
this one it counts what only they told, so that it is told right. Whoever has no profile any more, having been
erased, is forgotten here and named in no file.
"""

from typing import TYPE_CHECKING

from regulars.models.action_lists.people import KNOWN, REFUSED
from regulars.store.profile import profile_columns
from regulars.store.sql import literal, quoted

if TYPE_CHECKING:
    import duckdb

    from regulars.store.destinations import Destination

# no id of a segment can be that
OPT_OUTS = "opt-outs"

TABLES = (
    """
    create or replace table decisions.delivered_profiles (
        destination varchar not null,
        address varchar not null,
        customer_id varchar not null,
        field_hashes varchar not null,
        delivered_date date not null
    )
    """,
    """
    create or replace table decisions.delivered_segments (
        destination varchar not null,
        segment_id varchar not null,
        address varchar not null,
        customer_id varchar not null,
        change varchar not null,
        delivered_date date not null
    )
    """,
    """
    create or replace table decisions.destination_kept_out (
        as_of_date date not null,
        destination varchar not null,
        customer_id varchar not null,
        field varchar not null,
        reason_code varchar not null,
        reason varchar not null
    )
    """,
)

# an earlier run of the night may have told what is not so any more: then it is told again
PROFILE_NEWS = """
create or replace temp table profile_news as
with

night as (

    select as_of_date from settings.night

),

hashed as (

    select *, {hashes} as field_hashes
    from destination_cells

),

before as (

    select
        told.address,
        max(told.delivered_date) filter (told.delivered_date < night.as_of_date) as told_date,
        list(told.field_hashes) as hashes
    from previous.delivered_profiles as told
    cross join night
    where told.destination = {destination}
    group by told.address

)

select
    hashed.*,
    night.as_of_date,
    before.told_date,
    before.told_date is null as is_new,
    before.told_date is null
        or len(list_filter(before.hashes, lambda told: told <> hashed.field_hashes)) > 0 as is_news
    {changed}
from hashed
cross join night
left join before on hashed.address = before.address
"""
CHANGED = """,
    before.told_date is null or len(list_filter(
        before.hashes,
        lambda told: json_extract_string(told, {path})
            is distinct from json_extract_string(hashed.field_hashes, {path})
    )) > 0 as {name}"""
TELL_PROFILES = """
insert into decisions.delivered_profiles
select {destination}, address, customer_id, field_hashes, if(is_news, as_of_date, told_date)
from profile_news
order by address
"""

# an audience that nobody is in any more has lost its source, not its people; who may not be there leaves;
# an advertisement is marketing, so that the holdout is in none
AUDIENCE_NEWS = """
create or replace temp table audience_news as
with

night as (

    select as_of_date from settings.night

),

segments as (

    select customer_id, segment_id
    from marts.customer_segments
    where segment_id in ({segments})

),

tonight as (

    select segments.segment_id, people.address, people.customer_id
    from {known} as people
    inner join segments on people.customer_id = segments.customer_id
    where people.customer_id not in (
        select customer_id from decisions.program_groups
        where until_date is null and program_group = 'holdout'
    )
    {opt_outs}

),

before as (

    select
        told.segment_id,
        told.address,
        min(coalesce(aliases.customer_id, told.customer_id)) as customer_id,
        min(told.delivered_date) filter (
            told.change = 'added' and told.delivered_date < night.as_of_date
        ) as since_date,
        bool_or(told.delivered_date = night.as_of_date and told.change = 'added') as run_added,
        bool_or(told.delivered_date = night.as_of_date and told.change = 'removed') as run_removed
    from previous.delivered_segments as told
    cross join night
    left join marts.customer_aliases as aliases on told.customer_id = aliases.alias_id
    where told.destination = {destination} and told.segment_id in ({segments}, {opt_outs_id})
    group by told.segment_id, told.address

),

compared as (

    select
        coalesce(tonight.segment_id, before.segment_id) as segment_id,
        coalesce(tonight.address, before.address) as address,
        coalesce(tonight.customer_id, before.customer_id) as customer_id,
        tonight.address is not null as is_in,
        before.since_date,
        before.since_date is not null or coalesce(before.run_added, false) as was_in,
        coalesce(before.run_removed, false) as run_removed,
        night.as_of_date
    from tonight
    full join before on tonight.segment_id = before.segment_id and tonight.address = before.address
    cross join night

),

judged as (

    select
        *,
        not is_in
            and segment_id <> {opt_outs_id}
            and segment_id not in (select segment_id from segments)
            and address in (select address from {known} as people) as is_spared
    from compared
    where is_in or customer_id in (select customer_id from marts.customers)

)

select
    segment_id,
    address,
    customer_id,
    case
        when is_in and (since_date is null or run_removed) then 'added'
        when not is_in and was_in and not is_spared and segment_id <> {opt_outs_id} then 'removed'
    end as news,
    is_in or (is_spared and since_date is not null) as is_member,
    since_date,
    as_of_date
from judged
"""
TELL_AUDIENCES = """
insert into decisions.delivered_segments
select
    {destination},
    segment_id,
    address,
    customer_id,
    coalesce(news, 'added'),
    if(news is null, since_date, as_of_date)
from audience_news
where news is not null or is_member
order by segment_id, address
"""
TONIGHT_REFUSED = (
    "union all select {opt_outs_id}, refused.address, refused.customer_id from {refused} as refused"
)


def create_ledgers(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make decisions.delivered_profiles, delivered_segments and destination_kept_out, without rows."""
    for statement in TABLES:
        connection.execute(statement)


def tell_profiles(connection: "duckdb.DuckDBPyConnection", destination: "Destination") -> None:
    """Fill temp.profile_news and add to decisions.delivered_profiles.

    News are people whose address or any field the destination was not told so before. Reads settings.night,
    temp.destination_cells and previous.delivered_profiles.
    """
    pairs = ", ".join(
        f"{literal(field)}, substr(md5(coalesce('=' || {quoted(field)}, '')), 1, 16)"
        for field in destination.profile
    )
    changed = "".join(
        CHANGED.format(path=literal(f"$.{field}"), name=quoted(f"changed:{field}"))
        for field in destination.profile
    )
    name = literal(destination.id)
    hashes = f"cast(json_object({pairs}) as varchar)"
    connection.execute(PROFILE_NEWS.format(hashes=hashes, destination=name, changed=changed))
    connection.execute(TELL_PROFILES.format(destination=name))


def tell_audiences(connection: "duckdb.DuckDBPyConnection", destination: "Destination") -> None:
    """Fill temp.audience_news, with who refused as an audience of its own, and add to delivered_segments.

    Reads settings.night, temp.destination_addresses, marts.customer_segments, marts.customers,
    marts.customer_aliases and previous.delivered_segments.
    """
    name, opt_outs = literal(destination.id), literal(OPT_OUTS)
    refused = TONIGHT_REFUSED.format(opt_outs_id=opt_outs, refused=REFUSED) if destination.opt_outs else ""
    connection.execute(
        AUDIENCE_NEWS.format(
            segments=", ".join(map(literal, destination.segments)) or "null",
            known=KNOWN,
            opt_outs=refused,
            opt_outs_id=opt_outs,
            destination=name,
        )
    )
    connection.execute(TELL_AUDIENCES.format(destination=name))


def news_cell_sql(field: str, destination: "Destination") -> str:
    """The cell of a field in a file of news.

    Where the tool keeps what is there when a cell is blank, only what changed is said, and a text that is no
    more is said with the tool's word for that; a number or date that is no more cannot be said there.
    """
    cell, contract = quoted(field), destination.contract
    if contract.blank != "keeps" or destination.whole_profile:
        return cell
    is_text = profile_columns()[field] == "varchar"
    cleared = f" when not is_new then {literal(contract.cleared)}" if contract.cleared and is_text else ""
    is_same = f"not {quoted(f'changed:{field}')}"
    return f"case when {is_same} then null when {cell} is not null then {cell}{cleared} end"
