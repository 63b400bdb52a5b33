"""The pictures of a night: which are drawn when, and that the same night draws the same."""

from datetime import timedelta
from pathlib import Path

import pytest

from regulars.models.learning.registry import Registry
from regulars.models.predictions.reports import pictures, report
from tests.unit.models.made_up_shop import Shop, execute, go_on, predicted
from tests.unit.models.predictions.test_drift import MONDAY, REVIEWED, SUNDAY

PNG = b"\x89PNG"
GRADED = ("churn", "lifetime_value_90d", "purchase_propensity_bread", "purchase_propensity_tea")


def drawn(shop: Shop, folder: Path) -> dict[str, bytes]:
    """What a night leaves in the folder of reports, by path."""
    with shop.warehouse.connect() as connection:
        report(connection, Registry(shop.models), folder)
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def sunday_shop(trained_shop: Shop) -> Shop:
    go_on(trained_shop, SUNDAY, review=REVIEWED)
    predicted(trained_shop)
    return trained_shop


def test_a_night_of_training_shows_how_each_version_was_graded(trained_shop: Shop, tmp_path: Path) -> None:
    found = drawn(trained_shop, tmp_path / "reports")
    assert sorted(found) == [f"{model}/graded.png" for model in GRADED]
    (kept,) = (trained_shop.models / "churn").glob("*/graded.png")
    assert found["churn/graded.png"] == kept.read_bytes()


def test_a_night_that_looks_at_drift_draws_it_and_others_leave_it(sunday_shop: Shop, tmp_path: Path) -> None:
    found = drawn(sunday_shop, tmp_path / "reports")
    assert sorted(found) == [f"{model}/drift.png" for model in GRADED]
    assert all(picture.startswith(PNG) for picture in found.values())
    assert drawn(sunday_shop, tmp_path / "again") == found
    go_on(sunday_shop, MONDAY)
    predicted(sunday_shop)
    assert drawn(sunday_shop, tmp_path / "reports") == found
    assert drawn(sunday_shop, tmp_path / "monday") == {}


def test_the_history_of_earlier_nights_and_alarms_are_in_the_picture(
    sunday_shop: Shop, tmp_path: Path
) -> None:
    once = drawn(sunday_shop, tmp_path / "once")
    week = timedelta(days=7)
    go_on(sunday_shop, SUNDAY + week, review=REVIEWED + week)
    predicted(sunday_shop)
    twice = drawn(sunday_shop, tmp_path / "twice")
    execute(sunday_shop, f"update predictions.drift set is_alarm = true where as_of_date = date '{SUNDAY}'")
    alarmed = drawn(sunday_shop, tmp_path / "alarmed")
    assert len({once["churn/drift.png"], twice["churn/drift.png"], alarmed["churn/drift.png"]}) == 3


def test_the_ui_is_told_of_the_pictures_of_tonight_by_table(sunday_shop: Shop, tmp_path: Path) -> None:
    with sunday_shop.warehouse.connect() as connection:
        found = pictures(connection, tmp_path)
    assert found == {
        "model_versions": {},
        "drift": {model: tmp_path / model / "drift.png" for model in GRADED},
    }
