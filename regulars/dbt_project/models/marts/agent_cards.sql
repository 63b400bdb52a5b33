{#- the newest of several, the newest first -#}
{%- set newest = 3 %}

with

night as (

    select * from {{ ref('stg_night') }}

),

customers as (

    select
        *,
        percent_rank() over (partition by order_count_365d > 0 order by order_amount_365d) as value_rank
    from {{ ref('customers') }}

),

ranked_orders as (

    select
        customer_id,
        concat(order_date, ': ', cast(amount as decimal(18, 2)), ' ', currency, coalesce(' (' || status || ')', '')) as said,
        row_number() over (partition by customer_id order by ordered_at desc, order_id) as recency_rank
    from {{ ref('orders') }}
    where customer_id is not null

),

orders as (

    select
        customer_id,
        {{ dbt.listagg('said', "'; '", 'order by recency_rank') }} as last_orders
    from ranked_orders
    where recency_rank <= {{ newest }}
    group by customer_id

),

issues as (

    select
        handles.customer_id,
        {{ dbt.listagg('tickets.said', "'; '", 'order by tickets.opened_at, tickets.ticket_ref') }} as open_issues
    from (
        select
            *,
            concat(opened_date, ': ', coalesce(topic, 'ticket ' || ticket_ref), case when is_complaint then ' (complaint)' end)
                as said
        from {{ ref('stg_tickets') }}
        where is_open
    ) as tickets
    inner join {{ ref('int_customer_handles') }} as handles
        on tickets.handle_id = handles.handle_id
    group by handles.customer_id

),

-- of each kind the newest, and the newest with words; the later record of two at one moment
ranked_answers as (

    select
        handles.customer_id,
        concat(
            responses.answered_date, ': ', responses.kind, coalesce(' ' || cast(responses.score as {{ text_type() }}), ''),
            coalesce(' "' || responses.text || '"', '')
        ) as said,
        row_number() over (
            partition by handles.customer_id
            order by responses.answered_at desc, responses.source asc, responses.record_key desc
        ) as recency_rank,
        row_number() over (
            partition by handles.customer_id, responses.kind
            order by responses.answered_at desc, responses.source asc, responses.record_key desc
        ) as kind_rank,
        row_number() over (
            partition by handles.customer_id
            order by
                responses.text is null asc, responses.answered_at desc, responses.source asc, responses.record_key desc
        ) as words_rank,
        responses.text
    from {{ ref('stg_survey_responses') }} as responses
    inner join {{ ref('int_customer_handles') }} as handles
        on responses.handle_id = handles.handle_id

),

answers as (

    select
        customer_id,
        {{ dbt.listagg('said', "'; '", 'order by recency_rank') }} as last_feedback
    from ranked_answers
    where kind_rank = 1 or (words_rank = 1 and text is not null)
    group by customer_id

),

ranked_touchpoints as (

    select
        customer_id,
        concat(sent_date, ': ', coalesce(action_ref, 'message'), ' by ', channel) as said,
        row_number() over (partition by customer_id order by sent_at desc, touchpoint_id) as recency_rank
    from {{ ref('customer_touchpoints') }}

),

touchpoints as (

    select
        customer_id,
        {{ dbt.listagg('said', "'; '", 'order by recency_rank') }} as last_messages
    from ranked_touchpoints
    where recency_rank <= {{ newest }}
    group by customer_id

),

-- what was handed over on the nights of a fortnight and nobody says was sent is on its way, or may be asked about
plans as (

    select
        plans.customer_id,
        {{ dbt.listagg('plans.said', "'; '", 'order by plans.planned_date desc, plans.decision_id') }} as promised
    from (
        select
            plans.*,
            concat(
                plans.planned_date, ': ', coalesce(nullif(actions.offer, ''), actions.name, plans.action_id), ' by ',
                plans.channel
            ) as said
        from {{ ref('earlier_plans') }} as plans
        left join {{ ref('stg_actions') }} as actions
            on plans.action_id = actions.action_id
    ) as plans
    inner join night
        -- tonight's own are no news to a run of the same night
        on {{ days_between('plans.planned_date', 'night.as_of_date') }} between 1 and 13
    left join (select distinct decision_id from {{ ref('customer_touchpoints') }}) as sent
        on plans.decision_id = sent.decision_id
    where sent.decision_id is null
    group by plans.customer_id

),

agent_cards as (

    select
        customers.customer_id,
        customers.name,
        customers.masked_email,
        customers.masked_phone,
        customers.first_order_date as customer_since_date,
        customers.lifecycle_stage,
        customers.segments,
        case
            when customers.order_count_365d = 0 then 'no order in a year'
            when customers.value_rank >= 0.9 then 'top tenth'
            when customers.value_rank >= 0.5 then 'upper half'
            else 'lower half'
        end as value_band,
        orders.last_orders,
        issues.open_issues,
        answers.last_feedback,
        touchpoints.last_messages,
        plans.promised,
        customers.patterns,
        nullif(concat_ws(
            '; ',
            'sell nothing before the complaint of ' || customers.open_complaint_since_date || ' is solved',
            'offer nothing by ' || customers.refusals,
            case
                when features.low_csat_count_90d > 0
                    then 'do not praise our service: dissatisfied within the last 90 days'
            end,
            case
                when replace(lower(customers.contact_frequency), '_', ' ') = 'never' then 'promise no messages'
                when replace(lower(customers.contact_frequency), '_', ' ') = 'only offers'
                    then 'promise no messages but offers'
                when lower(customers.contact_frequency) in ('daily', 'weekly', 'monthly', 'quarterly', 'yearly')
                    then 'promise no more than ' || lower(customers.contact_frequency) || ' messages'
                else 'promise no messages but as she asked for them: ' || customers.contact_frequency
            end,
            case when customers.stale_field_groups is not null then 'ask before you rely on ' || customers.stale_field_groups end
        ), '') as not_to_say,
        customers.data_as_of
    from customers
    inner join {{ ref('customer_features') }} as features
        on customers.customer_id = features.customer_id
    left join orders
        on customers.customer_id = orders.customer_id
    left join issues
        on customers.customer_id = issues.customer_id
    left join answers
        on customers.customer_id = answers.customer_id
    left join touchpoints
        on customers.customer_id = touchpoints.customer_id
    left join plans
        on customers.customer_id = plans.customer_id

)

select * from agent_cards
