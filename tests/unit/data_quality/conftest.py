"""A small warehouse in which every check passes; a test breaks one thing in a copy of it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from regulars.data_quality import door
from regulars.store.entities import entities
from regulars.warehouse.beside import Beside, close_all

SYSTEM_COLUMNS = (
    "source varchar, file_id bigint, row_number bigint, loaded_date date, record_key varchar, extras json"
)

SETTINGS = """
create schema settings; create schema previous; create schema landing; create schema marts;
    create schema decisions;
create schema action_lists; create schema data_quality;
create table settings.night as select
    date '2024-05-10' as as_of_date, timestamp '2024-05-11 04:00:00' as as_of_end_at,
    'America/New_York' as time_zone, 'USD' as currency, date '2024-05-09' as previous_date,
    0 as past_month_ends, null::date as review_date, 180 as preference_days, 365 as timeline_days;
create table settings.segments as from (values
    ('new', 'stage', 1, 'h1'), ('loyal', 'stage', 2, 'h2'), ('big', 'intent', 3, 'h3'),
    ('few', 'intent', 4, 'h5')
) as segments(segment_id, kind, position, definition_hash);
create table settings.identity as select 2 as most_growth;
create table settings.systems as select 'shop' as source, 'shop' as accounts;
create table previous.customer_identifiers as select
    'c_' || i as customer_id, 'shop' as source, 'account' as identifier_kind, 'k' || i as identifier
    from range(1, 4) as numbers(i);
create table previous.planned_touchpoints as
    select 'd0' as decision_id, 'c_1' as customer_id, 'thanks' as action_id, 'post' as channel,
        date '2024-05-01' as planned_date;
create table previous.delivered_segments as
    select 'news' as destination, segment_id, address, customer_id, 'added' as change,
        date '2024-05-09' as delivered_date
    from (values ('loyal', 'k2@shop.example', 'c_2')) as told(segment_id, address, customer_id);
create table settings.actions as select
    'thanks' as action_id, 'marketing' as action_class, true as is_generic
    union all select 'survey', 'service', false;
create table settings.program as select 0.05 as holdout_share, 0.05 as generic_share;
create table settings.suppressions as select
    'email' as identifier_kind, '' as source, 'gone@shop.example' as identifier, null::varchar as channel,
    'x' as reason, null::date as since_date;
create table settings.experiments as select
    'thanks_kind' as experiment_id, 'big' as segment_id, date '2024-05-06' as start_date,
    date '2024-06-16' as last_day, 'usual' as control_arm;
create table settings.experiment_arms as from (values
    ('thanks_kind', 'usual', 'thanks', 0.0, 0.5), ('thanks_kind', 'new', 'thanks_2', 0.5, 2.0)
) as arms(experiment_id, arm, action_id, from_draw, to_draw);
create table previous.program_groups (
    customer_id varchar, unit_id varchar, program_group varchar, since_date date, until_date date
);
create table previous.experiment_assignments as select
    'thanks_kind' as experiment_id, 'c_2' as customer_id, 'c_2' as unit_id, 'usual' as arm,
    date '2024-05-08' as assigned_date, date '2024-05-08' as first_exposed_date, 'h3' as segment_hash,
    'counted' as status;
create table previous.metric_goals as select
    'nps of all by month from 2024-05-01' as goal_id, date '2024-04-01' as baseline_start,
    20.0::double as baseline, 40::bigint as baseline_size, date '2024-05-01' as frozen_date;
