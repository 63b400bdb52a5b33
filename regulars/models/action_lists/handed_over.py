"""What a night hands over, as tables: the plans that caps count, and the decisions that were kept out.

Both are written with the lists and from the same rows, so that a plan is what stands in a list and nothing
else. Does not belong here: why a decision is kept out (`last_look`, `cells`).
"""

import json
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.action_lists.cells import KEPT_OUT_SENTENCES
from regulars.warehouse.session import lent, transaction

if TYPE_CHECKING:
    import duckdb

    from regulars.store.actions import ActionCatalogue

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
    """
    create or replace table decisions.offer_ledger (
        decision_id varchar not null,
        customer_id varchar not null,
        action_id varchar not null,
        offer varchar not null,
        kind varchar not null,
        value decimal(18, 4),
        categories varchar,
        granted_date date not null,
        valid_from date not null,
        valid_until date not null
    )
    """,
    """
    create or replace table decisions.active_offers (
        as_of_date date not null,
        customer_id varchar not null,
        customer_ref varchar,
        action_id varchar not null,
        decision_id varchar not null,
        offer varchar not null,
        kind varchar not null,
        value decimal(18, 4),
        categories varchar,
        valid_from date not null,
        valid_until date not null
    )
    """,
)

# what was promised stays promised, under the terms of its day
OFFER_LEDGER = """
insert into decisions.offer_ledger
select * from previous.offer_ledger
union all
select
    rows.decision_id,
    rows.customer_id,
    rows.action_id,
    terms.offer,
    terms.kind,
    terms.value,
    terms.categories,
    rows.as_of_date as granted_date,
    rows.as_of_date + 1 as valid_from,
    rows.as_of_date + cast(terms.valid_days as integer) as valid_until
from action_list_rows as rows
inner join offer_terms as terms on rows.action_id = terms.action_id
where rows.kept_out is null and rows.decision_id not in (select decision_id from previous.offer_ledger)
order by granted_date, decision_id
"""

ACTIVE_OFFERS = """
insert into decisions.active_offers
select
    night.as_of_date,
    customers.customer_id,
    customers.customer_ref,
    ledger.action_id,
    ledger.decision_id,
    ledger.offer,
    ledger.kind,
    ledger.value,
    ledger.categories,
    ledger.valid_from,
    ledger.valid_until
from decisions.offer_ledger as ledger
cross join settings.night as night
left join marts.customer_aliases as aliases on ledger.customer_id = aliases.alias_id
inner join marts.customers as customers
    on coalesce(aliases.customer_id, ledger.customer_id) = customers.customer_id
where ledger.valid_until > night.as_of_date
order by customers.customer_id, ledger.decision_id
"""

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


def record_handed_over(connection: "duckdb.DuckDBPyConnection", catalogue: "ActionCatalogue") -> None:
    """Replace planned_touchpoints, kept_out, offer_ledger and active_offers of schema decisions, or none.

    Reads temp.action_list_rows; previous.planned_touchpoints and previous.offer_ledger, of all nights so far
    and of earlier runs of this; settings.night, marts.customers and marts.customer_aliases.
    """
    sentences = pl.DataFrame(
        [(code.value, sentence) for code, sentence in KEPT_OUT_SENTENCES.items()],
        schema={"reason_code": pl.String, "reason": pl.String},
        orient="row",
    )
    with (
        lent(connection, kept_out_sentences=sentences, offer_terms=_terms(catalogue)),
        transaction(connection),
    ):
        for statement in (*TABLES, PLANNED_TOUCHPOINTS, KEPT_OUT, OFFER_LEDGER, ACTIVE_OFFERS):
            connection.execute(statement)


def _terms(catalogue: "ActionCatalogue") -> pl.DataFrame:
    return pl.DataFrame(
        [
            (
                action.id,
                action.offer,
                terms.kind,
                terms.value,
                json.dumps(terms.categories) if terms.categories else None,
                terms.valid_days,
            )
            for action in catalogue.actions
            if (terms := action.offer_terms)
        ],
        schema={
            "action_id": pl.String,
            "offer": pl.String,
            "kind": pl.String,
            "value": pl.Decimal(18, 4),
            "categories": pl.String,
            "valid_days": pl.Int64,
        },
        orient="row",
    )
