"""What a night hands over, as tables: the plans that caps count, and the decisions that were kept out.

Both are written with the lists and from the same rows, so that a plan is what stands in a list and nothing
else. Does not belong here: why a decision is kept out (`last_look`, `cells`).
"""

from typing import TYPE_CHECKING

import polars as pl

from regulars.models.action_lists.cells import KEPT_OUT_SENTENCES
from regulars.warehouse.session import lent, transaction

if TYPE_CHECKING:
    import duckdb

TABLES = (
    """
    create or replace table decisions.planned_touchpoints (
        decision_id varchar not null,
        customer_id varchar not null,
        action_id varchar not null,
        channel varchar not null,
        planned_date date not null
    )
    """,
    """
    create or replace table decisions.kept_out (
        as_of_date date not null,
        decision_id varchar not null,
        customer_id varchar not null,
        action_id varchar not null,
        channel varchar not null,
        reason_code varchar not null,
        reason varchar not null
    )
    """,
)

# an earlier run of the night may have handed the same decision over: it is one touchpoint
PLANNED_TOUCHPOINTS = """
insert into decisions.planned_touchpoints
select decision_id, customer_id, action_id, channel, planned_date
from previous.planned_touchpoints
union all
select decision_id, customer_id, action_id, channel, as_of_date
from action_list_rows
where kept_out is null and decision_id not in (select decision_id from previous.planned_touchpoints)
order by planned_date, decision_id
"""

KEPT_OUT = """
insert into decisions.kept_out
select
    rows.as_of_date,
    rows.decision_id,
    rows.customer_id,
    rows.action_id,
    rows.channel,
    rows.kept_out,
    sentences.reason
from action_list_rows as rows
left join kept_out_sentences as sentences on rows.kept_out = sentences.reason_code
where rows.kept_out is not null
order by rows.decision_id
"""


def record_handed_over(connection: "duckdb.DuckDBPyConnection") -> None:
    """Replace decisions.planned_touchpoints and decisions.kept_out from temp.action_list_rows; both or none.

    Reads previous.planned_touchpoints, which are the plans of all nights so far and of earlier runs of this.
    """
    sentences = pl.DataFrame(
        [(code.value, sentence) for code, sentence in KEPT_OUT_SENTENCES.items()],
        schema={"reason_code": pl.String, "reason": pl.String},
        orient="row",
    )
    with lent(connection, kept_out_sentences=sentences), transaction(connection):
        for statement in (*TABLES, PLANNED_TOUCHPOINTS, KEPT_OUT):
            connection.execute(statement)
