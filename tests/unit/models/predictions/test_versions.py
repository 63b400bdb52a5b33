"""Which version scores, night after night."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from regulars.models.baselines.mean_table import MeanTable
from regulars.models.churn.model import churn
from regulars.models.learning.matrix import usable
from regulars.models.learning.registry import Registry
from regulars.models.predictions.readiness import is_silent
from regulars.models.predictions.versions import Standing, Tonight, standing_of
from tests.unit.models.made_up_shop import (
    NIGHT,
    PROGRAM,
    READY,
    SETTINGS,
    Shop,
    be_ready,
    execute,
    go_on,
    predicted,
    rows,
)

NEXT_NIGHT = date(2025, 7, 1)
NEXT_MONTH = date(2025, 7, 31)
EARLIER = date(2025, 3, 31)
EVERY_MONTH = SETTINGS.model_copy(update={"every": "month"})
USABLE = usable(SETTINGS.contexts)
FEATURES = ("visit_count_30d", "days_since_last_order", "order_count")
VERSIONS = (
    "select model, version, status, since_date, reason from predictions.model_versions order by model, status"
)


def churn_version(shop: Shop, status: str = "champion") -> dict[str, Any]:
    (row,) = (row for row in rows(shop, VERSIONS) if (row["model"], row["status"]) == ("churn", status))
    return row


def content_of(shop: Shop, version: str) -> dict[str, Any]:
    return Registry(shop.models).read("churn", version)


def add_version(
    shop: Shop, content: dict[str, Any], *, status: str = "retired", since: date = EARLIER
) -> str:
    """A version of churn that a night before the next is said to have kept."""
    version = Registry(shop.models).keep("churn", EARLIER, content)
    execute(
        shop,
        "insert into predictions.model_versions (model, version, method, status, since_date, reason)"
        f" values ('churn', '{version}', 'trees', '{status}', date '{since}', 'it was the best')",
    )
    return version


def damage(shop: Shop, version: str) -> str:
    file = Registry(shop.models).file("churn", version)
    file.write_bytes(file.read_bytes()[:-100])
    return str(file)


def stand(shop: Shop, features: tuple[str, ...] = USABLE) -> Standing:
    """Where churn stands on a night, every month of which models are trained."""
    with shop.warehouse.connect() as connection:
        ((night,),) = connection.sql("select as_of_date from settings.night").fetchall()
        tonight = Tonight(connection, night, EVERY_MONTH, features, Registry(shop.models), PROGRAM, {})
        return standing_of(tonight, churn(SETTINGS))


def statuses(standing: Standing) -> dict[str, str]:
    return {row["version"]: row["status"] for row in standing.rows}


def reason(standing: Standing, version: str) -> str:
    (told,) = (row["reason"] for row in standing.rows if row["version"] == version)
    return str(told)


def test_a_night_without_features_of_the_past_keeps_its_versions_and_scores(trained_shop: Shop) -> None:
    before = rows(trained_shop, VERSIONS)
    go_on(trained_shop, NEXT_NIGHT)
    predicted(trained_shop)
    assert rows(trained_shop, VERSIONS) == before
    scored = "select distinct as_of_date, version from predictions.churn_scores"
    assert rows(trained_shop, scored) == [
        {"as_of_date": NEXT_NIGHT, "version": churn_version(trained_shop)["version"]}
    ]


@pytest.mark.parametrize("missing", READY)
def test_too_little_history_is_said_and_nobody_is_scored(shop: Shop, missing: str) -> None:
    with shop.warehouse.connect() as connection:
        assert not is_silent(connection)
        be_ready(connection, missing=missing)
        assert is_silent(connection)
    said = predicted(shop)
    why = f"too little to learn from: {missing}: {READY[missing] // 10:,} of {READY[missing]:,} needed"
    assert [(row["status"], row["version"], row["reason"]) for row in rows(shop, VERSIONS)] == [
        ("off", "none", why)
    ] * 5
    assert said[0] == f"churn: off (none): {why}"
    for table in ("churn_scores", "ltv_scores", "model_metrics"):
        assert rows(shop, f"from predictions.{table}") == []


def test_a_champion_goes_on_where_too_little_is_left_to_learn_from(trained_shop: Shop) -> None:
    before = churn_version(trained_shop)
    go_on(trained_shop, NEXT_MONTH, month_ends=12)
    with trained_shop.warehouse.connect() as connection:
        be_ready(connection, missing="active customers")
        assert not is_silent(connection)
    standing = stand(trained_shop)
    assert (standing.version, standing.metrics) == (before["version"], ())
    assert standing.predictor


def test_enough_history_in_the_middle_of_a_month_waits_for_its_end_and_says_so(shop: Shop) -> None:
    go_on(shop, NEXT_NIGHT)
    standing = stand(shop)
    assert statuses(standing) == {"none": "off"}
    assert "features of the past" in reason(standing, "none")
    assert standing.predictor is None


@pytest.mark.parametrize("last_two", [True, False], ids=["two are damaged", "one is damaged"])
def test_a_damaged_champion_leaves_it_to_the_newest_that_can_be_read(
    trained_shop: Shop, *, last_two: bool
) -> None:
    champion = churn_version(trained_shop)["version"]
    content = content_of(trained_shop, champion)
    oldest = add_version(trained_shop, content | {"notes": ["oldest"]}, since=date(2025, 1, 31))
    newer = add_version(trained_shop, content | {"notes": ["newer"]})
    challenger = add_version(trained_shop, content | {"notes": ["lost"]}, status="challenger", since=NIGHT)
    file = damage(trained_shop, champion)
    if last_two:
        damage(trained_shop, newer)
    go_on(trained_shop, NEXT_NIGHT)
    predicted(trained_shop)
    expected = oldest if last_two else newer
    row = churn_version(trained_shop)
    assert (row["version"], row["since_date"]) == (expected, NEXT_NIGHT)
    assert row["reason"].startswith(
        f"this one scores again; the champion cannot be read: {file}: is not as it"
    )
    status = {
        row["version"]: row["status"] for row in rows(trained_shop, VERSIONS) if row["model"] == "churn"
    }
    assert status == {
        champion: "retired",
        newer: "retired" if last_two else "champion",
        oldest: "champion" if last_two else "retired",
        challenger: "challenger",
    }
    assert rows(trained_shop, "select distinct version from predictions.churn_scores") == [
        {"version": expected}
    ]


def test_without_a_version_that_can_be_read_a_model_is_off_and_the_others_go_on(trained_shop: Shop) -> None:
    file = damage(trained_shop, churn_version(trained_shop)["version"])
    go_on(trained_shop, NEXT_NIGHT)
    predicted(trained_shop)
    assert churn_version(trained_shop, "off")["reason"].startswith(f"the champion cannot be read: {file}")
    assert churn_version(trained_shop, "retired")["since_date"] == NEXT_NIGHT
    (counted,) = rows(
        trained_shop,
        "select (select count(*) from predictions.churn_scores) as churn,"
        " (select count(distinct version) from predictions.ltv_scores) as values_versions",
    )
    assert counted == {"churn": 0, "values_versions": 2}


def test_without_a_version_that_can_be_read_one_is_trained_where_that_can_be(trained_shop: Shop) -> None:
    champion = churn_version(trained_shop)["version"]
    file = damage(trained_shop, champion)
    go_on(trained_shop, NEXT_MONTH, month_ends=12)
    standing = stand(trained_shop, FEATURES)
    assert standing.version is not None
    assert statuses(standing) == {champion: "retired", standing.version: "champion"}
    assert file in reason(standing, standing.version)


def test_a_new_version_retires_the_one_before_if_that_grades_no_better(trained_shop: Shop) -> None:
    before = churn_version(trained_shop)["version"]
    bad = content_of(trained_shop, before) | {
        "rule": {"kind": MeanTable.kind}
        | MeanTable({"order_count": (3.0,)}, (0.01, 0.99), is_probability=True).as_json()
    }
    execute(trained_shop, "delete from predictions.model_versions where model = 'churn'")
    incumbent = add_version(trained_shop, bad, status="champion")
    go_on(trained_shop, NEXT_MONTH, month_ends=12)
    standing = stand(trained_shop)
    assert standing.version is not None
    assert statuses(standing) == {incumbent: "retired", standing.version: "champion"}
    assert "trained because a month ends" in reason(standing, standing.version)
    assert "against the version before: better by" in reason(standing, standing.version)
    assert Registry(trained_shop.models).read("churn", standing.version)["method"] == "trees"


def test_an_incumbent_that_grades_better_stays_and_the_new_version_is_a_challenger(
    trained_shop: Shop,
) -> None:
    """Of the new version's customers to learn from nobody knows the visits, which say most."""
    before = churn_version(trained_shop)["version"]
    go_on(trained_shop, NEXT_MONTH, month_ends=12)
    execute(
        trained_shop,
        "update intermediate.past_customer_features set visit_count_30d = null"
        " where as_of_date < date '2025-04-30'",
    )
    standing = stand(trained_shop)
    assert standing.version == before
    assert statuses(standing).pop(before) == "champion"
    (challenger,) = (version for version, status in statuses(standing).items() if status == "challenger")
    assert "against the version before: better by -" in reason(standing, challenger)
    assert {row["version"] for row in standing.metrics} == {challenger}
    assert content_of(trained_shop, challenger)["model"] == "churn"


