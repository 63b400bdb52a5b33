"""What must be true of what experiments and the program are said to bring, before anybody reads it.

Not here: what was measured, and whether it is good news.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows, OneOf

_OWNER = "crm"
_EXPERIMENTS = "measurement.experiments"
_RESULTS = "measurement.experiment_results"
_PROGRAM = "measurement.incrementality"
_KEYS = {
    _RESULTS: "experiment_id, arm, metric, horizon_days, breakdown",
    _PROGRAM: "quarter, compared_with, metric, horizon_days",
}
_STATES = (
    "planned",
    "running",
    "not_readable_yet",
    "readable",
    "ended",
    "decided",
    "stale",
    "sample_ratio_mismatch",
    "no_exposures",
    "outcomes_missing",
    "assignments_missing",
    "segment_vanished",
)
# of what can be read of an experiment until somebody mends it: nothing
_WATCHED_STATES = (
    (
        "arms_are_as_drawn",
        "sample_ratio_mismatch",
        "Arms are as large as they were drawn; else something keeps people out of one.",
    ),
    (
        "log_has_no_gaps",
        "assignments_missing",
        "Everybody who was exposed is still in the log; else nothing is read of the experiment.",
    ),
)
_READABLE = "'readable', 'ended', 'decided', 'stale'"
_READINGS = ("better", "worse", "unclear", "no_outcomes", "too_few_units")


def checks(night: Night) -> tuple[Check, ...]:
    """Every check of the border: states, who was counted, and what is told of them."""
    return (
        *_experiment_checks(night),
        *(check for table in _KEYS for check in (*_reading_checks(table), *_figure_checks(table))),
    )


def _experiment_checks(night: Night) -> Iterator[Check]:
    yield Check(
        table=_EXPERIMENTS,
        name="told_once",
        rule=NoRows(
            f"select experiment_id from {_EXPERIMENTS} group by experiment_id having count(*) > 1",
            ("experiment_id",),
        ),
        meaning="An experiment has one row.",
        owner=_OWNER,
    )
    yield Check(
        table=_EXPERIMENTS,
        name="known_state",
        rule=OneOf("state", _STATES),
        meaning="An experiment is in one of the states that exist.",
        owner=_OWNER,
    )
    for name, state, meaning in _WATCHED_STATES:
        yield Check(
            table=_EXPERIMENTS,
            name=name,
            rule=NoRows(
                f"select experiment_id from {_EXPERIMENTS}"
                f" where state = '{state}' and as_of_date = {night.date_sql}",
                ("state",),
            ),
            meaning=meaning,
            owner=_OWNER,
            severity="warn",
        )
    yield Check(
        table=_EXPERIMENTS,
        name="readable_were_exposed",
        rule=NoRows(
            f"select experiment_id from {_EXPERIMENTS}"
            " where (readable_count >= 0 and readable_count <= exposed_count) is not true",
            ("readable_count", "exposed_count"),
        ),
        meaning="Nobody is read who was not exposed.",
        owner=_OWNER,
    )
    yield Check(
        table=_RESULTS,
        name="of_what_can_be_read",
        rule=NoRows(
            f"""
            select experiment_id from {_RESULTS} as results
            where not exists (
                select 1 from {_EXPERIMENTS} as experiments
                where experiments.experiment_id = results.experiment_id
                    and experiments.exposed_count >= results.unit_count + results.control_unit_count
                    and (experiments.state in ({_READABLE}) or experiments.settled_date is not null
                        or experiments.as_of_date < {night.date_sql})
            )
            """,
            ("experiment_id",),
        ),
        meaning="Results are of experiments that may be read, and of no more units than were exposed.",
        owner=_OWNER,
    )


def _reading_checks(table: str) -> Iterator[Check]:
    key = _KEYS[table]
    one = key.split(", ", 1)[0]
    yield Check(
        table=table,
        name="measured_once",
        rule=NoRows(f"select {one} from {table} group by {key} having count(*) > 1", tuple(key.split(", "))),
        meaning="A metric is told once of an arm, horizon and part of the people.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="known_reading",
        rule=OneOf("reading", _READINGS),
        meaning="A reading is one of the words that exist.",
        owner=_OWNER,
    )


def _figure_checks(table: str) -> Iterator[Check]:
    one = _KEYS[table].split(", ", 1)[0]
    yield Check(
        table=table,
        name="figures_or_none",
        rule=NoRows(
            f"""
            select {one} from {table}
            where ((reading in ('no_outcomes', 'too_few_units')) = (difference is null)
                and (difference is null) = (mean is null)
                and (difference is null) = (p_value is null)
                and (difference is null) = (sequential_low is null)
                and coalesce(isfinite(difference), true)) is not true
            """,
            ("difference", "mean", "p_value"),
        ),
        meaning="There are all figures where there is a reading, and none where there is none.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="intervals_hold_the_estimate",
        rule=NoRows(
            f"""
            select {one} from {table}
            where difference is not null
                and (difference_low <= difference and difference <= difference_high
                    and sequential_low <= difference and difference <= sequential_high
                    and abs(mean - control_mean - difference) <= 0.00001
                    and coalesce(lift_low <= lift and lift <= lift_high, true)) is not true
            """,
            ("difference", "difference_low", "difference_high"),
        ),
        meaning="An interval holds its estimate, and the estimate is the difference of the means.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="adjusted_upwards",
        rule=NoRows(
            f"select {one} from {table} where p_value is not null"
            " and (p_value >= 0 and p_value <= p_value_adjusted + 0.000001"
            " and p_value_adjusted <= 1) is not true",
            ("p_value", "p_value_adjusted"),
        ),
        meaning="A p-value is a probability, and to adjust it makes nothing more certain.",
        owner=_OWNER,
    )
