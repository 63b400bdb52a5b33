"""For every check of every gate a warehouse that fails it; one module a gate, in the order of the night."""

from tests.unit.data_quality.broken import (
    action_lists,
    decisions,
    landing,
    marts,
    measurement,
    metrics,
    predictions,
    reconciliation,
)

CASES = (
    *landing.CASES,
    *marts.CASES,
    *metrics.CASES,
    *reconciliation.CASES,
    *predictions.CASES,
    *decisions.CASES,
    *measurement.CASES,
    *action_lists.CASES,
)
