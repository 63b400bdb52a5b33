"""Which records are alike, and what is learned of that."""

import json
import subprocess
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

import duckdb
import pytest

from regulars.identity import likeness, weights
from regulars.identity.likeness import Records, probable_links

SUBURB = {"attribute_suburb": "suburb"}
PEOPLE = 400
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word(random: Random, length: int) -> str:
    return "".join(random.choices(LETTERS, k=length))


def slip(random: Random, text: str) -> str:
    """A text with another letter in it, now and then."""
    place = random.randrange(len(text))
    return text[:place] + random.choice(LETTERS) + text[place + 1 :] if random.random() < 0.1 else text


def people() -> Iterator[tuple[Any, ...]]:
    """Everybody twice, in two systems, with slips and gaps; some share a name, nobody an address."""
    random = Random(7)  # noqa: S311 (made-up people)
    names = [word(random, 6) for _ in range(150)]
    suburbs = [word(random, 9) for _ in range(60)]
    for number in range(PEOPLE):
        first, last = random.choices(names, k=2)
        born = f"{random.randrange(1940, 2005)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}"
        code, suburb = f"{random.randrange(10000, 99999)}", random.choice(suburbs)
        for source in ("pos", "shop"):
            yield (
                2 * number + (source == "shop"), source, f"{number:05}",
                slip(random, first), slip(random, last), born if random.random() < 0.8 else None, code,
                None, None, json.dumps({"suburb": slip(random, suburb)}),
            )  # fmt: skip


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with the records of everybody, of whom nobody is known to be anybody."""
    with duckdb.connect() as opened:
        opened.execute("create schema intermediate; create schema staging")
        opened.execute(
            "create table intermediate.int_comparable_records (node_id ubigint, source varchar,"
            " identifier varchar, first_name varchar, last_name varchar, birth_date date,"
            " postal_code varchar, email varchar, phone varchar, attributes varchar)"
        )
        opened.executemany(
            f"insert into intermediate.int_comparable_records values ({', '.join('?' * 10)})",
            list(people()),
        )
        opened.execute(
            "create view intermediate.int_stated_edges as"
            " select null::ubigint as node_a, null::ubigint as node_b, 0 as edge_rank,"
            " null::date as first_seen_date where false"
        )
        opened.execute(
            "create table staging.stg_identity_words (word varchar, node_a ubigint, node_b ubigint)"
        )
        yield opened


def records(connection: duckdb.DuckDBPyConnection, edges: str | None = None) -> Records:
    rows, stated, words = (
        connection.query(f"from {name}") for name in (weights.RECORDS, weights.EDGES, weights.WORDS)
    )
    return Records(rows, connection.query(edges) if edges else stated, words, connection, SUBURB)


def pairs(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    return list(
        zip(*(found[name].tolist() for name in ("node_a", "node_b", "probability", "evidence")), strict=True)
    )


def test_the_weights_that_are_learned_find_who_is_who_on_any_number_of_threads(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "RANDOM_PAIRS", 100_000)
    connection.execute("set threads = 1")
    learned = weights.learn(connection, SUBURB, 0.999, 0.9)
    first = pairs(probable_links(records(connection), learned.model, 0.9))
    right = [node_a // 2 == node_b // 2 for node_a, node_b, _, _ in first]
    assert sum(right) >= 0.98 * PEOPLE
    assert len(right) - sum(right) <= 0.005 * PEOPLE
    assert (learned.linked, learned.reviewed) == (
        sum(probability >= 0.999 for _, _, probability, _ in first),
        sum(probability < 0.999 for _, _, probability, _ in first),
    )
    by_level = {(weight.compared, weight.level): weight.weight for weight in learned.weights}
    assert by_level["suburb", "Exact match on suburb"] > 3
    assert by_level["suburb", "All other comparisons"] < -1
    assert not [name for name, _ in by_level if name in ("email", "phone")]

    connection.execute("set threads = 2")
    assert weights.learn(connection, SUBURB, 0.999, 0.9).model == learned.model
    assert pairs(probable_links(records(connection), learned.model, 0.9)) == first
    monkeypatch.setattr(likeness, "PAIRS_AT_ONCE", 1_000)
    assert pairs(probable_links(records(connection), learned.model, 0.9)) == first
    assert connection.execute(
        "select database_name from duckdb_databases() where not internal"
    ).fetchall() == [("memory",)]

    # who is one person already is not compared, on whichever side of the evidence the records are
    node_a, node_b, _, _ = first[0]
    edges = (
        f"select {node_a}::ubigint as node_a, {node_b}::ubigint as node_b, 13 as edge_rank,"
        " date '2024-01-01' as first_seen_date"
    )
    assert pairs(probable_links(records(connection, edges), learned.model, 0.9)) == first[1:]
    connection.execute(f"insert into staging.stg_identity_words values ('keep_apart', {node_a}, {node_b})")
    assert pairs(probable_links(records(connection, edges), learned.model, 0.9)) == first
    connection.execute("delete from intermediate.int_comparable_records")
    assert pairs(probable_links(records(connection), learned.model, 0.9)) == []


def test_what_nobody_shows_keeps_a_guess_and_what_was_never_seen_speaks_for_nothing() -> None:
    levels = [
        {"is_null_level": True},
        {"m_probability": 0.2, "u_probability": 0.3},
        {"u_probability": 0.1},
        {"m_probability": 0.8, "u_probability": 0.6},
    ]
    settled = weights.settled({"comparison_levels": levels})["comparison_levels"]
    assert settled[0] == levels[0]
    assert [level["m_probability"] for level in settled[1:]] == [0.95, 0.025, 0.025]
    levels[1]["m_probability"], levels[3]["m_probability"] = 0.7, 0.3
    levels[2] = {}
    settled = weights.settled({"comparison_levels": levels})["comparison_levels"]
    assert [level["m_probability"] for level in settled[1:]] == [0.7, 1e-6, 0.3]
    assert [level["u_probability"] for level in settled[1:]] == [0.3, 1e-6, 0.6]


@pytest.mark.parametrize(
    ("change", "attributes", "problem"),
    [
        ("delete from intermediate.int_comparable_records", {}, "too few customer records"),
        ("select 1", {"attribute_shoe": "shoe"}, "has shoe among its attributes"),
        ("drop table intermediate.int_comparable_records", {}, "no night has built"),
    ],
)
def test_what_cannot_be_learned_is_said(
    connection: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
    attributes: dict[str, str],
    problem: str,
) -> None:
    monkeypatch.setattr(weights, "RANDOM_PAIRS", 10_000)
    connection.execute(change)
    with pytest.raises(weights.NothingToLearnError, match=problem):
        weights.learn(connection, attributes, 0.999, 0.9)


def test_a_store_that_links_nothing_by_likeness_does_not_import_splink() -> None:
    program = "import sys; import regulars.identity.weights; assert 'splink' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
