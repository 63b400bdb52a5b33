"""Fixtures of measuring."""

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest

from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from tests.unit.models.experiments.measuring.made_up import Connection, make_warehouse


@pytest.fixture
def connection() -> Iterator[Connection]:
    with duckdb.connect() as opened:
        make_warehouse(opened)
        yield opened


@pytest.fixture
def channels() -> Channels:
    return Channels.model_validate(
        {
            "across_channels": {"max_touchpoints": 2, "per_days": 1, "hours_between_channels": 24},
            "channels": [
                {
                    "id": "email",
                    "role": "letters",
                    "address": "email",
                    "cost_per_send": Decimal("0.25"),
                    "max_touchpoints": 3,
                    "per_days": 7,
                }
            ],
        }
    )


@pytest.fixture
def catalogue() -> ActionCatalogue:
    words = {"plain_words": "We are glad to have you.", "warm_words": "We are so very glad to have you!"}
    return ActionCatalogue.model_validate(
        {
            "actions": [
                {
                    "id": action,
                    "name": action,
                    "state": "loyal",
                    "channels": ["email"],
                    "purpose": "marketing",
                    "action_class": "marketing",
                    "evidence": ["order_count"],
                    "response_rate": 0.1,
                    "value": 10,
                    "cooldown_days": 30,
                    "reason": "ordered {order_count} times",
                    "customer_reason": text,
                }
                for action, text in words.items()
            ]
        }
    )
