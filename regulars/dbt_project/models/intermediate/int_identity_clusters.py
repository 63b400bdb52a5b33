"""Which identifiers hang together; a dbt model, because no SQL of fixed length follows a chain to its end."""

from typing import Any

import duckdb
import numpy as np

from regulars.identity.clusters import clusters


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:  # noqa: ANN401
    """One row per identifier of an edge: `node_id`, and the smallest of its cluster as `cluster_id`."""
    dbt.config(materialized="table")
    ranked = "node_a, node_b, cast(edge_rank as bigint) as edge_rank"
    edges = dbt.ref("int_identity_edges").project(ranked).fetchnumpy()
    words = dbt.ref("stg_identity_words").filter("word = 'keep_apart'").project("node_a, node_b")
    first, second, rank = (np.asarray(edges[name]) for name in ("node_a", "node_b", "edge_rank"))
    nodes, smallest = clusters(first, second, rank, words.fetchall())
    session.register("clusters", {"node_id": nodes, "cluster_id": smallest})
    return session.sql("select node_id, cluster_id from clusters")
