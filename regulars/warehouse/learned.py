"""What a published night knows of all experiments so far, for people who ask what worked."""

from collections.abc import Iterator

import duckdb

from regulars.store.errors import UserError, nearest
from regulars.store.sql import literal
from regulars.warehouse.explanation import Rows
from regulars.warehouse.versions import Version

KNOWN = """
select experiment_id from experiments
where {segment} is null or segment_id = {segment} or experiment_id in (
    select experiment_id from experiment_results where breakdown = {segment}
)
order by start_date desc, experiment_id
"""
PARTS = {
    "": """
        select
            hypothesis, segment_id, state, state_reason, progress, kept_arm, learned, reverted,
            decision_reason, decided_by, decided_date, owner
        from experiments where experiment_id = {experiment}
        """,
    ": what its arms brought": """
        select
            arm, metric, horizon_days, coalesce(nullif(breakdown, ''), 'everybody') as of_whom, reading,
            round(100 * lift, 1) as lift_percent, round(100 * lift_low, 1) as low,
            round(100 * lift_high, 1) as high, round(difference, 4) as difference, p_value_adjusted,
            unit_count
        from experiment_results
        where experiment_id = {experiment} and (is_primary or is_guardrail or breakdown <> '')
        order by not is_primary, breakdown, metric, arm, horizon_days
        """,
}


def what_was_learned(version: Version, segment: str | None = None) -> Iterator[Rows]:
    """Titles, columns and rows of each experiment, the newest first, and of what its arms brought.

    With `segment` those of its people alone, or that tell their results by it.

    Raises:
        UserError: No experiment is about the segment.
    """
    with duckdb.connect(version.database, read_only=True) as connection:
        try:
            found = connection.execute(
                KNOWN.format(segment=literal(segment) if segment else "null")
            ).fetchall()
        except duckdb.CatalogException:
            # a night of an earlier release has no such table
            found = []
        if not found and segment:
            ids = [
                row[0]
                for row in connection.execute("select distinct segment_id from customer_segments").fetchall()
            ]
            others = "" if segment in ids else f"; {nearest(segment, ids)}"
            raise UserError(
                f"no experiment was about segment '{segment}'{others}",
                remedy="name another segment, or none for everything that was learned",
            )
        for (experiment,) in found:
            for title, query in PARTS.items():
                result = connection.execute(query.format(experiment=literal(experiment)))
                columns = [column[0] for column in result.description or []]
                if rows := result.fetchall():
                    yield f"{experiment}{title}", columns, rows
