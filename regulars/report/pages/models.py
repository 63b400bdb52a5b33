"""What statistical models say, how well, and whether the world still is what they learned from."""

from regulars.report.charts import curve, grouped, intervals, lines, one_at_a_time, points
from regulars.report.page import Page, Section

VERSIONS = """
select model, status, method, trained_date, reason, graded_date, row_count as rows_learned_from, version
from model_versions
where status in ('champion', 'off', 'challenger')
order by model, status, version
"""

OF_CHAMPIONS = """
with

graded as (

    select metrics.*, versions.method = metrics.method as is_champion
    from model_metrics as metrics
    inner join model_versions as versions using (model, version)
    where versions.status = 'champion' and metrics.as_of_date = versions.trained_date

)
"""

GRADES = f"""
{OF_CHAMPIONS}
select
    model,
    method || case when is_champion then ' (scores)' else '' end as method,
    metric,
    round(value, 4) as value,
    round(low, 4) as low,
    round(high, 4) as high
from graded
where not contains(metric, '_tenth_') and value is not null
order by model, metric, is_champion desc, method
"""

RANKING = f"""
{OF_CHAMPIONS}
select
    model,
    method || case when is_champion then ' (scores)' else '' end as method,
    round(value, 4) as area_under_curve,
    round(low, 4) as low,
    round(high, 4) as high
from graded
where metric = 'auc' and value is not null
order by model <> 'churn', model, is_champion desc, method
"""

TENTHS = f"""
{OF_CHAMPIONS},

tenths as (

    select
        model,
        right(metric, 2)::int as tenth,
        max(value) filter (where starts_with(metric, 'predicted_tenth_')) as predicted,
        max(value) filter (where starts_with(metric, 'happened_tenth_')) as happened
    from graded
    where is_champion and contains(metric, '_tenth_')
    group by all

)
"""

CALIBRATION = f"""
{TENTHS}
select model, tenth, round(predicted, 5) as predicted_share, round(happened, 5) as happened_share
from tenths
where not starts_with(model, 'lifetime_value')
order by model <> 'churn', model, tenth
"""

GAINS = f"""
{TENTHS},

steps as (

    select model, tenth, happened from tenths
    union all
    select distinct model, 11 as tenth, 0 as happened from tenths

)

select
    model,
    (11 - tenth) / 10 as customers_share,
    round(
        sum(happened) over (partition by model order by tenth desc)
        / nullif(sum(happened) over (partition by model), 0),
        4
    ) as found_share
from steps
order by model <> 'churn', model, customers_share
"""

VALUES = f"""
{TENTHS}
select model, tenth, kind, round(amount, 2) as amount
from tenths
unpivot (amount for kind in (predicted, happened))
where starts_with(model, 'lifetime_value')
order by model, tenth, kind desc
"""

DRIFT = """
select
    as_of_date as night,
    model,
    kind || ': ' || statistic as looked_at,
    round(value / nullif(limit_value, 0), 3) as of_the_limit,
    round(value, 4) as value,
    round(limit_value, 4) as limit_value,
    is_alarm
from drift
where limit_value is not null and subject in ('all features', 'score', 'matured')
order by model <> 'churn', model, night, looked_at
"""

CHURN = """
with

scored as (

    select least(floor(churn_probability * 20), 19) as twentieth, count(*) as customers
    from churn_scores
    where churn_probability is not null
    group by twentieth

)

select all_of_them.twentieth / 20 as from_probability_share, coalesce(scored.customers, 0) as customers
from range(20) as all_of_them(twentieth)
left join scored on all_of_them.twentieth = scored.twentieth
where exists (from scored)
order by from_probability_share
"""

EXPECTED = """
select
    horizon_days || ' days' as horizon,
    basis,
    count(*) as customers,
    round(sum(expected_amount), 2) as expected_together,
    round(median(expected_amount), 2) as expected_of_the_middle_one
from ltv_scores
group by all
order by horizon, basis
"""

MODELS = Page(
    name="models",
    title="Models and drift",
    says="What statistical models say, how well they did on customers whom they had not seen, and whether"
    " the world still is what they learned from.",
    sections=(
        Section(
            "Versions",
            "Which version of each model scores, and why; a model that is off says what it lacks.",
            VERSIONS,
            empty="No model was asked for.",
        ),
        Section(
            "Telling customers apart",
            "How often whoever does it has a higher score than whoever does not: 0.5 is chance, 1 is always."
            " Rules stand beside the trees.",
            RANKING,
            one_at_a_time("model", intervals("area_under_curve", "low", "high", "method", nothing=0.5)),
            empty="No version that scores was graded.",
        ),
        Section(
            "Calibration",
            "Ten groups of customers, from the least to the most likely: what was predicted of each and what"
            " happened. On the dashed line both are the same.",
            CALIBRATION,
            one_at_a_time("model", points("happened_share", "predicted_share")),
            empty="No version that scores was graded on enough customers.",
        ),
        Section(
            "Gains",
            "Which share of all that happened is found among so many customers, those with the highest"
            " scores first. The dashed line is chance.",
            GAINS,
            one_at_a_time("model", curve("found_share", "customers_share")),
            empty="No version that scores was graded on enough customers.",
        ),
        Section(
            "Lifetime value by tenth",
            "Ten groups of customers, from the lowest to the highest prediction: the amount per customer"
            " that was predicted, and what they spent.",
            VALUES,
            one_at_a_time("model", grouped("amount", "tenth", color="kind")),
            empty="No model of lifetime value was graded.",
        ),
        Section(
            "Drift over time",
            "What was seen as a multiple of its limit: above 1 is an alarm, and the model is trained anew.",
            DRIFT,
            one_at_a_time("model", lines("of_the_limit", "night", color="looked_at", limit=1)),
            empty="Nothing was looked at yet; that happens on Sundays, with a version that scores.",
        ),
        Section(
            "Who may leave",
            "How many active customers have which probability of leaving.",
            CHURN,
            grouped("customers", "from_probability_share"),
            empty="Nobody has a score of churn; the versions above say why.",
        ),
        Section(
            "Expected value",
            "What customers will spend, together and the one in the middle, by what the figure rests on.",
            EXPECTED,
            empty="Nobody has a score of lifetime value.",
        ),
        Section(
            "All grades",
            "Every figure of every version that scores, beside those of the rules it had to beat.",
            GRADES,
            empty="No version that scores was graded.",
        ),
    ),
)