create table previous.data_quality_results (
    as_of_date date, gate varchar, table_name varchar, check_name varchar, column_name varchar,
    severity varchar,
    success boolean, observed_value varchar, unexpected_count bigint, element_count bigint, meaning varchar,
    owner varchar
);
"""

LANDING = """
create table landing.files as from (values
    (1, 'shop', 'orders', 'orders', 'o.csv', 'sha1', 10, 202, 199, 1, 2, 1, 0, date '2024-05-10'),
    (2, 'shop', 'people', 'customers', 'c.csv', 'sha2', 10, 3, 3, 0, 0, 0, 0, date '2024-05-10'),
    (3, 'shop', 'mail', 'messages', 'm.csv', 'sha3', 10, 1, 1, 0, 0, 0, 0, date '2024-05-10'),
    (4, 'shop', 'consent', 'consents', 'k.csv', 'sha4', 10, 3, 3, 0, 0, 0, 0, date '2024-05-10')
) as files(file_id, source, stream, entity, path, sha256, size_bytes, rows_read, rows_loaded, rows_duplicate,
    rows_dead, rows_unreadable, rows_skipped, loaded_date);
create table landing.dead_letters as from (values
    (1, 'shop', 'orders', 'o.csv', 7, 'amount', 'x', 'not a number', 'o7,x', date '2024-05-10'),
    (1, 'shop', 'orders', 'o.csv', 8, 'amount', 'y', 'not a number', 'o8,y', date '2024-05-10')
) as letters(file_id, source, entity, path, row_number, column_name, value, reason, row_text, loaded_date);
insert into landing.orders by name
    select 'shop' as source, 1 as file_id, i as row_number, date '2024-05-10' as loaded_date,
        'o' || i as record_key,
        'o' || i as order_ref, 'k' || (i % 3 + 1) as customer_ref,
        timestamp '2024-05-01 12:00:00' as ordered_at,
        10 as amount
    from range(3) as numbers(i);
insert into landing.customers by name
    select 'shop' as source, 2 as file_id, i as row_number, date '2024-05-10' as loaded_date,
        'k' || i as record_key,
        'k' || i as customer_ref
    from range(1, 4) as numbers(i);
insert into landing.messages by name
    select 'shop' as source, 3 as file_id, 1 as row_number, date '2024-05-10' as loaded_date,
        'm1' as record_key,
        'm1' as message_ref, 'post' as channel, 'k1' as customer_ref, 'sent' as event,
        timestamp '2024-05-02 12:00:00' as occurred_at;
insert into landing.consents by name
    select 'shop' as source, 4 as file_id, i as row_number, date '2024-05-10' as loaded_date,
        'k' || i as record_key,
        'k' || i as customer_ref, 'post' as channel, 'marketing' as purpose, 'granted' as status,
        timestamp '2024-01-01' as stated_at
    from range(1, 4) as numbers(i);
"""

MARTS = """
create view marts.earlier_plans as from previous.planned_touchpoints;
create table marts.customer_aliases as select
    'c_old' as alias_id, 'c_1' as customer_id, date '2024-05-03' as since_date;
create table marts.identity_review as select
    'email' as identifier_kind, '' as source, 'noemail@shop.example' as identifier,
    'placeholder' as set_aside_because;
create table marts.orders as select
    'o' || i as order_id, 'c_' || i as customer_id, 'shop' as source, 'o' || i as order_ref,
    timestamp '2024-05-01 12:00:00' as ordered_at, date '2024-05-01' as order_date,
    10::decimal(18, 4) as amount, 0::decimal(18, 4) as refunded_amount, true as has_header,
    0::bigint as line_count, null::decimal(18, 4) as line_amount
    from range(1, 4) as numbers(i);
create table marts.data_readiness as select
    date '2024-05-10' as as_of_date, * from (values
        ('unified_identifier', 'shop', 2::bigint, 3::bigint, 0.667::double),
        ('history', 'active customers', 3, null, 3), ('maturity', 'level', 3, null, 3)
    ) as answers(question, subject, counted, total, measured);
