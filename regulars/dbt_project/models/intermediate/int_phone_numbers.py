"""Phone numbers in one form; a dbt model, because a library knows the numbering plans of all countries."""

from itertools import groupby
from typing import Any

import duckdb
import numpy as np

from regulars.identity.phones import international


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:  # noqa: ANN401
    """One row per number as it was written: `phone`, `country`, and its `phone_number` or ''."""
    dbt.config(materialized="incremental", incremental_strategy="append")
    written = dbt.ref("int_written_phones")
    if dbt.is_incremental:
        written = written.except_(session.sql(f"select phone, country from {dbt.this}"))
    rows = sorted(written.fetchall(), key=lambda row: (row[1], row[0]))
    numbers = [
        number
        for country, of_country in groupby(rows, key=lambda row: row[1])
        for number in international((phone for phone, _ in of_country), country or None)
    ]
    columns = {
        "phone": [phone for phone, _ in rows],
        "country": [country for _, country in rows],
        "phone_number": numbers,
    }
    session.register("new_numbers", {name: np.array(texts, "O") for name, texts in columns.items()})
    return session.sql(
        f"select {', '.join(f'cast({name} as varchar) as {name}' for name in columns)} from new_numbers"
    )
