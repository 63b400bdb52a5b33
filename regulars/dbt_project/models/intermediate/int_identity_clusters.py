"""Which identifiers hang together; a dbt model, because no SQL of fixed length follows a chain to its end."""

from typing import Any

import duckdb
import numpy as np

from regulars.identity.clusters import DAY, FIRST_DATE, clusters, edges_in, linked_days


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:  # noqa: ANN401
    """One row per identifier of an edge: its cluster, and since when it is tied to the oldest of it."""
    dbt.config(materialized="table")
    edges = edges_in(dbt.ref("int_identity_edges"))
    words = dbt.ref("stg_identity_words").filter("word = 'keep_apart'").project("node_a, node_b")
    nodes, smallest = clusters(edges, words.fetchall())
    session.register("nodes", {"node_id": nodes})
    identifiers = dbt.ref("int_identifiers").project(f"node_id, {DAY}")
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
        f"select node_id, cluster_id, {FIRST_DATE} + cast(day as integer) as linked_date from clusters"
    )
