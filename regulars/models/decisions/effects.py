"""What draws have shown of an action by a channel: who got it against who got nothing instead of it.

Only nights and customers count on which either could have been drawn, each weighed by how unlikely it was.
The difference of the shares that responded is what the action brought; the assumption of actions.yml is
where we start from, as if it were known to within its own size, and gives way as draws come in.
"""

from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.tables import CHANCES
from regulars.store.sql import date_literal
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from regulars.store.actions import ActionCatalogue

# older draws are of another season, and of other people
REMEMBERED_DAYS = 365

EFFECTS = """
with

draws as (

    select
        log.as_of_date,
        coalesce(aliases.customer_id, log.customer_id) as customer_id,
        log.action_id,
        log.channel,
        log.propensity,
        log.is_chosen
    from previous.exploration_log as log
    left join marts.customer_aliases as aliases on log.customer_id = aliases.alias_id
    where log.as_of_date > {as_of_date} - {remembered_days}

),

nothings as (

    select as_of_date, customer_id, propensity, is_chosen
    from draws
    where action_id = 'none'

),

-- a night on which a customer got the option, or nothing though she could have got it
compared as (

    select
        draws.as_of_date,
        draws.customer_id,
        draws.action_id,
        draws.channel,
        effect_options.outcome,
        effect_options.outcome_days,
        draws.is_chosen,
        1 / if(draws.is_chosen, draws.propensity, nothings.propensity) as weight
    from draws
    inner join nothings
        on draws.as_of_date = nothings.as_of_date and draws.customer_id = nothings.customer_id
    inner join effect_options
        on draws.action_id = effect_options.action_id and draws.channel = effect_options.channel
    where
        (draws.is_chosen or nothings.is_chosen)
        and draws.propensity > 0
        and draws.as_of_date + effect_options.outcome_days <= {as_of_date}

),

responses as (

    select customer_id, 'order' as outcome, order_date as response_date
    from marts.orders
    where customer_id in (select customer_id from draws)
    union
    select customer_id, if(kind = 'visit', 'visit', 'answer') as outcome, occurred_date
    from marts.customer_timeline
    where kind in ('visit', 'survey_response') and customer_id in (select customer_id from draws)

),

responded as (

    select distinct compared.as_of_date, compared.customer_id, compared.action_id, compared.channel
    from compared
    inner join responses
        on compared.customer_id = responses.customer_id
        and compared.outcome = responses.outcome
        and responses.response_date > compared.as_of_date
        and responses.response_date <= compared.as_of_date + compared.outcome_days

),

arms as (

    select
        compared.action_id,
        compared.channel,
        compared.is_chosen,
        count(*) as draws,
        sum(compared.weight) filter (responded.customer_id is not null) / sum(compared.weight) as share,
        sum(compared.weight) ** 2 / sum(compared.weight ** 2) as effective
    from compared
    left join responded using (as_of_date, customer_id, action_id, channel)
    group by compared.action_id, compared.channel, compared.is_chosen

),

-- two more of either outcome, lest a share of none or all looks certain
rated as (

    select
        * replace (coalesce(share, 0) as share),
        (coalesce(share, 0) * effective + 1) / (effective + 2)
            * (1 - (coalesce(share, 0) * effective + 1) / (effective + 2)) / effective as variance
    from arms

),

measured as (

    select
        options.option_number,
        options.action_id,
        options.channel,
        options.outcome,
        options.outcome_days,
        options.response_rate as assumed_rate,
        coalesce(chosen.draws, 0) as chosen_count,
        coalesce(nothing.draws, 0) as nothing_count,
        chosen.share as chosen_share,
        nothing.share as nothing_share,
        chosen.share - nothing.share as effect,
        chosen.variance + nothing.variance as variance,
        greatest(options.response_rate, 0.005) ** 2 as assumed_variance
    from effect_options as options
    left join rated as chosen
        on options.action_id = chosen.action_id and options.channel = chosen.channel and chosen.is_chosen
    left join rated as nothing
        on options.action_id = nothing.action_id
        and options.channel = nothing.channel
        and not nothing.is_chosen

)

select
    option_number,
    action_id,
    channel,
    outcome,
    cast(outcome_days as bigint) as outcome_days,
    assumed_rate,
    chosen_count,
    nothing_count,
    round(chosen_share, 6) as chosen_share,
    round(nothing_share, 6) as nothing_share,
    round(effect, 6) as effect,
    round(effect - 1.96 * sqrt(variance), 6) as effect_low,
    round(effect + 1.96 * sqrt(variance), 6) as effect_high,
    round(greatest(coalesce(
        assumed_rate + (effect - assumed_rate) * assumed_variance / (assumed_variance + variance),
        assumed_rate
    ), 0), 6) as response_rate
from measured
order by option_number
"""

