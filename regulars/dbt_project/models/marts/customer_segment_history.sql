with

night as (

    select * from {{ ref('stg_night') }}

),

definitions as (

    select * from {{ ref('stg_segments') }}

),

changes as (

    select * from {{ ref('int_segment_changes') }}

),

evidence as (

    select * from {{ ref('int_segment_evidence') }}

),

previous as (

    select * from {{ ref('stg_previous_segment_history') }}

),

open_memberships as (

    select * from previous
    where exited_date is null

),

customers as (

    select distinct customer_id from {{ ref('customer_features') }}

),

aliases as (

    select * from {{ ref('customer_aliases') }}

),

reasoned_changes as (

    select
        changes.customer_id,
        changes.segment_id,
        changes.is_entry,
        definitions.kind,
        definitions.position,
        definitions.definition_hash,
        coalesce(open_memberships.definition_hash <> definitions.definition_hash, false) as is_defined_anew,
        case
            when changes.is_entry then concat(definitions.predicate, coalesce(evidence.evidence, ''))
            when definitions.leave_when is null
                then concat('no longer: ', definitions.predicate, coalesce(evidence.evidence, ''))
            else concat('leaves when ', definitions.leave_when, coalesce(evidence.evidence, ''))
        end as reason,
        case
            when aliases.customer_id is not null then concat('merged into ', aliases.customer_id)
            when customers.customer_id is null then 'customer gone'
        end as reason_of_nobody
    from changes
    left join definitions
        on changes.segment_id = definitions.segment_id
    left join customers
        on changes.customer_id = customers.customer_id
    left join aliases
        on changes.customer_id = aliases.alias_id
    left join open_memberships
        on
            changes.customer_id = open_memberships.customer_id
            and changes.segment_id = open_memberships.segment_id
    left join evidence
        on
            changes.customer_id = evidence.customer_id
            and changes.segment_id = evidence.segment_id
            and changes.is_entry = evidence.is_entry

),

entries as (

    select * from reasoned_changes
    where is_entry

),

-- who leaves a stage because an earlier one took over may still match its predicate
earlier_stages as (

    select
        exits.customer_id,
        exits.segment_id,
        concat('no longer: ', entries.segment_id, ' comes first, ', entries.reason) as reason
    from reasoned_changes as exits
    inner join entries
        on
            exits.customer_id = entries.customer_id
            and exits.position > entries.position
    where not exits.is_entry and exits.kind = 'stage' and entries.kind = 'stage'

),

exits as (

    select
        changes.customer_id,
        changes.segment_id,
        coalesce(
            case when changes.definition_hash is null then 'segment removed' end,
            changes.reason_of_nobody,
            case when changes.is_defined_anew then 'definition changed' end,
            earlier_stages.reason,
            changes.reason
        ) as reason
    from reasoned_changes as changes
    left join earlier_stages
        on
            changes.customer_id = earlier_stages.customer_id
            and changes.segment_id = earlier_stages.segment_id
    where not changes.is_entry

),

past_memberships as (

    select * from previous
    where exited_date is not null

),

continued_memberships as (

    select open_memberships.*
    from open_memberships
    left join exits
        on
            open_memberships.customer_id = exits.customer_id
            and open_memberships.segment_id = exits.segment_id
    where exits.customer_id is null

),

ended_memberships as (

    select
        open_memberships.customer_id,
        open_memberships.segment_id,
        open_memberships.entered_date,
        night.as_of_date as exited_date,
        open_memberships.entry_reason,
        exits.reason as exit_reason,
        open_memberships.definition_hash
    from open_memberships
    cross join night
    inner join exits
        on
            open_memberships.customer_id = exits.customer_id
            and open_memberships.segment_id = exits.segment_id

),

new_memberships as (

    select
        entries.customer_id,
        entries.segment_id,
        night.as_of_date as entered_date,
        cast(null as date) as exited_date,
        concat(case when entries.is_defined_anew then 'definition changed: ' else '' end, entries.reason) as entry_reason,
        cast(null as {{ text_type() }}) as exit_reason,
        entries.definition_hash
    from entries
    cross join night

),

history as (

    select * from past_memberships
    union all
    select * from continued_memberships
    union all
    select * from ended_memberships
    union all
    select * from new_memberships

)

select * from history
