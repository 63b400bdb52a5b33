"""Accounts whose records are alike; a dbt model, because Splink weighs what they have in common."""

import json
from typing import Any

import duckdb

COLUMNS = {"node_a": "ubigint", "node_b": "ubigint", "probability": "double", "evidence": "varchar"}


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:  # noqa: ANN401
    """One row per pair of accounts that may be one person's: `node_a`, `node_b`, how probably, and why."""
    dbt.config(materialized="table")
    rows, edges, words, settings = (
        dbt.ref("int_comparable_records"),
        dbt.ref("int_stated_edges"),
        dbt.ref("stg_identity_words"),
        dbt.ref("stg_probable_links"),
    )
    asked = settings.project("review_above, attributes, model").fetchone()
    if not asked:
        return session.sql(
            f"select {', '.join(f'null::{kind} as {name}' for name, kind in COLUMNS.items())} limit 0"
        )
    from regulars.identity.likeness import Records, probable_links  # noqa: PLC0415

    review_above, attributes, weights = asked
    records = Records(rows, edges, words, session, json.loads(attributes))
    session.register("links", probable_links(records, json.loads(weights), review_above))
    return session.sql(
        f"select {', '.join(f'{name}::{kind} as {name}' for name, kind in COLUMNS.items())} from links"
    )
