"""Who notices that a night failed or a check did: the command line after its night, and a sensor of the UI.

Both read the run's events, so both say the same; `alerts.tell` sees to it that one of them does.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from regulars.alerts.alert import Alert
from regulars.alerts.tell import Told, tell
from regulars.orchestration.nightly import Nightly
from regulars.orchestration.tables import OWNERS
from regulars.store.errors import UserError

EVENT = dg.DagsterEventType
NOTED = {EVENT.ASSET_CHECK_EVALUATION, EVENT.STEP_FAILURE, EVENT.RUN_FAILURE}
# who cancels a run knows of it
ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
RUNS_A_TICK = 50
BREAKING = "breaking"
"""The metadata in which a gate lists its failed checks, because it has one Dagster check per table."""
PAGES = "state/data_quality/pages/index.html, and 'In the morning' in docs/gates.md"
RUNBOOK = "'A failed night' in docs/operations.md, and the run's log in the UI"


def tell_of(nightly: Nightly, instance: dg.DagsterInstance, run_id: str, day: str | None = None) -> Told:
    """Tell of what a run that has ended leaves to hear, if anything, and if nobody told of it; never raises.

    `day` is that of a run which Dagster does not know, because it broke too early.
    """
    try:
        settings = nightly.store.settings
        return tell(
            list(alerts_of(instance, run_id, day)),
            file=nightly.store.state / "alerts.jsonl",
            title=settings.title,
            variable=settings.alerts.webhook if settings.alerts else None,
        )
    except Exception as error:  # noqa: BLE001 (a night does not fail because nobody can be told of it)
        return Told(0, (f"alerts not told, because of {type(error).__name__}",))


def build_sensor(nightly: Nightly) -> dg.SensorDefinition:
    """The sensor that tells of runs which the UI started, or whose process died."""

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells of nights that failed and of checks that did: a line each in state/alerts.jsonl,"
        " and the webhook that store.yml names, if any. Of each run once, whoever started it.",
        owners=OWNERS,
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        if not context.cursor:
            return dg.SensorResult(
                skip_reason="looks at the runs that end from now on", cursor=_last_end(context.instance)
            )
        cursor, told = context.cursor, Told(0)
        for run in context.instance.get_run_records(
            dg.RunsFilter(statuses=ENDED, updated_after=datetime.fromisoformat(cursor)),
            order_by="update_timestamp",
            ascending=True,
            limit=RUNS_A_TICK,
        ):
            told = tell_of(nightly, context.instance, run.dagster_run.run_id)
            cursor = run.update_timestamp.isoformat()
            # a receiver that is down takes half of the minute that a tick may last
            if told.alerts:
                break
        return dg.SensorResult(skip_reason=_in_words(told), cursor=cursor)

    return alerts


def _last_end(instance: dg.DagsterInstance) -> str:
    """When the last run ended that nobody needs to hear of any more."""
    last = instance.get_run_records(dg.RunsFilter(statuses=ENDED), order_by="update_timestamp", limit=1)
    return (last[0].update_timestamp if last else datetime.fromtimestamp(0, UTC)).isoformat()


def _in_words(told: Told) -> str:
    if not told.alerts and not told.problems:
        return "nothing to tell"
    return "; ".join([f"told of {told.alerts}", *told.problems])


def alerts_of(instance: dg.DagsterInstance, run_id: str, day: str | None = None) -> Iterator[Alert]:
    """What somebody must hear of a run: that it failed, then its failed checks, those that stop first."""
    record = instance.get_run_record_by_id(run_id)
    if record is None:
        yield _of_night({"day": day, "run": run_id, "at": None}, None, [])
        return
    run = record.dagster_run
    end = record.end_time and datetime.fromtimestamp(record.end_time, UTC).isoformat(timespec="seconds")
    common = {"day": run.tags.get("dagster/partition", day), "run": run_id, "at": end}
    records = instance.get_records_for_run(run_id, of_type=NOTED).records
    events = [event for noted in records if (event := noted.event_log_entry.dagster_event)]
    checks = _failed_checks(common, events)
    if run.status not in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED):
        failures = [event for event in events if event.event_type != EVENT.ASSET_CHECK_EVALUATION]
        # of a night whose process died, Dagster may know nothing
        yield _of_night(common, failures[0] if failures else None, checks)
    yield from checks


def _of_night(common: dict[str, Any], failure: dg.DagsterEvent | None, checks: list[Alert]) -> Alert:
    stage = (failure and failure.step_key) or "run"
    stopped_by = sum(check.stage == stage and check.severity == "stop" for check in checks)
    if stopped_by:
        named = "a check failed" if stopped_by == 1 else f"{stopped_by} checks failed"
        meaning = f"It was stopped at {stage}, where {named}."
    elif failure and failure.step_key:
        meaning = f"It broke at {stage} ({_kind(failure.step_failure_data.error)})."
    else:
        # Dagster, against its types, says nothing of a process that died
        data = failure.job_failure_data if failure else None
        kind = f" ({_kind(data.error)})" if data and data.error else ""
        meaning = f"It could not begin, or its process ended early{kind}."
    return Alert(
        **common,
        what="night_failed",
        severity="stop",
        stage=stage,
        meaning=meaning,
        owner=OWNERS[0],
        look=RUNBOOK,
    )


def _kind(error: Any) -> str:  # noqa: ANN401 (Dagster's serialised error)
    """The kind of the error at the root of Dagster's chain; its message may quote what a row says."""
    chain = []
    while error is not None:
        chain.append(str(error.cls_name))
        error = error.cause
    if UserError.__name__ in chain:
        return "a mistake that the night's message and `regulars check` name"
    return chain[-1] if chain else "error"


def _failed_checks(common: dict[str, Any], events: list[dg.DagsterEvent]) -> list[Alert]:
    """The failed checks of a run; of a step that was tried again, those of its last attempt."""
    last = {}
    for event in events:
        if event.event_type == EVENT.ASSET_CHECK_EVALUATION:
            evaluation = event.asset_check_evaluation_data
            last[evaluation.asset_key, evaluation.check_name] = event
    alerts = [alert for event in last.values() for alert in _of_check(common, event)]
    return sorted(alerts, key=lambda alert: alert.severity != "stop")


def _of_check(common: dict[str, Any], event: dg.DagsterEvent) -> Iterator[Alert]:
    evaluation = event.asset_check_evaluation_data
    if evaluation.passed:
        return
    common = common | {"what": "check_failed", "stage": event.step_key or "run"}
    if BREAKING in evaluation.metadata:
        of_gate: Any = evaluation.metadata[BREAKING].value
        for check in of_gate:
            yield Alert(**common, **check, look=PAGES)
        return
    found = evaluation.metadata.get("failing_rows")
    yield Alert(
        **common,
        severity="stop" if evaluation.severity == dg.AssetCheckSeverity.ERROR else "warn",
        table=".".join(evaluation.asset_key.path),
        check=evaluation.check_name,
        meaning=evaluation.description or "",
        breaking_rows=None if found is None else int(str(found.value)),
        owner=OWNERS[0],
        look=RUNBOOK,
    )
