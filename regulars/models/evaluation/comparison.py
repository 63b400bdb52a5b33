"""Policies beside each other on the draws of a published version, as `regulars evaluate` shows them.

Not here: who decides tonight; that is `evaluate`.
"""

from typing import TYPE_CHECKING

from regulars.models.evaluation.estimates import Evaluation, Interval, evaluated
from regulars.models.evaluation.evaluate import Scores, incumbent
from regulars.models.evaluation.log import (
    PUBLISHED,
    rewarded_log,
    what_the_log_cannot_say,
    with_edited_scores,
)
from regulars.store.errors import UserError

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.store import Store

COLUMNS = (
    "policy",
    "per customer and night",
    "95 %",
    "snips",
    "more than now",
    "95 %",
    "tells as",
    "verdict",
)
Row = tuple[str, ...]
UNKNOWN = "-"


def compared(
    connection: "duckdb.DuckDBPyConnection",
    store: "Store",
    night: "date",
    *,
    named: tuple[Scores, ...],
    edited: "ActionCatalogue | None" = None,
) -> list[Row]:
    """A row for each policy and for the rules of an edited catalogue, as COLUMNS says, and why.

    Reads the published exploration_log, policy_evaluations, channel_health, orders and customer_aliases.

    Raises:
        UserError: The version is of a release whose draws do not say what other policies would have scored.
    """
    _check(connection)
    channels = store.channels_file.content
    log = rewarded_log(connection, channels, night, PUBLISHED)
    before = incumbent(connection, "policy_evaluations")
    rows = [_row(name, evaluated(log, f"{name}_score", f"{before}_score")) for name in named]
    if edited:
        said = what_the_log_cannot_say(edited, store.actions_file.content)
        if said:
            refused = Evaluation(log.height, 0, 0, 0.0, None, None, None, "refused", said)
            return [*rows, _row("edited actions", refused)]
        log = with_edited_scores(log, edited, channels)
        rows.append(_row("edited actions", evaluated(log, "edited_score", f"{before}_score")))
    return rows


def _check(connection: "duckdb.DuckDBPyConnection") -> None:
    logged = {
        name
        for (name,) in connection.sql(
            "select column_name from duckdb_columns() where table_name = 'exploration_log'"
        ).fetchall()
    }
    if not {"rules_score", "model_score"} <= logged:
        raise UserError(
            "the draws of this version do not say what other policies would have scored",
            remedy="run a night with this release; from then on they do",
        )


def _row(name: str, found: Evaluation) -> Row:
    value, difference = found.doubly_robust, found.difference
    return (
        name,
        _value(value),
        _limits(value),
        _value(found.snips),
        _value(difference),
        _limits(difference),
        f"{found.effective_sample_size:,.0f} of {found.draw_count:,}",
        found.verdict,
        found.reason,
    )


def _value(found: Interval | None) -> str:
    return f"{found.value:.3f}" if found else UNKNOWN


def _limits(found: Interval | None) -> str:
    return f"{found.low:.3f} to {found.high:.3f}" if found else UNKNOWN
