"""Grades the identities of a simulated store's last night against the truth.

    .venv/bin/python benchmarks/identity.py [--store stores/demo] [--json FILE]
    .venv/bin/python benchmarks/identity.py --febrl [--json FILE]

Pairs of identifiers are compared: one is found if both are of one customer, and true if both are of one
person. Identifiers that several people own, such as the cookie of a family's tablet, and those that only
state another's have no one person and are left out. Of a pair that no fact, directly or by way of other
identifiers of the person, ever names together, such as the cookie of somebody who never logged in, nothing
can be known: recall is given of the pairs that could be found, and of all.

`--febrl` grades links by likeness: on FEBRL 4, beside other ways to link it, and on a copy of the demo store
with and without them.
"""

import argparse
import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np

from regulars.identity.clusters import Edges, clusters

KINDS = {
    "email": ("email", ""),
    "phone": ("phone", ""),
    "account_id": ("account", "shop"),
    "card_number": ("account", "pos"),
    "requester_id": ("account", "support"),
    "anonymous_id": ("anonymous", "web"),
}
TRUTH = """
create temp table truth as
select case kind {kinds} end as identifier_kind, case kind {sources} end as source, value as identifier,
    min(person) as person, count(distinct person) as people
from '{folder}/*.parquet'
where is_own
group by all
"""
FOUND = """
create temp table found as
select coalesce(customer_id, 'nobody ' || node_id) as customer_id,
    identifier_kind, source, identifier, person, people
from intermediate.int_identifiers inner join truth using (identifier_kind, source, identifier)
left join marts.customer_identifiers using (identifier_kind, source, identifier)
"""
PAIRS = """
with owned as (from found where people = 1)
select
    (select sum(n * (n - 1) / 2) from (select count(*) as n from owned group by customer_id)) as found,
    (select sum(n * (n - 1) / 2) from (select count(*) as n from owned group by person)) as true,
    (select sum(n * (n - 1) / 2) from (select count(*) as n from owned group by customer_id, person)) as both
"""
# people's identifiers that some fact names together, directly or by way of others, and those that were found
TOGETHER = """
with owned as (
    select uses.handle_id, uses.node_id, found.person
    from intermediate.int_identifier_uses as uses
    inner join found using (identifier_kind, source, identifier)
    where found.people = 1
)
select one.node_id as one, other.node_id as other
from owned as one inner join owned as other using (handle_id, person)
where one.node_id < other.node_id group by all
union all
select min(node_id) over (partition by customer_id, person) as one, node_id as other
from found inner join intermediate.int_identifiers using (identifier_kind, source, identifier)
where people = 1
"""
POSSIBLE = """
with owned as (
    select clusters.cluster_id, count(distinct uses.node_id) as n
    from intermediate.int_identifier_uses as uses
    inner join found using (identifier_kind, source, identifier)
    inner join clusters using (node_id)
    where found.people = 1
    group by all
)
select sum(n * (n - 1) / 2) from owned
"""
FACTS = """
select
    count(distinct customer_id) as customers,
    count(distinct person) as people,
    (select count(*) from (
        select customer_id from found where people = 1 group by all having count(distinct person) > 1
    )) as mixed_customers
from found where people = 1
"""
LOST = """
with owned as (from found where people = 1)
select identifier_kind, source, count(*) as identifiers,
    count(*) filter (customer_id <> (
        select mode(customer_id) from owned as others where others.person = owned.person
    )) as apart
from owned group by all order by all
"""


PROBABLE = "identity:\n  probable: {link_above: 0.999, review_above: 0.9}\n"


def main() -> None:
    """Print precision, recall and what was left apart, by kind."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--store", type=Path, default=Path("stores/demo"))
    parser.add_argument("--febrl", action="store_true", help="grade links by likeness")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    arguments = parser.parse_args()
    figures: dict[str, Any]
    if arguments.febrl:
        with TemporaryDirectory() as folder:
            figures = _likeness(Path(folder))
    else:
        figures, lost = _graded(arguments.store)
        for name, value in figures.items():
            print(f"{name:<28}{_text(value):>12}")
        print(f"\n{'identifiers':<24}{'seen':>8}{'apart':>8}")
        for kind, source, seen, apart in lost:
            print(f"{kind + ' ' + source:<24}{seen:>8,}{apart:>8,}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def _text(value: float) -> str:
    return f"{value:.5f}" if isinstance(value, float) else f"{value:,}"


def _graded(store: Path) -> tuple[dict[str, float], list[tuple[Any, ...]]]:
    """The figures of a simulated store, and what was left apart of each kind of identifiers."""
    connection = duckdb.connect(store / "state" / "build" / "warehouse.duckdb", read_only=True)
    connection.execute(
        TRUTH.format(
            folder=store / "simulation" / "truth" / "identifiers",
            kinds=" ".join(f"when '{kind}' then '{ours}'" for kind, (ours, _) in KINDS.items()),
            sources=" ".join(f"when '{kind}' then '{source}'" for kind, (_, source) in KINDS.items()),
        )
    )
    connection.execute(FOUND)
    ((found, true, both),) = connection.execute(PAIRS).fetchall()
    edges = connection.execute(TOGETHER).fetchnumpy()
    none = np.zeros(len(edges["one"]), dtype=np.int64)
    nodes, smallest = clusters(Edges(edges["one"], edges["other"], none, none))
    connection.register("clusters", {"node_id": nodes, "cluster_id": smallest})
    ((possible,),) = connection.execute(POSSIBLE).fetchall()
    ((customers, people, mixed),) = connection.execute(FACTS).fetchall()
    figures = {
        "people": people,
        "customers": customers,
        "customers of several people": mixed,
        "precision": both / found,
        "recall": both / possible,
        "recall of all pairs": both / true,
    }
    return figures, connection.execute(LOST).fetchall()


def _likeness(folder: Path) -> dict[str, Any]:
    """What links by likeness find, of FEBRL 4 and of the demo store."""
    import febrl  # noqa: PLC0415 (beside this file; it makes an environment at its first run)

    ways = febrl.compared(folder)
    print("FEBRL 4: pairs of one record of each file")
    for way, figures in ways.items():
        print(f"\n{way}")
        for name, value in figures.items():
            print(f"  {name:<28}{_text(value):>12}")
    demo = folder / "demo"
    ours = shutil.ignore_patterns("exports", "state", "simulation")
    shutil.copytree(Path(__file__).parents[1] / "stores" / "demo", demo, ignore=ours)
    febrl.regulars(demo, "simulate")
    febrl.regulars(demo, "run")
    without, _ = _graded(demo)
    settings = demo / "store.yml"
    settings.write_text(settings.read_text("utf-8").replace("identity:\n", PROBABLE), "utf-8")
    febrl.regulars(demo, "train-links")
    febrl.regulars(demo, "run")
    with_likeness, _ = _graded(demo)
    print(f"\n{'demo store':<30}{'without':>12}{'with':>12}")
    for name, value in without.items():
        print(f"{name:<30}{_text(value):>12}{_text(with_likeness[name]):>12}")
    return {"febrl4": ways, "demo": {"without": without, "with": with_likeness}}


if __name__ == "__main__":
    main()