create table marts.cx_metrics as from (values
    ('month', date '2024-04-01', date '2024-04-30', 'nps', 'all', 'all', 20.0::double, 40::bigint),
    ('month', date '2024-04-01', date '2024-04-30', 'nps', 'segment', 'loyal', null, 3),
    ('month', date '2024-04-01', date '2024-04-30', 'churn_rate', 'all', 'all', 0.1, 40)
) as metrics(period, period_start, period_end, metric, breakdown, breakdown_id, value, sample_size);
create table marts.metric_goals as from previous.metric_goals;
create table marts.churn_reasons as from (values
    (date '2024-04-01', 'late parcel', 'ticket', 1::bigint, 0.25::double),
    (date '2024-04-01', 'none known', 'behaviour', 3, 0.75)
) as reasons(month_start, reason, source, customers, share);
create table marts.customer_identifiers as select
    'c_' || i as customer_id, 'shop' as source, 'account' as identifier_kind, 'k' || i as identifier
    from range(1, 4) as numbers(i);
create table marts.customer_features as select
    date '2024-05-10' as as_of_date, 'c_' || i as customer_id, 9 as days_since_first_order,
    9 as days_since_last_order,
    0 as order_count_7d, 1 as order_count_30d, 1 as order_count_90d, 1 as order_count_365d, 1 as order_count,
    10::decimal(18, 4) as order_amount, 1 as category_count_365d, 1.0::double as top_category_share_365d,
    0.0::double as discount_share_90d, 0.0::double as discount_share_365d,
    0.0::double as weekend_order_share_365d,
    0 as messages_sent_30d, 0 as messages_sent_90d, 0 as messages_sent_365d,
    0 as messages_redeemed_30d, 0 as messages_redeemed_90d, 0 as messages_redeemed_365d,
    null::integer as days_since_last_message, null::integer as days_since_last_redemption,
    null::double as overdue_ratio, 3 as favourite_weekday
    from range(1, 4) as numbers(i);
create table marts.customers as select
    customer_id, 'shop' as source, 'k' || right(customer_id, 1) as customer_ref,
    'k' || right(customer_id, 1) || '@shop.example' as email, '+1 555 010' || right(customer_id, 1) as phone,
    'loyal' as lifecycle_stage, 'loyal' as segments, as_of_date as data_as_of, order_count
    from marts.customer_features;
create table marts.customer_segments as select
    as_of_date, customer_id, 'loyal' as segment_id, 'stage' as kind, 'h2' as definition_hash
    from marts.customer_features
    union all select date '2024-05-10', 'c_1', 'big', 'intent', 'h3'
    union all select date '2024-05-10', 'c_1', 'few', 'intent', 'h5';
create table marts.customer_segment_history as
    select customer_id, segment_id, as_of_date as entered_date, null::date as exited_date
    from marts.customer_segments
    union all select 'c_1', 'new', date '2024-05-01', date '2024-05-10';
create table marts.customer_permissions as select
    customer_id, channel, 'marketing' as purpose, if(channel = 'post', 'granted', 'unknown') as status,
    if(channel = 'post', 'store', null) as decided_by
    from marts.customers cross join (values ('post'), ('email')) as channels(channel);
create table marts.customer_touchpoints as select
    't_1' as touchpoint_id, 'c_1' as customer_id, 'post' as channel, 'd0' as decision_id,
    null::varchar as action_ref,
    timestamp '2024-05-02 12:00:00' as sent_at, date '2024-05-02' as sent_date;
"""

PREDICTIONS = """
create schema predictions;
create table predictions.model_versions as from (values
    ('churn', 'v1', 'champion', 'better than every rule'), ('churn', 'v0', 'retired', 'was the first'),
    ('lifetime_value_90d', 'v2', 'champion', 'better than every rule'),
    ('purchase_propensity_tea', 'v3', 'champion', 'better than every rule'),
    ('channel_response_post_ordered', 'v4', 'champion', 'better than every rule'),
    ('lifetime_value_365d', 'none', 'off', 'too little history')
) as versions(model, version, status, reason);
create table predictions.model_metrics as select
    date '2024-05-10' as as_of_date, 'churn' as model, 'v1' as version, 'auc' as metric, 0.8::double as value;
