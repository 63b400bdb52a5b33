"""Whom humans want left alone, as hold_words.yml keeps it."""

from datetime import date
from pathlib import Path

import pytest

from regulars.store.errors import UserError
from regulars.store.hold_words import HOLD_WORDS, HoldWords
from regulars.store.yaml_file import YamlFile


def say(folder: Path, since: int, until: int | None = None, **told: object) -> YamlFile[HoldWords]:
    word = {
        "customer": "email:Ann@x.example",
        "since": date(2024, 5, since),
        "until": date(2024, 5, until) if until else None,
        "because": "her mother died",
        "by": "bo",
    }
    return HOLD_WORDS.add(folder, word | told)


def held(file: YamlFile[HoldWords], day: int) -> list[str]:
    return [word.customer for word in file.content.in_force(date(2024, 5, day))]


def test_a_word_holds_from_its_night_to_its_last(tmp_path: Path) -> None:
    file = say(tmp_path, 3, 5)
    assert [held(file, day) for day in (2, 3, 5, 6)] == [[], *[["email:ann@x.example"]] * 2, []]
    assert file.content.words[0].action_classes == ("marketing", "service")


def test_the_last_word_on_a_customer_counts(tmp_path: Path) -> None:
    say(tmp_path, 3)
    file = say(tmp_path, 7, 6)
    assert [held(file, day) for day in (6, 7)] == [["email:ann@x.example"], []]
    file = say(tmp_path, 8, customer="account:shop:7", action_classes=["marketing"])
    assert held(file, 8) == ["account:shop:7"]


@pytest.mark.parametrize(
    "told", [{"customer": "ann@x.example"}, {"because": "ok"}, {"action_classes": ["all"]}, {"by": ""}]
)
def test_a_word_that_says_too_little_is_refused_and_nothing_is_written(
    tmp_path: Path, told: dict[str, object]
) -> None:
    with pytest.raises(UserError, match=r"hold_words\.yml:\d+: words\.0\."):
        say(tmp_path, 3, **told)
    assert not list(tmp_path.iterdir())
