"""Who stays together: whoever reads the same inbox or telephone."""

from collections.abc import Callable
from typing import Any

import polars as pl

from regulars.models.experiments.units import shared_units, together


def test_customers_who_share_an_address_are_one_unit_by_the_smallest_id(shop: Callable[..., Any]) -> None:
    connection = shop(
        {"customer_id": "c_3", "email": "home@b.de"},
        {"customer_id": "c_1", "email": "HOME@b.de", "phone": "+15550001"},
        {"customer_id": "c_2", "phone": "+15550001"},
        {"customer_id": "c_4", "email": "dan@b.de"},
    )
    assert shared_units(connection).rows() == [("c_1", "c_1"), ("c_2", "c_1"), ("c_3", "c_1")]


def test_an_address_of_more_people_than_a_household_has_ties_nobody(shop: Callable[..., Any]) -> None:
    connection = shop(*({"customer_id": f"c_{number}", "email": "info@b.de"} for number in range(6)))
    assert shared_units(connection).is_empty()


def test_a_chain_of_shared_addresses_is_followed_to_its_end() -> None:
    shared = pl.DataFrame(
        {
            "customer_id": ["c_9", "c_5", "c_5", "c_7", "c_8", "c_6"],
            "address": ["a", "a", "b", "b", "z", "z"],
        }
    )
    assert dict(together(shared).rows()) == {
        "c_5": "c_5", "c_6": "c_6", "c_7": "c_5", "c_8": "c_6", "c_9": "c_5",
    }  # fmt: skip
