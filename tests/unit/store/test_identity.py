"""What humans say of identifiers, and how it is written down."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from regulars.store.errors import UserError
from regulars.store.identity import IDENTITY_WORDS, IdentityWord, IdentityWords, parsed, said
from regulars.store.yaml_file import load


def say(folder: Path, told: IdentityWord) -> None:
    IDENTITY_WORDS.add(folder, told.model_dump())


def word(kind: str, first: str, second: str, because: str = "she said so") -> IdentityWord:
    assert kind in ("link", "keep_apart")
    return said("link" if kind == "link" else "keep_apart", (first, second), because, "ada")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("email: Ann@X.example", ("email", "", "ann@x.example")),
        ("phone:+18025550127", ("phone", "", "+18025550127")),
        ("account:shop:a:b", ("account", "shop", "a:b")),
        ("anonymous:web:c", ("anonymous", "web", "c")),
    ],
)
def test_an_identifier_is_named_by_kind_system_and_value(text: str, parts: tuple[str, str, str]) -> None:
    assert parsed(text) == parts


@pytest.mark.parametrize(
    "text", ["ann@x.example", "email:", "account:shop", "account::7", "shoe:7", "phone:(802) 555-0127", ""]
)
def test_what_names_none_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(UserError, match="account:<system>:<id>"):
        word("link", text, "email:a@x.example")


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        ("email:a@x.example", "email:A@x.example", "same identifier"),
        ("anonymous:web:c", "anonymous:web:d", "both are devices"),
    ],
)
def test_a_word_is_about_two_of_whom_one_is_known(first: str, second: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        word("link", first, second)


def test_words_are_added_at_the_end_whatever_is_said(tmp_path: Path) -> None:
    sayings = ['two "sisters": \\ # no', "emoji \N{THUMBS UP SIGN}, ümläut", "- word: link"]
    for number, because in enumerate(sayings):
        IDENTITY_WORDS.add(
            tmp_path, word("link", f"account:shop:{number}", "email:a@x.example", because).model_dump()
        )
    written = load(tmp_path / IDENTITY_WORDS.name, IdentityWords).content.words
    assert [one.because for one in written] == sayings
    assert {one.by for one in written} == {"ada"}
    assert list(tmp_path.iterdir()) == [tmp_path / IDENTITY_WORDS.name]


def test_a_contradiction_by_way_of_others_is_refused_with_its_line_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    say(tmp_path, word("link", "account:shop:1", "account:pos:2"))
    say(tmp_path, word("link", "account:pos:2", "email:a@x.example"))
    before = (tmp_path / IDENTITY_WORDS.name).read_bytes()
    with pytest.raises(UserError, match=r"identity_words.yml:12: .*remove one of them"):
        say(tmp_path, word("keep_apart", "email:a@x.example", "account:shop:1"))
    assert (tmp_path / IDENTITY_WORDS.name).read_bytes() == before


DEVICE, ANN, BOB = "anonymous:web:tablet", "account:shop:ann", "account:shop:bob"


def test_a_device_is_one_persons_by_words_and_makes_nobody_one() -> None:
    its_anns, its_bobs, one = word("link", DEVICE, ANN), word("link", BOB, DEVICE), word("link", ANN, BOB)
    with pytest.raises(ValidationError, match="is said to be account:shop:bob's here and account:shop:ann's"):
        IdentityWords(words=(its_anns, its_bobs))
    IdentityWords(words=(its_anns, its_bobs, one))
    IdentityWords(words=(its_anns, word("keep_apart", ANN, BOB)))
    with pytest.raises(ValidationError, match="kept apart here and linked"):
        IdentityWords(words=(its_anns, word("keep_apart", ANN, DEVICE)))


def test_the_last_word_may_be_taken_back(tmp_path: Path) -> None:
    file = tmp_path / IDENTITY_WORDS.name
    file.write_text("words:\n", "utf-8")
    assert load(file, IdentityWords).content.words == ()
    say(tmp_path, word("link", "account:shop:1", "account:pos:2"))
    assert len(load(file, IdentityWords).content.words) == 1
