"""What must be true of the facts and of what is made of them before anybody decides on them.

One module a subject. Not here: types and columns, which the contracts of the dbt models hold.
"""

from regulars.data_quality.checks import Check, Night
from regulars.data_quality.suites.marts import (
    features,
    metrics,
    orders,
    people,
    permissions,
    readiness,
    reconciliation,
    segments,
)


def checks(night: Night) -> tuple[Check, ...]:
    """Every check of the border, in the order the tables are built."""
    return (
        *people.checks(night),
        *orders.checks(night),
        *reconciliation.checks(night),
        *features.checks(night),
        *segments.checks(night),
        *permissions.checks(night),
        *readiness.checks(night),
        *metrics.checks(night),
    )
