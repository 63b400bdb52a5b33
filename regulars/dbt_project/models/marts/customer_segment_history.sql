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

customers as (

    select distinct customer_id from {{ ref('customer_features') }}

),

reasoned_changes as (

    select
        changes.customer_id,
        changes.segment_id,
        changes.is_entry,
        definitions.kind,
        definitions.position,
        definitions.definition_hash,
        customers.customer_id is not null as is_customer,
        concat(definitions.predicate, coalesce(evidence.evidence, '')) as reason
    from changes
    left join definitions
        on changes.segment_id = definitions.segment_id
    left join customers
        on changes.customer_id = customers.customer_id
    left join evidence
        on
            changes.customer_id = evidence.customer_id
            and changes.segment_id = evidence.segment_id

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
        concat(entries.segment_id, ' comes first, ', entries.reason) as reason
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
        changes.definition_hash,
        case
            when changes.definition_hash is null then 'segment removed'
            when not changes.is_customer then 'customer gone'
        end as lasting_reason,
        concat('no longer: ', coalesce(earlier_stages.reason, changes.reason)) as reason
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

-- a membership that goes on is one under tonight's definition, whatever it began as
continued_memberships as (

    select
        previous.customer_id,
        previous.segment_id,
        previous.entered_date,
        previous.exited_date,
        previous.entry_reason,
        previous.exit_reason,
        definitions.definition_hash
    from previous
    inner join definitions
        on previous.segment_id = definitions.segment_id
    left join exits
        on
            previous.customer_id = exits.customer_id
            and previous.segment_id = exits.segment_id
    where previous.exited_date is null and exits.customer_id is null

),

ended_memberships as (

    select
        previous.customer_id,
        previous.segment_id,
        previous.entered_date,
        night.as_of_date as exited_date,
        previous.entry_reason,
        coalesce(
            exits.lasting_reason,
            case when previous.definition_hash <> exits.definition_hash then 'definition changed' end,
            exits.reason
        ) as exit_reason,
        previous.definition_hash
    from previous
    cross join night
    inner join exits
        on
            previous.customer_id = exits.customer_id
            and previous.segment_id = exits.segment_id
    where previous.exited_date is null

),

new_memberships as (

    select
        entries.customer_id,
        entries.segment_id,
        night.as_of_date as entered_date,
        cast(null as date) as exited_date,
        entries.reason as entry_reason,
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
