"""The whole stage on a made-up shop; what it says of each model is in `test_versions`."""

from datetime import date

import pytest

from regulars.models.predictions.tables import TABLES
from regulars.store.errors import UserError
from tests.unit.models.made_up_shop import (
    NIGHT,
    SETTINGS,
    Shop,
    execute,
    go_on,
    predicted,
    rows,
    what_breaks_the_gate,
)

First = tuple[Shop, list[str]]
SCORES = {
    "churn_scores": "churn_probability",
    "ltv_scores": "expected_amount",
    "propensity_scores": "purchase_probability",
}
FIGURES = pytest.mark.parametrize(("table", "figure"), SCORES.items())


def everything(shop: Shop) -> dict[str, object]:
    tables = {name: rows(shop, f"from predictions.{name} order by all") for name in TABLES}
    files = sorted(shop.models.rglob("*.*"))
    return tables | {str(file.relative_to(shop.models)): file.read_bytes() for file in files}


def test_the_first_night_trains_and_promotes_each_model(first_night: First) -> None:
    shop, said = first_night
    versions = rows(shop, "select model, method, status from predictions.model_versions order by model")
    assert versions == [
        {"model": "churn", "method": "trees", "status": "champion"},
        {"model": "lifetime_value_365d", "method": "bg_nbd", "status": "champion"},
        {"model": "lifetime_value_90d", "method": "trees", "status": "champion"},
        {"model": "purchase_propensity_bread", "method": "trees", "status": "champion"},
        {"model": "purchase_propensity_tea", "method": "trees", "status": "champion"},
    ]
    assert [line.split(": ")[0] for line in said] == [
        "churn",
        "lifetime_value_90d",
        "lifetime_value_365d",
        "purchase_propensity_bread",
        "purchase_propensity_tea",
    ]
    assert "trained because no version of it scores yet; log loss on" in said[0]


def test_the_same_night_again_gives_the_same_to_the_last_byte(first_night: First, shop: Shop) -> None:
    assert predicted(shop) == first_night[1]
    assert everything(shop) == everything(first_night[0])


def test_what_is_said_passes_the_gate(first_night: First) -> None:
    assert what_breaks_the_gate(first_night[0]) == set()


@FIGURES
def test_everybody_with_orders_has_a_row_of_each_version(first_night: First, table: str, figure: str) -> None:
    (counted,) = rows(
        first_night[0],
        f"""
        select count(distinct version) as versions, count(*) as scores, count({figure}) > 0 as some,
            (select count(*) from marts.customer_features) as customers
        from predictions.{table} where as_of_date = date '{NIGHT}'
        """,
    )
    assert counted["versions"] == (1 if table == "churn_scores" else 2)
    assert counted["scores"] == counted["versions"] * counted["customers"]
    assert counted["some"]


@FIGURES
def test_who_is_new_or_has_left_has_no_number(first_night: First, table: str, figure: str) -> None:
    found = rows(
        first_night[0],
        f"""
        select basis, min(days_since_first_order) as oldest, max(days_since_last_order) as latest,
            count({figure}) as numbers, count(raised_by) as reasons, count(*) > 0 as some
        from predictions.{table} inner join marts.customer_features using (customer_id)
        where basis in ('cold_start', 'not_active') group by basis order by basis
        """,
    )
    assert [row["basis"] for row in found] == ["cold_start", "not_active"][
        : 1 if table == "ltv_scores" else 2
    ]
    assert [(row["numbers"], row["reasons"]) for row in found] == [(0, 0)] * len(found)


def test_a_basis_is_what_a_customers_days_say(first_night: First) -> None:
    wrong = rows(
        first_night[0],
        """
        select customer_id, basis
        from predictions.churn_scores inner join marts.customer_features using (customer_id)
        where basis <> case
            when days_since_last_order >= 90 then 'not_active'
            when days_since_first_order < 30 then 'cold_start'
            else 'model'
        end
        """,
    )
    assert wrong == []


def test_a_probability_is_one_and_holds(first_night: First) -> None:
    """Who is likelier to leave visits less; a third of the active leave."""
    (found,) = rows(
        first_night[0],
        """
        select min(churn_probability) >= 0 and max(churn_probability) <= 1 as are_probabilities,
            avg(churn_probability) as mean, corr(churn_probability, visit_count_30d) as with_visits
        from predictions.churn_scores inner join marts.customer_features using (customer_id)
        """,
    )
    assert found["are_probabilities"]
    assert 0.2 < found["mean"] < 0.6
    assert found["with_visits"] < -0.3


@pytest.mark.parametrize(
    ("table", "figure", "percentile"),
    [
        ("churn_scores", "churn_probability", "churn_percentile"),
        ("ltv_scores", "expected_amount", "amount_percentile"),
        ("propensity_scores", "purchase_probability", "purchase_percentile"),
    ],
)
def test_a_percentile_is_the_share_of_those_whose_figure_is_at_most_hers(
    first_night: First, table: str, figure: str, percentile: str
) -> None:
    wrong = rows(
        first_night[0],
        f"""
        with counted as (
            select *, count(*) over (partition by version order by {figure}) as at_most,
                count(*) over (partition by version) as of_all
            from predictions.{table} where {figure} is not null
        )
        select * from counted where abs({percentile} - 100 * at_most / of_all) > 0.00501
        """,
    )
    assert wrong == []


