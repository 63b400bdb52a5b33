"""Who the people are depends on the seed and their number only; some look like two, some like one."""

from dataclasses import fields

import numpy as np

from regulars.simulation import identity
from regulars.simulation.people import People, draw_people
from regulars.simulation.world import World


def people_of(customers: int, seed: int = 1) -> People:
    return draw_people(World(customers=customers, days=100, seed=seed))


def test_a_person_is_the_same_in_a_world_of_any_size() -> None:
    few, many = people_of(100), people_of(3000)
    changed = [
        field.name
        for field in fields(People)
        if field.name != "seed" and not (getattr(few, field.name) == getattr(many, field.name)[:100]).all()
    ]
    assert changed == []


def test_another_seed_has_other_people() -> None:
    assert (people_of(500).rate != people_of(500, seed=2).rate).mean() > 0.99


def test_every_person_has_a_phone_and_a_card_of_their_own() -> None:
    people = people_of(120_000)
    assert identity.phones(people, people.number).n_unique() == 120_000
    assert identity.card_numbers(people, people.number).n_unique() == 120_000


def test_only_people_who_share_an_inbox_have_the_same_address() -> None:
    people = people_of(5000)
    own = people.number[~people.shares_inbox]
    addresses = identity.emails(people, people.number, np.zeros(5000, dtype=np.int8))
    assert addresses.gather(own).n_unique() == len(own)
    assert addresses.n_unique() == len(own)
    assert people.shares_inbox.any()


def test_addresses_reach_nobody() -> None:
    people = people_of(3000)
    for version in range(4):
        addresses = identity.emails(people, people.number, np.full(3000, version))
        assert addresses.str.contains(r"^[a-z0-9.-]+@([a-z]+\.)?example\.(com|org|net)$").all()
    assert identity.phones(people, people.number).str.contains(r"^\+1[2-9]\d{2}55501\d{2}$").all()


def test_a_mistyped_address_is_another_one() -> None:
    people = people_of(1000)
    right, wrong = (identity.emails(people, people.number, np.full(1000, kind)) for kind in (0, 2))
    assert (right != wrong).all()


def test_a_family_tablet_is_one_device_of_two_people() -> None:
    people = people_of(2000)
    second = people.number[people.uses_family_tablet & (people.household != people.number)]
    tablet = np.full(len(second), 2)
    assert len(second)
    assert (
        identity.device_numbers(people, second, tablet) == identity.device_numbers(people, second - 1, tablet)
    ).all()
    assert (
        identity.device_numbers(people, second, tablet - 1)
        != identity.device_numbers(people, second - 1, tablet - 1)
    ).all()


def test_households_are_pairs_of_neighbours() -> None:
    people = people_of(2001)
    apart = people.number - people.household
    assert set(apart.tolist()) == {0, 1}
    assert (people.household[people.household != people.number] % 2 == 0).all()