create table predictions.drift as from (values
    (date '2024-05-03', 'churn', 'scores', 'score', 'psi', 0.3, 0.1, true),
    (date '2024-05-10', 'churn', 'inputs', 'all features', 'share_beyond_limit', 0.1, 0.2, false),
    (date '2024-05-10', 'churn', 'inputs', 'order_count', 'psi', 0.2, 0.1, false),
    (date '2024-05-10', 'churn', 'inputs', 'order_amount', 'psi', 0.1, 0.2, false),
    (date '2024-05-10', 'churn', 'scores', 'score', 'psi', 0.05, 0.1, false)
) as drift(as_of_date, model, kind, subject, statistic, value, limit_value, is_alarm);
create table predictions.churn_scores as select
    date '2024-05-10' as as_of_date, 'c_' || i as customer_id, 'v1' as version,
    if(i = 3, 'cold_start', 'model') as basis, if(i = 3, null, 0.2::double) as churn_probability
    from range(1, 4) as numbers(i);
create table predictions.ltv_scores as select
    date '2024-05-10' as as_of_date, 'c_' || i as customer_id, 90::bigint as horizon_days, 'v2' as version,
    'model' as basis, 50.0::double as expected_amount, 0.0::double as low_amount, 90.0::double as high_amount
    from range(1, 4) as numbers(i);
create table predictions.propensity_scores as select
    date '2024-05-10' as as_of_date, 'c_' || i as customer_id, 'Tea' as category, 'v3' as version,
    'model' as basis, 0.1::double as purchase_probability
    from range(1, 4) as numbers(i);
create table predictions.response_scores as select
    date '2024-05-10' as as_of_date, 'c_' || i as customer_id, 'post' as channel, 'ordered' as response,
    'v4' as version, 'model' as basis, 0.1::double as response_probability
    from range(1, 4) as numbers(i);
"""

RECOMMENDATIONS = """
create schema if not exists staging;
create table staging.stg_products as from (values
    ('shop', 'p1', true, null::bigint), ('shop', 'p2', null, 7), ('shop', 'p3', false, 7),
    ('shop', 'p4', true, 0)
) as products(source, product_ref, is_active, stock_quantity);
create table predictions.popular_products as from (values
    (1, 'shop', 'p1'), (2, 'shop', 'p2')
) as popular_products(rank, source, product_ref);
create table predictions.recommendations as from (values
    ('c_1', 1, 'shop', 'p1'), ('c_1', 2, 'shop', 'p2'), ('c_2', 1, 'shop', 'p2')
) as recommendations(customer_id, rank, source, product_ref);
"""

DECISIONS = """
create table decisions.decision_trace as select
    date '2024-05-10' as as_of_date, 'd' || i as decision_id, 'c_' || (i % 3 + 1) as customer_id,
    'loyal' as state,
    'thanks' as action_id, 'post' as channel, 'marketing' as purpose, i < 3 as is_chosen,
    if(i < 3, null, 'arbitration') as stopped_by, 'r' as reason_code, 'because' as reason,
    'You are a regular.' as customer_reason, 1.5::double as score, '{"order_count": 1}' as evidence,
    'p' as policy, [0.5, 1, 0][i]::double as propensity
    from range(1, 4) as numbers(i);
create table decisions.next_actions as
    select * exclude (is_chosen, stopped_by) from decisions.decision_trace where is_chosen
    union all select date '2024-05-10', 'd9', 'c_1', 'loyal', 'none', null, null, 'none',
        'nothing fits', null, null, null, 'p', 1;
alter table decisions.next_actions add column customer_ref varchar;
alter table decisions.next_actions add column is_exploration boolean default false;
update decisions.next_actions set is_exploration = true where decision_id = 'd1';
alter table decisions.next_actions add column send_at timestamp default '2024-05-11 14:00';
alter table decisions.next_actions add column send_zone varchar default 'America/New_York';
create table decisions.program_groups as select
    customer_id, customer_id as unit_id, 'orchestrated' as program_group, date '2024-05-01' as since_date,
    null::date as until_date
    from marts.customers;
