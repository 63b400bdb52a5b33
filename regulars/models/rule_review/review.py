"""Reviews tonight's rules once decisions are made, into decisions.rules and decisions.rule_review."""

from typing import TYPE_CHECKING

from regulars.models.rule_review.tables import FINDINGS, OUTRANKED, PAIRS, RULES, TABLES
from regulars.store.sql import date_literal, literal
from regulars.warehouse.session import transaction

if TYPE_CHECKING:
    import duckdb

TEMPORARY = ("rule_pairs", "rule_outranked", "rule_contradictions")


def review(connection: "duckdb.DuckDBPyConnection") -> int:
    """Replace decisions.rules and decisions.rule_review, both or none; returns the number of findings.

    Reads settings.night, settings.segments, settings.actions, settings.channels, settings.rule_words,
    marts.customer_segments, marts.customer_features, intermediate.int_previous_scores,
    decisions.decision_trace, decisions.action_effects, previous.rules and previous.rule_review.
    """
    ((night,),) = connection.sql("select as_of_date from settings.night").fetchall()
    as_of = date_literal(night)
    with transaction(connection):
        for statement in TABLES:
            connection.execute(statement)
        connection.execute(RULES.format(as_of=as_of))
        for statement in (PAIRS, OUTRANKED, _contradictions(connection), FINDINGS.format(as_of=as_of)):
            connection.execute(statement)
        for table in TEMPORARY:
            connection.execute(f"drop table temp.{table}")
    ((findings,),) = connection.sql("select count(*) from decisions.rule_review").fetchall()
    return int(findings)


def _contradictions(connection: "duckdb.DuckDBPyConnection") -> str:
    """SQL for how many come into a segment for the very reason for which others leave it."""
    rules = connection.sql(
        "select segment_id, predicate, leave_when from settings.segments"
        " where leave_when is not null order by position"
    ).fetchall()
    counts = [
        f"select {literal(segment)} as rule_id, count(*) as contradicting_count from scored_features"
        f" where ({predicate}) and ({leave_when})"
        for segment, predicate, leave_when in rules
    ]
    none = "select null::varchar as rule_id, 0::bigint as contradicting_count where false"
    return f"""
    create or replace temp table rule_contradictions as
    with scored_features as (
        from marts.customer_features left join intermediate.int_previous_scores using (customer_id)
    )
    {" union all ".join([none, *counts])}
    """
