"""What a night sees of the world that its models learned from, and what it makes of it."""

from datetime import date, timedelta
from typing import Any

from regulars.store.model_words import ModelWord
from tests.unit.models.made_up_shop import SETTINGS, Shop, execute, go_on, predicted, rows

SUNDAY = date(2025, 7, 27)
REVIEWED = SUNDAY - timedelta(days=28)
MONDAY = SUNDAY + timedelta(days=1)
NEXT_MONTH = date(2025, 7, 31)
# whoever looked round often is said to have done so seldom, and the other way round
UPSIDE_DOWN = "update {table} set visit_count_30d = 20 - least(visit_count_30d, 20)"


def drift(shop: Shop) -> list[dict[str, Any]]:
    return rows(shop, "from predictions.drift order by all")


def look(shop: Shop) -> None:
    go_on(shop, SUNDAY, review=REVIEWED)
    predicted(shop)


def turn_upside_down(shop: Shop) -> None:
    go_on(shop, SUNDAY, review=REVIEWED)
    for table in ("marts.customer_features", "intermediate.past_customer_features"):
        execute(shop, UPSIDE_DOWN.format(table=table))
    predicted(shop)


def test_a_world_that_stays_the_same_alarms_nobody(trained_shop: Shop) -> None:
    look(trained_shop)
    seen = drift(trained_shop)
    assert {row["as_of_date"] for row in seen} == {SUNDAY}
    assert {row["kind"] for row in seen if row["model"] == "churn"} == {"inputs", "scores", "outcomes"}
    assert [row for row in seen if row["is_alarm"]] == []


def test_every_input_has_its_index_and_its_distance(trained_shop: Shop) -> None:
    look(trained_shop)
    told = {
        (row["subject"], row["statistic"]): row["limit_value"]
        for row in drift(trained_shop)
        if row["model"] == "churn" and row["kind"] == "inputs"
    }
    subjects = {subject for subject, _ in told} - {"all features"}
    assert {"days_since_last_order", "visit_count_30d"} <= subjects
    assert all(told[subject, "psi"] >= 0.1 for subject in subjects)
    assert all(told[subject, "wasserstein"] is None for subject in subjects)


def test_on_other_nights_nobody_looks_and_what_was_seen_stays(trained_shop: Shop) -> None:
    look(trained_shop)
    seen = drift(trained_shop)
    go_on(trained_shop, MONDAY)
    predicted(trained_shop)
    assert drift(trained_shop) == seen


def test_a_relation_that_turned_round_is_an_alarm_and_the_model_is_trained_anew_once(
    trained_shop: Shop,
) -> None:
    turn_upside_down(trained_shop)
    alarms = {(row["model"], row["kind"]) for row in drift(trained_shop) if row["is_alarm"]}
    assert ("churn", "outcomes") in alarms
    go_on(trained_shop, MONDAY, month_ends=12)
    predicted(trained_shop)
    trained = "select trained_date, reason from predictions.model_versions where model = 'churn'"
    newest = max(rows(trained_shop, trained), key=lambda row: row["trained_date"])
    assert newest["trained_date"] == MONDAY
    assert newest["reason"].startswith(f"trained because it drifted on {SUNDAY}; ")
    go_on(trained_shop, MONDAY + timedelta(days=1), month_ends=12)
    predicted(trained_shop)
    assert len(rows(trained_shop, trained)) == 2


def test_what_came_true_of_old_scores_is_graded_when_it_is_known(trained_shop: Shop) -> None:
    execute(trained_shop, "delete from predictions.model_metrics")
    go_on(trained_shop, NEXT_MONTH, month_ends=12)
    predicted(trained_shop)
    graded = "select distinct model, graded_date from predictions.model_metrics order by all"
    assert rows(trained_shop, graded) == [
        {"model": "churn", "graded_date": date(2025, 4, 30)},
        {"model": "lifetime_value_90d", "graded_date": date(2025, 4, 30)},
        {"model": "purchase_propensity_bread", "graded_date": date(2025, 6, 30)},
        {"model": "purchase_propensity_tea", "graded_date": date(2025, 6, 30)},
    ]
    matured = [row for row in drift(trained_shop) if row["subject"] == "matured"]
    assert [(row["model"], row["statistic"]) for row in matured] == [
        ("churn", "relative_log_loss"),
        ("lifetime_value_90d", "relative_tweedie_deviance"),
        ("purchase_propensity_bread", "relative_log_loss"),
        ("purchase_propensity_tea", "relative_log_loss"),
    ]
    assert all(0 < row["value"] < 1 for row in matured)
    assert not any(row["is_alarm"] for row in matured)


def test_a_human_says_which_version_scores_until_the_word_is_taken_back(trained_shop: Shop) -> None:
    champion = (
        "select version, reason from predictions.model_versions where model = 'churn' and status = 'champion'"
    )
    (first,) = rows(trained_shop, champion)
    go_on(trained_shop, NEXT_MONTH, month_ends=12)
    predicted(trained_shop, SETTINGS.model_copy(update={"every": "month"}))
    (second,) = rows(trained_shop, champion)
    assert second["version"] != first["version"]
    word = ModelWord(model="churn", version=first["version"], because="it annoyed people", by="ann")
    night = NEXT_MONTH + timedelta(days=1)
    go_on(trained_shop, night)
    predicted(trained_shop, words={"churn": word})
    assert rows(trained_shop, champion) == [
        {"version": first["version"], "reason": "said by ann: it annoyed people"}
    ]
    go_on(trained_shop, date(2025, 8, 31), month_ends=12)
    predicted(trained_shop, SETTINGS.model_copy(update={"every": "month"}), words={"churn": word})
    statuses = (
        "select status, count(*) as n from predictions.model_versions where model = 'churn' group by all"
    )
    assert {row["status"]: row["n"] for row in rows(trained_shop, statuses)} == {
        "champion": 1,
        "retired": 1,
        "challenger": 1,
    }
    assert rows(trained_shop, champion)[0]["version"] == first["version"]
