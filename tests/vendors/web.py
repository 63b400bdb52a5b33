"""The store's own site: one JSON object a line, of what to show to whom."""

import json

OF_LIST = ["email", "decision_id", "as_of_date", "action_id", "offer", "customer_reason"]
FIELDS = {
    "action_list": [*OF_LIST, "product_1", "product_2"],
    "offers": [
        "email", "decision_id", "action_id", "offer", "kind", "value", "categories",
        "valid_from", "valid_until",
    ],
    "recommendations": ["email", "as_of_date", "rank", "source", "product_ref", "score", "why"],
    "default": ["as_of_date", "action_id", "customer_reason", "product_1", "product_2"],
}  # fmt: skip


def check(kind: str, content: bytes) -> None:
    """Every line is an object of the same fields; ranks of recommendations count from 1, per address."""
    rows = [json.loads(line) for line in content.decode("utf-8", errors="strict").splitlines()]
    assert {tuple(row) for row in rows} == {tuple(FIELDS[kind])}
    if kind == "recommendations":
        ranks: dict[str, list[int]] = {}
        for row in rows:
            ranks.setdefault(row["email"].lower(), []).append(row["rank"])
            assert 0 <= row["score"] <= 1
            assert row["product_ref"]
        assert all(found == list(range(1, len(found) + 1)) for found in ranks.values())
