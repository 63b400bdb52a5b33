"""A published version that no night made: the tables and columns that the report reads,
with rows for all of it."""

from datetime import date
from pathlib import Path

import duckdb

from regulars.warehouse.versions import Version

NIGHT = date(2024, 5, 12)
TABLES = """
create table customers as select
    'c_' || i as customer_id, 'Ann Example ' || i as name, 'ann' || i || '@shop.example' as email,
    date '2024-05-12' - (i * 7 % 300)::int as last_order_date,
    date '2024-05-12' - (i * 11 % 400)::int as first_order_date
from range(60) as people(i);
create table orders as select
    'o_' || i as order_id, 'c_' || i % 60 as customer_id, date '2024-05-12' - (i % 380)::int as order_date,
    (20 + i % 17)::decimal(18, 4) as amount, (i % 5 = 0)::int::decimal(18, 4) as refunded_amount
from range(900) as sold(i);
create table customer_permissions as select
    customer_id, 'email' as channel, 'marketing' as purpose, 'granted' as status
from customers;
create table customer_segments as select
    date '2024-05-12' as as_of_date, 'c_' || i as customer_id, ['new', 'loyal',
    '=lapsed'][1 + i % 3] as segment_id,
    'stage' as kind
from range(60) as people(i)
union all by name
select date '2024-05-12' as as_of_date, 'c_1' as customer_id, 'left_a_cart' as segment_id, 'intent' as kind;
create table customer_segment_history as select
    'c_' || i as customer_id, 'new' as segment_id, date '2024-04-01' as entered_date,
    case when i % 3 > 0 then date '2024-05-01' + (i % 9)::int end as exited_date
from range(60) as people(i)
union all by name
select
    'c_' || i as customer_id, ['loyal', '=lapsed'][i % 3] as segment_id,
    date '2024-05-01' + (i % 9)::int as entered_date
from range(60) as people(i) where i % 3 > 0;
create table customer_patterns as select
    'c_' || i as customer_id, 'complaint_then_order' as pattern_id, 'A complaint,
    then an order' as description,
    date '2024-05-10' as completed_date
from range(9) as people(i);
create table planned_touchpoints as select
    'd_' || i as decision_id, 'c_' || i % 60 as customer_id, ['gift', 'reminder'][1 + i % 2] as action_id,
    ['email', 'push'][1 + i % 2] as channel, date '2024-05-12' - (i % 20)::int as planned_date
from range(100) as handed(i);
create table next_actions as select
    'c_' || i as customer_id, case when i % 3 = 0 then 'gift' else 'none' end as action_id,
    case when i % 3 = 0 then 'email' end as channel, case when i % 3 = 0 then 1.5 end::double as score,
    i % 6 = 0 as is_exploration, ['chosen', 'channel_cap', 'no_state'][1 + i % 3] as reason_code
from range(60) as people(i);
create table decision_trace as select
    'c_' || i % 60 as customer_id, ['gift', 'reminder'][1 + i % 2] as action_id, ['email',
    'push'][1 + i % 2] as channel,
    ['permission', 'cap', null][1 + i % 3] as stopped_by, ['permission_unknown', 'channel_cap',
    'chosen'][1 + i % 3]
    as reason_code
from range(120) as candidates(i);
create table allocation_limits as select
    'budget' as limit_kind, 'email' as limit_id, 100.0 as allowed, 80.0 as used, 0.25 as shadow_price,
    500.0 as expected_gain, 510.0 as possible_gain;
create table kept_out as select 'address_shared' as reason_code, 'email' as channel, 'c_1' as customer_id;
create table channel_health as select
    date '2024-05-12' - i::int as as_of_date, channel, 1000 as sent_count, 5 as refused_count,
    0.005 as refused_share,
    0.002 as usual_share, case channel when 'email' then 0.5 else 1 end as multiplier
from range(20) as nights(i) cross join (values ('email'), ('push')) as channels(channel);
create table action_effects as select
    'gift' as action_id, 'email' as channel, 'order' as outcome, 14 as outcome_days, 300 as chosen_count,
    280 as nothing_count, 0.02 as effect, -0.01 as effect_low, 0.05 as effect_high;
create table offer_ledger as select
    'gift' as action_id, 'A present' as offer, date '2024-05-01' as granted_date,
    date '2024-06-01' as valid_until;
create table model_versions as from (values
    ('churn', 'v2', 'champion', 'trees'), ('lifetime_value_90d', 'v1', 'champion', 'trees'),
    ('purchase_propensity_tea', null, 'off', 'none')
) as versions(model, version, status, method);
alter table model_versions add column trained_date date default date '2024-03-31';
alter table model_versions add column graded_date date default date '2024-01-31';
alter table model_versions add column row_count bigint default 5000;
alter table model_versions add column reason varchar default 'trained because no version scores yet';
create table model_metrics as select
    date '2024-03-31' as as_of_date, model, version, method, metric, value, low, high
from (
    select 'churn' as model, 'v2' as version, unnest(['trees', 'recency']) as method, 'auc' as metric,
    0.8 as value,
        0.75 as low, 0.85 as high
    union all by name
    select model, version, 'trees' as method, what || '_tenth_' || right('0' || tenth, 2) as metric,
    tenth / 11 as value
    from (values ('churn', 'v2'), ('lifetime_value_90d', 'v1')) as models(model, version)
    cross join range(1, 11) as tenths(tenth)
    cross join (values ('predicted'), ('happened')) as told(what)
    where model = 'churn' or tenth <= 5
);
create table drift as select
    date '2024-05-12' - (7 * i)::int as as_of_date, 'churn' as model, 'scores' as kind, 'score' as subject,
    'psi' as statistic, 0.3 - i * 0.05 as value, 0.2 as limit_value, i < 2 as is_alarm
from range(5) as looks(i);
create table churn_scores as select 'c_' || i as customer_id,
    i / 60 as churn_probability from range(60) as people(i);
create table ltv_scores as select
    'c_' || i as customer_id, 90 as horizon_days, 'model' as basis, i * 2.5 as expected_amount
from range(60) as people(i);
create table data_quality_results as select
    date '2024-05-12' - i::int as as_of_date, 'landing' as gate, 'landing.files' as table_name,
    ['hardly_any_dead_letters', 'rows_add_up'][which] as check_name, 'rows_dead' as column_name,
    ['warn', 'stop'][which] as severity, which = 2 or i % 3 > 0 as success, 2 as unexpected_count,
    100 as element_count,
    'At most one row in a hundred is a dead letter.' as meaning, 'data engineering' as owner
from range(20) as nights(i) cross join range(1, 3) as checks(which);
create table data_readiness as select
    'history' as question, 'days of orders' as subject, 100.0 as measured, 270.0 as needed,
    false as is_ready,
    'deliver older exports' as next_step;
create table files as select
    i as file_id, 'shop' as source, 'orders' as entity, 100 as rows_loaded, 1 as rows_duplicate,
    2 as rows_dead,
    0 as rows_skipped, date '2024-05-12' - i::int as loaded_date
from range(5) as delivered(i);
create table dead_letters as select
    1 as file_id, 'shop' as source, 'orders' as entity, 'amount' as column_name,
    'ann1@shop.example' as value,
    'is required and has no value' as reason, date '2024-05-12' as loaded_date;
create table restated_days as select
    date '2024-05-12' as as_of_date, 'shop' as source, date '2024-05-09' as restated_date;
create table identity_metrics as select
    date '2024-05-12' - i::int as as_of_date, 'customers with an account or address' as metric,
    50 as part_count,
    60 as whole_count, 0.83 as share
from range(20) as nights(i);
create table rules as select
    'segment' as rule_kind, 'new' as rule_id, 'team:crm' as owner, 20 as fired_count, 30 as candidate_count,
    5 as capped_count, date '2024-05-12' as last_fired_date, date '2024-05-01' as due_date,
    date '2023-11-01' as reviewed_date, 'crm' as reviewed_by, 'still so' as review_because,
    date '2023-01-01' as defined_date;
create table rule_review as select
    'segment' as rule_kind, 'new' as rule_id, 'overdue' as finding, '' as other_rule_id,
    date '2024-05-01' as since_date,
    20 as counted, 60 as of_count, 'look at it' as remedy;
create table metric_goals as select
    'more_return' as goal_id, 'retention_rate' as metric, 'month' as period, 'all' as breakdown,
    'all' as breakdown_id, 0.4 as baseline, 0.45 as current_value, 0.5 as target, 0.5 as progress,
    date '2024-01-01' as launch_date, 'the welcome series' as because;
create table cx_metrics as select
    'month' as period, (date '2024-05-01' - to_months(i::int))::date as period_start,
    'retention_rate' as metric,
    breakdown, breakdown_id, 0.4 + 0.01 * i as value, 50 as sample_size, 'lagging' as kind, 'goal' as use
from range(12) as months(i) cross join (
    values ('all', 'all'), ('segment', 'loyal'), ('segment', 'new')
) as whom(breakdown, breakdown_id);
create table churn_reasons as select
    (date '2024-05-01' - to_months(i::int))::date as month_start, 'late_delivery' as reason,
    'ticket' as source,
    5 + i as customers, 1.0 as share
from range(4) as months(i);
create table experiments as select
    'kind_words' as experiment_id, 'Kind words bring people back' as hypothesis, 'team:crm' as owner,
    'loyal' as segment_id, '0a1b2c3d4e5f' as segment_hash,
    'revenue' as primary_metric, 30 as horizon_days, 'readable' as state,
    'every arm has its sample size' as state_reason, false as is_stale, null as stale_reason,
    1.2 as progress,
    400 as readable_count, 500 as exposed_count, 150 as sample_size, 1 as conflict_count,
    date '2024-03-01' as start_date, date '2024-04-01' as end_date, 'kind' as kept_arm,
    date '2024-05-02' as decided_date, 'crm' as decided_by, 'it won' as decision_reason,
    'words matter' as learned, null as reverted;
create table experiment_results as select
    'kind_words' as experiment_id, 'kind' as arm, metric, 30 as horizon_days, breakdown,
    metric = 'revenue' as is_primary, metric <> 'revenue' as is_guardrail, 200 as unit_count,
    200 as control_unit_count, 1.5 as difference, -1.0 as sequential_low, 4.0 as sequential_high,
    0.1 as lift,
    0.02 as lift_low, 0.18 as lift_high, 0.03 as p_value_adjusted, 'better' as reading, 'fixed' as read_by
from (values ('revenue', ''), ('revenue', 'loyal'), ('complaints', '')) as read_of(metric, breakdown)
-- of a control without any there is no lift, and of a few people nothing
union all by name select
    'kind_words' as experiment_id, 'kind' as arm, metric, 30 as horizon_days, '' as breakdown,
    false as is_primary, true as is_guardrail, 200 as unit_count, 200 as control_unit_count, difference,
    difference - 0.1 as sequential_low, difference + 0.1 as sequential_high,
    2 * difference as p_value_adjusted, reading, 'fixed' as read_by
from (values ('unsubscribes', 0.02, 'worse'), ('csat', null, 'no_outcomes'))
    as others(metric, difference, reading);
create table experiment_assignments as select
    'kind_words' as experiment_id, 'c_' || i as customer_id, ['kind', 'plain'][1 + i % 2] as arm,
    'counted' as status, date '2024-03-02' as first_exposed_date
from range(30) as people(i);
create table incrementality as select
    quarter, compared_with, 'revenue' as metric, 90 as horizon_days, 0.05 as lift, 0.01 as lift_low,
    0.09 as lift_high, 'better' as reading, 'steady' as trend, 2.0 as difference, 42.0 as mean,
    40.0 as control_mean,
    900 as unit_count, 90 as control_unit_count, true as is_settled, 2.5 as return_on_cost,
    0.5 as return_on_cost_low, 4.5 as return_on_cost_high, 1800.0 as gained_amount,
    200.0 as contact_cost_amount,
    300.0 as running_cost_amount
from (values ('2023Q4'), ('2024Q1')) as quarters(quarter)
cross join (values ('generic'), ('holdout')) as others(compared_with);
create table program_groups as select
    'c_' || i as customer_id, case when i < 3 then 'holdout' else 'orchestrated' end as program_group,
    null::date as until_date
from range(60) as people(i);
"""


def made_up_version(folder: Path, *, is_empty: bool = False) -> Version:
    """A version of NIGHT below `folder`; an empty one has the same tables without rows."""
    version = Version(NIGHT, 1, folder / f"{NIGHT}_0001")
    version.folder.mkdir(parents=True)
    with duckdb.connect(version.database) as connection:
        connection.execute(TABLES)
        for (table,) in (
            connection.execute("select table_name from duckdb_tables()").fetchall() if is_empty else ()
        ):
            connection.execute(f"delete from {table}")
    return version
