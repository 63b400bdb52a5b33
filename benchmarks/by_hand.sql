-- What the facts of a first night state, written by hand for the simulated store alone: the yardstick of by_hand.py.
--
-- Reads the schemas landing and settings of `warehouse`, writes tables of the file that is open. The same rules as
-- the
-- dbt project where they change an answer; none of its increments, evidence texts, history and reviews. Landing has
-- trimmed every text, so that nothing is trimmed here. `section` lines are what by_hand.py times.

-- section: settings

set variable as_of_end_at = (select as_of_end_at from warehouse.settings.night);
set variable time_zone = (select time_zone from warehouse.settings.night);
set variable tonight = (select as_of_date from warehouse.settings.night);
set variable month_ends = (select past_month_ends from warehouse.settings.night);
set variable preference_days = (select preference_days from warehouse.settings.night);
set variable country = (select country from warehouse.settings.identity);
set variable profile_accounts = (select profile_accounts from warehouse.settings.identity);
set variable most_accounts = (select most_accounts from warehouse.settings.identity);
set variable first_at = (
    select min(first_at)
    from (
        select min(occurred_at) as first_at from warehouse.landing.events
        union all
        select min(occurred_at) from warehouse.landing.messages
        union all
        select min(occurred_at) from warehouse.landing.order_lines
        union all
        select min(ordered_at) from warehouse.landing.orders
        union all
        select min(opened_at) from warehouse.landing.tickets
        union all
        select min(answered_at) from warehouse.landing.survey_responses
        union all
        select min(stated_at) from warehouse.landing.preferences
        union all
        select min(stated_at) from warehouse.landing.consents
        union all
        select min(created_at) from warehouse.landing.customers
    )
);

