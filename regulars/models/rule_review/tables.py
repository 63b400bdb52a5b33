"""The tables of the review: their columns, and the queries that fill them.

The queries are formatted with the night as `{as_of}`; previous.rules and previous.rule_review say since when
things are so.
"""

from regulars.models.decisions.reason_codes import Reason, Stage
from regulars.store.segments import FEWEST, MOST
from regulars.store.sql import literal

# a rule that fired for nobody for so long is dead
DEAD_DAYS = 30
# of fewer people chance says more than a rule
LEAST_PEOPLE = 10
# of fewer draws an interval around 0 says nothing of an action
LEAST_DRAWS = 100
# of so many who fire one rule, or pass all but the caps, it is a matter of the rule and not of some
TOGETHER, STARVED = 0.5, 0.9

TABLES = (
    "create schema if not exists decisions",
    """
    create or replace table decisions.rules (
        as_of_date date not null,
        rule_kind varchar not null,
        rule_id varchar not null,
        owner varchar,
        definition_hash varchar,
        defined_date date not null,
        fired_count bigint not null,
        candidate_count bigint,
        capped_count bigint,
        last_fired_date date,
        due_date date,
        reviewed_date date,
        reviewed_by varchar,
        review_because varchar
    )
    """,
    """
    create or replace table decisions.rule_review (
        as_of_date date not null,
        rule_kind varchar not null,
        rule_id varchar not null,
        finding varchar not null,
        other_rule_id varchar not null,
        since_date date not null,
        counted bigint not null,
        of_count bigint not null,
        remedy varchar not null
    )
    """,
)

# what a rule that passed everything but caps was stopped by; a cooldown is the rule's own
_CAPS = ", ".join(
    map(
        literal,
        (
            Reason.CHANNEL_CLOSED,
            Reason.CHANNEL_CAP,
            Reason.ACROSS_CHANNELS_CAP,
            Reason.TOO_CLOSE_TO_ANOTHER_CHANNEL,
            Reason.NIGHTLY_LIMIT,
        ),
    )
)
_PASSED_CAPS = ", ".join(map(literal, (Stage.ARBITRATION, Stage.ALLOCATION)))
_REACHED_CAPS = f"{literal(Stage.CAP)}, {_PASSED_CAPS}"

RULES = f"""
insert into decisions.rules
with

segments as (select *, string_split(actions, ',') as named_actions from settings.segments),

declared as (
    select 'segment' as rule_kind, segment_id as rule_id, owner, definition_hash, review_date from segments
    union all
    select
        'action', action_id,
        coalesce(
            (
                select string_agg(distinct segments.owner, ', ' order by segments.owner) from segments
                where list_contains(segments.named_actions, actions.action_id)
            ),
            (
                select string_agg(distinct experiments.owner, ', ' order by experiments.owner)
                from settings.experiments as experiments
                inner join settings.experiment_arms as arms
                    on experiments.experiment_id = arms.experiment_id
                where arms.action_id = actions.action_id
            )
        ),
        null, null
    from settings.actions as actions
    union all
    select 'channel', channel, null, null, null from settings.channels
    union all
    select 'journeys', 'segments', null, null, null
),

fired as (
    select
        'segment' as rule_kind, segment_id as rule_id, count(*) as fired_count,
        null::bigint as candidate_count, null::bigint as capped_count
    from marts.customer_segments
    group by segment_id
    union all
    select
        if(action_id is null, 'channel', 'action'), coalesce(action_id, channel),
        count(*) filter (is_chosen),
        count(*) filter (is_chosen or stopped_by in ({_REACHED_CAPS})),
        count(*) filter (reason_code in ({_CAPS}))
    from decisions.decision_trace
    group by grouping sets (action_id, channel)
    union all
    select 'journeys', 'segments', count(*), null, null from segments
)

select
    {{as_of}} as as_of_date,
    rule_kind,
    rule_id,
    declared.owner,
    declared.definition_hash,
    coalesce(before.defined_date, {{as_of}}) as defined_date,
    coalesce(fired.fired_count, 0) as fired_count,
    if(rule_kind in ('action', 'channel'), coalesce(fired.candidate_count, 0), null) as candidate_count,
    if(rule_kind in ('action', 'channel'), coalesce(fired.capped_count, 0), null) as capped_count,
    if(fired.fired_count > 0, {{as_of}}, before.last_fired_date) as last_fired_date,
    case
        when rule_kind = 'segment'
            then greatest(declared.review_date, cast(words.reviewed_date + interval 1 month as date))
        when rule_kind = 'journeys'
            then cast(
                date_trunc('quarter', coalesce(words.reviewed_date, before.defined_date, {{as_of}}))
                + interval 3 months as date
            )
    end as due_date,
    words.reviewed_date,
    words.said_by as reviewed_by,
    words.because as review_because
from declared
left join fired using (rule_kind, rule_id)
left join settings.rule_words as words using (rule_kind, rule_id)
left join previous.rules as before
    on declared.rule_kind = before.rule_kind and declared.rule_id = before.rule_id
        and declared.definition_hash is not distinct from before.definition_hash
order by rule_kind, rule_id
"""

