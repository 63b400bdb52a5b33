"""Where each experiment stands, by the newest published night: arms, who was exposed, who does not count.

Not here: what came of it.
"""

from datetime import date
from typing import TYPE_CHECKING

import duckdb

from regulars.store.experiments import Experiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regulars.warehouse.versions import Version

COLUMNS = [
    "experiment",
    "state",
    "first night",
    "last night",
    "arm",
    "gets",
    "units",
    "exposed",
    "of",
    "left out",
]
COUNTS = """
select
    experiment_id,
    arm,
    count(distinct unit_id) filter (status = 'counted') as units,
    count(distinct unit_id) filter (status = 'counted' and first_exposed_date is not null) as exposed,
    count(*) filter (status <> 'counted') as left_out
from experiment_assignments
group by experiment_id, arm
"""


def standing(
    version: "Version | None", experiments: "Sequence[Experiment]", day: date
) -> tuple[list[str], list[tuple[object, ...]]]:
    """Columns and rows, one per arm; `of` is the sample size of an arm, `left out` counts customers.

    `day` is the newest that is over. Without a version nobody is in any arm.
    """
    counts = {} if version is None else _counts(version)
    rows: list[tuple[object, ...]] = [
        (
            experiment.id,
            state(experiment, day),
            experiment.start_date,
            experiment.last_day,
            arm.id + (" (control)" if arm.id == experiment.control.arm else ""),
            arm.gets,
            *counts.get((experiment.id, arm.id), (0, 0, 0))[:2],
            experiment.sample_size or "not planned",
            counts.get((experiment.id, arm.id), (0, 0, 0))[2],
        )
        for experiment in experiments
        for arm in experiment.arms
    ]
    return COLUMNS, rows


def state(experiment: Experiment, day: date) -> str:
    """planned, running, over or decided, as of a day."""
    if day < experiment.start_date:
        return "planned"
    if experiment.is_running(day):
        return "running"
    return "decided" if experiment.decision else "over"


def _counts(version: "Version") -> dict[tuple[str, str], tuple[int, int, int]]:
    with duckdb.connect(version.database, read_only=True) as connection:
        try:
            rows = connection.execute(COUNTS).fetchall()
        except duckdb.CatalogException:
            # a night of an earlier release has no such table
            return {}
    return {(experiment, arm): (units, exposed, left) for experiment, arm, units, exposed, left in rows}