def test_a_horizon_without_history_enough_is_scored_ungraded_and_says_so(
    first_night: tuple[Shop, list[str]],
) -> None:
    (row,) = (row for row in rows(first_night[0], VERSIONS) if row["model"] == "lifetime_value_365d")
    assert row["reason"].startswith("not graded: no three ends of months lie 365 days apart")
    (scored,) = rows(
        first_night[0],
        "select count(expected_amount) > 1000 as some, min(expected_amount) >= 0 as no_debts"
        " from predictions.ltv_scores where horizon_days = 365",
    )
    assert scored == {"some": True, "no_debts": True}


Edit = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (lambda told: told | {"features_hash": "0"}, "another type or context of a feature than in training"),
        (lambda told: told | {"features": ["shoe_size"]}, "the catalogue has no feature shoe_size any more"),
        (
            lambda told: told | {"features": ["order_count", "ticket_count_7d", "ticket_count_30d"]},
            "the catalogue has no feature ticket_count_7d any more",
        ),
        (
            lambda told: told | {"features": ["order_count", "ticket_count_30d"]},
            "store.yml no longer lets it learn from ticket_count_30d",
        ),
        (
            lambda told: told | {"horizon_days": 60},
            "it was trained for horizon_days 60, and the store says 90 now",
        ),
        (
            lambda told: told | {"population": "days_since_last_order < 30"},
            "it was trained for population days_since_last_order < 30",
        ),
        (lambda told: told | {"rule": {"kind": "oracle"}}, "no rule of this release is called oracle"),
        (lambda told: told | {"rule": {"kind": "trees"}}, "as another release does: KeyError 'features'"),
        (lambda told: {"model": told["model"]}, "as another release does: KeyError"),
    ],
)
def test_a_version_of_another_question_catalogue_or_release_is_not_read(
    trained_shop: Shop, edit: Edit, why: str
) -> None:
    content = json.loads(json.dumps(content_of(trained_shop, churn_version(trained_shop)["version"])))
    execute(trained_shop, "delete from predictions.model_versions where model = 'churn'")
    add_version(trained_shop, edit(content), status="champion")
    go_on(trained_shop, NEXT_NIGHT)
    standing = stand(trained_shop)
    assert standing.predictor is None
    assert why in reason(standing, "none")