# every two intents with how many are in both; stages exclude each other
PAIRS = """
create or replace temp table rule_pairs as
with

members as (
    select customer_id, segment_id, position, fired_count, actions
    from marts.customer_segments
    inner join (select segment_id, position, actions from settings.segments) using (segment_id)
    inner join (select rule_id as segment_id, fired_count from decisions.rules where rule_kind = 'segment')
        using (segment_id)
    where kind = 'intent'
)

select
    one.segment_id as rule_id,
    other.segment_id as other_rule_id,
    any_value(one.position) as position,
    any_value(other.position) as other_position,
    any_value(one.fired_count) as fired_count,
    any_value(other.fired_count) as other_fired_count,
    not list_has_any(
        string_split(any_value(one.actions), ','), string_split(any_value(other.actions), ',')
    ) as is_for_other_actions,
    count(*) as shared_count
from members as one
inner join members as other on one.customer_id = other.customer_id and one.segment_id <> other.segment_id
group by one.segment_id, other.segment_id
"""

# an action that could be had and always loses, with the action that wins most often instead
OUTRANKED = f"""
create or replace temp table rule_outranked as
with

losers as (
    select action_id from decisions.decision_trace
    group by action_id
    having count(distinct if(reason_code = {literal(Reason.OUTRANKED)}, customer_id, null)) >= {LEAST_PEOPLE}
        and count(*) filter (is_chosen) = 0
        and count(*) filter (reason_code = {literal(Reason.OUTRANKED)})
            = count(*) filter (stopped_by in ({_PASSED_CAPS}))
),

lost as (
    select distinct action_id, customer_id from decisions.decision_trace
    inner join losers using (action_id)
    where reason_code = {literal(Reason.OUTRANKED)}
),

won as (
    select lost.action_id, trace.action_id as other_action_id, count(*) as lost_count
    from lost
    inner join decisions.decision_trace as trace on lost.customer_id = trace.customer_id and trace.is_chosen
    group by lost.action_id, trace.action_id
)

select
    action_id as rule_id,
    arg_min(other_action_id, row(-lost_count, other_action_id)) as other_rule_id,
    sum(lost_count)::bigint as lost_count,
    max(lost_count) as lost_to_one_count
from won
group by action_id
"""

