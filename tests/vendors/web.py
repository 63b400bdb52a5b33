"""The store's own site: one JSON object a line, of what to show to whom."""

import json

FIELDS = ["email", "decision_id", "as_of_date", "action_id", "offer", "customer_reason"]


def check(kind: str, content: bytes) -> None:
    """Every line is an object of the same fields."""
    assert kind == "action_list"
    assert {tuple(json.loads(line)) for line in content.decode().splitlines()} == {tuple(FIELDS)}