def test_intervals_are_in_order_and_begin_at_nothing_where_most_order_nothing(first_night: First) -> None:
    (found,) = rows(
        first_night[0],
        """
        select count(*) filter (not low_amount <= high_amount or low_amount < 0) as wrong,
            count(*) filter (low_amount = 0 and high_amount > 0) > 100 as some_begin_at_nothing,
            count(*) filter (low_amount > 0) > 100 as some_do_not,
            count(*) filter (basis = 'model' and high_amount is null) as missing
        from predictions.ltv_scores where horizon_days = 90
        """,
    )
    assert found == {"wrong": 0, "some_begin_at_nothing": True, "some_do_not": True, "missing": 0}


def test_a_rule_knows_no_interval_and_no_reasons(first_night: First) -> None:
    (found,) = rows(
        first_night[0],
        "select count(*) > 1000 as some, count(high_amount) as intervals, count(raised_by) as reasons"
        " from predictions.ltv_scores where horizon_days = 365 and basis = 'rule'",
    )
    assert found == {"some": True, "intervals": 0, "reasons": 0}


def test_trees_give_everybody_they_score_a_reason(first_night: First) -> None:
    (found,) = rows(
        first_night[0],
        """
        select count(*) filter ((raised_by is null or lowered_by is null) = (basis = 'model')) as wrong,
            count(*) filter (concat(raised_by, lowered_by) like '%visit count (30 days): %') > 500 as visits
        from predictions.churn_scores
        """,
    )
    assert found == {"wrong": 0, "visits": True}


def test_metrics_of_every_method_are_told_once_and_carried_on(trained_shop: Shop) -> None:
    before = rows(trained_shop, "from predictions.model_metrics order by all")
    methods = (
        "select distinct model, method from predictions.model_metrics where model = 'churn' order by all"
    )
    assert [row["method"] for row in rows(trained_shop, methods)] == ["bg_nbd", "recency", "rfm", "trees"]
    go_on(trained_shop, date(2025, 7, 1))
    predicted(trained_shop)
    assert rows(trained_shop, "from predictions.model_metrics order by all") == before


def test_what_was_predicted_of_each_tenth_and_what_happened_is_told_of_who_scores(trained_shop: Shop) -> None:
    told = """
        select
            metrics.metric, metrics.value, versions.method = metrics.method as is_of_who_scores
        from predictions.model_metrics as metrics
        inner join predictions.model_versions as versions using (model, version)
        where model = 'churn' and contains(metric, '_tenth_') and versions.status = 'champion'
        order by metric
    """
    found = rows(trained_shop, told)
    names = [f"{what}_tenth_{tenth:02}" for what in ("happened", "predicted") for tenth in range(1, 11)]
    assert [row["metric"] for row in found] == names
    assert all(row["is_of_who_scores"] for row in found)
    happened, predicted_of_them = ([row["value"] for row in found[start : start + 10]] for start in (0, 10))
    assert predicted_of_them == sorted(predicted_of_them)
    assert sum(predicted_of_them) / 10 == pytest.approx(sum(happened) / 10, abs=0.1)


@pytest.mark.parametrize(
    ("change", "bases"),
    [
        ("delete from marts.customer_features", []),
        ("update marts.customer_features set order_count = 0", []),
        (
            "update marts.customer_features set days_since_first_order = 200, days_since_last_order = 200",
            ["not_active"],
        ),
        (
            "update marts.customer_features set days_since_first_order = 3, days_since_last_order = 2",
            ["cold_start"],
        ),
    ],
)
def test_a_night_on_which_nobody_is_scored_goes_well(
    trained_shop: Shop, change: str, bases: list[str]
) -> None:
    go_on(trained_shop, date(2025, 7, 1))
    execute(trained_shop, change)
    predicted(trained_shop)
    found = rows(trained_shop, "select distinct basis from predictions.churn_scores")
    assert [row["basis"] for row in found] == bases


@pytest.mark.parametrize(
    "change",
    [
        "order_amount = 0",
        "order_amount = -5, order_amount_90d = -5, order_amount_365d = -5",
        "order_gap_mean_days = null, days_since_first_order = days_since_last_order",
    ],
)
def test_odd_orders_are_scored_and_nobody_is_worth_less_than_nothing(trained_shop: Shop, change: str) -> None:
    go_on(trained_shop, date(2025, 7, 1))
    execute(trained_shop, f"update marts.customer_features set {change} where hash(customer_id) % 5 = 0")
    predicted(trained_shop)
    (found,) = rows(
        trained_shop,
        "select count(*) filter (not isfinite(expected_amount) or expected_amount < 0) as wrong,"
        " count(distinct version) as versions from predictions.ltv_scores",
    )
    assert found == {"wrong": 0, "versions": 2}


def test_an_infinite_feature_that_no_gate_stopped_counts_as_unknown(trained_shop: Shop) -> None:
    go_on(trained_shop, date(2025, 7, 1))
    execute(trained_shop, "alter table marts.customer_features alter visit_count_30d type double")
    scores = []
    for value in ("'inf'", "null"):
        execute(
            trained_shop,
            f"update marts.customer_features set visit_count_30d = {value} where order_count = 1",
        )
        predicted(trained_shop)
        scores.append(
            rows(
                trained_shop, "select customer_id, churn_probability from predictions.churn_scores order by 1"
            )
        )
    assert scores[0] == scores[1]


def test_a_named_feature_that_may_not_enter_stops_the_night(shop: Shop) -> None:
    with pytest.raises(UserError, match=r"training\.features: 'ticket_count_30d' may not enter"):
        predicted(shop, SETTINGS.model_copy(update={"features": ("ticket_count_30d",)}))
