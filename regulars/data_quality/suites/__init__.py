"""One suite for each border: pure descriptions of what must be true there.

Not here: how a check runs. A suite is a function of the night, so that it can cover the tables it finds.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from regulars.data_quality.checks import Check, Night
from regulars.data_quality.suites import action_lists, decisions, landing, marts, measurement, predictions

SUITES: Mapping[str, Callable[[Night], tuple[Check, ...]]] = MappingProxyType(
    {
        "landing": landing.checks,
        "marts": marts.checks,
        "predictions": predictions.checks,
        "decisions": decisions.checks,
        "measurement": measurement.checks,
        "action_lists": action_lists.checks,
    }
)
