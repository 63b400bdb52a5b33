"""Which identifiers hang together, and which must not."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
import scipy.sparse.csgraph  # noqa: F401 (its import takes longer than an example may)
from hypothesis import given
from hypothesis import strategies as st

from regulars.identity.clusters import Edges, clusters, linked_days

Edge = tuple[int, int, int]
NODE = st.integers(1, 12)
EDGES = st.lists(st.tuples(NODE, NODE, st.integers(0, 3)), max_size=25)
PAIRS = st.lists(st.tuples(NODE, NODE).filter(lambda pair: pair[0] != pair[1]), max_size=4)


def arrays(edges: Sequence[Edge]) -> Edges:
    """The edges, each of which is known since the day of its rank."""
    first, second, rank = zip(*edges, strict=True) if edges else ((), (), ())
    ranks = np.array(rank, dtype=np.int64)
    return Edges(np.array(first, dtype=np.uint64), np.array(second, dtype=np.uint64), ranks, ranks)


def cluster_of(edges: Sequence[Edge], apart: Sequence[tuple[int, int]] = ()) -> dict[int, int]:
    """The cluster of each node, by the node."""
    nodes, found = clusters(arrays(edges), apart)
    return dict(zip(nodes.tolist(), found.tolist(), strict=True))


def reached(start: int, edges: Sequence[Edge]) -> set[int]:
    """Every node that a path of edges leads to."""
    found, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        for one, other, _ in edges:
            for near, far in ((one, other), (other, one)):
                if near == node and far not in found:
                    found.add(far)
                    waiting.append(far)
    return found


@given(EDGES)
def test_a_cluster_is_what_paths_lead_to_and_is_called_by_its_smallest_node(edges: list[Edge]) -> None:
    assert cluster_of(edges) == {
        node: min(reached(node, edges)) for one, other, _ in edges for node in (one, other)
    }


@given(EDGES, PAIRS)
def test_nothing_that_must_stay_apart_is_together_and_all_else_is_as_it_would_be(
    edges: list[Edge], apart: list[tuple[int, int]]
) -> None:
    free, found = cluster_of(edges), cluster_of(edges, apart)
    assert set(found) == set(free)
    assert not [pair for pair in apart if pair[0] in found and found[pair[0]] == found.get(pair[1])]
    torn = {free[one] for one, other in apart if one in free and free[one] == free.get(other)}
    for node, cluster in found.items():
        assert free[cluster] == free[node]
        assert cluster == min(other for other in found if found[other] == cluster)
        if free[node] not in torn:
            assert cluster == free[node]


@given(EDGES, PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_the_edges_says_nothing(
    edges: list[Edge], apart: list[tuple[int, int]], random: Random
) -> None:
    shuffled = [
        (other, one, rank) if random.random() < 0.5 else (one, other, rank) for one, other, rank in edges
    ]
    random.shuffle(shuffled)
    assert cluster_of([(min(e[:2]), max(e[:2]), e[2]) for e in edges], apart) == cluster_of(
        [(min(e[:2]), max(e[:2]), e[2]) for e in shuffled], apart
    )


@pytest.mark.parametrize(("ranks", "goes_with"), [((1, 2), 1), ((2, 1), 3)])
def test_what_lies_between_goes_with_the_better_evidence(ranks: tuple[int, int], goes_with: int) -> None:
    found = cluster_of([(1, 2, ranks[0]), (2, 3, ranks[1])], [(1, 3)])
    assert found[1] != found[3]
    assert found[2] == found[goes_with]


def test_a_long_chain_has_one_end() -> None:
    length = 20_000
    chain = [(node, node + 1, 1) for node in range(length)]
    assert set(cluster_of(chain).values()) == {0}
    parted = cluster_of(chain, [(0, length)])
    assert sorted(set(parted.values())) == [0, length]


@given(EDGES, PAIRS, st.lists(st.integers(-5, 3), min_size=12, max_size=12))
def test_a_node_is_linked_on_the_first_day_on_which_a_path_to_the_oldest_is_known(
    edges: list[Edge], apart: list[tuple[int, int]], days: list[int]
) -> None:
    found = cluster_of(edges, apart)
    nodes = sorted(found)
    seen = [days[node - 1] for node in nodes]
    linked = linked_days(
        arrays(edges),
        np.array(nodes, dtype=np.uint64),
        np.array([found[node] for node in nodes], dtype=np.uint64),
        np.array(seen, dtype=np.int64),
    )
    within = [edge for edge in edges if found[edge[0]] == found[edge[1]]]
    for node, linked_day in zip(nodes, linked.tolist(), strict=True):
        oldest = min(
            (other for other in nodes if found[other] == found[node]),
            key=lambda other: (days[other - 1], other),
        )
        if node == oldest:
            assert linked_day == days[node - 1]
        else:
            known = [
                day
                for day in range(-5, 5)
                if node in reached(oldest, [edge for edge in within if edge[2] <= day])
            ]
            assert linked_day == known[0]
