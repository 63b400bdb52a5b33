"""What store.yml may say of statistical models."""

from pathlib import Path

import pytest

from regulars.store import cross_checks
from regulars.store.settings import StoreSettings
from regulars.store.yaml_file import YamlFile, load

HEAD = """\
name: shop
title: A shop
time_zone: Europe/Berlin
currency: EUR
first_day: 2024-01-01
training:
"""


def declared(folder: Path, *lines: str) -> YamlFile[StoreSettings]:
    """A store.yml with these lines under `training`."""
    file = folder / "store.yml"
    file.write_text(HEAD + "".join(f"  {line}\n" for line in lines), "utf-8")
    return load(file, StoreSettings)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            ["features: [order_count, order_cont]"],
            r"store.yml:7: there is no feature 'order_cont'; did you mean",
        ),
        (
            ["features:", "  - order_count", "  - top_category"],
            r"store.yml:9: 'top_category' may not .* text",
        ),
        (["features: [refund_share_365d]"], r"'refund_share_365d' may not .* learned later"),
        (["features: [ticket_count_90d]"], r"'ticket_count_90d' may not .* its context is support"),
        (["contexts: [web]", "features: [order_count]"], r"context is commerce, and .* allows web"),
    ],
)
def test_a_feature_that_may_not_enter_a_model_is_refused_with_its_line(
    tmp_path: Path, lines: list[str], problem: str
) -> None:
    (mistake,) = cross_checks.training(declared(tmp_path, *lines))
    assert mistake.remedy
    with pytest.raises(type(mistake), match=problem):
        raise mistake


def test_support_may_enter_where_the_store_says_so(tmp_path: Path) -> None:
    lines = "contexts: [commerce, support]", "features: [ticket_count_90d, order_count]"
    assert list(cross_checks.training(declared(tmp_path, *lines))) == []


def test_trials_without_the_library_that_tries_are_refused_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(cross_checks.training(declared(tmp_path, "tuning_trials: 3"))) == []
    monkeypatch.setattr(cross_checks, "find_spec", lambda _: None)
    (mistake,) = cross_checks.training(declared(tmp_path, "every: month", "tuning_trials: 3"))
    assert str(mistake).startswith(f"{tmp_path / 'store.yml'}:8: 3 trials need the library optuna")
    assert "pip install 'regulars[tuning]'" in str(mistake.remedy)
    assert list(cross_checks.training(declared(tmp_path, "tuning_trials: 0"))) == []
