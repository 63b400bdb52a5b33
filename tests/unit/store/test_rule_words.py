"""What humans say of rules, as rule_words.yml keeps it."""

from datetime import date
from pathlib import Path

import pytest

from regulars.store.errors import UserError
from regulars.store.rule_words import RULE_WORDS, RuleWords
from regulars.store.store import open_store
from regulars.store.yaml_file import YamlFile, load
from tests.shops import write_shop


def say(folder: Path, rule: str, day: int, because: str = 'still "right": yes') -> YamlFile[RuleWords]:
    told = {"rule": rule, "reviewed": date(2024, 5, day), "because": because, "by": "ann@shop.example"}
    return RULE_WORDS.add(folder, told)


def test_the_newest_word_that_a_night_knows_holds(tmp_path: Path) -> None:
    say(tmp_path, "segment:new", 9)
    say(tmp_path, "journeys", 3)
    file = say(tmp_path, "segment:new", 2, because="é\nnext: line # 2")
    assert load(tmp_path / RULE_WORDS.name, RuleWords).content == file.content

    def known(day: int) -> dict[tuple[str, str], int]:
        words = file.content.in_force(date(2024, 5, day))
        return {rule: word.reviewed.day for rule, word in words.items()}

    assert known(1) == {}
    assert known(8) == {("segment", "new"): 2, ("journeys", "segments"): 3}
    assert known(9) == {("segment", "new"): 9, ("journeys", "segments"): 3}


@pytest.mark.parametrize(("rule", "because"), [("segment", "fine so far"), ("segment:new", "ok")])
def test_a_word_that_says_too_little_is_refused_and_the_file_stays(
    tmp_path: Path, rule: str, because: str
) -> None:
    say(tmp_path, "journeys", 3)
    before = (tmp_path / RULE_WORDS.name).read_text("utf-8")
    with pytest.raises(UserError, match=r"rule_words\.yml:\d+: words\.1\."):
        say(tmp_path, rule, 4, because)
    assert (tmp_path / RULE_WORDS.name).read_text("utf-8") == before


def test_the_last_word_may_be_taken_back(tmp_path: Path) -> None:
    path = say(tmp_path, "journeys", 3).path
    path.write_text(path.read_text("utf-8").split("  - ")[0], "utf-8")
    assert load(path, RuleWords).content.words == ()


def test_a_store_knows_its_rules_and_its_words_change_its_configuration(tmp_path: Path) -> None:
    before = open_store(write_shop(tmp_path))
    assert before.rules == ("segment:new", "action:offer", "channel:letter", "journeys")
    say(tmp_path, "segment:new", 3)
    assert open_store(tmp_path).config_hash != before.config_hash
