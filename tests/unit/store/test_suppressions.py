"""suppressions/*.csv: what is read of them, and what is refused with its line."""

from datetime import date
from pathlib import Path

import pytest

from regulars.store.errors import UserError
from regulars.store.store import open_store
from regulars.store.suppressions import suppressed
from tests.shops import write_shop


def opened(folder: Path, text: str | bytes) -> list[tuple[object, ...]]:
    store = open_store(write_shop(folder, {"suppressions/robinson.csv": text}))
    (file,) = store.suppression_files
    return suppressed(file, store.channels_file.content.ids).rows()


def test_addresses_are_read_as_they_are_compared(tmp_path: Path) -> None:
    text = (
        "\ufeffemail,phone,account,channel,reason,since\r\n"
        " Ann@B.de ,,,letter,asked,2024-05-31\r\n"
        "\r\n"
        ',+49 (89) 123-456,,,"register, of people",\r\n'
        ",,pos:anna:1,,,\r\n"
    )
    assert opened(tmp_path, text) == [
        ("email", "", "ann@b.de", "letter", "asked", date(2024, 5, 31)),
        ("phone", "", "+4989123456", None, "register, of people", None),
        ("account", "pos", "anna:1", None, None, None),
    ]


def test_one_column_is_enough_and_the_list_is_a_part_of_the_configuration(tmp_path: Path) -> None:
    assert opened(tmp_path / "a", "email\nann@b.de\n") == [("email", "", "ann@b.de", None, None, None)]
    without = open_store(write_shop(tmp_path / "b")).config_hash
    assert open_store(tmp_path / "a").config_hash != without


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("emial\na@b.de\n", 1, "unknown column 'emial'; did you mean 'email'?"),
        ("reason\nx\n", 1, "no column says who it is"),
        ("email,email\na@b.de,\n", 1, "column 'email' stands there twice"),
        ("email\na@b.de\n\nnobody\n", 4, "'nobody' is not an e-mail address"),
        ("phone\n+15550001234\n0815\n", 3, "'0815' is not a phone number with + and country code"),
        ("account\nk2\n", 2, "'k2' is not an account with its system"),
        ("email,phone\na@b.de,+15550001234\n", 2, "a line names one"),
        ("email,reason\na@b.de,\n,asked\n", 3, "a line names one"),
        ("email,channel\na@b.de,leter\n", 2, "'leter' is no channel of channels.yml; known: letter"),
        ("email,since\na@b.de,31.5.2024\n", 2, "'31.5.2024' is no day"),
        ("email,reason\na@b.de,\nc@b.de,x,y\n", 3, "3 cells, but the header has 2"),
        (b"email\nb\xe4r@b.de\n", 2, "not UTF-8"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, text: str | bytes, line: int, said: str) -> None:
    with pytest.raises(UserError) as caught:
        opened(tmp_path, text)
    assert said in str(caught.value)
    assert f"robinson.csv:{line}: " in str(caught.value)
    assert "remedy: " in str(caught.value)
