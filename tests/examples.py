"""How many made-up examples a property is tried on.

A few, the same each time; with `REGULARS_EXAMPLES=5000` as many, and others each time.
"""

import os

from hypothesis import HealthCheck, settings

TOLD = os.environ.get("REGULARS_EXAMPLES")
SLOW_AND_SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def examples(usual: int) -> settings:
    """Try so many, unless told otherwise."""
    return settings(
        max_examples=int(TOLD or usual),
        derandomize=not TOLD,
        deadline=None,
        suppress_health_check=SLOW_AND_SHARED,
    )
