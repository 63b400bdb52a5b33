"""Which identifiers hang together, and so are one person."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

FIRST_DATE = "date '1970-01-01'"
DAY = f"cast(coalesce(first_seen_date - {FIRST_DATE}, 0) as bigint) as day"
Nodes = NDArray[np.uint64]
Ranks = NDArray[np.int64]
Days = NDArray[np.int64]


class Edges(NamedTuple):
    """What ties identifiers together, one item of each array an edge.

    `first` and `second` are the node ids at its ends, `rank` is how far to trust it, 0 first, and `day` since
    when it is known.
    """

    first: Nodes
    second: Nodes
    rank: Ranks
    day: Days


def edges_in(relation: duckdb.DuckDBPyRelation) -> Edges:
    """The edges of `node_a`, `node_b`, `edge_rank` and `first_seen_date`; without a date, always known."""
    ranked = "cast(edge_rank as bigint) as edge_rank"
    columns = relation.project(f"node_a, node_b, {ranked}, {DAY}").fetchnumpy()
    return Edges(*(np.asarray(columns[name]) for name in ("node_a", "node_b", "edge_rank", "day")))


def clusters(edges: Edges, apart: Sequence[tuple[int, int]] = ()) -> tuple[Nodes, Nodes]:
    """Every node of an edge, ascending, and the smallest node of its cluster.

    Clusters are the connected components. Where one holds two nodes that must stay apart, its edges are taken
    in the order of their rank, and one that would bring such a pair together is left out.

    Args:
        edges: Those of one rank go by their nodes.
        apart: Pairs of node ids.
    """
    # a third of a second to import, which only the process that builds the facts needs
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    nodes, ends = np.unique(np.concatenate([edges.first, edges.second]), return_inverse=True)
    if not len(nodes):
        return nodes, nodes
    one, other = np.split(ends, 2)
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(graph, directed=False)
    # nodes ascend, so the first of a label is its smallest
    _, smallest, label = np.unique(labels, return_index=True, return_inverse=True)
    found = smallest[label]
    place = {int(node): index for index, node in enumerate(nodes)} if apart else {}
    pairs = [
        (place[one], place[other])
        for one, other in apart
        if one in place and other in place and found[place[one]] == found[place[other]]
    ]
    if pairs:
        torn = np.isin(found[one], found[[one for one, _ in pairs]])
        order = np.lexsort((other[torn], one[torn], edges.rank[torn]))
        in_order = zip(one[torn][order].tolist(), other[torn][order].tolist(), strict=True)
        for node, representative in _kept_apart(in_order, pairs):
            found[node] = representative
    return nodes, nodes[found]


def _kept_apart(
    edges: Iterable[tuple[int, int]], pairs: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Each node of `edges` with the smallest of its set, when no edge may join two sets that hold a pair."""
    above: dict[int, int] = {}

    def root(node: int) -> int:
        while (next_above := above.setdefault(node, node)) != node:
            above[node] = above[next_above]
            node = next_above
        return node

    for one, other in edges:
        first, second = sorted((root(one), root(other)))
        if first != second and not any({root(a), root(b)} == {first, second} for a, b in pairs):
            above[second] = first
    yield from ((node, root(node)) for node in list(above))


def linked_days(edges: Edges, nodes: Nodes, cluster: Nodes, seen: Days) -> Days:
    """The first day on which each node was tied to the one of its cluster that was seen first.

    A way between two nodes is known on the day of its latest edge, and of several ways the earliest counts.

    Args:
        edges: Those between two clusters are left out.
        nodes: Node ids, ascending, all those of the edges among them.
        cluster: The cluster of each node.
        seen: When each node was first seen.

    Returns:
        One day a node: for that which was seen first of a cluster, the smallest of several, when that was.
    """
    # a third of a second to import, which only the process that builds the facts needs
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree  # noqa: PLC0415

    if not len(nodes):
        return seen
    one, other = (np.searchsorted(nodes, end(edges.first, edges.second)) for end in (np.minimum, np.maximum))
    by_age = np.lexsort((nodes, seen, cluster))
    oldest = by_age[np.unique(cluster[by_age], return_index=True)[1]]
    within = cluster[one] == cluster[other]
    # from the top an edge leads to the oldest of each cluster; weights count from 1, for 0 would be no edge
    top, none = len(nodes), int(edges.day[within].min(initial=0)) - 1
    near = np.concatenate([one[within], oldest])
    far = np.concatenate([other[within], np.full(len(oldest), top)])
    weight = np.concatenate([edges.day[within] - none, np.ones(len(oldest), dtype=np.int64)])
    order = np.lexsort((weight, far, near))
    near, far, weight = near[order], far[order], weight[order]
    is_first = np.append(True, (near[1:] != near[:-1]) | (far[1:] != far[:-1]))
    graph = coo_array((weight[is_first], (near[is_first], far[is_first])), shape=(top + 1, top + 1))
    tree = minimum_spanning_tree(graph.tocsr())
    _, above = breadth_first_order(tree, top, directed=False)
    above[top] = top
    branches = tree.tocoo()
    down = np.where(above[branches.col] == branches.row, branches.col, branches.row)
    latest = np.zeros(top + 1, dtype=np.int64)
    latest[down] = branches.data
    latest[oldest] = 0
    while (above != top).any():
        latest = np.maximum(latest, latest[above])
        above = above[above]
    linked = latest[:top] + none
    linked[oldest] = seen[oldest]
    return linked
