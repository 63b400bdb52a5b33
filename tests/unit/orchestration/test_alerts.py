"""What somebody hears of a run, whatever became of it."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from regulars.alerts.alert import Alert
from regulars.orchestration.alerts import alerts_of
from regulars.store.errors import UserError

DAYS = dg.DailyPartitionsDefinition("2024-06-01", "2024-07-01")
DAY = "2024-06-29"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def heard(instance: dg.DagsterInstance, *parts: Any, **resources: Any) -> list[Alert]:  # noqa: ANN401 (Dagster's)
    """What is heard of a run of these assets and checks."""
    definitions = dg.Definitions(
        assets=[part for part in parts if not isinstance(part, dg.AssetChecksDefinition)],
        asset_checks=[part for part in parts if isinstance(part, dg.AssetChecksDefinition)],
        jobs=[dg.define_asset_job("nightly")],
        resources=resources,
        executor=dg.in_process_executor,
    )
    ran = definitions.resolve_job_def("nightly").execute_in_process(
        instance=instance, partition_key=DAY, raise_on_error=False
    )
    return list(alerts_of(instance, ran.run_id))


@dg.asset(partitions_def=DAYS)
def orders() -> None:
    """A table."""


def check_of_orders(name: str, result: dg.AssetCheckResult, *, blocking: bool = False) -> Any:  # noqa: ANN401 (dagster)
    @dg.asset_check(asset=orders, name=name, blocking=blocking)
    def check() -> dg.AssetCheckResult:
        return result

    return check


def test_a_good_run_is_nothing_to_hear_of(instance: dg.DagsterInstance) -> None:
    passes = check_of_orders("keys", dg.AssetCheckResult(passed=True))
    assert heard(instance, orders, passes) == []


def test_a_broken_step_is_named_with_its_error_but_not_with_what_the_error_quotes(
    instance: dg.DagsterInstance,
) -> None:
    @dg.asset(partitions_def=DAYS)
    def landing() -> None:
        try:
            int("anna@example.com")
        except ValueError as error:
            raise dg.Failure(str(error), allow_retries=False) from error

    (alert,) = heard(instance, landing)
    assert (alert.what, alert.severity, alert.stage, alert.day) == ("night_failed", "stop", "landing", DAY)
    assert alert.meaning == "It broke at landing (ValueError)."
    assert "anna" not in str(alert)
    assert alert.at


def test_a_mistake_that_the_user_can_mend_is_called_one(instance: dg.DagsterInstance) -> None:
    @dg.asset(partitions_def=DAYS)
    def landing() -> None:
        raise dg.Failure("no file matches", allow_retries=False) from UserError("no file matches")

    (alert,) = heard(instance, landing)
    assert "It broke at landing (a mistake that" in alert.meaning


def test_a_check_says_how_many_rows_break_it_and_that_it_stopped_the_night(
    instance: dg.DagsterInstance,
) -> None:
    stops = check_of_orders(
        "unique_key",
        dg.AssetCheckResult(passed=False, description="No two rows.", metadata={"failing_rows": 3}),
        blocking=True,
    )
    night, check = heard(instance, orders, stops)
    assert (night.what, night.meaning) == (
        "night_failed",
        "It was stopped at orders_unique_key, where a check failed.",
    )
    assert (check.what, check.severity, check.table, check.check) == (
        "check_failed",
        "stop",
        "orders",
        "unique_key",
    )
    assert (check.meaning, check.breaking_rows, check.owner) == ("No two rows.", 3, "team:data")


def test_of_a_good_run_a_failed_warning_is_heard(instance: dg.DagsterInstance) -> None:
    warns = check_of_orders(
        "continues", dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)
    )
    (alert,) = heard(instance, orders, warns)
    assert (alert.what, alert.severity, alert.check) == ("check_failed", "warn", "continues")


def test_of_a_step_that_was_tried_again_the_last_attempt_counts(instance: dg.DagsterInstance) -> None:
    attempts = []

    @dg.asset(
        partitions_def=DAYS,
        check_specs=[dg.AssetCheckSpec("whole", asset="preparation")],
        retry_policy=dg.RetryPolicy(max_retries=1),
    )
    def preparation() -> Iterator[Any]:
        attempts.append(1)
        yield dg.AssetCheckResult(passed=len(attempts) > 1, check_name="whole")
        if len(attempts) == 1:
            raise RuntimeError("once")
        yield dg.Output(None)

    assert heard(instance, preparation) == []
    assert len(attempts) == 2


def test_a_run_whose_process_died_is_heard_of(instance: dg.DagsterInstance) -> None:
    job = dg.Definitions([orders], jobs=[dg.define_asset_job("nightly")]).resolve_job_def("nightly")
    run = instance.create_run_for_job(job, tags={"dagster/partition": DAY})
    instance.report_run_failed(run, "The process of this run ended without saying so.")
    (alert,) = alerts_of(instance, run.run_id)
    assert (alert.stage, alert.day) == ("run", DAY)
    assert alert.meaning == "It could not begin, or its process ended early."


def test_a_resource_that_is_not_to_be_had_keeps_the_run_from_beginning(instance: dg.DagsterInstance) -> None:
    @dg.resource
    def taken(_: dg.InitResourceContext) -> None:
        raise BlockingIOError("another run of /home/ada/tulips")

    @dg.asset(partitions_def=DAYS, required_resource_keys={"only_run"})
    def landing() -> None:
        """A table."""

    (alert,) = heard(instance, landing, only_run=taken)
    assert (alert.stage, alert.meaning) == (
        "run",
        "It could not begin, or its process ended early (BlockingIOError).",
    )


def test_a_run_that_somebody_cancelled_is_not_heard_of(instance: dg.DagsterInstance) -> None:
    job = dg.Definitions([orders], jobs=[dg.define_asset_job("nightly")]).resolve_job_def("nightly")
    run = instance.create_run_for_job(job, tags={"dagster/partition": DAY})
    instance.report_run_canceled(run)
    assert list(alerts_of(instance, run.run_id)) == []


def test_a_night_that_broke_before_dagster_knew_of_it_is_heard_of(instance: dg.DagsterInstance) -> None:
    (alert,) = alerts_of(instance, "never-begun", DAY)
    assert (alert.what, alert.run, alert.day, alert.stage) == ("night_failed", "never-begun", DAY, "run")
