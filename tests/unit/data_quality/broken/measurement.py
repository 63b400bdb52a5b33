"""What the measurement gate must stop."""

from tests.unit.data_quality.broken.case import Broken

EXPERIMENTS = "measurement.experiments"
RESULTS, PROGRAM = "measurement.experiment_results", "measurement.incrementality"


def _of_figures(table: str) -> list[Broken]:
    return [
        Broken("measurement", table, "measured_once", f"insert into {table} from {table}"),
        Broken("measurement", table, "known_reading", f"update {table} set reading = 'splendid'"),
        Broken("measurement", table, "figures_or_none", f"update {table} set p_value = null"),
        Broken("measurement", table, "figures_or_none", f"update {table} set reading = 'no_outcomes'"),
        Broken(
            "measurement", table, "intervals_hold_the_estimate", f"update {table} set difference_low = 2.5"
        ),
        Broken("measurement", table, "intervals_hold_the_estimate", f"update {table} set mean = 9"),
        Broken("measurement", table, "adjusted_upwards", f"update {table} set p_value_adjusted = 0.001"),
    ]


CASES = (
    Broken("measurement", EXPERIMENTS, "told_once", f"insert into {EXPERIMENTS} from {EXPERIMENTS}"),
    Broken(
        "measurement",
        EXPERIMENTS,
        "known_state",
        f"update {EXPERIMENTS} set state = 'fine'",
        also=("of_what_can_be_read",),
    ),
    Broken(
        "measurement",
        EXPERIMENTS,
        "arms_are_as_drawn",
        f"update {EXPERIMENTS} set state = 'sample_ratio_mismatch'; delete from {RESULTS}",
        "warn",
    ),
    Broken(
        "measurement",
        EXPERIMENTS,
        "log_has_no_gaps",
        f"update {EXPERIMENTS} set state = 'assignments_missing'; delete from {RESULTS}",
        "warn",
    ),
    Broken(
        "measurement",
        EXPERIMENTS,
        "readable_were_exposed",
        f"update {EXPERIMENTS} set readable_count = 1000",
    ),
    Broken(
        "measurement",
        RESULTS,
        "of_what_can_be_read",
        f"update {EXPERIMENTS} set state = 'no_exposures', exposed_count = 0, readable_count = 0",
    ),
    Broken("measurement", RESULTS, "of_what_can_be_read", f"update {RESULTS} set unit_count = 1000"),
    *_of_figures(RESULTS),
    *_of_figures(PROGRAM),
)
