"""How things stand tonight: a few numbers, where they come from, and what asks for somebody."""

from regulars.report.charts import bars, columns, lines, one_at_a_time
from regulars.report.page import Page, Section

FIGURES = """
with

known as (

    select
        count(*) as customers,
        count(*) filter (where last_order_date > {night} - 90) as active_customers,
        count(*) filter (where first_order_date > {night} - 28) as new_customers
    from customers

),

sold as (

    select
        count(*) filter (where order_date > {night} - 28) as orders,
        count(*) filter (where order_date <= {night} - 28) as orders_before,
        coalesce(sum(amount - refunded_amount) filter (where order_date > {night} - 28), 0) as revenue,
        coalesce(sum(amount - refunded_amount) filter (where order_date <= {night} - 28), 0) as revenue_before
    from orders
    where order_date > {night} - 56

),

reachable as (

    select count(distinct customer_id) as customers
    from customer_permissions
    where status = 'granted' and purpose = 'marketing'

),

reached as (

    select count(distinct customer_id) as customers, count(*) as touchpoints
    from planned_touchpoints
    where planned_date > {night} - 28

),

tonight as (

    select
        count(*) filter (where action_id <> 'none') as chosen,
        round(sum(score) filter (where action_id <> 'none')) as expected_gain
    from next_actions

),

checked as (

    select count(*) as checks, count(*) filter (where not success) as failed
    from data_quality_results
    where as_of_date = {night}

)

select 'Customers' as label, format('{:,}', customers) as value,
    format('{:,} ordered in 90 days', active_customers) as note
from known
union all by name
select 'New customers' as label, format('{:,}', new_customers) as value, 'first order in 28 days' as note
from known
union all by name
select 'Orders in 28 days' as label, format('{:,}', orders) as value,
    format('{:,} in the 28 before', orders_before) as note
from sold
union all by name
select 'Revenue in 28 days' as label, format('{:,}', round(revenue)::bigint) as value,
    format('{:,} in the 28 before', round(revenue_before)::bigint) as note
from sold
union all by name
select 'May be contacted' as label, format('{:,}', customers) as value,
    'for marketing, by some channel' as note
from reachable
union all by name
select 'Reached in 28 days' as label, format('{:,}', customers) as value,
    format('by {:,} touchpoints', touchpoints) as note
from reached
union all by name
select 'Actions tonight' as label, format('{:,}', chosen) as value,
    format('expected to win {:,}', coalesce(expected_gain, 0)::bigint) as note
from tonight
union all by name
select 'Checks tonight' as label, format('{:,}', checks) as value,
    case failed when 0 then 'all passed' else format('{:,} with a warning', failed) end as note
from checked
"""

ALARMS = """
select
    'check' as kind,
    gate || ': ' || table_name as subject,
    meaning as what,
    unexpected_count as rows_that_break_it,
    owner
from data_quality_results
where as_of_date = {night} and not success
union all by name
select
    'drift' as kind,
    model || ': ' || kind as subject,
    subject || ' is ' || round(value, 3) || ', beyond its limit of ' || round(limit_value, 3) as what
from drift
where is_alarm and as_of_date > {night} - 7
union all by name
select
    'channel' as kind,
    channel as subject,
    'people refuse it more often than usual, so its touchpoints count for less' as what,
    refused_count as rows_that_break_it
from channel_health
where as_of_date = {night} and multiplier < 1
union all by name
select
    'rules' as kind,
    finding as subject,
    count(*) || ' rules are to be mended: see the journey audit' as what
from rule_review
group by finding
order by kind, subject, what
"""

WEEKS = """
select
    date_trunc('week', order_date)::date as week,
    count(*) as orders,
    count(distinct customer_id) as customers_who_ordered,
    round(sum(amount - refunded_amount), 2) as revenue
from orders
where
    order_date < date_trunc('week', {night} + 1)
    and order_date >= date_trunc('week', {night}) - interval 371 days
group by week
order by week
"""

HANDED_OVER = """
select planned_date as night, channel, count(*) as touchpoints
from planned_touchpoints
where planned_date > {night} - 91
group by all
order by night, channel
"""

GOALS = """
select
    goal_id as goal,
    metric,
    case breakdown when 'all' then 'everybody' else breakdown_id end as of_whom,
    round(baseline, 4) as baseline,
    round(current_value, 4) as now,
    round(target, 4) as target,
    round(greatest(least(coalesce(progress, 0), 1), 0), 4) as progress_share,
    launch_date,
    because
from metric_goals
order by launch_date desc, goal
"""

TRENDS = """
with

of_goals as (

    select goals.goal_id as goal, metrics.period_start, metrics.value, goals.target
    from metric_goals as goals
    inner join cx_metrics as metrics using (metric, period, breakdown, breakdown_id)
    where metrics.value is not null and metrics.period_start > {night} - 400

)

select goal, period_start, 'came to' as line, round(value, 4) as value from of_goals
union all
select goal, period_start, 'target' as line, round(target, 4) as value from of_goals
order by goal, period_start, line
"""

NO_GOAL = "No goal yet: goals in store.yml name a metric, a target and what shall move it."

OVERVIEW = Page(
    name="index",
    title="Overview",
    says="How the shop and its regulars stand tonight, and what asks for somebody.",
    figures=FIGURES,
    sections=(
        Section(
            "Alarms",
            "What asks for somebody: checks that warned, models that drift, channels that people bear badly,"
            " and rules to mend.",
            ALARMS,
            empty="No alarm tonight.",
        ),
        Section(
            "Goals",
            "How much of the way from the baseline, frozen when what shall move it was launched, is done.",
            GOALS,
            bars("progress_share", "goal"),
            empty=NO_GOAL,
            needs=("metric_goals",),
        ),
        Section(
            "Goals over time",
            "What the metric of each goal came to in every whole period, beside its target.",
            TRENDS,
            one_at_a_time("goal", lines("value", "period_start", color="line")),
            empty=NO_GOAL,
            needs=("metric_goals", "cx_metrics"),
        ),
        Section(
            "Revenue by week",
            "What customers paid in each whole week, net of refunds, by the day of the order.",
            WEEKS,
            lines("revenue", "week"),
            empty="No whole week of orders yet.",
        ),
        Section(
            "Customers who ordered, by week",
            "How many different customers ordered in each whole week.",
            WEEKS,
            lines("customers_who_ordered", "week"),
            empty="No whole week of orders yet.",
        ),
        Section(
            "Touchpoints handed over",
            "How many touchpoints each night of the last three months handed to each channel.",
            HANDED_OVER,
            columns("touchpoints", "night", color="channel"),
            empty="No touchpoint was handed over in three months.",
        ),
    ),
)
