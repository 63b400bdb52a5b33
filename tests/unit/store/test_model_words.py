"""What humans say of models, as model_words.yml keeps it."""

from pathlib import Path

import pytest

from regulars.store.errors import UserError
from regulars.store.model_words import MODEL_WORDS, ModelWords
from regulars.store.yaml_file import load


def word(version: str, model: str = "churn", because: str = 'it "jumps": up') -> dict[str, str]:
    return {"model": model, "version": version, "because": because, "by": "ann@shop.example"}


def test_the_last_word_on_a_model_holds_whatever_is_said(tmp_path: Path) -> None:
    for said in (word("v1"), word("v9", model="lifetime_value_90d"), word("v2", because="é\nnext: line # 2")):
        file = MODEL_WORDS.add(tmp_path, said)
    assert load(tmp_path / MODEL_WORDS.name, ModelWords).content == file.content
    assert {model: said.version for model, said in file.content.in_force.items()} == {
        "churn": "v2",
        "lifetime_value_90d": "v9",
    }
    assert file.content.words[-1].because == "é\nnext: line # 2"


def test_the_last_word_may_be_taken_back(tmp_path: Path) -> None:
    path = MODEL_WORDS.add(tmp_path, word("v1")).path
    path.write_text(path.read_text("utf-8").split("  - ")[0], "utf-8")
    assert load(path, ModelWords).content.in_force == {}


def test_a_file_that_cannot_be_read_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / MODEL_WORDS.name
    path.write_text("words:\n  - model: churn\n", "utf-8")
    with pytest.raises(UserError, match=r"model_words.yml:2"):
        MODEL_WORDS.add(tmp_path, word("v1"))
    assert path.read_text("utf-8") == "words:\n  - model: churn\n"
