"""How probable it is that two customer records are one person's, by the likeness of what they state.

Splink compares the records, in a database in memory that is attached to the one they are in: both have one
limit of memory, and nothing stays behind. Its weights are an input here.
Not here: how they are learned (`weights`), and what of a record may count (dbt).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from regulars.identity.clusters import clusters, edges_in

if TYPE_CHECKING:
    from splink import Linker

# Splink's settings
Model = Mapping[str, Any]

# what is compared of every record
FIELDS = ("first_name", "last_name", "birth_date", "postal_code", "email", "phone")
# records that have one of these in common are compared, and no others
BLOCKS = {
    "email_name": "split_part(email, '@', 1)",
    "birth_date": "cast(birth_date as varchar)",
    # whichever of the two stands in which column
    "names": "least(first_name, last_name) || ' ' || greatest(first_name, last_name)",
    "first_name_and_birth_date": "first_name || ' ' || birth_date",
    "last_name_and_birth_date": "last_name || ' ' || birth_date",
    "first_name_and_postal_code": "first_name || ' ' || postal_code",
    "last_name_and_postal_code": "last_name || ' ' || postal_code",
}
# what more records have in common says too little to compare each of them with each
MOST_IN_A_BLOCK = 100
PAIRS_AT_ONCE = 10_000_000
DIGITS = 6

ATTACHED = "likeness"
RECORDS = "compared_records"


@dataclass(frozen=True)
class Records:
    """The records of a warehouse.

    Args:
        rows: One row per account: `node_id`, `source`, `identifier`, `FIELDS`, and `attributes` as JSON.
        edges: `node_a`, `node_b` and `edge_rank` of what is known to be one person's.
        words: What humans say: `word`, `node_a` and `node_b`.
        connection: On which `rows` can be read.
        attributes: Further columns that are compared, and the key of the attributes that each stands for.
    """

    rows: duckdb.DuckDBPyRelation
    edges: duckdb.DuckDBPyRelation
    words: duckdb.DuckDBPyRelation
    connection: duckdb.DuckDBPyConnection
    attributes: Mapping[str, str]


def probable_links(records: Records, model: Model, at_least: float) -> dict[str, NDArray[Any]]:
    """Pairs of records that are not known to be one person's, by the accounts that they are of.

    Args:
        records: What is compared.
        model: Splink's settings, with weights.
        at_least: The least probability of a pair.
    """
    with workplace(records) as cursor:
        blocks = [f"block_{name}" for name in (*BLOCKS, *records.attributes)]
        found = linker_of(cursor, model).inference.predict(
            threshold_match_probability=at_least,
            num_chunks_left=1 + pair_count(cursor, blocks) // PAIRS_AT_ONCE,
            warning_mode="never",
        )
        names = [comparison["output_column_name"] for comparison in model["comparisons"]]
        evidence = _evidence(names, found.as_duckdbpyrelation().columns, records.attributes)
        return cursor.execute(
            f"""
            select
                one.node_id as node_a,
                other.node_id as node_b,
                round(found.match_probability, {DIGITS}) as probability,
                {evidence} as evidence
            from {found.physical_name} as found
            inner join {RECORDS} as one on one.record = least(found.record_l, found.record_r)
            inner join {RECORDS} as other on other.record = greatest(found.record_l, found.record_r)
            order by one.record, other.record
            """
        ).fetchnumpy()


def _evidence(names: Iterable[str], columns: Collection[str], attributes: Mapping[str, str]) -> str:
    """What speaks for a pair and what against it, as an SQL expression over the weights in `columns`."""
    speaking = []
    for sign in "><":
        cases = []
        for name in names:
            # how common the value is has a weight of its own
            weights = [column for column in (f"mw_{name}", f"mw_tf_adj_{name}") if column in columns]
            cases.append(f"case when {' + '.join(weights)} {sign} 0 then '{attributes.get(name, name)}' end")
        speaking.append(f"concat_ws(', ', {', '.join(cases)})")
    return "'alike: ' || {} || coalesce('; unlike: ' || nullif({}, ''), '')".format(*speaking)


def _known_people(records: Records) -> dict[str, NDArray[np.uint64]]:
    """Whose each account is that something links, as the smallest id of what hangs together with it."""
    apart = records.words.filter("word = 'keep_apart'").project("node_a, node_b").fetchall()
    nodes, smallest = clusters(edges_in(records.edges), apart)
    return {"node_id": nodes, "person": smallest}


@contextmanager
def workplace(records: Records) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a database in memory that holds the records as Splink compares them.

    They are numbered by what they are called, since ids that are hashes may be others in another release.
    """
    blocks = BLOCKS | {column: column for column in records.attributes}
    values = "".join(
        f"nullif(trim(lower(json_extract_string(attributes, '$.\"{key}\"'))), '') as {column}, "
        for column, key in records.attributes.items()
    )
    keyed = ", ".join(f"{value} as block_{name}" for name, value in blocks.items())
    rare = ", ".join(
        f"case when count(*) over (partition by block_{name}) <= {MOST_IN_A_BLOCK} then block_{name} end"
        f" as block_{name}"
        for name in blocks
    )
    cursor = records.connection.cursor()
    cursor.execute(f"attach ':memory:' as {ATTACHED}")
    try:
        cursor.register("known_people", _known_people(records))
        cursor.execute(
            f"""
            create table {ATTACHED}.{RECORDS} as
            select * replace ({rare})
            from (
                select *, {keyed}
                from (
                    select
                        row_number() over (order by source, identifier) as record,
                        {values}
                        {", ".join(FIELDS)},
                        node_id,
                        coalesce(known_people.person, node_id) as person
                    from ({records.rows.sql_query()}) as records
                    left join known_people using (node_id)
                )
            )
            order by record
            """
        )
        cursor.execute(f"use {ATTACHED}")
        yield cursor
    finally:
        cursor.close()
        with records.connection.cursor() as other:
            other.execute(f"detach {ATTACHED}")


def linker_of(cursor: duckdb.DuckDBPyConnection, model: Model) -> "Linker":
    """Splink over the records of a workplace."""
    # takes a second to import, which only a store pays that has switched it on
    from splink import DuckDBAPI, Linker  # noqa: PLC0415

    table = DuckDBAPI(cursor).register(RECORDS, table_name="records")
    return Linker(table, dict(model), log_level=None, validate_settings=False)


def pair_count(cursor: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> int:
    """How many pairs of records of a workplace have the same in a column, summed over the columns."""
    counted = " union all ".join(
        f"select count(*) as n from {RECORDS} where {column} is not null group by {column}"
        for column in columns
    )
    ((found,),) = cursor.execute(f"select coalesce(sum(n * (n - 1) // 2), 0) from ({counted})").fetchall()
    return int(found)


def known_columns(cursor: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> list[str]:
    """Those columns of which at least two records of a workplace have a value."""
    counts = ", ".join(f"count({column})" for column in columns)
    (counted,) = cursor.execute(f"select {counts} from {RECORDS}").fetchall()
    return [column for column, count in zip(columns, counted, strict=True) if count > 1]
