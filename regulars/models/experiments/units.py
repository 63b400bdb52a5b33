"""Who stays together in whatever is tried: customers who share an address, because one reads it to the other.

Not here: which group or arm a unit is in (`groups`, `assignment`).
"""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import duckdb

UNITS = pl.Schema({"customer_id": pl.String(), "unit_id": pl.String()})

# an address of more people than this is an office's or a placeholder, and no household's
SHARED_ADDRESSES = """
with

addresses as (

    select customer_id, 'email ' || lower(email) as address from marts.customers where email <> ''
    union all
    select customer_id, 'phone ' || phone as address from marts.customers where phone <> ''

)

select customer_id, address
from addresses
where address in (
    select address from addresses
    group by address
    having count(*) between 2 and (select most_accounts from settings.identity)
)
order by customer_id, address
"""


def shared_units(connection: "duckdb.DuckDBPyConnection") -> pl.DataFrame:
    """Customers who share an address of the profile with somebody, each with her unit, as `together` says.

    Reads marts.customers and settings.identity.
    """
    return together(pl.DataFrame(connection.sql(SHARED_ADDRESSES)))


def together(shared: pl.DataFrame) -> pl.DataFrame:
    """customer_id and unit_id: the smallest id of all who hang together by customer_id and address.

    Who is absent from `shared` is a unit of her own.
    """
    if shared.is_empty():
        return pl.DataFrame(schema=UNITS)
    people, person = np.unique(shared["customer_id"].to_numpy(), return_inverse=True)
    places, place = np.unique(shared["address"].to_numpy(), return_inverse=True)
    size = len(people) + len(places)
    graph = coo_array(
        (np.ones(len(person), dtype=np.int8), (person, len(people) + place)), shape=(size, size)
    )
    _, labels = connected_components(graph, directed=False)
    # people ascend, so the first of a label is its smallest
    _, first, label = np.unique(labels[: len(people)], return_index=True, return_inverse=True)
    return pl.DataFrame({"customer_id": people, "unit_id": people[first[label]]}, schema=UNITS)
