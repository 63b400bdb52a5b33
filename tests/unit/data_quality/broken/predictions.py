"""What the predictions gate must stop."""

from tests.unit.data_quality.broken.case import Broken

VERSIONS = "predictions.model_versions"
FIGURES = {
    "predictions.churn_scores": "churn_probability",
    "predictions.ltv_scores": "expected_amount",
    "predictions.propensity_scores": "purchase_probability",
    "predictions.response_scores": "response_probability",
}


def _of_scores(table: str, figure: str) -> list[Broken]:
    return [
        Broken(
            "predictions",
            table,
            "scored_once",
            f"insert into {table} from {table} where customer_id = 'c_1'",
            alone=True,
        ),
        Broken(
            "predictions",
            table,
            "is_of_the_night",
            f"update {table} set as_of_date = '2024-05-09' where customer_id = 'c_1'",
            alone=True,
        ),
        Broken(
            "predictions",
            table,
            "everybody_touched_is_there" if "response" in table else "every_buyer_is_there",
            f"delete from {table} where customer_id = 'c_1'",
            alone=True,
        ),
        Broken(
            "predictions",
            table,
            "by_a_champion",
            f"update {table} set version = 'v0'",
            alone=True,
        ),
        Broken(
            "predictions",
            table,
            "known_basis",
            f"update {table} set basis = 'hunch', {figure} = null where customer_id = 'c_1'",
            alone=True,
        ),
        Broken(
            "predictions",
            table,
            "a_number_where_one_is_due",
            f"update {table} set {figure} = null where customer_id = 'c_1'",
            alone=True,
        ),
        Broken(
            "predictions",
            table,
            "a_number_where_one_is_due",
            f"update {table} set basis = 'cold_start' where customer_id = 'c_1'",
            alone=True,
        ),
    ]


CASES = [
    Broken(
        "predictions",
        "predictions.drift",
        "no_drift_alarm",
        "update predictions.drift set is_alarm = true where subject in ('all features', 'score')",
        severity="warn",
    ),
    Broken(
        "predictions",
        VERSIONS,
        "known_status",
        f"update {VERSIONS} set status = 'asleep' where version = 'v0'",
        alone=True,
    ),
    Broken(
        "predictions",
        VERSIONS,
        "one_speaks_or_says_why_not",
        f"update {VERSIONS} set status = 'champion' where version = 'v0'",
        alone=True,
    ),
    Broken(
        "predictions",
        VERSIONS,
        "has_a_reason",
        f"update {VERSIONS} set reason = ' ' where version = 'v0'",
        alone=True,
    ),
    *(case for table, figure in FIGURES.items() for case in _of_scores(table, figure)),
    *(
        Broken(
            "predictions",
            table,
            "probability_is_one",
            f"update {table} set {figure} = 1.01 where customer_id = 'c_1'",
            alone=True,
        )
        for table, figure in FIGURES.items()
        if figure.endswith("_probability")
    ),
    Broken(
        "predictions",
        "predictions.ltv_scores",
        "amounts_in_order",
        "update predictions.ltv_scores set low_amount = 91 where customer_id = 'c_1'",
        alone=True,
    ),
    *(
        Broken(
            "predictions",
            f"predictions.{table}",
            "can_be_bought",
            f"update predictions.{table} set product_ref = '{product}' where rank = 2",
            alone=True,
        )
        for table in ("recommendations", "popular_products")
        for product in ("p3", "p4")
    ),
    *(
        Broken("predictions", "predictions.recommendations", "recommended_once", sql, alone=True)
        for sql in (
            "update predictions.recommendations set product_ref = 'p1' where rank = 2",
            "delete from predictions.recommendations where customer_id = 'c_1' and rank = 1",
        )
    ),
]
