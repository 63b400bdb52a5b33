"""Whether the data is enough to learn from, by what `data_readiness` says of its history."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from regulars.store.sql import literal

if TYPE_CHECKING:
    import duckdb

# what every model asks for
OF_ORDERS = ("days of orders", "active customers", "customers who stayed", "customers who left")


def too_thin(connection: "duckdb.DuckDBPyConnection", also: Collection[str] = ()) -> str | None:
    """What is missing, in words, of orders and of `also`, subjects of history; None where there is enough."""
    subjects = ", ".join(map(literal, (*OF_ORDERS, *also)))
    missing = connection.sql(
        f"""
        select subject, counted, cast(needed as bigint) from marts.data_readiness
        where question = 'history' and subject in ({subjects}) and not is_ready
        order by subject
        """
    ).fetchall()
    return (
        "; ".join(f"{subject}: {counted:,} of {needed:,} needed" for subject, counted, needed in missing)
        or None
    )


def is_silent(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Whether there is too little to learn from for every model, and nothing was learned before."""
    ((known,),) = connection.sql(
        "select count(*) from previous.model_versions where status <> 'off'"
    ).fetchall()
    return not known and too_thin(connection) is not None
