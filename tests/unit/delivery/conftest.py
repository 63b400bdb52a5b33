"""A store's folder with a published night."""

from pathlib import Path

import pytest

from regulars.delivery import carry
from tests.unit.delivery.shop import Shop, publish


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    publish(tmp_path / "published", "2024-05-01_0001", {"letter": "Email\na\n", "profile": "Email\na\n"})
    return shop


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carry, "FIRST_PAUSE_SECONDS", 0)
