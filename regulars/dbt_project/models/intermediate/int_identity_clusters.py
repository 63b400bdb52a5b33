"""Which identifiers hang together; a dbt model, because no SQL of fixed length follows a chain to its end."""

from typing import Any

import duckdb
import numpy as np

from regulars.identity.clusters import Edges, clusters, linked_days

FIRST = "date '1970-01-01'"


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:  # noqa: ANN401
    """One row per identifier of an edge: its cluster, and since when it is tied to the oldest of it."""
    dbt.config(materialized="table")
    # what only records without a date say, and humans, has always been so
    day = f"cast(coalesce(first_seen_date - {FIRST}, 0) as bigint) as day"
    stated = dbt.ref("int_identity_edges").project(
        f"node_a, node_b, cast(edge_rank as bigint) as edge_rank, {day}"
    )
    columns = stated.fetchnumpy()
    edges = Edges(*(np.asarray(columns[name]) for name in ("node_a", "node_b", "edge_rank", "day")))
    words = dbt.ref("stg_identity_words").filter("word = 'keep_apart'").project("node_a, node_b")
    nodes, smallest = clusters(edges, words.fetchall())
    session.register("nodes", {"node_id": nodes})
    identifiers = dbt.ref("int_identifiers").project(f"node_id, {day}")
    seen = (
        session.table("nodes")
        .join(identifiers, "node_id", how="left")
        .order("node_id")
        .project("coalesce(day, 0) as day")
        .fetchnumpy()
    )
    linked = linked_days(edges, nodes, smallest, np.asarray(seen["day"]))
    session.register("clusters", {"node_id": nodes, "cluster_id": smallest, "day": linked})
    return session.sql(
        f"select node_id, cluster_id, {FIRST} + cast(day as integer) as linked_date from clusters"
    )