ACTION_EFFECTS = """
insert into decisions.action_effects
select {as_of_date} as as_of_date, * exclude (option_number), {policy} as policy
from effects_of_draws
order by action_id, channel
"""

# what came of a night's draws is known later, and that of its last run counts
EXPLORATION_LOG = f"""
insert into decisions.exploration_log
select
    as_of_date, decision_id, customer_id, action_id, channel, propensity, score, is_chosen, policy,
    rules_score, model_score
from previous.exploration_log
where as_of_date > {{as_of_date}} - {{remembered_days}} and as_of_date < {{as_of_date}}
union all
select
    trace.as_of_date,
    trace.decision_id,
    trace.customer_id,
    trace.action_id,
    trace.channel,
    trace.propensity,
    trace.score,
    trace.is_chosen,
    trace.policy,
    scores.rules_score,
    scores.model_score
from decisions.decision_trace as trace
inner join decisions.next_actions as actions on trace.customer_id = actions.customer_id
inner join options on trace.action_id = options.action_id and trace.channel = options.channel
inner join scores_of_chances as scores
    on trace.customer_id = scores.customer_id and options.option_number = scores.option_number
where actions.is_exploration
union all
select
    actions.as_of_date,
    {{nothing_id}} as decision_id,
    actions.customer_id,
    'none' as action_id,
    '' as channel,
    chances.of_nothing as propensity,
    0 as score,
    actions.action_id = 'none' as is_chosen,
    actions.policy,
    0 as rules_score,
    0 as model_score
from decisions.next_actions as actions
inner join ({CHANCES}) as chances on actions.customer_id = chances.customer_id
where actions.is_exploration
order by as_of_date, customer_id, action_id, channel
"""


def action_effects(
    connection: "duckdb.DuckDBPyConnection",
    catalogue: "ActionCatalogue",
    options: pl.DataFrame,
    night: "date",
) -> pl.DataFrame:
    """One row per option: what draws until `night` have shown, and the response rate to reckon with.

    Columns: option_number, action_id, channel, outcome, outcome_days, assumed_rate, chosen_count,
    nothing_count, chosen_share, nothing_share, effect, effect_low and effect_high (95 %), response_rate. All
    measured are null where nobody was drawn, or whose days are not over. Reads previous.exploration_log,
    marts.customer_aliases, marts.orders and marts.customer_timeline.
    """
    outcomes = pl.DataFrame(
        [(action.id, action.outcome, action.outcome_days) for action in catalogue.actions],
        schema={"action_id": pl.String, "outcome": pl.String, "outcome_days": pl.Int32},
        orient="row",
    )
    asked = options.select("option_number", "action_id", "channel", "response_rate").join(
        outcomes, on="action_id", how="left", maintain_order="left"
    )
    query = EFFECTS.format(as_of_date=date_literal(night), remembered_days=REMEMBERED_DAYS)
    with lent(connection, effect_options=asked):
        return pl.DataFrame(connection.sql(query))
