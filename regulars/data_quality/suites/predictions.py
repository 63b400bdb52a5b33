"""What must be true of scores before anybody acts on them.

Not here: whether a model is good enough to score, which the contest of its training decides.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows, OneOf

_OWNER = "data science"
_VERSIONS = "predictions.model_versions"
_CHURN = "predictions.churn_scores"
_LTV = "predictions.ltv_scores"
_PROPENSITY = "predictions.propensity_scores"
_RESPONSE = "predictions.response_scores"
_RECOMMENDATIONS = "predictions.recommendations"
_POPULAR = "predictions.popular_products"
_DRIFT = "predictions.drift"
_BASES = ("model", "rule", "cold_start", "not_active")
_STATUSES = ("champion", "challenger", "retired", "off")


def checks(night: Night) -> tuple[Check, ...]:
    """Every check of the border: whose scores there are, what they hold, and which version says so."""
    return (
        *_version_checks(),
        _no_drift_alarm(night),
        *_score_checks(night, _CHURN, "customer_id", "churn_probability"),
        *_score_checks(night, _LTV, "customer_id, horizon_days", "expected_amount"),
        *_score_checks(night, _PROPENSITY, "customer_id, category", "purchase_probability"),
        *_score_checks(night, _RESPONSE, "customer_id, channel, response", "response_probability"),
        *map(_every_buyer_is_there, (_CHURN, _LTV, _PROPENSITY)),
        _everybody_touched_is_there(),
        _probability_is_one(_CHURN, "churn_probability"),
        _probability_is_one(_PROPENSITY, "purchase_probability"),
        _probability_is_one(_RESPONSE, "response_probability"),
        _amounts_in_order(),
        *_recommendation_checks(),
    )


def _check(table: str, name: str, query: str, columns: tuple[str, ...], meaning: str) -> Check:
    return Check(table=table, name=name, rule=NoRows(query, columns), meaning=meaning, owner=_OWNER)


def _version_checks() -> Iterator[Check]:
    yield Check(
        table=_VERSIONS,
        name="known_status",
        rule=OneOf("status", _STATUSES),
        meaning="A version is champion, challenger or retired, or the model is off.",
        owner=_OWNER,
    )
    yield _check(
        _VERSIONS,
        "one_speaks_or_says_why_not",
        f"""
        select model from {_VERSIONS} group by model
        having count(*) filter (where status in ('champion', 'off')) <> 1
        """,
        ("status",),
        "Of every model one version scores, or one row says why none does.",
    )
    yield _check(
        _VERSIONS,
        "has_a_reason",
        f"select model from {_VERSIONS} where (trim(reason) <> '') is not true",
        ("reason",),
        "Every version says why it is what it is.",
    )


def _no_drift_alarm(night: Night) -> Check:
    """Of all features together the one that is farthest off is named, of which there are rows of its own."""
    return Check(
        table=_DRIFT,
        name="no_drift_alarm",
        rule=NoRows(
            f"""
            with tonight as (
                select * from {_DRIFT} where as_of_date = {night.date_sql}
            ),
            farthest as (
                select
                    model, kind, statistic,
                    arg_max(subject, abs(value) / coalesce(limit_value, 1)) as subject
                from tonight
                where not is_alarm and subject <> 'all features' and statistic in ('psi', 'residual_shift')
                group by model, kind, statistic
            )
            select
                alarms.model,
                concat(
                    alarms.model, ': ', alarms.kind, ', ', alarms.statistic, ' ', round(alarms.value, 4),
                    ' beyond ', round(alarms.limit_value, 4), ', farthest ' || farthest.subject
                ) as alarm
            from tonight as alarms
            left join farthest
                on alarms.subject = 'all features'
                and farthest.model = alarms.model
                and farthest.kind = alarms.kind
            where alarms.is_alarm
            """,
            ("is_alarm",),
            told="alarm",
        ),
        meaning="No model sees inputs, scores or outcomes that are no longer those it learned from; one that"
        " does is trained anew on the next night, unless any was in the 30 days before.",
        owner=_OWNER,
        severity="warn",
    )


def _score_checks(night: Night, table: str, key: str, figure: str) -> Iterator[Check]:
    yield _check(
        table,
        "scored_once",
        f"select max(customer_id) as customer_id from {table} group by {key} having count(*) > 1",
        ("customer_id",),
        "Nobody has two scores of one kind.",
    )
    yield _check(
        table,
        "is_of_the_night",
        f"select customer_id from {table} where as_of_date is distinct from {night.date_sql}",
        ("as_of_date",),
        "Every score is of the night that is being run.",
    )
    yield _check(
        table,
        "by_a_champion",
        f"""
        select customer_id from {table} as scores
        where not exists (
            select 1 from {_VERSIONS} as versions
            where versions.version = scores.version and versions.status = 'champion'
        )
        """,
        ("version",),
        "Scores are by the version that is in force.",
    )
    yield Check(
        table=table,
        name="known_basis",
        rule=OneOf("basis", _BASES),
        meaning="A score says whether it is a model's or a rule's, or why there is none.",
        owner=_OWNER,
    )
    yield _check(
        table,
        "a_number_where_one_is_due",
        f"""
        select customer_id from {table}
        where ((basis in ('model', 'rule')) = coalesce(isfinite({figure}), false)) is not true
        """,
        (figure, "basis"),
        "Who is scored has a number, and who is not has none.",
    )


def _every_buyer_is_there(table: str) -> Check:
    return _check(
        table,
        "every_buyer_is_there",
        f"""
        select features.customer_id
        from marts.customer_features as features
        cross join (select distinct version from {table}) as versions
        left join {table} as scores
            on features.customer_id = scores.customer_id and versions.version = scores.version
        where features.order_count > 0 and scores.customer_id is null
        """,
        ("customer_id",),
        "Everybody who ever ordered has a score, or a row that says why not.",
    )


def _everybody_touched_is_there() -> Check:
    return _check(
        _RESPONSE,
        "everybody_touched_is_there",
        f"""
        select touched.customer_id
        from (select distinct customer_id, channel from marts.customer_touchpoints) as touched
        inner join (select distinct channel, version from {_RESPONSE}) as versions
            on touched.channel = versions.channel
        left join {_RESPONSE} as scores
            on touched.customer_id = scores.customer_id and versions.version = scores.version
        where scores.customer_id is null
        """,
        ("customer_id", "channel"),
        "Whoever ever got a touch on a channel has a score of what she will do after the next.",
    )


def _probability_is_one(table: str, figure: str) -> Check:
    return _check(
        table,
        "probability_is_one",
        f"select customer_id from {table} where not {figure} between 0 and 1",
        (figure,),
        "A probability lies between 0 and 1.",
    )


def _amounts_in_order() -> Check:
    return _check(
        _LTV,
        "amounts_in_order",
        f"""
        select customer_id from {_LTV}
        where expected_amount < 0 or low_amount < 0 or low_amount > high_amount
        """,
        ("expected_amount", "low_amount", "high_amount"),
        "No expected amount is negative, and no interval upside down.",
    )


def _recommendation_checks() -> Iterator[Check]:
    for table in (_RECOMMENDATIONS, _POPULAR):
        yield _check(
            table,
            "can_be_bought",
            f"""
            select picks.rank
            from {table} as picks
            inner join staging.stg_products as products
                on picks.source = products.source and picks.product_ref = products.product_ref
            where not products.is_active or products.stock_quantity <= 0
            """,
            ("product_ref",),
            "No product is recommended that is inactive or out of stock.",
        )
    yield _check(
        _RECOMMENDATIONS,
        "recommended_once",
        f"""
        select customer_id from {_RECOMMENDATIONS}
        group by customer_id
        having count(distinct (source, product_ref)) < count(*) or max(rank) > count(*)
        """,
        ("customer_id", "rank"),
        "Nobody is recommended a product twice, and ranks have no gap.",
    )
