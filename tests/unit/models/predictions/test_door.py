"""The process beside the night: the same comes of it, and it is not started for nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.models.predictions import door
from regulars.models.predictions.tables import TABLES
from regulars.store.training import Training
from regulars.warehouse.beside import BesideError, close_all
from tests.unit.models.made_up_shop import PROGRAM, SETTINGS, Shop, be_ready, rows

ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def _no_process_outlives_a_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    yield
    close_all()


def said(shop: Shop, settings: Training = SETTINGS) -> list[str]:
    reports = shop.models.parent / "reports"
    answers = door.predict(shop.warehouse, shop.models, settings, reports=reports, program=PROGRAM, words={})
    return list(answers)


def test_the_process_beside_the_night_says_what_is_said_in_it(
    first_night: tuple[Shop, list[str]], shop: Shop
) -> None:
    assert said(shop) == first_night[1]
    for table in TABLES:
        query = f"from predictions.{table} order by all"
        assert rows(shop, query) == rows(first_night[0], query)


def test_too_little_to_learn_from_is_said_without_a_process(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.warehouse.connect() as connection:
        be_ready(connection, missing="active customers")
    monkeypatch.delattr(door, "warm_up")
    assert [line.split(" (")[0] for line in said(shop)] == [
        "churn: off",
        "lifetime_value_90d: off",
        "lifetime_value_365d: off",
        "purchase_propensity_bread: off",
        "purchase_propensity_tea: off",
    ]


def test_what_went_wrong_in_the_process_is_heard(shop: Shop) -> None:
    settings = SETTINGS.model_copy(update={"features": ("top_category",)})
    with pytest.raises(BesideError, match=r"UserError: training\.features: 'top_category' may not enter"):
        said(shop, settings)
