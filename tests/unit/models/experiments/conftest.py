"""A shop of a few customers and an experiment on those who are engaged."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import duckdb
import pytest

from regulars.store.experiments import Experiment

NIGHT = date(2024, 6, 10)
EXPERIMENT: dict[str, Any] = {
    "id": "offer_kind",
    "hypothesis": "Ten percent bring more than ten dollars",
    "owner": "team:crm",
    "segment": "engaged",
    "start_date": date(2024, 6, 3),
    "weeks": 6,
    "factor": "offer",
    "arms": [
        {"id": "dollars", "share": "0.5", "action": "ten_dollars"},
        {"id": "percent", "share": "0.5", "action": "ten_percent"},
    ],
    "control": {"arm": "dollars", "kind": "previous"},
    "metric": {"name": "revenue", "horizon_days": 30},
    "minimum_effect": 0.1,
    "sample_size": 500,
}


@pytest.fixture(scope="session")
def experiment() -> Callable[..., Experiment]:
    """Makes an experiment of what differs from EXPERIMENT."""

    def make(**more: object) -> Experiment:
        return Experiment.model_validate(EXPERIMENT | more)

    return make


@pytest.fixture
def shop(warehouse: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a warehouse of NIGHT in which customers, given as ids or mappings, are engaged."""

    def make(*customers: str | Mapping[str, Any], night: date = NIGHT) -> duckdb.DuckDBPyConnection:
        rows = [{"customer_id": one} if isinstance(one, str) else one for one in customers]
        connection: duckdb.DuckDBPyConnection = warehouse(rows, night=night)
        connection.execute(
            "insert into marts.customer_segments select customer_id, 'engaged' from marts.customers"
        )
        return connection

    return make
