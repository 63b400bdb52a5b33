"""The gates as blocking asset checks: what fails here, or cannot run, stops everything downstream."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import dagster as dg

from regulars.data_quality import door
from regulars.data_quality.report import CheckResult, GateReport, record
from regulars.orchestration.alerts import BREAKING
from regulars.orchestration.nightly import Nightly
from regulars.orchestration.partitions import as_of

NO_CONTEXT: Mapping[str, object] = {}
Context = Callable[[Nightly], Mapping[str, object]]


def build_gate(
    nightly: Nightly,
    gate: door.Gate,
    assets: list[dg.AssetKey],
    *,
    context_of: Context = lambda _: NO_CONTEXT,
) -> dg.AssetChecksDefinition:
    """One blocking check per asset of a border; results that belong to none of them count for the first."""
    specs = [
        dg.AssetCheckSpec(
            "gate",
            asset=key,
            blocking=True,
            description=f"What Great Expectations must find true of {'.'.join(key.path)} in gate {gate}; "
            "a failure of severity 'stop' ends the night before anything downstream runs.",
        )
        for key in assets
    ]

    @dg.multi_asset_check(name=f"{gate}_gate", specs=specs, required_resource_keys={"only_run"})
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        day = as_of(context)
        report = door.run_gate(
            gate,
            warehouse=nightly.warehouse.path,
            site=nightly.site,
            as_of=day,
            context=context_of(nightly),
        )
        with nightly.warehouse.connect() as connection:
            record(connection, report)
        yield from asset_check_results(report, assets)

    return check


def asset_check_results(report: GateReport, assets: list[dg.AssetKey]) -> Iterator[dg.AssetCheckResult]:
    """A gate's report as one Dagster result per asset."""
    by_asset: dict[dg.AssetKey, list[CheckResult]] = {key: [] for key in assets}
    for result in report.results:
        key = dg.AssetKey(result.table_name.split("."))
        by_asset[key if key in by_asset else assets[0]].append(result)
    for key, results in by_asset.items():
        yield _asset_check_result(key, results, report.data_docs)


def _asset_check_result(key: dg.AssetKey, results: list[CheckResult], data_docs: Path) -> dg.AssetCheckResult:
    failed = [result for result in results if not result.success]
    stops = any(result.severity == "stop" for result in failed)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name="gate",
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{result.meaning} {_broken(result)} ({result.owner})" for result in failed)
        or f"{len(results)} checks passed.",
        metadata={
            "night": results[0].as_of_date.isoformat() if results else "",
            "checks": len(results),
            "failed": len(failed),
            "results": dg.MetadataValue.md(_markdown(sorted(results, key=lambda result: result.success))),
            # browsers open no file from a page of the network, so it is a path to copy
            "data_docs": dg.MetadataValue.path(str(data_docs)),
            **({BREAKING: dg.MetadataValue.json([_breaking(result) for result in failed])} if failed else {}),
        },
    )


def _breaking(result: CheckResult) -> dict[str, object]:
    """A failed check as an alert says it: without what was found, which may be a person's."""
    return {
        "table": result.table_name,
        "check": result.check_name,
        "severity": result.severity,
        "meaning": result.meaning,
        "breaking_rows": result.unexpected_count,
        "rows": result.element_count,
        "owner": result.owner,
    }


def _broken(result: CheckResult) -> str:
    if result.unexpected_count is None or result.element_count is None:
        return f"Found: {_found(result)}."
    return f"{result.unexpected_count} of {result.element_count} rows break it."


def _found(result: CheckResult) -> str:
    return result.observed_value or "nothing"


def _markdown(results: list[CheckResult]) -> str:
    lines = [
        f"| {'passed' if result.success else 'stops' if result.severity == 'stop' else 'warns'}"
        f" | {result.meaning} | {_found(result)} | {result.check_name} | {result.owner} |"
        for result in results
    ]
    return "\n".join(["| | what must be true | found | check | owner |", "|---|---|---|---|---|", *lines])