create table decisions.experiment_assignments as
    from previous.experiment_assignments
    union all select 'thanks_kind', 'c_3', 'c_1', 'usual', date '2024-05-10', null, 'h3', 'counted';
create table decisions.policy_evaluations as from (values
    ('model', false, false), ('p', true, true)
) as policies(candidate, is_asked, is_in_force);
create table decisions.exploration_log as
    select as_of_date, decision_id, customer_id, propensity, true as is_chosen
    from decisions.next_actions where decision_id = 'd1'
    union all select date '2024-05-10', 'd8', 'c_2', 0.5, false
    union all select date '2024-05-09', 'd0', 'c_2', 1, false;
create table decisions.planned_touchpoints as
    select * from previous.planned_touchpoints
    union all select decision_id, customer_id, action_id, channel, as_of_date
    from decisions.next_actions where decision_id = 'd1';
create table previous.offer_ledger as
    select 'd0' as decision_id, 'c_2' as customer_id, 'survey' as action_id, 'five off' as offer,
        'amount' as kind, 5::decimal(18, 4) as value, '["Tea"]' as categories,
        date '2024-05-01' as granted_date, date '2024-05-02' as valid_from, date '2024-05-20' as valid_until;
create table decisions.offer_ledger as
    from previous.offer_ledger
    union all
    select 'd1', 'c_2', 'thanks', 'six off', 'amount', 6, '["Coffee"]', date '2024-05-10', date '2024-05-11',
        date '2024-05-30';
create table decisions.active_offers as
    select date '2024-05-10' as as_of_date, 'k2' as customer_ref, * exclude (granted_date)
    from decisions.offer_ledger;
create table decisions.kept_out as
    select as_of_date, decision_id, customer_id, action_id, channel, 'text_not_one_line' as reason_code,
        'customer_reason is not one line' as reason
    from decisions.next_actions where decision_id = 'd2';
create table decisions.delivered_profiles as
    select 'news' as destination, 'k3@shop.example' as address, 'c_3' as customer_id, '{}' as field_hashes,
        date '2024-05-10' as delivered_date;
create table decisions.delivered_segments as
    select * from previous.delivered_segments
    union all select 'news', 'loyal', 'k3@shop.example', 'c_3', 'added', date '2024-05-10';
create table decisions.action_outcomes as
    select *, null::varchar as kept_out, 'decision_id' as matched_by, true as is_accepted
    from previous.planned_touchpoints
    union all select decision_id, customer_id, action_id, channel, as_of_date, reason_code, null, false
    from decisions.kept_out;
create table decisions.delivery_reconciliation as select
    date '2024-05-01' as planned_date, '' as destination, 'post' as channel, 'post.csv' as file,
    1 as handed_over_count, null::bigint as delivered_count, 1 as accepted_count, 1 as sent_count,
    0 as failed_count, 0 as guessed_count, 0 as unanswered_count, false as is_missing;
create schema deliveries;
create table deliveries.news__post as
    select 'k2' as address, 'd1' as decision_id;
create table deliveries.news__profile as
    select 'k3@shop.example' as "Email", '+15551234567' as first_name, '-0.5' as overdue_ratio;
create table deliveries.ads__segment_loyal_added as
    select 'hash' as email;
create table action_lists.post as
    select as_of_date::varchar as as_of_date, decision_id, customer_id,
        'k' || right(customer_id, 1) as address, 'Ann-Lee = 1' as first_name
    from decisions.next_actions where decision_id = 'd1';
"""

MEASUREMENT = """
create schema measurement;
create table measurement.experiments as select
    date '2024-05-10' as as_of_date, 'offer_test' as experiment_id, 'ended' as state,
    400::bigint as exposed_count,
    200::bigint as readable_count, null::date as settled_date;
