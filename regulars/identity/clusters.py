"""Which identifiers hang together, and so are one person."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Nodes = NDArray[np.uint64]
Ranks = NDArray[np.int64]


def clusters(
    first: Nodes, second: Nodes, rank: Ranks, apart: Sequence[tuple[int, int]] = ()
) -> tuple[Nodes, Nodes]:
    """Every node of an edge, ascending, and the smallest node of its cluster.

    Clusters are the connected components. Where one holds two nodes that must stay apart, its edges are taken
    in the order of their rank, and one that would bring such a pair together is left out.

    Args:
        first: Node id at one end of each edge.
        second: Node id at the other.
        rank: How far to trust each edge; 0 is trusted first. Edges of one rank go by their nodes.
        apart: Pairs of node ids.
    """
    # a third of a second to import, which only the process that builds the facts needs
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    nodes, ends = np.unique(np.concatenate([first, second]), return_inverse=True)
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
        order = np.lexsort((other[torn], one[torn], rank[torn]))
        edges = zip(one[torn][order].tolist(), other[torn][order].tolist(), strict=True)
        for node, representative in _kept_apart(edges, pairs):
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
