import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from regulars.models.learning.registry import ModelError, Registry, slug

NIGHT = date(2025, 6, 30)
CONTENT = {"model": "churn", "rule": {"kind": "mean_table", "means": [0.1, 1 / 3]}, "reason": "März\nApril"}
Damage = Callable[[Path], object]


def flip_a_bit(file: Path) -> None:
    """Of a letter, which makes a byte that no UTF-8 text begins with."""
    content = bytearray(file.read_bytes())
    content[10] ^= 0x80
    file.write_bytes(content)


DAMAGES = {
    "a bit is flipped": flip_a_bit,
    "a digit is another": lambda file: file.write_text(
        file.read_text("utf-8").replace("0.1", "0.2"), "utf-8"
    ),
    "lines end as on Windows": lambda file: file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n")),
    "it is cut": lambda file: file.write_bytes(file.read_bytes()[:-20]),
    "it is empty": lambda file: file.write_bytes(b""),
    "it is gone": lambda file: file.unlink(),
}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


def test_what_was_kept_is_read(registry: Registry) -> None:
    version = registry.keep("churn", NIGHT, CONTENT)
    assert re.fullmatch(r"2025-06-30_[0-9a-f]{12}", version)
    assert registry.read("churn", version) == CONTENT


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_version_is_an_error_that_names_the_file(registry: Registry, damage: Damage) -> None:
    version = registry.keep("churn", NIGHT, CONTENT)
    damage(file := registry.file("churn", version))
    with pytest.raises(ModelError, match=re.escape(str(file))):
        registry.read("churn", version)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_keeping_the_same_again_repairs_it(registry: Registry, damage: Damage) -> None:
    version = registry.keep("churn", NIGHT, CONTENT)
    damage(registry.file("churn", version))
    assert registry.keep("churn", NIGHT, CONTENT) == version
    assert registry.read("churn", version) == CONTENT


def test_keeping_the_same_twice_writes_once(registry: Registry) -> None:
    version = registry.keep("churn", NIGHT, CONTENT)
    before = registry.file("churn", version).stat()
    assert registry.keep("churn", NIGHT, dict(reversed(CONTENT.items()))) == version
    assert registry.file("churn", version).stat().st_ino == before.st_ino


def test_another_night_or_content_is_another_version(registry: Registry) -> None:
    versions = {
        registry.keep("churn", NIGHT, CONTENT),
        registry.keep("churn", date(2025, 7, 1), CONTENT),
        registry.keep("churn", NIGHT, CONTENT | {"reason": ""}),
    }
    assert len(versions) == 3


def test_a_model_does_not_read_the_version_of_another(registry: Registry) -> None:
    version = registry.keep("churn", NIGHT, CONTENT)
    with pytest.raises(ModelError, match="cannot be read"):
        registry.read("lifetime_value_90d", version)


def test_a_version_that_could_not_be_written_to_its_end_is_not_there(
    registry: Registry, tmp_path: Path
) -> None:
    """The name of the part is taken by a folder, as by a disk that takes no more."""
    elsewhere = Registry(tmp_path / "elsewhere")
    version = elsewhere.keep("churn", NIGHT, CONTENT)
    blocked = registry.file("churn", version).with_suffix(".part")
    blocked.mkdir(parents=True)
    with pytest.raises(OSError, match=re.escape(str(blocked))):
        registry.keep("churn", NIGHT, CONTENT)
    assert not registry.file("churn", version).exists()
    blocked.rmdir()
    registry.keep("churn", NIGHT, CONTENT)
    assert registry.read("churn", version) == CONTENT


def test_a_version_that_is_there_outlives_a_write_that_fails(registry: Registry) -> None:
    """It is damaged, and would be written anew; the old one stays as it was."""
    file = registry.file("churn", registry.keep("churn", NIGHT, CONTENT))
    file.write_bytes(b"damaged")
    file.with_suffix(".part").mkdir()
    with pytest.raises(OSError, match="part"):
        registry.keep("churn", NIGHT, CONTENT)
    assert file.read_bytes() == b"damaged"


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Coffee", "coffee"),
        ("Body Care", "body_care"),
        ("direct_mail", "direct_mail"),
        ("GROCERY", "grocery"),
    ],
)
def test_a_name_of_letters_is_a_slug_as_it_is(subject: str, plain: str) -> None:
    assert slug(subject) == plain


def test_a_name_of_which_letters_are_lost_has_a_slug_of_its_own() -> None:
    subjects = [
        "T-Shirts",
        "T Shirts",
        "T/Shirts",
        "Kaffee & Tee",
        "お茶",
        "珈琲",
        "a" * 60,
        "a" * 61,
        "",
        "../x",
    ]
    slugs = [slug(subject) for subject in subjects]
    assert len(set(slugs)) == len(subjects)
    assert all(re.fullmatch(r"[a-z0-9_]{1,50}", name) for name in slugs)