FINDINGS = f"""
insert into decisions.rule_review
with

rules as (from decisions.rules),

without_effect as (
    select action_id, sum(chosen_count) as chosen_count
    from decisions.action_effects
    group by action_id
    having least(sum(chosen_count), sum(nothing_count)) >= {LEAST_DRAWS}
        and bool_and(coalesce(
            effect_low <= 0 and effect_high >= 0 and effect_high < assumed_rate, chosen_count = 0
        ))
),

findings as (
    select
        'segment' as rule_kind, rule_id, 'contradict' as finding, other_rule_id, null::date as since_date,
        shared_count as counted, least(fired_count, other_fired_count) as of_count,
        'they are meant for different actions: let both segments name one that fits both, or keep the members'
        || ' of one out of the other''s predicate in segments.yml' as remedy
    from rule_pairs
    where position < other_position and is_for_other_actions and shared_count >= {LEAST_PEOPLE}
        and shared_count >= {TOGETHER} * least(fired_count, other_fired_count)
    union all
    select
        'segment', rule_id, 'contradict', rule_id, null, contradicting_count, fired_count,
        'predicate and leave_when are true at once, and she is in: mend one of them in segments.yml'
    from rule_contradictions
    inner join rules using (rule_id)
    where rule_kind = 'segment' and contradicting_count > 0
    union all
    select
        'segment', rule_id, 'subsumed', other_rule_id, null, shared_count, other_fired_count,
        'everybody in it is in the other too: remove it from segments.yml, or narrow one of the two'
    from rule_pairs
    where shared_count = fired_count and fired_count >= {LEAST_PEOPLE}
        and (fired_count < other_fired_count or position > other_position)
    union all
    select
        'action', rule_id, 'subsumed', other_rule_id, null, lost_to_one_count, lost_count,
        'whoever could have it gets another: mend value or response_rate in actions.yml if it is worth more,'
        || ' narrow the other''s eligible_when, or remove it'
    from rule_outranked
    union all
    select
        rule_kind, rule_id, 'dead', '', coalesce(last_fired_date + 1, defined_date),
        {{as_of}} - coalesce(last_fired_date, defined_date - 1), {DEAD_DAYS},
        'nobody for so many days: '
        || case rule_kind
            when 'segment' then 'mend its predicate in segments.yml, or remove it'
            when 'action' then 'widen its eligible_when in actions.yml, or remove it'
            else 'see decision_trace for what stops it, or take the channel out of channels.yml'
        end
    from rules
    where rule_kind in ('segment', 'action', 'channel')
        and {{as_of}} - coalesce(last_fired_date, defined_date - 1) >= {DEAD_DAYS}
    union all
    select
        rule_kind, rule_id, 'starved_by_caps', '', null, capped_count, candidate_count,
        'caps or limits of a night stop nearly all who could have it: raise them in channels.yml or'
        || ' nightly_capacity in actions.yml, or let fewer rules ask for the same people'
    from rules
    where candidate_count >= {LEAST_PEOPLE} and capped_count >= {STARVED} * candidate_count
    union all
    select
        'action', action_id, 'no_effect', '', null, chosen_count, {LEAST_DRAWS},
        'draws cannot tell it from nothing, and rule out what actions.yml assumes: remove it from there, or'
        || ' try another in its place in experiments/'
    from without_effect
    union all
    select
        'segment', segments.segment_id, 'no_effect', '', null, sum(chosen_count), {LEAST_DRAWS},
        'draws cannot tell any action that it names from nothing: remove the journey from segments.yml, or'
        || ' give it other actions'
    from settings.segments as segments
    inner join without_effect on list_contains(string_split(segments.actions, ','), without_effect.action_id)
    group by segments.segment_id, segments.actions
    having count(*) = len(list_distinct(string_split(segments.actions, ',')))
    union all
    select
        rule_kind, rule_id, 'past_review_date', '', due_date, {{as_of}} - due_date, 0,
        'look whether it still says what it should; then sign it off with regulars review segment:' || rule_id
        || ', or set a new review_date in segments.yml'
    from rules
    where rule_kind = 'segment' and due_date < {{as_of}}
    union all
    select
        rule_kind, rule_id, 'no_owner', '', null, 0, 0,
        'no segment names it, so that nobody answers for it: name it under actions of a segment in'
        || ' segments.yml, or remove it from actions.yml'
    from rules
    where rule_kind = 'action' and owner is null
    union all
    select
        rule_kind, rule_id, 'too_many_journeys', '', null, fired_count, {MOST},
        'each segment above {MOST} needs copy, an owner and a review: merge or remove some in segments.yml'
    from rules
    where rule_kind = 'journeys' and fired_count > {MOST}
    union all
    select
        rule_kind, rule_id, 'too_few_journeys', '', null, fired_count, {FEWEST},
        'fewer than {FEWEST} segments lump different people together: divide some in segments.yml'
    from rules
    where rule_kind = 'journeys' and fired_count < {FEWEST}
    union all
    select
        rule_kind, rule_id, 'audit_due', '', due_date, {{as_of}} - due_date, 0,
        'go through sheets/rules.csv, and sign the quarter off with regulars review journeys'
    from rules
    where rule_kind = 'journeys' and due_date <= {{as_of}}
)

select
    {{as_of}} as as_of_date,
    findings.rule_kind,
    findings.rule_id,
    findings.finding,
    findings.other_rule_id,
    coalesce(findings.since_date, before.since_date, {{as_of}}) as since_date,
    findings.counted,
    findings.of_count,
    findings.remedy
from findings
left join previous.rule_review as before using (rule_kind, rule_id, finding, other_rule_id)
order by all
"""