-- the zone is asked once an hour, because the store's zone differs from UTC by whole hours
create temp table hours as
select
    cast(epoch(hour_at) // 3600 as integer) as hour_number,
    cast(timezone(getvariable('time_zone'), timezone('UTC', hour_at)) as date) as day,
    cast(extract(hour from timezone(getvariable('time_zone'), timezone('UTC', hour_at))) as integer) as hour_of_day
from generate_series(
    date_trunc('hour', getvariable('first_at')), getvariable('as_of_end_at') + interval 1 year, interval 1 hour
) as hours_of_utc (hour_at);

create macro hour_of(moment) as cast(epoch_ms(moment) // 3600000 as integer);
-- whose ids a system's accounts and cookies are, as the contracts say
set variable accounts = (select map(list(source), list(accounts)) from warehouse.settings.systems);
set variable anonymous_ids = (select map(list(source), list(anonymous_ids)) from warehouse.settings.systems);
create macro accounts_of(source) as coalesce(getvariable('accounts')[source], source);
create macro anonymous_ids_of(source) as coalesce(getvariable('anonymous_ids')[source], source);
create macro account_node(source, ref) as case when ref is not null then hash('account', accounts_of(source),
    ref) end;
create macro email_node(email) as case when email is not null then hash('email', '', email) end;
create macro phone_node(phone) as case when phone is not null then hash('phone', '', phone) end;
create macro device_node(source, ref) as case when ref is not null then hash('anonymous',
    anonymous_ids_of(source), ref) end;
create macro letters_of(name) as
    nullif(
        trim(regexp_replace(regexp_replace(strip_accents(lower(name)), '[^\p{L} ]', '', 'g'), ' +', ' ', 'g')), ''
    );

-- section: visits

-- all that one visit says of one account and device on one day: a fifth of the events, and nothing else is read of
-- them
create temp table visit_parts as
select
    hash(events.session_ref) as session_id,
    events.session_ref is null as is_without_visit,
    hours.day,
    account_node('web', events.customer_ref) as account,
    device_node('web', events.anonymous_ref) as device,
    min(events.file_id * 10000000000 + events.row_number) as place,
    max(events.device = 'mobile') as is_mobile,
    cast(count(*) as integer) as event_count,
    cast(count(*) filter (events.event_type = 'product_viewed') as integer) as product_view_count,
    cast(count(*) filter (events.event_type = 'products_searched') as integer) as search_count,
    cast(count(*) filter (events.event_type = 'product_added') as integer) as cart_add_count,
    cast(count(*) filter (events.event_type = 'checkout_started') as integer) as checkout_count,
    cast(count(*) filter (events.event_type = 'pricing_viewed') as integer) as pricing_view_count,
    cast(count(*) filter (events.event_type = 'cancellation_page_viewed') as integer) as cancellation_view_count,
    cast(count(*) filter (events.event_type = 'feature_used') as integer) as feature_use_count,
    cast(count(*) filter (events.event_type = 'signed_in') as integer) as sign_in_count
from warehouse.landing.events
inner join hours on hour_of(events.occurred_at) = hours.hour_number
where
    events.occurred_at < getvariable('as_of_end_at')
    and (events.customer_ref is not null or events.anonymous_ref is not null)
group by all;

-- an account that is logged in during a visit is whom all of it is about, unless several are
create temp table visits_of_parts as
select
    session_id,
    day,
    case when min(account) = max(account) then min(account) end as account,
    min(place) as place
from visit_parts
where not is_without_visit
group by session_id, day
having count(*) > 1;

-- of the last weeks of months, and of the week before tonight
create temp table product_views as
select
    views.day,
    views.account,
    case when views.account is null then visits.account end as visit_account,
    views.device,
    views.product,
    views.view_count
from (
    select
        hash(events.session_ref) as session_id,
        events.session_ref is null as is_without_visit,
        hours.day,
        account_node('web', events.customer_ref) as account,
        device_node('web', events.anonymous_ref) as device,
        hash(events.product_ref) as product,
        cast(count(*) as integer) as view_count
    from warehouse.landing.events
    inner join (
        from hours
        where day between getvariable('tonight') - 6 and getvariable('tonight') or day > last_day(day) - 7
    ) as hours
        on hour_of(events.occurred_at) = hours.hour_number
    where
        events.occurred_at < getvariable('as_of_end_at')
        and events.event_type = 'product_viewed'
        and events.product_ref is not null
        and (events.customer_ref is not null or events.anonymous_ref is not null)
    group by all
) as views
left join visits_of_parts as visits
    on not views.is_without_visit and views.session_id = visits.session_id and views.day = visits.day;

-- one visit of several parts counts as its first
create temp table event_facts as
select
    parts.* exclude (session_id, is_without_visit, place, is_mobile, account),
    parts.account,
    case when parts.account is null then visits.account end as visit_account,
    cast(visits.place is null or visits.place = parts.place as integer) as visit_count,
    cast(parts.is_mobile and (visits.place is null or visits.place = parts.place) as integer) as mobile_visit_count
from visit_parts as parts
left join visits_of_parts as visits
    on not parts.is_without_visit and parts.session_id = visits.session_id and parts.day = visits.day;

drop table visit_parts;

-- section: other facts

create temp table subscription_facts as
select
    account_node('web', events.customer_ref) as account,
    device_node('web', events.anonymous_ref) as device,
    hours.day,
    events.occurred_at,
    events.event_type = 'subscription_started' as is_start
from warehouse.landing.events
inner join hours on hour_of(events.occurred_at) = hours.hour_number
where
    events.occurred_at < getvariable('as_of_end_at')
    and events.customer_ref is not null
    and events.event_type in ('subscription_started', 'subscription_ended');

create temp table message_facts as
select
    hash(messages.source, messages.customer_ref, messages.email, messages.phone) as handle_id,
    hours.day,
    cast(count(*) as integer) as fact_count,
    cast(count(*) filter (messages.event = 'sent') as integer) as messages_sent,
    cast(count(*) filter (messages.event = 'opened' and messages.is_human) as integer) as messages_opened,
    cast(count(*) filter (messages.event = 'clicked' and messages.is_human) as integer) as messages_clicked,
    cast(count(*) filter (messages.event = 'redeemed') as integer) as messages_redeemed,
    cast(count(*) filter (messages.event = 'bounced') as integer) as messages_bounced,
    cast(count(*) filter (messages.event in ('unsubscribed', 'complained')) as integer) as messages_refused,
    cast(count(*) filter (messages.channel = 'email' and messages.event = 'sent') as integer) as emails_sent,
    cast(count(*) filter (messages.channel = 'email' and messages.event = 'clicked'
        and messages.is_human) as integer) as emails_clicked,
    cast(count(*) filter (messages.channel = 'sms' and messages.event = 'sent') as integer) as sms_sent,
    cast(count(*) filter (messages.channel = 'sms' and messages.event = 'clicked'
        and messages.is_human) as integer) as sms_clicked,
    cast(count(*) filter (messages.channel = 'push' and messages.event = 'sent') as integer) as pushes_sent,
    cast(count(*) filter (messages.channel = 'push' and messages.event = 'clicked'
        and messages.is_human) as integer) as pushes_clicked
from (
    select
        *,
        not coalesce(is_machine, false) as is_human
    from warehouse.landing.messages
) as messages
inner join hours on hour_of(messages.occurred_at) = hours.hour_number
where messages.occurred_at < getvariable('as_of_end_at')
group by all;

-- an order is its header and its lines; orders of the tills are lines alone
create temp table order_facts as
with

line_totals as (

    select
        source,
        order_ref,
        min(customer_ref) as customer_ref,
        min(email) as email,
        min(occurred_at) as first_line_at,
        sum(amount) as amount,
        sum(discount) as discount
    from warehouse.landing.order_lines
    where occurred_at < getvariable('as_of_end_at')
    group by source, order_ref

),

headers_and_lines as (

    select
        hash(coalesce(headers.source, line_totals.source), coalesce(headers.order_ref,
            line_totals.order_ref)) as order_id,
        coalesce(headers.source, line_totals.source) as source,
        coalesce(headers.customer_ref, line_totals.customer_ref) as customer_ref,
        coalesce(headers.email, line_totals.email) as email,
        headers.phone,
        headers.anonymous_ref,
        headers.customer_name,
        coalesce(headers.ordered_at, line_totals.first_line_at) as ordered_at,
        cast(coalesce(headers.amount, line_totals.amount, 0) as decimal(18, 4)) as amount,
        cast(coalesce(headers.discount, line_totals.discount, 0) as decimal(18, 4)) as discount,
        cast(coalesce(headers.refunded, 0) as decimal(18, 4)) as refunded,
        headers.coupon_code is not null as has_coupon,
        coalesce(headers.is_gift, false) as is_gift
    from (from warehouse.landing.orders where ordered_at < getvariable('as_of_end_at')) as headers
    full outer join line_totals
        on headers.source = line_totals.source and headers.order_ref = line_totals.order_ref

)

select
    orders.*,
    hours.day,
    hours.hour_of_day,
    hash(source, customer_ref, email, phone, anonymous_ref, customer_name) as handle_id
from headers_and_lines as orders
inner join hours on hour_of(orders.ordered_at) = hours.hour_number;

create temp table line_facts as
select
    orders.handle_id, hours.day, products.category, products.brand,
    cast(count(*) as integer) as line_count,
    cast(sum(coalesce(lines.quantity, 0)) as decimal(18, 4)) as unit_count,
    cast(sum(coalesce(lines.returned_quantity, 0)) as decimal(18, 4)) as returned_unit_count,
    cast(sum(coalesce(lines.amount, 0)) as decimal(18, 4)) as amount
from warehouse.landing.order_lines as lines
inner join hours on hour_of(lines.occurred_at) = hours.hour_number
inner join (
    select
        order_id,
        handle_id
    from order_facts
    where coalesce(customer_ref, email, phone, anonymous_ref) is not null
) as orders
    on hash(lines.source, lines.order_ref) = orders.order_id
left join warehouse.landing.products
    on lines.source = products.source and lines.product_ref = products.product_ref
where lines.occurred_at < getvariable('as_of_end_at')
group by all;

create temp table categories as
select
    category,
    cast(row_number() over (order by category) as integer) as category_number
from (select distinct category from warehouse.landing.products where category is not null);

create temp table ticket_facts as
select
    hash(tickets.source, tickets.customer_ref, tickets.email, null) as handle_id,
    opened.day,
    solved.day as solved_day,
    tickets.source,
    tickets.record_key,
    tickets.opened_at,
    date_diff('second', tickets.opened_at, tickets.solved_at) as solving_seconds,
    coalesce(tickets.is_complaint, false) as is_complaint,
    tickets.is_open,
    tickets.topic
from (
    select
        * exclude (solved_at),
        case when solved_at < getvariable('as_of_end_at') then solved_at end as solved_at,
        case
            when solved_at is not null then solved_at >= getvariable('as_of_end_at')
            else coalesce(lower(trim(status)) not in ('solved', 'closed', 'resolved'), true)
        end as is_open
    from warehouse.landing.tickets
) as tickets
inner join hours as opened on hour_of(tickets.opened_at) = opened.hour_number
left join hours as solved on hour_of(tickets.solved_at) = solved.hour_number
where tickets.opened_at < getvariable('as_of_end_at');

create temp table response_facts as
select
    hash(responses.source, responses.customer_ref, responses.email, null) as handle_id,
    hours.day, responses.source, responses.record_key, responses.answered_at, responses.kind,
    case
        when
            case responses.kind
                when 'nps' then responses.score between 0 and 10
                when 'csat' then responses.score between 1 and 5
                when 'ces' then responses.score between 1 and 7
                else true
            end
            then responses.score
    end as score,
    responses.text
from warehouse.landing.survey_responses as responses
inner join hours on hour_of(responses.answered_at) = hours.hour_number
where responses.answered_at < getvariable('as_of_end_at');

create temp table preference_facts as
select
    hash(preferences.source, preferences.customer_ref, preferences.email, null) as handle_id,
    stated.day,
    preferences.key as preference_key,
    preferences.value as preference_value,
    preferences.stated_at,
    coalesce(expires.day, stated.day + cast(getvariable('preference_days') as integer)) as expires_day
from warehouse.landing.preferences
inner join hours as stated on hour_of(preferences.stated_at) = stated.hour_number
left join hours as expires on hour_of(preferences.expires_at) = expires.hour_number
where preferences.stated_at < getvariable('as_of_end_at');

-- section: handles

create temp table records as
select
    records.source,
    records.record_key,
    records.customer_ref,
    lower(records.email) as email,
    records.phone,
    letters_of(concat_ws(' ', records.first_name, records.last_name)) as person_name,
    records.first_name, records.last_name, records.birth_date, records.postal_code, records.country,
    records.language, records.time_zone,
    cast(records.attributes as varchar) as attributes,
    coalesce(records.updated_at, records.created_at) as changed_at,
    least(
        coalesce(cast(timezone(getvariable('time_zone'), timezone('UTC', changed_at)) as date), records.loaded_date),
        getvariable('tonight')
    ) as changed_day,
    hours.day,
    hash(source, customer_ref, email, phone, person_name) as handle_id
from warehouse.landing.customers as records
left join hours on hour_of(records.created_at) = hours.hour_number
where coalesce(records.created_at < getvariable('as_of_end_at'), true);

-- what one fact says of whom it is about; texts are read once per handle
create temp table written_handles as
select
    handle_id, source, customer_ref, email, phone, anonymous_ref,
    letters_of(any_value(customer_name)) as person_name,
    min(day) as first_day,
    max(day) as last_used_day,
    cast(count(*) as integer) as fact_count
from order_facts
group by handle_id, source, customer_ref, email, phone, anonymous_ref
union all
select
    handle_id, source, customer_ref, email, phone, null, person_name,
    min(day),
    max(day),
    count(*)
from records
group by handle_id, source, customer_ref, email, phone, person_name
union all
select
    texts.handle_id, texts.source, texts.customer_ref, texts.email, texts.phone, null, null, days.first_day,
    null,
    days.fact_count
from (
    select
        hash(source, customer_ref, email, phone) as handle_id,
        any_value(source) as source,
        any_value(customer_ref) as customer_ref,
        any_value(email) as email,
        any_value(phone) as phone
    from warehouse.landing.messages
    where occurred_at < getvariable('as_of_end_at')
    group by handle_id
) as texts
inner join (
    select
        handle_id,
        min(day) as first_day,
    max(day) as last_used_day,
        cast(sum(fact_count) as integer) as fact_count
    from message_facts
    group by handle_id
) as days
    on texts.handle_id = days.handle_id
union all
select
    hash(facts.source, facts.customer_ref, facts.email, facts.phone),
    facts.source, facts.customer_ref, facts.email, facts.phone, null, null,
    min(hours.day),
    max(hours.day),
    count(*)
from (
    select source, customer_ref, email, phone, stated_at as happened_at from warehouse.landing.consents
    union all
    select source, customer_ref, email, null, stated_at from warehouse.landing.preferences
    union all
    select source, customer_ref, email, null, opened_at from warehouse.landing.tickets
    union all
    select source, customer_ref, email, null, answered_at from warehouse.landing.survey_responses
) as facts
inner join hours on hour_of(facts.happened_at) = hours.hour_number
where facts.happened_at < getvariable('as_of_end_at')
group by facts.source, facts.customer_ref, facts.email, facts.phone;

-- section: identifiers

create temp table written_phones as
select distinct phone from written_handles where phone is not null;

-- python: phones

create temp table handles as
select
    handles.handle_id,
    account_node(handles.source, handles.customer_ref) as account,
    email_node(lower(handles.email)) as email,
    phone_node(coalesce(phones.phone_number, handles.phone)) as phone,
    device_node(handles.source, handles.anonymous_ref) as device,
    handles.person_name,
    handles.first_day,
    handles.fact_count
from written_handles as handles
left join phones
    on handles.phone = phones.phone
where coalesce(handles.customer_ref, handles.email, handles.phone, handles.anonymous_ref) is not null;

create temp table identifiers as
with

texts as (

    select
        account_node(source, customer_ref) as node,
        'account' as identifier_kind,
        accounts_of(source) as source,
        customer_ref as identifier,
        true as is_well_formed,
        first_day,
        last_used_day,
        fact_count
    from written_handles
    where customer_ref is not null
    union all
    select
        email_node(lower(email)),
        'email',
        '',
        lower(email),
        regexp_matches(lower(email), '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$'),
        first_day,
        last_used_day,
        fact_count
    from written_handles
    where email is not null
    union all
    select
        phone_node(coalesce(phones.phone_number, handles.phone)),
        'phone',
        '',
        coalesce(phones.phone_number, handles.phone),
        phones.phone_number is not null,
        handles.first_day,
        handles.last_used_day,
        handles.fact_count
    from written_handles as handles
    inner join phones on handles.phone = phones.phone
    union all
    select
        device_node(source, anonymous_ref),
        'anonymous',
        anonymous_ids_of(source),
        anonymous_ref, true, first_day, last_used_day, fact_count
    from written_handles
    where anonymous_ref is not null
    union all
    select
        account,
        'account',
        accounts_of('web'),
        null,
        true,
        min(day),
        max(day),
        sum(event_count)
    from (select coalesce(account, visit_account) as account, day, event_count from event_facts)
    where account is not null
    group by account
    union all
    select
        device,
        'anonymous',
        anonymous_ids_of('web'),
        null,
        true,
        min(day),
        max(day),
        sum(event_count)
    from event_facts
    where device is not null
    group by device
    union all
    select
        account_node('web', customer_ref),
        'account',
        accounts_of('web'),
        customer_ref, true, null, null, 0
    from warehouse.landing.events
    where customer_ref is not null and occurred_at < getvariable('as_of_end_at')
    group by customer_ref
    union all
    select
        device_node('web', anonymous_ref),
        'anonymous',
        anonymous_ids_of('web'),
        anonymous_ref, true, null, null, 0
    from warehouse.landing.events
    where anonymous_ref is not null and occurred_at < getvariable('as_of_end_at')
    group by anonymous_ref

),

counted as (

    select
        node,
        any_value(identifier_kind) as identifier_kind,
        any_value(source) as source,
        any_value(identifier) as identifier,
        bool_and(is_well_formed) as is_well_formed,
        min(first_day) as first_day,
        max(last_used_day) as last_used_day,
        cast(sum(fact_count) as bigint) as fact_count
    from texts
    group by node

)

select
    counted.* exclude (is_well_formed),
    length(counted.identifier) > 320
    or regexp_matches(counted.identifier, '^[-0 ._:]+$')
    or (counted.identifier_kind = 'email' and regexp_matches(counted.identifier, '^(.|[0-9]+)@')
        and split_part(counted.identifier, '@', 1) = split_part(split_part(counted.identifier, '@', 2), '.', 1))
    or not counted.is_well_formed
    or blocked.identifier is not null
    or names.identifier is not null as is_set_aside
from counted
left join warehouse.settings.blocked_identifiers as blocked
    on lower(counted.identifier) = blocked.identifier
left join (from warehouse.settings.blocked_identifiers where is_local_part) as names
    on counted.identifier_kind = 'email' and split_part(counted.identifier, '@', 1) = names.identifier;

-- what says nothing of a person is no part of a handle from here on
create temp table set_aside as
select node from identifiers where is_set_aside;

create temp table usable_handles as
select
    handles.handle_id,
    case when accounts.node is null then handles.account end as account,
    case when emails.node is null then handles.email end as email,
    case when phones_aside.node is null then handles.phone end as phone,
    case when devices.node is null then handles.device end as device,
    handles.person_name,
    handles.first_day,
    handles.fact_count
from handles
left join set_aside as accounts on handles.account = accounts.node
left join set_aside as emails on handles.email = emails.node
left join set_aside as phones_aside on handles.phone = phones_aside.node
left join set_aside as devices on handles.device = devices.node;

-- section: shared addresses

create temp table account_names as
select
    account_node(source, customer_ref) as account,
    arg_min(
        {'person_name': person_name, 'birth_date': birth_date},
        {'age': - epoch_us(changed_day), 'seconds': - epoch_us(changed_at), 'source': source, 'record_key': record_key}
    ) as told
from records
where customer_ref is not null and (person_name is not null or birth_date is not null)
group by account;

-- whom a handle with an address says that it is about, by the name in it and by those of its account
create temp table people as
with

named_handles as (

    select distinct
        email,
        phone,
        cast(null as ubigint) as account,
        person_name,
        cast(null as date) as birth_date
    from usable_handles
    where person_name is not null and (email is not null or phone is not null)

),

account_handles as (

    select distinct
        email,
        phone,
        account
    from usable_handles
    where account is not null and (email is not null or phone is not null)

)

select * from named_handles
union all
select
    handles.email,
    handles.phone,
    handles.account,
    names.told.person_name as person_name,
    names.told.birth_date as birth_date
from account_handles as handles
left join account_names as names on handles.account = names.account;

create macro is_same_word(one, other) as (
    one = other
    or (right(one, 1) = right(other, 1) and jaro_winkler_similarity(one, other) >= 0.85)
    or (
        (left(one, length(other)) = other or left(other, length(one)) = one)
        and not (
            abs(length(one) - length(other)) = 1
            and right(case when length(one) > length(other) then one else other end, 1) in ('a', 'e', 'o', 'y')
        )
    )
);
create macro words_differ(one, other, part) as coalesce(
    one < other and not is_same_word(split_part(one, ' ', part), split_part(other, ' ', part)), false
);

-- where all names are one and all birthdays too nobody needs to be compared, and that is nearly everywhere
create temp table people_of_emails as
with

counted as (

    select email as node
    from people
    where email is not null
    group by email
    having
        min(person_name) < max(person_name)
        or min(birth_date) < max(birth_date)
        or count(distinct account) > getvariable('most_accounts')

)

select distinct
    people.email as node,
    identifiers.source, people.account, people.person_name, people.birth_date
from people
inner join counted on people.email = counted.node
left join identifiers on people.account = identifiers.node;

create temp table shared_emails as
with

crowds as (

    select
        node,
        max(account_count) as account_count,
        any_value(name_count) as name_count,
        any_value(row_count) as row_count
    from (
        select
            node,
            count(distinct account) as account_count
        from people_of_emails
        group by node, source
    )
    inner join (
        select
            node,
            count(distinct person_name) as name_count,
            count(*) as row_count
        from people_of_emails
        group by node
    ) using (node)
    group by node

),

different as (

    select distinct one.node
    from people_of_emails as one
    inner join people_of_emails as other on one.node = other.node
    inner join crowds on one.node = crowds.node
    where
        crowds.row_count <= 10 * getvariable('most_accounts')
        and (
            words_differ(one.person_name, other.person_name, 1)
            or coalesce(one.birth_date < other.birth_date, false)
        )

)

select
    crowds.node,
    coalesce(crowds.account_count <= getvariable('most_accounts'), true) as is_of_several
from crowds
left join different on crowds.node = different.node
where
    crowds.account_count > getvariable('most_accounts')
    or crowds.name_count > 2 * getvariable('most_accounts')
    or different.node is not null;

-- who is behind a number is also told by who is behind the address beside it
create temp table people_of_phones as
with

beside as (

    select distinct
        handles.phone,
        handles.email
    from usable_handles as handles
    left join shared_emails on handles.email = shared_emails.node
    where handles.phone is not null and handles.email is not null and shared_emails.node is null

),

all_people as (

    select
        phone as node,
        account,
        person_name,
        birth_date
    from people
    where phone is not null
    union distinct
    select
        beside.phone, people.account, people.person_name, people.birth_date
    from beside
    inner join people on beside.email = people.email

),

counted as (

    select node
    from all_people
    group by node
    having
        min(person_name) < max(person_name)
        or min(birth_date) < max(birth_date)
        or count(distinct account) > getvariable('most_accounts')

)

select
    all_people.*,
    identifiers.source
from all_people
semi join counted using (node)
left join identifiers on all_people.account = identifiers.node;

create temp table shared_phones as
with

crowds as (

    select
        node,
        max(account_count) as account_count,
        any_value(name_count) as name_count,
        any_value(row_count) as row_count
    from (
        select
            node,
            count(distinct account) as account_count
        from people_of_phones
        group by node, source
    )
    inner join (
        select
            node,
            count(distinct person_name) as name_count,
            count(*) as row_count
        from people_of_phones
        group by node
    ) using (node)
    group by node

),

different as (

    select distinct one.node
    from people_of_phones as one
    inner join people_of_phones as other on one.node = other.node
    inner join crowds on one.node = crowds.node
    where
        crowds.row_count <= 10 * getvariable('most_accounts')
        and (
            words_differ(one.person_name, other.person_name, 1)
            or words_differ(one.person_name, other.person_name, -1)
            or coalesce(one.birth_date < other.birth_date, false)
        )

)

select
    crowds.node,
    coalesce(crowds.account_count <= getvariable('most_accounts'), true) as is_of_several
from crowds
left join different on crowds.node = different.node
where
    crowds.account_count > getvariable('most_accounts')
    or crowds.name_count > 2 * getvariable('most_accounts')
    or different.node is not null;

-- an account, inbox or number beside too many addresses, and a number beside several inboxes of which one has no name
create temp table crowded as
with

pairs as (

    select unnest([account, account, email, phone]) as node, unnest([3, 4, 4, 3]) as other_rank,
        unnest([email, phone, phone, email]) as other, unnest([false, false, false, true]) as is_phone
    from usable_handles

),

counted as (

    select
        pairs.node,
        pairs.is_phone,
        count(distinct pairs.other) as address_count,
        count(distinct named.email) as named_count
    from pairs
    left join (select distinct email from people where person_name is not null and email is not null) as named
        on pairs.other = named.email
    where pairs.node is not null and pairs.other is not null
    group by pairs.node, pairs.other_rank, pairs.is_phone

)

select distinct node
from counted
where
    (
        address_count > getvariable('most_accounts')
        or (is_phone and address_count > 1 and named_count < address_count)
    )
    and node not in (select node from shared_emails)
    and node not in (select node from shared_phones);

create temp table shared as
select * from shared_emails
union all
select * from shared_phones
union all
select
    node,
    false as is_of_several
from crowded;

-- section: customers

-- at an address of several a full name tells them apart, unless two accounts there have the same one
create temp table named_uses as
with

uses as (

    select
        handles.handle_id,
        handles.account,
        handles.person_name,
        unnest([handles.email, handles.phone]) as node,
        unnest([3, 4]) as trust_rank
    from usable_handles as handles
    where
        contains(handles.person_name, ' ')
        and (
            handles.email in (select node from shared where is_of_several)
            or handles.phone in (select node from shared where is_of_several)
        )

),

shared_uses as (

    select * from uses
    where node in (select node from shared where is_of_several)

),

namesakes as (

    select
        shared_uses.node,
        shared_uses.person_name
    from shared_uses
    inner join identifiers on shared_uses.account = identifiers.node
    left join account_names as names on shared_uses.account = names.account
    group by shared_uses.node, shared_uses.person_name
    having
        min(names.told.birth_date) <> max(names.told.birth_date)
        or count(distinct shared_uses.account) > count(distinct identifiers.source)

)

select
    handle_id,
    max(case when trust_rank = 3 then hash('name at an address', cast(node as varchar),
        person_name) end) as named_email,
    max(case when trust_rank = 4 then hash('name at an address', cast(node as varchar),
        person_name) end) as named_phone
from shared_uses
anti join namesakes using (node, person_name)
group by handle_id;

create temp table linking_handles as
select
    handles.handle_id,
    case when crowded.node is null then handles.account end as account,
    case when emails.node is null then handles.email end as email,
    case when phones_shared.node is null then handles.phone end as phone,
    named_uses.named_email,
    named_uses.named_phone,
    handles.device,
    handles.account as any_account,
    handles.email as any_email,
    handles.phone as any_phone,
    handles.first_day,
    handles.fact_count
from usable_handles as handles
left join crowded on handles.account = crowded.node
left join shared as emails on handles.email = emails.node
left join shared as phones_shared on handles.phone = phones_shared.node
left join named_uses on handles.handle_id = named_uses.handle_id;

-- the most trusted identifier of a handle with each of the others
create temp table edges as
with

distinct_handles as (

    select
        account, email, phone, named_email, named_phone,
        min(first_day) as first_day,
        sum(fact_count) as fact_count
    from linking_handles
    group by account, email, phone, named_email, named_phone

),

anchored as (

    select
        coalesce(account, email, phone, named_email, named_phone) as node_a,
        case
            when account is not null then [email, phone, named_email, named_phone]
            when email is not null then [null, phone, named_email, named_phone]
            when phone is not null then [null, null, named_email, named_phone]
            else [null, null, null, named_phone]
        end as others,
        case when account is not null then 1 when email is not null then 3 when phone is not null then 4
            else 5 end as trust_rank,
        first_day,
        fact_count
    from distinct_handles

),

pairs as (

    select
        node_a,
        unnest(others) as node_b,
        10 * trust_rank + unnest([3, 4, 5, 6]) as edge_rank,
        first_day,
        fact_count
    from anchored

)

select
    node_a,
    node_b,
    cast(min(edge_rank) as bigint) as edge_rank,
    cast(coalesce(min(first_day) - date '1970-01-01', 0) as bigint) as day,
    cast(sum(fact_count) as bigint) as fact_count
from pairs
where node_b is not null
group by node_a, node_b;

-- python: clusters

-- a second number that one record alone states may be the partner's
create temp table outweighed as
with

phones_of_clusters as (

    select
        clusters.cluster,
        clusters.node,
        sum(edges.fact_count) as weight
    from (
        select node_a as node, fact_count from edges
        union all
        select node_b, fact_count from edges
    ) as edges
    inner join clusters on edges.node = clusters.node
    inner join (from identifiers where identifier_kind = 'phone') as phones_known on clusters.node = phones_known.node
    group by clusters.cluster, clusters.node

)

select node
from phones_of_clusters
qualify weight = 1 and max(weight) over (partition by cluster) > 1;

-- a device is whose it alone is known to be
create temp table device_owners as
with

uses as (

    select
        device,
        coalesce(account, email, phone, named_email, named_phone) as anchor,
        first_day
    from linking_handles
    where device is not null and coalesce(account, email, phone, named_email, named_phone) is not null
    union all
    select
        device,
        coalesce(account, visit_account),
        min(day)
    from event_facts
    where device is not null and coalesce(account, visit_account) is not null
    group by device, coalesce(account, visit_account)

),

owners as (

    select
        uses.device as node,
        coalesce(clusters.cluster, uses.anchor) as cluster,
        min(greatest(uses.first_day, clusters.linked_day)) as linked_day
    from uses
    left join clusters on uses.anchor = clusters.node
    where uses.device not in (select node from set_aside) and uses.anchor not in (select node from set_aside)
        and uses.anchor not in (select node from crowded)
    group by all

)

select
    node,
    case when count(*) = 1 then any_value(cluster) end as cluster,
    min(linked_day) as linked_day
from owners
group by node;

create temp table owners as
with

identified as (

    select
        identifiers.node,
        case
            -- its own number may be what the whole cluster is called by
            when outweighed.node is not null then hash('outweighed', identifiers.node)
            else coalesce(clusters.cluster, devices.cluster, identifiers.node)
        end as cluster,
        coalesce(clusters.linked_day, devices.linked_day, date '1970-01-01') as linked_day,
        shared.node is not null
        or outweighed.node is not null
        or (devices.node is not null and devices.cluster is null) as is_nobodys
    from (from identifiers where not is_set_aside) as identifiers
    left join clusters on identifiers.node = clusters.node
    left join device_owners as devices on identifiers.node = devices.node
    left join shared on identifiers.node = shared.node
    left join outweighed on identifiers.node = outweighed.node

)

from identified
union all
select
    node,
    cluster,
    linked_day,
    false as is_nobodys
from clusters
where
    node not in (select node from identifiers)
    and cluster in (select cluster from identified where not is_nobodys);

-- the most trusted identifier that is one person's, and only then one of several
create temp table handle_nodes as
select
    handles.handle_id,
    coalesce(
        handles.account,
        handles.email,
        case when outweighed.node is null then handles.phone end,
        named_emails.node,
        named_phones.node,
        case
            when handles.named_email is null and handles.named_phone is null and nobodys.node is null
                then handles.device
        end, handles.any_account, handles.any_email, handles.any_phone, handles.device
    ) as node,
    handles.first_day
from linking_handles as handles
left join outweighed on handles.phone = outweighed.node
left join owners as named_emails on handles.named_email = named_emails.node
left join owners as named_phones on handles.named_phone = named_phones.node
left join (from device_owners where cluster is null) as nobodys on handles.device = nobodys.node
where coalesce(handles.any_account, handles.any_email, handles.any_phone, handles.device) is not null;

create macro event_node(account, visit_account, device) as case
    when account not in (select node from set_aside) then account
    when visit_account not in (select node from set_aside) then visit_account
    when device not in (select node from set_aside) then device
end;

create temp table customer_clusters as
with

uses as (

    select
        node,
        first_day
    from handle_nodes
    union all
    select
        event_node(account, visit_account, device) as node,
        min(day) as first_day
    from event_facts
    group by all

),

clusters_with_facts as (

    select
        owners.cluster,
        min(uses.first_day) as first_day,
        min(greatest(uses.first_day, owners.linked_day)) filter (uses.first_day is not null) as known_day
    from uses
    inner join owners on uses.node = owners.node
    group by owners.cluster

),

founders as (

    select
        owners.cluster,
        min(
            {
                'first_day': coalesce(identifiers.first_day, date '9999-12-31'),
                'kind_rank': case identifiers.identifier_kind when 'account' then 1 when 'email' then 2
                    when 'phone' then 3 else 4 end,
                'source': identifiers.source,
                'identifier': identifiers.identifier,
                'identifier_kind': identifiers.identifier_kind
            }
        ) as founder
    from owners
    inner join identifiers on owners.node = identifiers.node
    group by owners.cluster

)

select
    cast(row_number() over () as integer) as customer_number,
    clusters_with_facts.*,
    'c_' || left(md5(concat(founder.source, '|', founder.identifier_kind, '|', founder.identifier)),
        16) as customer_id
from clusters_with_facts
inner join founders on clusters_with_facts.cluster = founders.cluster;

create table customer_numbers as
select
    customer_number,
    customer_id
from customer_clusters;

create temp table customers_of_nodes as
select
    owners.node,
    customers.customer_number,
    owners.linked_day
from owners
inner join customer_clusters as customers on owners.cluster = customers.cluster;

create table customer_identifiers as
select
    customers.customer_id, identifiers.source, identifiers.identifier_kind, identifiers.identifier,
    identifiers.first_day as first_seen_date,
    identifiers.fact_count
from identifiers
inner join owners on identifiers.node = owners.node
inner join customer_clusters as customers on owners.cluster = customers.cluster;

create temp table customers_of_handles as
select
    handle_nodes.handle_id,
    customers.customer_number,
    customers.linked_day
from handle_nodes
inner join customers_of_nodes as customers on handle_nodes.node = customers.node;

drop table written_handles;
drop table handles;
drop table usable_handles;
drop table linking_handles;
drop table people;

-- section: customer days

set variable first_day = (
    select least(
        (select min(day) from order_facts), (select min(day) from line_facts),
        (select min(day) from message_facts), (select min(day) from event_facts),
        (select min(day) from ticket_facts), (select min(day) from response_facts)
    )
);

-- ascending; the last is tonight
create temp table cuts as
select
    cast(row_number() over (order by as_of_date) as integer) as cut,
    as_of_date
from (
    select getvariable('tonight') as as_of_date
    union all
    select last_day(getvariable('tonight') - to_months(cast(months as integer)))
    from range(1, getvariable('month_ends') + 1) as numbers (months)
)
where as_of_date >= getvariable('first_day') or as_of_date = getvariable('tonight');

set variable first_cut = (select min(as_of_date) from cuts);
set variable last_cut = (select max(cut) from cuts);

-- month ends, so that months count; what is known since a day is known at the first cut from then on
create macro cut_of(day) as cast(
    greatest(date_diff('month', getvariable('first_cut'), day), 0) + 1 as integer
);

-- ordered by customer, so that the sums of one customer stay in the cache: half of the time of what follows
create table customer_event_days as
select
    customers.customer_number,
    facts.day,
    cut_of(greatest(facts.day, customers.linked_day)) as known_cut,
    facts.event_count, facts.visit_count, facts.mobile_visit_count, facts.product_view_count,
    facts.search_count, facts.cart_add_count, facts.checkout_count, facts.pricing_view_count,
    facts.cancellation_view_count, facts.feature_use_count, facts.sign_in_count
from (
    select
        *,
        event_node(account, visit_account, device) as node
    from event_facts
) as facts
inner join customers_of_nodes as customers on facts.node = customers.node
order by customers.customer_number;

drop table event_facts;

create table customer_message_days as
select
    customers.customer_number,
    facts.day,
    cut_of(greatest(facts.day, customers.linked_day)) as known_cut,
    facts.messages_sent, facts.messages_opened, facts.messages_clicked, facts.messages_redeemed,
    facts.messages_bounced, facts.messages_refused, facts.emails_sent, facts.emails_clicked, facts.sms_sent,
    facts.sms_clicked, facts.pushes_sent, facts.pushes_clicked
from message_facts as facts
inner join customers_of_handles as customers on facts.handle_id = customers.handle_id
order by customers.customer_number;

drop table message_facts;

-- amounts are numbers of a ten-thousandth, which doubles hold exactly; lines count on their own day, which may be
-- another than their order's. An amount of a category has the number of its lines in its last 12 bits
create table customer_order_days as
with

facts as (

    select
        handle_id,
        day,
        1 as order_count,
        cast(discount > 0 as integer) as discounted_order_count,
        cast(has_coupon as integer) as coupon_order_count,
        cast(is_gift as integer) as gift_order_count,
        10000 * cast(amount as double) as order_amount,
        10000 * cast(discount as double) as discount_amount,
        10000 * cast(refunded as double) as refunded_amount,
        0 as line_count,
        cast(0 as double) as unit_count,
        cast(0 as double) as returned_unit_count,
        cast(null as integer) as category_number,
        cast(0 as double) as category_amount
    from order_facts
    union all
    select
        handle_id, day, 0, 0, 0, 0, 0, 0, 0, line_count,
        10000 * cast(unit_count as double),
        10000 * cast(returned_unit_count as double),
        coalesce(categories.category_number, 13),
        4096 * 10000 * cast(amount as double) + line_count
    from line_facts
    left join categories on line_facts.category = categories.category

)

select
    customers.customer_number,
    facts.day,
    cut_of(greatest(facts.day, customers.linked_day)) as known_cut,
    cast(sum(facts.order_count) as integer) as order_count,
    cast(sum(facts.discounted_order_count) as integer) as discounted_order_count,
    cast(sum(facts.coupon_order_count) as integer) as coupon_order_count,
    cast(sum(facts.gift_order_count) as integer) as gift_order_count,
    cast(sum(facts.line_count) as integer) as line_count,
    sum(facts.order_amount) as order_amount,
    sum(facts.discount_amount) as discount_amount,
    sum(facts.refunded_amount) as refunded_amount,
    max(case when facts.order_count > 0 then facts.order_amount end) as largest_order_amount,
    sum(facts.unit_count) as unit_count,
    sum(facts.returned_unit_count) as returned_unit_count,
    sum(case when facts.category_number = 1 then facts.category_amount else 0 end) as category_1,
    sum(case when facts.category_number = 2 then facts.category_amount else 0 end) as category_2,
    sum(case when facts.category_number = 3 then facts.category_amount else 0 end) as category_3,
    sum(case when facts.category_number = 4 then facts.category_amount else 0 end) as category_4,
    sum(case when facts.category_number = 5 then facts.category_amount else 0 end) as category_5,
    sum(case when facts.category_number = 6 then facts.category_amount else 0 end) as category_6,
    sum(case when facts.category_number = 7 then facts.category_amount else 0 end) as category_7,
    sum(case when facts.category_number = 8 then facts.category_amount else 0 end) as category_8,
    sum(case when facts.category_number = 9 then facts.category_amount else 0 end) as category_9,
    sum(case when facts.category_number = 10 then facts.category_amount else 0 end) as category_10,
    sum(case when facts.category_number = 11 then facts.category_amount else 0 end) as category_11,
    sum(case when facts.category_number = 12 then facts.category_amount else 0 end) as category_12,
    sum(case when facts.category_number = 13 then facts.category_amount else 0 end) as category_13
from facts
inner join customers_of_handles as customers on facts.handle_id = customers.handle_id
group by customers.customer_number, facts.day, known_cut
order by customers.customer_number, facts.day;

create table customer_ticket_days as
select
    customers.customer_number,
    facts.* exclude (handle_id),
    cut_of(greatest(facts.day, customers.linked_day)) as known_cut
from ticket_facts as facts
inner join customers_of_handles as customers on facts.handle_id = customers.handle_id;

create table customer_response_days as
select
    customers.customer_number,
    facts.* exclude (handle_id),
    cut_of(greatest(facts.day, customers.linked_day)) as known_cut
from response_facts as facts
inner join customers_of_handles as customers on facts.handle_id = customers.handle_id;

-- section: past and present features

-- what a day counts at each cut that knows it: a sum per window is a sum of slots of bits. A double holds 53 bits, so
-- that one sum holds all windows of a count, or of several that are small
create temp table cuts_of_days as
select
    days.day,
    known.cut as known_cut,
    cuts.cut,
    cast(cuts.as_of_date - days.day as integer) as age,
    cast(age < 7 as double) as in_7,
    cast(age < 30 as double) as in_30,
    cast(age < 90 as double) as in_90,
    cast(age < 180 as double) as in_180,
    cast(age < 365 as double) as in_365,
    cast(age between 30 and 119 as double) as in_preceding_90,
    cast(age between 30 and 209 as double) as in_preceding_180,
    in_7 + power(2, 13) * in_30 + power(2, 26) * in_90 + power(2, 39) * in_365 as in_13_bits,
    in_7 + power(2, 10) * in_30 + power(2, 20) * in_90 + power(2, 30) * in_365 + power(2,
        40) * in_preceding_90 as in_10_bits,
    in_7 + power(2, 8) * in_30 + power(2, 16) * in_90 as of_quarter,
    in_30 + power(2, 8) * in_90 + power(2, 16) * in_365 as of_year,
    in_90 + power(2, 13) * in_365 as of_two,
    in_7 + power(2, 7) * in_30 + power(2, 14) * in_90 + power(2, 21) * in_180 + power(2, 28) * in_365
    + power(2, 35) * in_preceding_180 + power(2, 42) as of_orders,
    power(2, 37) * in_90 + power(2, 45) * in_365 as of_dates
from (
    select cast(unnest(generate_series(getvariable('first_day'), getvariable('tonight'),
        interval 1 day)) as date) as day
) as days
inner join cuts as known on cut_of(days.day) <= known.cut
inner join cuts on known.cut <= cuts.cut;

-- a slot that overflows would spill into the next, so that nobody may have more in any window than a slot holds
select error('a customer has more in a window than the slot of a sum holds')
from (
    select
        max(event_count) < 8192 and max(visit_count) < 1024 and max(cart_add_count) < 256 and max(sign_in_count) < 256
        and max(pricing_view_count) < 256 and max(feature_use_count) < 256 and max(search_count) < 256
        and max(checkout_count) < 256 and max(cancellation_view_count) < 256 and max(mobile_visit_count) < 8192
            as is_small
    from (select sum(columns(* exclude (day, known_cut,
        customer_number))) from customer_event_days group by customer_number)
    union all
    select
        max(messages_sent) < 8192 and max(messages_opened) < 256 and max(messages_clicked) < 256
        and max(messages_redeemed) < 256 and max(messages_bounced) < 256 and max(messages_refused) < 256
        and max(emails_sent) < 256 and max(sms_sent) < 256 and max(pushes_sent) < 256 as is_small
    from (select sum(columns(* exclude (day, known_cut,
        customer_number))) from customer_message_days group by customer_number)
    union all
    select max(line_count) < 8192 and max(order_count) < 2048 as is_small
    from (
        select
            sum(line_count) as line_count,
            sum(order_count) as order_count
        from customer_order_days
        group by customer_number
    )
    union all
    -- only of whom has more orders in all than a slot holds the windows are looked at
    select max(order_count) < 128 as is_small
    from (
        select sum(order_count) over (
            partition by customer_number order by day range between interval 364 days preceding and current row
        ) as order_count
        from customer_order_days
        where customer_number in (
            select customer_number from customer_order_days group by customer_number having sum(order_count) >= 128
        )
    )
    union all
    select count(*) <= 12 and getvariable('tonight') - getvariable('first_day') < 724 as is_small from categories
)
where not is_small;

-- a customer and a cut as one number
create macro at_cut(customer_number, cut) as customer_number * 64 + cut;
create macro slot(packed, shift, bits) as (packed >> shift) & ((1 << bits) - 1);

create temp table events_at_cuts as
select
    at_cut(days.customer_number, cuts.cut) as customer_at_cut,
    sum(days.event_count * cuts.in_13_bits) as events,
    sum(days.product_view_count * cuts.in_13_bits) as product_views,
    sum(days.visit_count * cuts.in_10_bits) as visits,
    sum(days.carts_and_sign_ins * cuts.of_quarter) as carts_and_sign_ins,
    sum(days.pricing_and_feature_use * cuts.of_quarter) as pricing_and_feature_use,
    sum(days.searches_and_checkouts * cuts.of_quarter) as searches_and_checkouts,
    sum(days.cancellation_views * cuts.of_quarter + days.mobile_visits * cuts.in_90) as cancellations_and_mobile,
    max(days.day) as event_day,
    max(days.product_view_day) as product_view_day,
    max(days.cart_day) as cart_day,
    max(days.pricing_view_day) as pricing_view_day,
    max(days.feature_use_day) as feature_use_day
from (
    select
        customer_number,
        day,
        known_cut,
        cast(event_count as double) as event_count,
        cast(product_view_count as double) as product_view_count,
        cast(visit_count as double) as visit_count,
        cart_add_count + power(2, 24) * sign_in_count as carts_and_sign_ins,
        pricing_view_count + power(2, 24) * feature_use_count as pricing_and_feature_use,
        search_count + power(2, 24) * checkout_count as searches_and_checkouts,
        cast(cancellation_view_count as double) as cancellation_views,
        power(2, 24) * mobile_visit_count as mobile_visits,
        case when product_view_count > 0 then day end as product_view_day,
        case when cart_add_count > 0 then day end as cart_day,
        case when pricing_view_count > 0 then day end as pricing_view_day,
        case when feature_use_count > 0 then day end as feature_use_day
    from customer_event_days
) as days
inner join cuts_of_days as cuts on days.day = cuts.day and days.known_cut = cuts.known_cut
group by customer_at_cut;

create temp table most_viewed_at_cuts as
select
    customer_at_cut,
    max(view_count) as view_count
from (
    select
        at_cut(customers.customer_number, cuts.cut) as customer_at_cut,
        sum(views.view_count) as view_count
    from (select *, event_node(account, visit_account, device) as node from product_views) as views
    inner join customers_of_nodes as customers on views.node = customers.node
    inner join cuts_of_days as cuts
        on views.day = cuts.day and cut_of(greatest(views.day, customers.linked_day)) = cuts.known_cut
    where cuts.in_7 = 1
    group by customer_at_cut, views.product
)
group by customer_at_cut;

create temp table messages_at_cuts as
select
    at_cut(days.customer_number, cuts.cut) as customer_at_cut,
    sum(days.messages_sent * cuts.in_13_bits) as sent,
    sum(days.opened_and_clicked * cuts.of_year) as opened_and_clicked,
    sum(days.redeemed_and_bounced * cuts.of_year) as redeemed_and_bounced,
    sum(days.messages_refused * cuts.of_year) as refused,
    sum(days.of_channels * cuts.in_90) as of_channels,
    max(days.sent_day) as sent_day,
    max(days.opened_day) as opened_day,
    max(days.clicked_day) as clicked_day,
    max(days.redeemed_day) as redeemed_day
from (
    select
        customer_number,
        day,
        known_cut,
        cast(messages_sent as double) as messages_sent,
        messages_opened + power(2, 24) * messages_clicked as opened_and_clicked,
        messages_redeemed + power(2, 24) * messages_bounced as redeemed_and_bounced,
        cast(messages_refused as double) as messages_refused,
        emails_sent + power(2, 8) * emails_clicked + power(2, 16) * sms_sent + power(2, 24) * sms_clicked
        + power(2, 32) * pushes_sent + power(2, 40) * pushes_clicked as of_channels,
        case when messages_sent > 0 then day end as sent_day,
        case when messages_opened > 0 then day end as opened_day,
        case when messages_clicked > 0 then day end as clicked_day,
        case when messages_redeemed > 0 then day end as redeemed_day
    from customer_message_days
) as days
inner join cuts_of_days as cuts on days.day = cuts.day and days.known_cut = cuts.known_cut
group by customer_at_cut;

-- whose orders were all known on their own day has the same gaps at every cut
create temp table late_customers as
select distinct customer_number
from customer_order_days
where order_count > 0 and known_cut > cut_of(day);

create temp table gaps_of_late_customers as
with

dates as (

    select distinct
        days.customer_number,
        cuts.cut,
        days.day
    from customer_order_days as days
    inner join late_customers on days.customer_number = late_customers.customer_number
    inner join cuts on days.known_cut <= cuts.cut
    where days.order_count > 0

),

gaps as (

    select
        *,
        day - lag(day) over (partition by customer_number, cut order by day) as gap
    from dates

)

select
    at_cut(gaps.customer_number, gaps.cut) as customer_at_cut,
    sum(coalesce(1 + power(2, 8) * gap + power(2, 18) * gap * gap, 0) + cuts.of_dates) as dates
from gaps
inner join cuts_of_days as cuts
    on gaps.day = cuts.day and gaps.cut = cuts.known_cut and gaps.cut = cuts.cut
group by customer_at_cut;

create temp table orders_at_cuts as
with

days_with_gaps as (

    select
        days.*,
        case
            when days.order_count > 0 and late_customers.customer_number is null
                then days.day - lag(days.day) over (partition by days.customer_number,
                    days.order_count > 0 order by days.day)
        end as gap,
        days.order_count > 0 and late_customers.customer_number is null as is_date
    from customer_order_days as days
    left join late_customers on days.customer_number = late_customers.customer_number

),

days as (

    select
        customer_number,
        day,
        known_cut,
        cast(order_count as double) as order_count,
        power(2, 7 * (extract(isodow from day) - 1)) * order_count as of_weekdays,
        discounted_order_count + power(2, 26) * coupon_order_count as discounted_and_coupon,
        gift_order_count + power(2, 26) * line_count as gift_and_lines,
        order_amount, discount_amount, refunded_amount, unit_count, returned_unit_count, largest_order_amount,
        category_1, category_2, category_3, category_4, category_5, category_6, category_7, category_8,
        category_9, category_10, category_11, category_12, category_13,
        case when order_count > 0 then day end as order_day,
        coalesce(1 + power(2, 8) * gap + power(2, 18) * gap * gap, 0) as gaps,
        cast(is_date as double) as is_date
    from days_with_gaps

)

select
    at_cut(days.customer_number, cuts.cut) as customer_at_cut,
    sum(days.order_count * cuts.of_orders) as orders,
    sum(days.of_weekdays * cuts.in_365) as of_weekdays,
    sum(days.discounted_and_coupon * cuts.of_two) as discounted_and_coupon,
    sum(days.gift_and_lines * cuts.of_two) as gift_and_lines,
    sum(days.gaps + days.is_date * cuts.of_dates) as dates,
    sum(days.order_amount * cuts.in_7) as order_amount_7d,
    sum(days.order_amount * cuts.in_30) as order_amount_30d,
    sum(days.order_amount * cuts.in_90) as order_amount_90d,
    sum(days.order_amount * cuts.in_180) as order_amount_180d,
    sum(days.order_amount * cuts.in_365) as order_amount_365d,
    sum(days.order_amount) as order_amount,
    sum(days.order_amount * cuts.in_preceding_180) as order_amount_preceding_180d,
    sum(days.discount_amount * cuts.in_90) as discount_amount_90d,
    sum(days.discount_amount * cuts.in_365) as discount_amount_365d,
    sum(days.refunded_amount * cuts.in_90) as refunded_amount_90d,
    sum(days.refunded_amount * cuts.in_365) as refunded_amount_365d,
    sum(days.unit_count * cuts.in_90) as unit_count_90d,
    sum(days.unit_count * cuts.in_365) as unit_count_365d,
    sum(days.returned_unit_count * cuts.in_365) as returned_unit_count_365d,
    max(case when cuts.age < 365 then days.largest_order_amount end) as largest_order_amount_365d,
    sum(days.category_1 * cuts.in_365) as category_1,
    sum(days.category_2 * cuts.in_365) as category_2,
    sum(days.category_3 * cuts.in_365) as category_3,
    sum(days.category_4 * cuts.in_365) as category_4,
    sum(days.category_5 * cuts.in_365) as category_5,
    sum(days.category_6 * cuts.in_365) as category_6,
    sum(days.category_7 * cuts.in_365) as category_7,
    sum(days.category_8 * cuts.in_365) as category_8,
    sum(days.category_9 * cuts.in_365) as category_9,
    sum(days.category_10 * cuts.in_365) as category_10,
    sum(days.category_11 * cuts.in_365) as category_11,
    sum(days.category_12 * cuts.in_365) as category_12,
    sum(days.category_13 * cuts.in_365) as category_13,
    min(days.order_day) as first_order_day,
    max(days.order_day) as last_order_day
from days
inner join cuts_of_days as cuts on days.day = cuts.day and days.known_cut = cuts.known_cut
group by customer_at_cut;

-- something was put into a cart and nothing was ordered on that day, as far as a cut knows
create temp table abandoned_at_cuts as
with

cart_days as (

    select
        customer_number,
        day,
        min(known_cut) as known_cut
    from customer_event_days
    where cart_add_count > 0
    group by customer_number, day

),

order_days as (

    select
        customer_number,
        day,
        min(known_cut) as known_cut
    from customer_order_days
    where order_count > 0
    group by customer_number, day

)

select
    at_cut(cart_days.customer_number, cuts.cut) as customer_at_cut,
    sum(cuts.of_quarter) as abandoned_carts,
    max(cart_days.day) as abandoned_day
from cart_days
left join order_days
    on cart_days.customer_number = order_days.customer_number and cart_days.day = order_days.day
inner join cuts_of_days as cuts on cart_days.day = cuts.day and cart_days.known_cut = cuts.known_cut
where coalesce(order_days.known_cut > cuts.cut, true) and coalesce(order_days.known_cut > cart_days.known_cut, true)
group by customer_at_cut;

create temp table tickets_at_cuts as
select
    at_cut(days.customer_number, cuts.cut) as customer_at_cut,
    sum(cuts.of_year) as tickets,
    sum(case when days.is_complaint then cuts.of_year else 0 end) as complaints,
    count(*) filter (coalesce(days.solved_day > as_of.as_of_date, days.is_open)) as open_ticket_count,
    count(*) filter (coalesce(days.solved_day > as_of.as_of_date, days.is_open)
        and days.is_complaint) as open_complaint_count,
    sum(days.solving_seconds) filter (days.solved_day <= as_of.as_of_date and cuts.age < 365) as solving_seconds_365d,
    count(days.solving_seconds) filter (days.solved_day <= as_of.as_of_date
        and cuts.age < 365) as solved_ticket_count_365d,
    max(days.day) as ticket_day,
    max(case when days.is_complaint then days.day end) as complaint_day
from customer_ticket_days as days
inner join cuts_of_days as cuts on days.day = cuts.day and days.known_cut = cuts.known_cut
inner join cuts as as_of on cuts.cut = as_of.cut
group by customer_at_cut;

create temp table responses_at_cuts as
select
    at_cut(days.customer_number, cuts.cut) as customer_at_cut,
    count(*) filter (cuts.age < 90) as survey_response_count_90d,
    count(*) filter (cuts.age < 365) as survey_response_count_365d,
    count(*) filter (cuts.age < 90 and days.kind = 'csat' and days.score <= 2) as low_csat_count_90d,
    max(days.day) as response_day,
    arg_max(days.score, [epoch_us(days.answered_at), - days.score]) filter (days.kind = 'nps') as last_nps_score,
    max(days.day) filter (days.kind = 'nps') as nps_day,
    arg_max(days.score, [epoch_us(days.answered_at), - days.score]) filter (days.kind = 'csat') as last_csat_score,
    max(days.day) filter (days.kind = 'csat') as csat_day,
    arg_max(days.score, [epoch_us(days.answered_at), - days.score]) filter (days.kind = 'ces') as last_ces_score,
    max(days.day) filter (days.kind = 'ces') as ces_day
from customer_response_days as days
inner join cuts_of_days as cuts on days.day = cuts.day and days.known_cut = cuts.known_cut
group by customer_at_cut;

create temp table preferences_at_cuts as
with

newest as (

    select
        customers.customer_number, cuts.cut, cuts.as_of_date, facts.preference_key,
        max({
            'stated_at': facts.stated_at,
            'preference_value': facts.preference_value,
            'day': facts.day,
            'expires_day': facts.expires_day
        }) as statement
    from preference_facts as facts
    inner join customers_of_handles as customers on facts.handle_id = customers.handle_id
    inner join cuts on cut_of(greatest(facts.day, customers.linked_day)) <= cuts.cut
    group by all

)

select
    at_cut(customer_number, cut) as customer_at_cut,
    count(*) as stated_preference_count,
    max(statement.day) as stated_day,
    max(statement.preference_value) filter (preference_key = 'preferred_channel') as preferred_channel,
    max(statement.preference_value) filter (preference_key = 'favourite_category') as favourite_category,
    max(statement.preference_value) filter (preference_key = 'contact_frequency') as contact_frequency
from newest
where statement.expires_day > as_of_date
group by all;

-- of a day the last event counts; one runs from the first start after the last end
create temp table subscriptions_at_cuts as
with

last_of_days as (

    select
        customers.customer_number, cuts.cut, facts.day,
        max({'occurred_at': facts.occurred_at, 'is_start': facts.is_start}).is_start as is_start
    from (select *, event_node(account, null, device) as node from subscription_facts) as facts
    inner join customers_of_nodes as customers on facts.node = customers.node
    inner join cuts on cut_of(greatest(facts.day, customers.linked_day)) <= cuts.cut
    group by all

),

days as (

    select
        *,
        max(case when not is_start then day end) over (partition by customer_number, cut) as last_ended_day
    from last_of_days

)

select
    at_cut(customer_number, cut) as customer_at_cut,
    min(day) as subscription_day
from days
where is_start and coalesce(day > last_ended_day, true)
group by all;

create temp table sign_ups_at_cuts as
select
    at_cut(customers.customer_number, cuts.cut) as customer_at_cut,
    min(sign_ups.day) as sign_up_day
from (
    select handle_id, day from records where day is not null
    union all
    select hash(consents.source, consents.customer_ref, consents.email, consents.phone), hours.day
    from warehouse.landing.consents
    inner join hours on hour_of(consents.stated_at) = hours.hour_number
    where consents.stated_at < getvariable('as_of_end_at') and consents.status = 'granted'
) as sign_ups
inner join customers_of_handles as customers on sign_ups.handle_id = customers.handle_id
inner join cuts on cut_of(greatest(sign_ups.day, customers.linked_day)) <= cuts.cut
group by all;

-- section: features

create temp table customers_at_cuts as
select
    customers.customer_id,
    cuts.as_of_date,
    cuts.cut,
    at_cut(customers.customer_number, cuts.cut) as customer_at_cut
from customer_clusters as customers
inner join cuts
    -- whom only records without a date know is known tonight
    on case when customers.known_day is null then getvariable('last_cut')
        else cut_of(customers.known_day) end <= cuts.cut;

set variable categories = (select list(category order by category_number) from categories);

create temp view features_at_cuts as
with

packed as (

    select
        customers.cut,
        customers.as_of_date,
        customers.customer_id,
        cast(coalesce(orders.orders, 0) as bigint) as packed_orders,
        cast(coalesce(orders.of_weekdays, 0) as bigint) as packed_of_weekdays,
        cast(coalesce(orders.discounted_and_coupon, 0) as bigint) as packed_discounted_and_coupon,
        cast(coalesce(orders.gift_and_lines, 0) as bigint) as packed_gift_and_lines,
        orders.order_amount_7d, orders.order_amount_30d, orders.order_amount_90d, orders.order_amount_180d,
        orders.order_amount_365d, orders.order_amount, orders.order_amount_preceding_180d,
        orders.discount_amount_90d, orders.discount_amount_365d, orders.refunded_amount_90d,
        orders.refunded_amount_365d, orders.unit_count_90d, orders.unit_count_365d,
        orders.returned_unit_count_365d, orders.largest_order_amount_365d, orders.first_order_day,
        orders.last_order_day, orders.category_1, orders.category_2, orders.category_3, orders.category_4,
        orders.category_5, orders.category_6, orders.category_7, orders.category_8, orders.category_9,
        orders.category_10, orders.category_11, orders.category_12, orders.category_13,
        cast(coalesce(abandoned.abandoned_carts, 0) as bigint) as packed_abandoned_carts,
        abandoned.abandoned_day,
        cast(coalesce(events.events, 0) as bigint) as packed_events,
        cast(coalesce(events.product_views, 0) as bigint) as packed_product_views,
        cast(coalesce(events.visits, 0) as bigint) as packed_visits,
        cast(coalesce(events.carts_and_sign_ins, 0) as bigint) as packed_carts_and_sign_ins,
        cast(coalesce(events.pricing_and_feature_use, 0) as bigint) as packed_pricing_and_feature_use,
        cast(coalesce(events.searches_and_checkouts, 0) as bigint) as packed_searches_and_checkouts,
        cast(coalesce(events.cancellations_and_mobile, 0) as bigint) as packed_cancellations_and_mobile,
        events.event_day, events.product_view_day, events.cart_day, events.pricing_view_day,
        events.feature_use_day,
        cast(coalesce(viewed.view_count, 0) as integer) as most_viewed_product_view_count_7d,
        cast(coalesce(messages.sent, 0) as bigint) as packed_sent,
        cast(coalesce(messages.opened_and_clicked, 0) as bigint) as packed_opened_and_clicked,
        cast(coalesce(messages.redeemed_and_bounced, 0) as bigint) as packed_redeemed_and_bounced,
        cast(coalesce(messages.refused, 0) as bigint) as packed_refused,
        cast(coalesce(messages.of_channels, 0) as bigint) as packed_of_channels,
        messages.sent_day, messages.opened_day, messages.clicked_day, messages.redeemed_day,
        cast(coalesce(tickets.tickets, 0) as bigint) as packed_tickets,
        cast(coalesce(tickets.complaints, 0) as bigint) as packed_complaints,
        tickets.open_ticket_count, tickets.open_complaint_count, tickets.solving_seconds_365d,
        tickets.solved_ticket_count_365d, tickets.ticket_day, tickets.complaint_day,
        responses.survey_response_count_90d, responses.survey_response_count_365d,
        responses.low_csat_count_90d, responses.response_day, responses.last_nps_score, responses.nps_day,
        responses.last_csat_score, responses.csat_day, responses.last_ces_score, responses.ces_day,
        preferences.stated_preference_count, preferences.stated_day,
        subscriptions.subscription_day,
        sign_ups.sign_up_day,
        cast(coalesce(orders.dates, 0) + coalesce(late.dates, 0) as bigint) as packed_dates
    from customers_at_cuts as customers
    left join orders_at_cuts as orders on customers.customer_at_cut = orders.customer_at_cut
    left join gaps_of_late_customers as late on customers.customer_at_cut = late.customer_at_cut
    left join abandoned_at_cuts as abandoned on customers.customer_at_cut = abandoned.customer_at_cut
    left join events_at_cuts as events on customers.customer_at_cut = events.customer_at_cut
    left join most_viewed_at_cuts as viewed on customers.customer_at_cut = viewed.customer_at_cut
    left join messages_at_cuts as messages on customers.customer_at_cut = messages.customer_at_cut
    left join tickets_at_cuts as tickets on customers.customer_at_cut = tickets.customer_at_cut
    left join responses_at_cuts as responses on customers.customer_at_cut = responses.customer_at_cut
    left join preferences_at_cuts as preferences on customers.customer_at_cut = preferences.customer_at_cut
    left join subscriptions_at_cuts as subscriptions on customers.customer_at_cut = subscriptions.customer_at_cut
    left join sign_ups_at_cuts as sign_ups on customers.customer_at_cut = sign_ups.customer_at_cut

),

unpacked as (

    select
        *,
        cast(slot(packed_events, 0, 13) as integer) as event_count_7d,
        cast(slot(packed_events, 13, 13) as integer) as event_count_30d,
        cast(slot(packed_events, 26, 13) as integer) as event_count_90d,
        cast(slot(packed_events, 39, 13) as integer) as event_count_365d,
        cast(slot(packed_product_views, 0, 13) as integer) as product_view_count_7d,
        cast(slot(packed_product_views, 13, 13) as integer) as product_view_count_30d,
        cast(slot(packed_product_views, 26, 13) as integer) as product_view_count_90d,
        cast(slot(packed_product_views, 39, 13) as integer) as product_view_count_365d,
        cast(slot(packed_visits, 0, 10) as integer) as visit_count_7d,
        cast(slot(packed_visits, 10, 10) as integer) as visit_count_30d,
        cast(slot(packed_visits, 20, 10) as integer) as visit_count_90d,
        cast(slot(packed_visits, 30, 10) as integer) as visit_count_365d,
        cast(slot(packed_visits, 40, 10) as integer) as visit_count_preceding_90d,
        cast(slot(packed_carts_and_sign_ins, 0, 8) as integer) as cart_add_count_7d,
        cast(slot(packed_carts_and_sign_ins, 8, 8) as integer) as cart_add_count_30d,
        cast(slot(packed_carts_and_sign_ins, 16, 8) as integer) as cart_add_count_90d,
        cast(slot(packed_carts_and_sign_ins, 32, 8) as integer) as sign_in_count_30d,
        cast(slot(packed_carts_and_sign_ins, 40, 8) as integer) as sign_in_count_90d,
        cast(slot(packed_pricing_and_feature_use, 0, 8) as integer) as pricing_view_count_7d,
        cast(slot(packed_pricing_and_feature_use, 8, 8) as integer) as pricing_view_count_30d,
        cast(slot(packed_pricing_and_feature_use, 16, 8) as integer) as pricing_view_count_90d,
        cast(slot(packed_pricing_and_feature_use, 24, 8) as integer) as feature_use_count_7d,
        cast(slot(packed_pricing_and_feature_use, 32, 8) as integer) as feature_use_count_30d,
        cast(slot(packed_pricing_and_feature_use, 40, 8) as integer) as feature_use_count_90d,
        cast(slot(packed_searches_and_checkouts, 8, 8) as integer) as search_count_30d,
        cast(slot(packed_searches_and_checkouts, 16, 8) as integer) as search_count_90d,
        cast(slot(packed_searches_and_checkouts, 32, 8) as integer) as checkout_count_30d,
        cast(slot(packed_searches_and_checkouts, 40, 8) as integer) as checkout_count_90d,
        cast(slot(packed_cancellations_and_mobile, 8, 8) as integer) as cancellation_view_count_30d,
        cast(slot(packed_cancellations_and_mobile, 16, 8) as integer) as cancellation_view_count_90d,
        cast(slot(packed_cancellations_and_mobile, 24, 13) as integer) as mobile_visit_count_90d,
        cast(slot(packed_abandoned_carts, 0, 8) as integer) as abandoned_cart_day_count_7d,
        cast(slot(packed_abandoned_carts, 8, 8) as integer) as abandoned_cart_day_count_30d,
        cast(slot(packed_abandoned_carts, 16, 8) as integer) as abandoned_cart_day_count_90d,
        cast(slot(packed_sent, 0, 13) as integer) as messages_sent_7d,
        cast(slot(packed_sent, 13, 13) as integer) as messages_sent_30d,
        cast(slot(packed_sent, 26, 13) as integer) as messages_sent_90d,
        cast(slot(packed_sent, 39, 13) as integer) as messages_sent_365d,
        cast(slot(packed_opened_and_clicked, 0, 8) as integer) as messages_opened_30d,
        cast(slot(packed_opened_and_clicked, 8, 8) as integer) as messages_opened_90d,
        cast(slot(packed_opened_and_clicked, 16, 8) as integer) as messages_opened_365d,
        cast(slot(packed_opened_and_clicked, 24, 8) as integer) as messages_clicked_30d,
        cast(slot(packed_opened_and_clicked, 32, 8) as integer) as messages_clicked_90d,
        cast(slot(packed_opened_and_clicked, 40, 8) as integer) as messages_clicked_365d,
        cast(slot(packed_redeemed_and_bounced, 0, 8) as integer) as messages_redeemed_30d,
        cast(slot(packed_redeemed_and_bounced, 8, 8) as integer) as messages_redeemed_90d,
        cast(slot(packed_redeemed_and_bounced, 16, 8) as integer) as messages_redeemed_365d,
        cast(slot(packed_redeemed_and_bounced, 40, 8) as integer) as messages_bounced_365d,
        cast(slot(packed_refused, 16, 8) as integer) as messages_refused_365d,
        cast(slot(packed_tickets, 0, 8) as integer) as ticket_count_30d,
        cast(slot(packed_tickets, 8, 8) as integer) as ticket_count_90d,
        cast(slot(packed_tickets, 16, 8) as integer) as ticket_count_365d,
        cast(slot(packed_complaints, 0, 8) as integer) as complaint_count_30d,
        cast(slot(packed_complaints, 8, 8) as integer) as complaint_count_90d,
        cast(slot(packed_complaints, 16, 8) as integer) as complaint_count_365d,
        cast(slot(packed_of_channels, 0, 8) as integer) as emails_sent_90d,
        cast(slot(packed_of_channels, 8, 8) as integer) as emails_clicked_90d,
        cast(slot(packed_of_channels, 16, 8) as integer) as sms_sent_90d,
        cast(slot(packed_of_channels, 24, 8) as integer) as sms_clicked_90d,
        cast(slot(packed_of_channels, 32, 8) as integer) as pushes_sent_90d,
        cast(slot(packed_of_channels, 40, 8) as integer) as pushes_clicked_90d,
        cast(slot(packed_orders, 0, 7) as integer) as order_count_7d,
        cast(slot(packed_orders, 7, 7) as integer) as order_count_30d,
        cast(slot(packed_orders, 14, 7) as integer) as order_count_90d,
        cast(slot(packed_orders, 21, 7) as integer) as order_count_180d,
        cast(slot(packed_orders, 28, 7) as integer) as order_count_365d,
        cast(slot(packed_orders, 42, 11) as integer) as order_count,
        cast(slot(packed_orders, 35, 7) as integer) as order_count_preceding_180d,
        cast(slot(packed_of_weekdays, 0, 7) as integer) as weekday_1_order_count,
        cast(slot(packed_of_weekdays, 7, 7) as integer) as weekday_2_order_count,
        cast(slot(packed_of_weekdays, 14, 7) as integer) as weekday_3_order_count,
        cast(slot(packed_of_weekdays, 21, 7) as integer) as weekday_4_order_count,
        cast(slot(packed_of_weekdays, 28, 7) as integer) as weekday_5_order_count,
        cast(slot(packed_of_weekdays, 35, 7) as integer) as weekday_6_order_count,
        cast(slot(packed_of_weekdays, 42, 7) as integer) as weekday_7_order_count,
        cast(slot(packed_discounted_and_coupon, 0, 13) as integer) as discounted_order_count_90d,
        cast(slot(packed_discounted_and_coupon, 13, 13) as integer) as discounted_order_count_365d,
        cast(slot(packed_discounted_and_coupon, 26, 13) as integer) as coupon_order_count_90d,
        cast(slot(packed_discounted_and_coupon, 39, 13) as integer) as coupon_order_count_365d,
        cast(slot(packed_gift_and_lines, 13, 13) as integer) as gift_order_count_365d,
        cast(slot(packed_gift_and_lines, 26, 13) as integer) as line_count_90d,
        cast(slot(packed_gift_and_lines, 39, 13) as integer) as line_count_365d,
        cast(slot(packed_dates, 37, 8) as integer) as order_day_count_90d,
        cast(slot(packed_dates, 45, 8) as integer) as order_day_count_365d,
        cast(greatest(slot(packed_dates, 0, 8), 0) as integer) as date_count,
        cast(slot(packed_dates, 8, 10) as integer) as order_gap_sum_days,
        cast(slot(packed_dates, 18, 19) as integer) as order_gap_square_sum,
        case when category_1 > 0 then floor(category_1 / 4096) * 16 + 14 end as ranked_1,
        case when category_2 > 0 then floor(category_2 / 4096) * 16 + 13 end as ranked_2,
        case when category_3 > 0 then floor(category_3 / 4096) * 16 + 12 end as ranked_3,
        case when category_4 > 0 then floor(category_4 / 4096) * 16 + 11 end as ranked_4,
        case when category_5 > 0 then floor(category_5 / 4096) * 16 + 10 end as ranked_5,
        case when category_6 > 0 then floor(category_6 / 4096) * 16 + 9 end as ranked_6,
        case when category_7 > 0 then floor(category_7 / 4096) * 16 + 8 end as ranked_7,
        case when category_8 > 0 then floor(category_8 / 4096) * 16 + 7 end as ranked_8,
        case when category_9 > 0 then floor(category_9 / 4096) * 16 + 6 end as ranked_9,
        case when category_10 > 0 then floor(category_10 / 4096) * 16 + 5 end as ranked_10,
        case when category_11 > 0 then floor(category_11 / 4096) * 16 + 4 end as ranked_11,
        case when category_12 > 0 then floor(category_12 / 4096) * 16 + 3 end as ranked_12,
        floor(category_1 / 4096) + floor(category_2 / 4096) + floor(category_3 / 4096) + floor(category_4
            / 4096) + floor(category_5 / 4096) + floor(category_6 / 4096) + floor(category_7 / 4096)
            + floor(category_8 / 4096) + floor(category_9 / 4096) + floor(category_10 / 4096)
            + floor(category_11 / 4096) + floor(category_12 / 4096) + floor(category_13 / 4096) as line_amount_365d
    from packed

),

derived as (

    select
        *,
        date_count as order_gap_count,
        greatest(weekday_1_order_count, weekday_2_order_count, weekday_3_order_count, weekday_4_order_count,
            weekday_5_order_count, weekday_6_order_count, weekday_7_order_count) as favourite_weekday_order_count,
        greatest(ranked_1, ranked_2, ranked_3, ranked_4, ranked_5, ranked_6, ranked_7, ranked_8, ranked_9,
            ranked_10, ranked_11, ranked_12) as top_ranked,
        cast(ranked_1 is not null as integer) + cast(ranked_2 is not null as integer)
            + cast(ranked_3 is not null as integer) + cast(ranked_4 is not null as integer)
            + cast(ranked_5 is not null as integer) + cast(ranked_6 is not null as integer)
            + cast(ranked_7 is not null as integer) + cast(ranked_8 is not null as integer)
            + cast(ranked_9 is not null as integer) + cast(ranked_10 is not null as integer)
            + cast(ranked_11 is not null as integer) + cast(ranked_12 is not null as integer) as category_count_365d
    from unpacked

),

ranked as (

    select
        *,
        greatest(nullif(ranked_1, top_ranked), nullif(ranked_2, top_ranked), nullif(ranked_3, top_ranked),
            nullif(ranked_4, top_ranked), nullif(ranked_5, top_ranked), nullif(ranked_6, top_ranked),
            nullif(ranked_7, top_ranked), nullif(ranked_8, top_ranked), nullif(ranked_9, top_ranked),
            nullif(ranked_10, top_ranked), nullif(ranked_11, top_ranked), nullif(ranked_12,
            top_ranked)) as second_ranked
    from derived

)

select
    cut, as_of_date, customer_id, event_count_7d, event_count_30d, event_count_90d, event_count_365d,
    product_view_count_7d, product_view_count_30d, product_view_count_90d, product_view_count_365d,
    most_viewed_product_view_count_7d,
    visit_count_7d, visit_count_30d, visit_count_90d, visit_count_365d, cart_add_count_7d, cart_add_count_30d,
    cart_add_count_90d, sign_in_count_30d, sign_in_count_90d, pricing_view_count_7d, pricing_view_count_30d,
    pricing_view_count_90d, feature_use_count_7d, feature_use_count_30d, feature_use_count_90d,
    search_count_30d, search_count_90d, checkout_count_30d, checkout_count_90d, cancellation_view_count_30d,
    cancellation_view_count_90d, abandoned_cart_day_count_7d, abandoned_cart_day_count_30d,
    abandoned_cart_day_count_90d, messages_sent_7d, messages_sent_30d, messages_sent_90d, messages_sent_365d,
    messages_opened_30d, messages_opened_90d, messages_opened_365d, messages_clicked_30d, messages_clicked_90d,
    messages_clicked_365d, messages_redeemed_30d, messages_redeemed_90d, messages_redeemed_365d,
    messages_bounced_365d, messages_refused_365d, ticket_count_30d, ticket_count_90d, ticket_count_365d,
    complaint_count_30d, complaint_count_90d, complaint_count_365d, emails_sent_90d, emails_clicked_90d,
    sms_sent_90d, sms_clicked_90d, pushes_sent_90d, pushes_clicked_90d, order_count_7d, order_count_30d,
    order_count_90d, order_count_180d, order_count_365d, order_count, discounted_order_count_90d,
    discounted_order_count_365d, coupon_order_count_90d, coupon_order_count_365d, gift_order_count_365d,
    line_count_90d, line_count_365d, order_day_count_90d, order_day_count_365d,
    cast(coalesce(order_amount_7d, 0) / 10000 as decimal(18, 4)) as order_amount_7d,
    cast(coalesce(order_amount_30d, 0) / 10000 as decimal(18, 4)) as order_amount_30d,
    cast(coalesce(order_amount_90d, 0) / 10000 as decimal(18, 4)) as order_amount_90d,
    cast(coalesce(order_amount_180d, 0) / 10000 as decimal(18, 4)) as order_amount_180d,
    cast(coalesce(order_amount_365d, 0) / 10000 as decimal(18, 4)) as order_amount_365d,
    cast(coalesce(order_amount, 0) / 10000 as decimal(18, 4)) as order_amount,
    cast(coalesce(discount_amount_90d, 0) / 10000 as decimal(18, 4)) as discount_amount_90d,
    cast(coalesce(discount_amount_365d, 0) / 10000 as decimal(18, 4)) as discount_amount_365d,
    cast(coalesce(refunded_amount_90d, 0) / 10000 as decimal(18, 4)) as refunded_amount_90d,
    cast(coalesce(refunded_amount_365d, 0) / 10000 as decimal(18, 4)) as refunded_amount_365d,
    cast(coalesce(unit_count_90d, 0) / 10000 as decimal(18, 4)) as unit_count_90d,
    cast(coalesce(unit_count_365d, 0) / 10000 as decimal(18, 4)) as unit_count_365d,
    cast(coalesce(returned_unit_count_365d, 0) / 10000 as decimal(18, 4)) as returned_unit_count_365d,
    cast(as_of_date - first_order_day as integer) as days_since_first_order,
    cast(as_of_date - last_order_day as integer) as days_since_last_order,
    cast(as_of_date - abandoned_day as integer) as days_since_abandoned_cart,
    cast(as_of_date - event_day as integer) as days_since_last_event,
    cast(as_of_date - product_view_day as integer) as days_since_last_product_view,
    cast(as_of_date - pricing_view_day as integer) as days_since_last_pricing_view,
    cast(as_of_date - feature_use_day as integer) as days_since_last_feature_use,
    cast(as_of_date - cart_day as integer) as days_since_last_cart_add,
    cast(as_of_date - sent_day as integer) as days_since_last_message,
    cast(as_of_date - opened_day as integer) as days_since_last_opening,
    cast(as_of_date - clicked_day as integer) as days_since_last_click,
    cast(as_of_date - redeemed_day as integer) as days_since_last_redemption,
    cast(as_of_date - ticket_day as integer) as days_since_last_ticket,
    cast(as_of_date - complaint_day as integer) as days_since_last_complaint,
    cast(as_of_date - response_day as integer) as days_since_last_survey_response,
    cast(as_of_date - nps_day as integer) as days_since_last_nps,
    cast(as_of_date - csat_day as integer) as days_since_last_csat,
    cast(as_of_date - ces_day as integer) as days_since_last_ces,
    cast(as_of_date - stated_day as integer) as days_since_last_stated_preference,
    cast(as_of_date - subscription_day as integer) as days_since_subscription_start,
    cast(as_of_date - sign_up_day as integer) as days_since_sign_up,
    cast(as_of_date - greatest(last_order_day, event_day, sent_day, ticket_day,
        response_day) as integer) as days_since_last_activity,
    cast(coalesce(open_ticket_count, 0) as integer) as open_ticket_count,
    cast(coalesce(open_complaint_count, 0) as integer) as open_complaint_count,
    cast(coalesce(survey_response_count_90d, 0) as integer) as survey_response_count_90d,
    cast(coalesce(survey_response_count_365d, 0) as integer) as survey_response_count_365d,
    cast(coalesce(low_csat_count_90d, 0) as integer) as low_csat_count_90d,
    cast(coalesce(stated_preference_count, 0) as integer) as stated_preference_count,
    cast(largest_order_amount_365d / 10000 as decimal(18, 4)) as largest_order_amount_365d,
    cast(round((order_amount_90d / 10000) / nullif(order_count_90d, 0), 6) as decimal(18,
        4)) as average_order_amount_90d,
    round((discount_amount_90d / 10000) / nullif(((order_amount_90d + discount_amount_90d) / 10000), 0),
        6) as discount_share_90d,
    cast(round((order_amount_365d / 10000) / nullif(order_count_365d, 0), 6) as decimal(18,
        4)) as average_order_amount_365d,
    round((discount_amount_365d / 10000) / nullif(((order_amount_365d + discount_amount_365d) / 10000), 0),
        6) as discount_share_365d,
    round((line_count_365d) / nullif(order_count_365d, 0), 6) as lines_per_order_365d,
    round((discounted_order_count_365d) / nullif(order_count_365d, 0), 6) as discounted_order_share_365d,
    round((refunded_amount_365d / 10000) / nullif((order_amount_365d / 10000), 0), 6) as refund_share_365d,
    round((order_gap_sum_days) / nullif(order_gap_count, 0), 6) as order_gap_mean_days,
    case
        when order_gap_count > 1
            then round(
                sqrt(
                    (order_gap_count * order_gap_square_sum - order_gap_sum_days * order_gap_sum_days)
                    / (order_gap_count * (order_gap_count - 1))
                ), 6
            )
    end as order_gap_stddev_days,
    round(((as_of_date - last_order_day) * order_gap_count) / nullif(order_gap_sum_days, 0), 6) as overdue_ratio,
    round((6 * order_amount_30d / 10000) / nullif((order_amount_preceding_180d / 10000), 0), 6) as order_amount_trend,
    round((6 * order_count_30d) / nullif(order_count_preceding_180d, 0), 6) as order_count_trend,
    round((weekday_6_order_count + weekday_7_order_count) / nullif(order_count_365d, 0),
        6) as weekend_order_share_365d,
    case
        when order_count_365d > 0
            then case
                when weekday_1_order_count = favourite_weekday_order_count then 1
                when weekday_2_order_count = favourite_weekday_order_count then 2
                when weekday_3_order_count = favourite_weekday_order_count then 3
                when weekday_4_order_count = favourite_weekday_order_count then 4
                when weekday_5_order_count = favourite_weekday_order_count then 5
                when weekday_6_order_count = favourite_weekday_order_count then 6
                when weekday_7_order_count = favourite_weekday_order_count then 7
            end
    end as favourite_weekday,
    round((favourite_weekday_order_count) / nullif(order_count_365d, 0), 6) as favourite_weekday_share_365d,
    getvariable('categories')[15 - cast(top_ranked % 16 as integer)] as top_category,
    round((floor(top_ranked / 16) / 10000) / nullif((line_amount_365d / 10000), 0), 6) as top_category_share_365d,
    getvariable('categories')[15 - cast(second_ranked % 16 as integer)] as second_category,
    cast(category_count_365d as integer) as category_count_365d,
    round((3 * visit_count_30d) / nullif(visit_count_preceding_90d, 0), 6) as visit_trend,
    round((mobile_visit_count_90d) / nullif(visit_count_90d, 0), 6) as mobile_visit_share_90d,
    round((messages_clicked_90d) / nullif(messages_sent_90d, 0), 6) as clicks_per_message_90d,
    round((messages_redeemed_365d) / nullif(messages_sent_365d, 0), 6) as redemptions_per_message_365d,
    round((solving_seconds_365d) / nullif(3600 * solved_ticket_count_365d, 0), 6) as solving_hours_mean_365d,
    last_nps_score,
    last_csat_score,
    last_ces_score
from ranked;

-- those of tonight stand last, and by themselves
create table past_customer_features as
select * exclude (cut) from features_at_cuts;

create table customer_features as
select * from past_customer_features
where as_of_date = getvariable('tonight');

-- section: segments

-- python: segments

-- section: profile

create temp table newest_records as
with

ranked as (

    select
        customers.customer_number,
        records.changed_day,
        case when emails.customer_number = customers.customer_number or owners.is_nobodys
            then records.email end as email,
        case when phone_owners.customer_number = customers.customer_number then phones.phone_number end as phone,
        records.first_name, records.last_name, records.postal_code, records.country, records.language,
        records.time_zone, records.birth_date, records.attributes,
        row_number() over (
            partition by customers.customer_number
            order by
                records.changed_day desc, records.changed_at desc nulls last, records.source asc, records.record_key asc
        ) as age_rank
    from records
    inner join customers_of_handles as customers on records.handle_id = customers.handle_id
    left join customers_of_nodes as emails on email_node(records.email) = emails.node
    left join (from owners where is_nobodys) as owners on email_node(records.email) = owners.node
    left join phones on records.phone = phones.phone
    left join customers_of_nodes as phone_owners on phone_node(phones.phone_number) = phone_owners.node

)

select
    customer_number,
    max(changed_day) as changed_day,
    arg_min(email, age_rank) filter (email is not null) as email,
    arg_min(phone, age_rank) filter (phone is not null) as phone,
    arg_min(first_name, age_rank) filter (first_name is not null) as first_name,
    arg_min(last_name, age_rank) filter (last_name is not null) as last_name,
    arg_min(postal_code, age_rank) filter (postal_code is not null) as postal_code,
    arg_min(country, age_rank) filter (country is not null) as country,
    arg_min(language, age_rank) filter (language is not null) as language,
    arg_min(time_zone, age_rank) filter (time_zone is not null) as time_zone,
    arg_min(birth_date, age_rank) filter (birth_date is not null) as birth_date,
    arg_min(attributes, age_rank) filter (attributes is not null) as attributes
from ranked
group by customer_number;

create temp table habits as
with

acts as (

    select
        handle_id,
        hour_of_day
    from order_facts
    where day > getvariable('tonight') - 365
    union all
    select
        hash(messages.source, messages.customer_ref, messages.email, messages.phone) as handle_id,
        hours.hour_of_day
    from warehouse.landing.messages
    inner join hours on hour_of(messages.occurred_at) = hours.hour_number
    where
        messages.occurred_at < getvariable('as_of_end_at')
        and hours.day > getvariable('tonight') - 365
        and messages.event in ('opened', 'clicked')
        and not coalesce(messages.is_machine, false)

),

hours_of_customers as (

    select
        customers.customer_number,
        acts.hour_of_day,
        count(*) as act_count
    from acts
    inner join customers_of_handles as customers on acts.handle_id = customers.handle_id
    group by all

)

select
    customer_number,
    arg_max(hour_of_day, [near_act_count, act_count, - hour_of_day]) as preferred_hour
from (
    select
        customer_number,
        (hour_of_day + shift) % 24 as hour_of_day,
        sum(act_count) as near_act_count,
        sum(case when shift = 0 then act_count else 0 end) as act_count,
        any_value(all_act_count) as all_act_count
    from (select *, sum(act_count) over (partition by customer_number) as all_act_count from hours_of_customers)
    cross join (values (0), (1), (23)) as shifts (shift)
    where all_act_count >= 3
    group by customer_number, (hour_of_day + shift) % 24
)
where near_act_count >= 3 and 4 * near_act_count >= all_act_count
group by customer_number;

create temp table names_on_orders as
select
    customers.customer_number,
    arg_max(orders.customer_name, orders.ordered_at) as name
from order_facts as orders
inner join customers_of_handles as customers on orders.handle_id = customers.handle_id
left join newest_records as records on customers.customer_number = records.customer_number
where
    coalesce(records.first_name, records.last_name) is null
    and letters_of(orders.customer_name) is not null
group by customers.customer_number;

create temp table favourite_brands as
select
    customer_number,
    arg_min(brand, {'less': - amount, 'brand': brand}) as brand
from (
    select
        customers.customer_number,
        facts.brand,
        sum(cast(facts.amount * 10000 as bigint)) as amount
    from line_facts as facts
    inner join customers_of_handles as customers on facts.handle_id = customers.handle_id
    where facts.day > getvariable('tonight') - 365 and facts.brand is not null
    group by all
)
group by customer_number;

create temp table complaints as
select
    customer_number,
    max(day) as last_complaint_date,
    arg_max({'topic': topic}, {'at': opened_at, 'record_key': record_key}).topic as last_complaint_topic,
    min(day) filter (is_open) as open_complaint_since_date
from customer_ticket_days
where is_complaint
group by customer_number;

create temp table answers as
select
    customer_number,
    max(day) as last_feedback_date,
    arg_max({'kind': kind, 'score': score}, {'at': answered_at, 'record_key': record_key}) as last,
    arg_max(text, {'at': answered_at, 'record_key': record_key}) filter (text is not null) as last_feedback_text,
    max(day) filter (text is not null) as last_feedback_text_date
from customer_response_days
group by customer_number;

create table customers as
with

accounts as (

    select
        customer_id,
        min(
            {
                'first_seen_date': coalesce(first_seen_date, date '9999-12-31'),
                'source': source,
                'identifier': identifier
            }
        ) as first_account
    from customer_identifiers
    where
        identifier_kind = 'account'
        and source = coalesce(getvariable('profile_accounts'), source)
    group by customer_id

),

addresses as (

    select
        customers.customer_id,
        min({'unused': - epoch_us(identifiers.last_used_day), 'it': identifiers.identifier})
            filter (identifiers.identifier_kind = 'email').it as email,
        min({'unused': - epoch_us(identifiers.last_used_day), 'it': identifiers.identifier})
            filter (identifiers.identifier_kind = 'phone').it as phone
    from identifiers
    inner join owners on identifiers.node = owners.node
    inner join customer_clusters as customers on owners.cluster = customers.cluster
    where identifiers.identifier_kind in ('email', 'phone')
    group by customers.customer_id

),

segments as (

    select
        customer_id,
        max(segment_id) filter (kind = 'stage') as lifecycle_stage,
        string_agg(segment_id, ',' order by segment_id) as segments
    from customer_segments
    group by customer_id

),

order_spans as (

    select
        customer_number,
        min(day) as first_order_date,
        max(day) as last_order_date
    from customer_order_days
    where order_count > 0
    group by customer_number

),

profiles as (

    select
        customers.customer_id,
        accounts.first_account.identifier as customer_ref,
        accounts.first_account.source as source,
        coalesce(records.email, addresses.email) as email,
        coalesce(records.phone, addresses.phone) as phone,
        coalesce(nullif(trim(concat_ws(' ', records.first_name, records.last_name)), ''), names.name) as name,
        records.first_name, records.last_name, records.country, records.language, records.postal_code,
        records.attributes, records.time_zone, records.birth_date, segments.lifecycle_stage, segments.segments,
        customers.first_day as first_seen_date,
        order_spans.first_order_date,
        order_spans.last_order_date,
        channels.channel as stated_channel,
        greatest(
            coalesce(round(features.emails_clicked_90d / nullif(features.emails_sent_90d, 0), 6), 0),
            coalesce(round(features.sms_clicked_90d / nullif(features.sms_sent_90d, 0), 6), 0),
            coalesce(round(features.pushes_clicked_90d / nullif(features.pushes_sent_90d, 0), 6), 0)
        ) as best_share,
        case
            when best_share = 0 then null
            when best_share = round(features.emails_clicked_90d / nullif(features.emails_sent_90d, 0), 6) then 'email'
            when best_share = round(features.sms_clicked_90d / nullif(features.sms_sent_90d, 0), 6) then 'sms'
            else 'push'
        end as inferred_channel,
        habits.preferred_hour,
        stated.contact_frequency,
        stated.favourite_category as stated_category,
        brands.brand as favourite_brand,
        complaints.* exclude (customer_number),
        answers.* exclude (customer_number),
        getvariable('tonight') - records.changed_day as contact_age_days,
        features.* exclude (customer_id, as_of_date)
    from customer_clusters as customers
    inner join customer_features as features on customers.customer_id = features.customer_id
    left join accounts on customers.customer_id = accounts.customer_id
    left join addresses on customers.customer_id = addresses.customer_id
    left join segments on customers.customer_id = segments.customer_id
    left join order_spans on customers.customer_number = order_spans.customer_number
    left join newest_records as records on customers.customer_number = records.customer_number
    left join names_on_orders as names on customers.customer_number = names.customer_number
    left join preferences_at_cuts as stated
        on at_cut(customers.customer_number, getvariable('last_cut')) = stated.customer_at_cut
    left join warehouse.settings.channels on lower(stated.preferred_channel) = channels.channel
    left join habits on customers.customer_number = habits.customer_number
    left join favourite_brands as brands on customers.customer_number = brands.customer_number
    left join complaints on customers.customer_number = complaints.customer_number
    left join answers on customers.customer_number = answers.customer_number

)

select
    * exclude (stated_channel, best_share, inferred_channel, stated_category, last, birth_date),
    list_min(list_filter(
        [
            date_diff('day', getvariable('tonight'), cast(birth_date + to_years(years) as date))
            for years in [year(getvariable('tonight')) - year(birth_date), 1 + year(getvariable('tonight')) - year(birth_date)]
        ],
        days -> days >= 0
    )) as days_until_birthday,
    last.kind as last_feedback_kind,
    last.score as last_feedback_score,
    case
        when email like '%__@%.%' then left(email, 1) || '***@' || split_part(email, '@', -1)
        when email is not null then '***'
    end as masked_email,
    case when length(phone) >= 7 then '***' || right(phone, 2) when phone is not null then '***' end as masked_phone,
    coalesce(stated_channel, inferred_channel) as preferred_channel,
    case when stated_channel is not null then 'stated' when inferred_channel is not null then 'inferred' end
        as preferred_channel_by,
    coalesce(stated_category, top_category) as favourite_category,
    case when stated_category is not null then 'stated' when top_category is not null then 'inferred' end
        as favourite_category_by,
    case
        when order_count_365d < 3 then null
        when discounted_order_share_365d >= 0.6667 then 'high'
        when discounted_order_share_365d >= 0.3333 then 'medium'
        else 'low'
    end as price_sensitivity,
    case
        when order_count_365d < 8 then null
        when weekend_order_share_365d >= 0.6 then 'weekend'
        when weekend_order_share_365d <= 0.05 then 'weekday'
        else 'any day'
    end as shopping_days,
    case when mobile_visit_share_90d >= 0.5 then 'mobile' when mobile_visit_share_90d < 0.5 then 'other' end
        as usual_device,
    gift_order_count_365d > 0 as is_gift_buyer,
    least(
        days_since_last_order, days_since_last_event, days_since_last_opening, days_since_last_click,
        days_since_last_redemption, days_since_last_ticket, days_since_last_survey_response
    ) as behaviour_age_days,
    least(days_since_last_survey_response, days_since_last_ticket) as feedback_age_days,
    days_since_last_stated_preference as preference_age_days,
    getvariable('tonight') as data_as_of
from profiles;
