from datetime import date
from pathlib import Path

import pytest

from regulars.warehouse import continuity
from regulars.warehouse.versions import Published

DAY = date(2024, 5, 31)


def test_nothing_lost_is_nothing_to_say(tmp_path: Path) -> None:
    assert continuity.warning(Published(tmp_path), DAY) is None


@pytest.mark.parametrize(
    ("folders", "link", "words"),
    [
        (
            ["2024-05-20_0001"],
            "2024-05-30_0002",
            ("2024-05-30", "continues 2024-05-20", "backfill --from 2024-05-30 --to 2024-05-31"),
        ),
        ([], "2024-05-30_0001", ("2024-05-30", "starts anew", "backfill --from 2024-05-30 --to 2024-05-31")),
        (["2024-05-30_0001"], "2024-05-31_0001", ("2024-05-31", "continues 2024-05-30", "backup")),
    ],
)
def test_a_lost_night_is_named_with_what_follows_and_the_remedy(
    tmp_path: Path, folders: list[str], link: str, words: tuple[str, ...]
) -> None:
    published = Published(tmp_path)
    for name in folders:
        (published.versions_folder / name).mkdir(parents=True)
    published.link.symlink_to(f"versions/{link}")
    message = continuity.warning(published, DAY)
    assert message
    assert [word for word in words if word not in message] == []
    assert ("backfill" in message) == (not link.startswith("2024-05-31"))