create table measurement.experiment_results as select
    'offer_test' as experiment_id, 'warm' as arm, 'revenue' as metric, 30::bigint as horizon_days,
    '' as breakdown, 200::bigint as unit_count, 200::bigint as control_unit_count, 12.0::double as mean,
    10.0::double as control_mean, 2.0::double as difference, 1.0::double as difference_low,
    3.0::double as difference_high, 0.2::double as lift, 0.1::double as lift_low, 0.3::double as lift_high,
    0.01::double as p_value, 0.02::double as p_value_adjusted, 0.5::double as sequential_low,
    3.5::double as sequential_high, 'better' as reading;
create table measurement.incrementality as
    select '2024-Q1' as quarter, 'holdout' as compared_with, * exclude (experiment_id, arm, breakdown)
    from measurement.experiment_results;
"""


@pytest.fixture(scope="session")
def night() -> date:
    return date(2024, 5, 10)


@pytest.fixture(scope="session")
def context() -> dict[str, object]:
    channels = [
        {"id": channel, "role": "letters", "address": address, "cost_per_send": "0.65"}
        | {"max_touchpoints": 1, "per_days": 7}
        for channel, address in (("post", "customer_ref"), ("email", "email"))
    ]
    channels[1]["nightly_capacity"] = 500
    across = {"max_touchpoints": 2, "per_days": 8, "hours_between_channels": 30}
    newest = {"warn_after_days": 200, "stop_after_days": 300}
    return {
        "segments": [
            {"id": name, "owner": "team:crm", "all_or_none": severity}
            for name, severity in {"loyal": "allow", "big": "warn", "few": "stop"}.items()
        ],
        "preset_systems": ["mailer"],
        "cadences": [{"source": "shop", "stream": "consent", "entity": "consents", "freshness": newest}],
        "channels": {
            "across_channels": across,
            "quiet_hours": {"from_hour": 21, "until_hour": 9},
            "channels": channels,
            "nightly_budget": "1000",
        },
        "action_capacities": {"survey": 2},
        "cooldown_days": {"thanks": 30, "survey": 0},
        "required_columns": {"post": ["first_name"]},
        "deliveries": [
            {"table": "news__post", "destination": "news", "kind": "action_list", "channel": "post"}
            | {"key": "address"},
            {"table": "news__profile", "destination": "news", "kind": "profile", "key": "Email"}
            | {"consent_columns": ["Status"]},
            {"table": "ads__segment_loyal_added", "destination": "news", "kind": "segment"}
            | {"segment": "loyal", "change": "added"},
        ],
        "receivers": [
            {"id": "news", "channels": ["post"], "permitted_by": "post", "purpose": "marketing"}
            | {"segments": ["loyal"], "suppression_hours": 48, "confirmed": ["2024-05-09"]},
        ],
    }


@pytest.fixture(scope="session")
def good_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good") / "warehouse.duckdb"
    tables = "".join(
        f"create table landing.{entity.name} ({SYSTEM_COLUMNS}, "
        + ", ".join(f'"{column.name}" {column.data_type}' for column in entity.columns)
        + ");"
        for entity in entities().values()
    )
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            SETTINGS + tables + LANDING + MARTS + PREDICTIONS + RECOMMENDATIONS + DECISIONS + MEASUREMENT
        )
    return path


@pytest.fixture
def broken_warehouse(good_warehouse: Path, tmp_path: Path) -> Callable[[str], Path]:
    def breaks(sql: str) -> Path:
        path = tmp_path / "warehouse.duckdb"
        shutil.copyfile(good_warehouse, path)
        with duckdb.connect(str(path)) as connection:
            connection.execute(sql)
        return path

    return breaks


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session", autouse=True)
def worker() -> Iterator[Beside]:
    yield door.warm_up()
    close_all()
