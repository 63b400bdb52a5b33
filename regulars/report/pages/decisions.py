"""What was chosen tonight, why others got nothing, and what the limits cost."""

from regulars.report.charts import bars, columns, intervals, lines
from regulars.report.page import Page, Section

CHOSEN = """
select
    action_id as action,
    channel,
    count(*) as customers,
    round(sum(score), 2) as expected_gain,
    count(*) filter (where is_exploration) as drawn_by_chance
from next_actions
where action_id <> 'none'
group by action_id, channel
order by sum(count(*)) over (partition by action_id) desc, action, channel
"""

NOTHING = """
select reason_code as reason, count(*) as customers
from next_actions
where action_id = 'none'
group by reason_code
order by customers desc, reason
"""

HELD_BACK = """
select stopped_by as stage, channel, count(*) as candidates, count(distinct customer_id) as customers
from decision_trace
where stopped_by is not null
group by stopped_by, channel
order by sum(count(*)) over (partition by stopped_by) desc, stage, channel
"""

REASONS = """
select
    stopped_by as stage,
    reason_code as reason,
    count(*) as candidates,
    count(distinct customer_id) as customers,
    count(distinct action_id) as actions
from decision_trace
where stopped_by is not null
group by all
order by candidates desc, stage, reason
"""

LIMITS = """
select
    limit_kind || ': ' || limit_id as of_what,
    round(used, 2) as used,
    round(allowed, 2) as allowed,
    round(used / nullif(allowed, 0), 4) as used_share,
    round(shadow_price, 4) as one_more_would_win,
    round(expected_gain, 2) as gain_of_the_night,
    round(possible_gain, 2) as possible_gain_of_the_night
from allocation_limits
order by shadow_price desc, of_what
"""

KEPT_OUT = """
select reason_code as reason, channel, count(*) as decisions
from kept_out
group by all
order by decisions desc, reason, channel
"""

BY_ACTION = """
with

ranked as (

    select action_id, row_number() over (order by count(*) desc, action_id) as place
    from planned_touchpoints
    where planned_date > {night} - 91
    group by action_id

)

select
    planned_date as night,
    case when place <= 7 then action_id else 'all others' end as action,
    count(*) as touchpoints
from planned_touchpoints
inner join ranked using (action_id)
where planned_date > {night} - 91
group by all
order by night, min(place)
"""

HEALTH = """
select as_of_date as night, channel, sent_count, refused_count, refused_share, usual_share, multiplier
from channel_health
where as_of_date > {night} - 91
order by night, channel
"""

EFFECTS = """
select
    action_id || case when channel = '' then '' else ' by ' || channel end as action,
    outcome || ' within ' || outcome_days || ' days' as outcome,
    chosen_count,
    nothing_count,
    round(effect, 4) as effect_share,
    round(effect_low, 4) as effect_low_share,
    round(effect_high, 4) as effect_high_share
from action_effects
where effect is not null
order by effect desc, action
"""

OFFERS = """
select
    action_id as action,
    any_value(offer order by granted_date desc, offer) as offer,
    count(*) as given,
    count(*) filter (where valid_until >= {night}) as valid,
    max(granted_date) as last_given
from offer_ledger
group by action_id
order by given desc, action
"""

DECISIONS = Page(
    name="decisions",
    title="Decisions",
    says="What was chosen for whom tonight, what was held back and by which stage, and what limits cost."
    " Every customer gets one action at most, or nothing with a reason.",
    sections=(
        Section(
            "What was chosen",
            "How many customers get which action, by which channel.",
            CHOSEN,
            bars("customers", "action", color="channel"),
            empty="Nobody gets anything tonight; the reasons are below.",
        ),
        Section(
            "Why customers get nothing",
            "The reason for everybody else, which is that of what came furthest.",
            NOTHING,
            bars("customers", "reason"),
            empty="Everybody gets something tonight.",
        ),
        Section(
            "What was held back, by stage",
            "Every action by every channel is a candidate; how many each stage stopped first.",
            HELD_BACK,
            bars("candidates", "stage", color="channel"),
            empty="No candidate was stopped.",
        ),
        Section(
            "Reasons of each stage",
            "What the stages said, for how many candidates and customers.",
            REASONS,
            empty="No candidate was stopped.",
        ),
        Section(
            "Limits and their price",
            "How much of each limit was used, and what one more of it would have won. A limit at its end"
            " with a high price is the one to raise.",
            LIMITS,
            bars("used_share", "of_what"),
            empty="No limit of money, channels or actions is declared.",
        ),
        Section(
            "Kept out at the last look",
            "Decisions that stand in no list, because something was wrong when the lists were written.",
            KEPT_OUT,
            bars("decisions", "reason", color="channel"),
            empty="Every decision is in its list.",
        ),
        Section(
            "Touchpoints by action",
            "How many touchpoints of each action every night of the last three months handed over.",
            BY_ACTION,
            columns("touchpoints", "night", color="action"),
            empty="No touchpoint was handed over in three months.",
        ),
        Section(
            "How people bear each channel",
            "Unsubscribes and complaints of 28 days, as a share of what was sent.",
            HEALTH,
            lines("refused_share", "night", color="channel"),
            empty="No message of a channel is known yet.",
        ),
        Section(
            "What draws have shown",
            "How much more often those responded who got an action by chance than those who, by chance, got"
            " nothing, with the bounds of 95 in 100.",
            EFFECTS,
            intervals("effect_share", "effect_low_share", "effect_high_share", "action"),
            empty="No draw is old enough to be read yet.",
        ),
        Section(
            "Offers",
            "Every offer that was given so far, and how many may still be used.",
            OFFERS,
            bars("given", "action"),
            empty="No offer was given yet.",
        ),
    ),
)
