"""Whether the data is enough to learn from, by what `data_readiness` says of its history."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from regulars.models.learning.history import OF_ORDERS, OF_SUBSCRIPTIONS
from regulars.store.sql import literal

if TYPE_CHECKING:
    import duckdb


def too_thin(connection: "duckdb.DuckDBPyConnection", subjects: Collection[str] = OF_ORDERS) -> str | None:
    """What is missing of these subjects of history, in words; None where there is enough.

    What is not counted, such as subscriptions where nobody asks for them, is missing too.
    """
    missing = connection.sql(
        f"""
        select asked.subject, counted, cast(needed as bigint)
        from (select unnest([{", ".join(map(literal, subjects))}]) as subject) as asked
        left join marts.data_readiness as answers
            on asked.subject = answers.subject and answers.question = 'history'
        where answers.is_ready is not true
        order by asked.subject
        """
    ).fetchall()
    return (
        "; ".join(
            f"{subject}: not counted" if needed is None else f"{subject}: {counted:,} of {needed:,} needed"
            for subject, counted, needed in missing
        )
        or None
    )


def is_silent(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Whether there is too little to learn from for every model, and nothing was learned before."""
    ((known,),) = connection.sql(
        "select count(*) from previous.model_versions where status <> 'off'"
    ).fetchall()
    return not known and all(too_thin(connection, history) for history in (OF_ORDERS, OF_SUBSCRIPTIONS))