def test_a_context_that_the_store_takes_back_is_no_longer_used_from_that_night_on(trained_shop: Shop) -> None:
    go_on(trained_shop, NEXT_NIGHT)
    predicted(trained_shop, SETTINGS.model_copy(update={"contexts": ("commerce",)}))
    assert (
        "store.yml no longer lets it learn from event_count_7d and"
        in churn_version(trained_shop, "off")["reason"]
    )
    assert pl.DataFrame(rows(trained_shop, "from predictions.churn_scores")).is_empty()


def leave_the_top(shop: Shop) -> None:
    execute(shop, "delete from intermediate.int_categories_ranked where category = 'Tea'")


def tea(shop: Shop) -> list[tuple[str, str]]:
    query = "from predictions.model_versions where model = 'purchase_propensity_tea' order by status"
    return [(row["status"], row["reason"]) for row in rows(shop, query)]


def test_a_category_that_leaves_the_top_retires_its_version_and_says_why(trained_shop: Shop) -> None:
    go_on(trained_shop, NEXT_NIGHT)
    leave_the_top(trained_shop)
    predicted(trained_shop)
    (off, why), (retired, _) = tea(trained_shop)
    assert (off, retired) == ("off", "retired")
    assert why == "its category is not among the 3 with the most customers any more (training.propensity)"
    assert rows(trained_shop, "select distinct category from predictions.propensity_scores") == [
        {"category": "Bread"}
    ]


def test_a_category_that_comes_back_scores_by_the_version_that_it_had(trained_shop: Shop) -> None:
    ((_, before),) = tea(trained_shop)
    go_on(trained_shop, NEXT_NIGHT)
    leave_the_top(trained_shop)
    predicted(trained_shop)
    go_on(trained_shop, date(2025, 7, 2))
    predicted(trained_shop)
    assert tea(trained_shop) == [("champion", "this one scores again")]
    assert before != "this one scores again"
    assert rows(
        trained_shop,
        "select distinct basis from predictions.propensity_scores where category = 'Tea' and basis = 'model'",
    )


def test_a_category_that_never_had_a_version_leaves_nothing_behind(shop: Shop) -> None:
    with shop.warehouse.connect() as connection:
        be_ready(connection, missing="active customers")
    predicted(shop)
    assert [status for status, _ in tea(shop)] == ["off"]
    go_on(shop, NEXT_NIGHT)
    leave_the_top(shop)
    predicted(shop)
    assert tea(shop) == []


def test_a_version_of_another_category_of_the_same_name_scores_nobody(trained_shop: Shop) -> None:
    go_on(trained_shop, NEXT_NIGHT)
    for table in ("int_categories_ranked", "customer_category_days", "customer_category_features"):
        execute(
            trained_shop, f"update intermediate.{table} set category = upper(category) where category = 'Tea'"
        )
    predicted(trained_shop)
    assert [status for status, _ in tea(trained_shop)] == ["off", "retired"]
    assert "it was trained for about Tea, and the store says TEA now" in tea(trained_shop)[0][1]
