"""What a candidate is expected to win: the seam between a policy and everything that comes after it.

Rules: the response rate that actions.yml assumes, of everybody alike. Model: the rate that draws have shown
of the action by the channel, shared out over who may get it: more to whom is expected to spend more, and
answers more on the channel. The mean over these stays that rate.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.reason_codes import Reason, Stage, coded
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    import duckdb

SCORE = pl.Decimal(38, 10)

# who has no score counts as the mean of those who have one
WEIGHTS = """
with

amounts as (

    select customer_id, expected_amount
    from predictions.ltv_scores
    where
        expected_amount is not null
        and horizon_days = (select min(horizon_days) from predictions.ltv_scores)

),

-- a click is a human's; where none is predicted, an opening by one
responses as (

    select customer_id, channel, response_probability
    from predictions.response_scores
    where response in ('clicked', 'opened') and response_probability is not null
    qualify response = min(response) over (partition by channel)

),

means as (

    select
        channel,
        (select avg(expected_amount) from amounts) as amount,
        avg(response_probability) as response
    from scored_channels
    left join responses using (channel)
    group by channel

)

select
    customers.customer_id,
    means.channel,
    coalesce(amounts.expected_amount / nullif(means.amount, 0), 1)
        * coalesce(responses.response_probability / nullif(means.response, 0), 1) as weight
from marts.customers as customers
cross join means
left join amounts on customers.customer_id = amounts.customer_id
left join responses
    on customers.customer_id = responses.customer_id and means.channel = responses.channel
where amounts.customer_id is not null or responses.customer_id is not null
order by customers.customer_id, means.channel
"""

VERSIONS = """
select string_agg(version, ',' order by version)
from (
    select distinct version from predictions.ltv_scores
    union
    select distinct version from predictions.response_scores where response in ('clicked', 'opened')
)
"""


@dataclass(frozen=True)
class Knowledge:
    """What the model policy knows: of customers by channel their weight, of options their response rate.

    `weights` has customer_id, channel and weight, around 1; `response_rates` option_number and response_rate;
    `versions` names the versions of the models behind the weights.
    """

    weights: pl.DataFrame
    response_rates: pl.DataFrame
    versions: str


def weights(connection: "duckdb.DuckDBPyConnection", options: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """How much more than the mean a touchpoint of a channel is expected to win with a customer.

    Gives customer_id, channel and weight of whoever a model has scored tonight, and those models' versions.
    Reads predictions.ltv_scores and predictions.response_scores.
    """
    with lent(connection, scored_channels=options.select(pl.col("channel").unique().sort())):
        found = pl.DataFrame(connection.sql(WEIGHTS))
    ((versions,),) = connection.sql(VERSIONS).fetchall()
    return found, versions or ""


def with_scores(candidates: pl.LazyFrame, options: pl.LazyFrame, knowledge: Knowledge | None) -> pl.LazyFrame:
    """Add response_rate and score, in the store's currency, to candidates that know their eligibility.

    The score is response_rate x value x context_weight - cost. Without `knowledge` the rate is the option's.
    """
    by = ["value", "cost", *([] if knowledge else ["response_rate", "score"])]
    known = candidates.join(
        options.select("option_number", *by), on="option_number", how="left", maintain_order="left"
    )
    return (_rated(known, knowledge) if knowledge else _assumed(known)).drop("value", "cost")


def _assumed(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """The option's score, to its last digit, and another one where the context weighs."""
    score = pl.when(pl.col("context_weight") == 1).then("score").otherwise(_expected())
    return candidates.with_columns(score=score)


def _expected() -> pl.Expr:
    win = pl.col("response_rate") * pl.col("value") * pl.col("context_weight")
    return (win - pl.col("cost")).round(6).cast(SCORE)


def with_either_score(
    candidates: pl.LazyFrame,
    options: pl.LazyFrame,
    knowledge: Knowledge,
    policies: pl.LazyFrame,
    *,
    otherwise: str,
) -> pl.LazyFrame:
    """What `with_scores` adds, with `knowledge` or without, as `policies` says of a customer.

    `policies` has customer_id and scores, model or rules; of everybody else `otherwise` says so.
    """
    is_model = pl.col("scores").fill_null(otherwise) == "model"
    by_rules = {"response_rate": "rules_rate", "score": "rules_score"}
    return (
        with_scores(candidates, options, None)
        .rename(by_rules)
        .pipe(with_scores, options, knowledge)
        .join(policies, on="customer_id", how="left", maintain_order="left")
        .with_columns(pl.when(is_model).then(name).otherwise(by_rules[name]).alias(name) for name in by_rules)
        .drop("scores", *by_rules.values())
    )


def _rated(candidates: pl.LazyFrame, knowledge: Knowledge) -> pl.LazyFrame:
    is_eligible = pl.col(Stage.ELIGIBILITY).is_null()
    weight = pl.col("weight").fill_null(1.0)
    mean = weight.filter(is_eligible).mean().over("option_number")
    rate = pl.col("response_rate") * pl.when(mean > 0).then(weight / mean).otherwise(1.0)
    return (
        candidates.join(
            knowledge.weights.lazy(), on=["customer_id", "channel"], how="left", maintain_order="left"
        )
        .join(knowledge.response_rates.lazy(), on="option_number", how="left", maintain_order="left")
        .with_columns(response_rate=rate.clip(0, 1).round(6))
        .with_columns(score=_expected())
        .drop("weight")
    )


def scores_of_chances(judged: pl.DataFrame, options: pl.DataFrame, knowledge: Knowledge) -> pl.DataFrame:
    """What rules and model say of every candidate of whom a draw decides, and which one may have been drawn.

    Takes what `arbitrate` judged. Gives customer_id, option_number, rules_score and model_score of candidates
    that a draw could fall on, and of those that it could not but that one of the two would have chosen.
    """
    codes = (Reason.CHOSEN, Reason.NOT_DRAWN, Reason.SCORE_NOT_POSITIVE)
    could_be = pl.any_horizontal(pl.col("reason_code") == coded(code) for code in codes)
    is_worth_something = pl.max_horizontal("rules_score", "model_score") > 0
    by_customer = pl.col("customer_id").cast(judged.schema["customer_id"], strict=False)
    return (
        judged.lazy()
        # the mean that the model shares out is of everybody who was eligible
        .filter(pl.col("stopped_by").fill_null(Stage.CAP.value) != Stage.ELIGIBILITY.value)
        .select("customer_id", "option_number", "reason_code", "context_weight", "is_explorer", "propensity")
        .with_columns(pl.lit(None).alias(Stage.ELIGIBILITY))
        .join(
            options.lazy().select("option_number", "channel"),
            on="option_number",
            how="left",
            maintain_order="left",
        )
        .pipe(with_scores, options.lazy(), None)
        .rename({"score": "rules_score"})
        .drop("response_rate")
        .pipe(
            with_scores,
            options.lazy(),
            replace(knowledge, weights=knowledge.weights.with_columns(by_customer)),
        )
        .rename({"score": "model_score"})
        .filter(pl.col("is_explorer") & ((pl.col("propensity") > 0) | (could_be & is_worth_something)))
        .select("customer_id", "option_number", pl.col("rules_score", "model_score").cast(pl.Float64))
        .collect()
    )
