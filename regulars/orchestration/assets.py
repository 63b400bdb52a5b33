"""The night's steps as Dagster assets, in the order in which data flows; wiring only."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from regulars.landing.ledger import in_words
from regulars.landing.load import land
from regulars.models.action_lists.read_back import read_back
from regulars.models.action_lists.write import write_action_lists
from regulars.models.decisions.decide import decide
from regulars.models.experiments.measure import measure
from regulars.models.predictions import door as models
from regulars.models.predictions.reports import pictures
from regulars.models.recommendations.recommend import recommend
from regulars.models.rule_review.review import review
from regulars.models.way_back.outcomes import record_outcomes
from regulars.models.way_back.reconciliation import reconcile
from regulars.orchestration.facts import Translator, build_facts, dbt_assets
from regulars.orchestration.nightly import Nightly
from regulars.orchestration.partitions import as_of
from regulars.orchestration.tables import (
    DECISIONS,
    LANDING,
    MEASUREMENT,
    PREDICTIONS,
    PREPARATION,
    RULE_REVIEW,
    action_list_specs,
    report_spec,
    table_metadata,
    version_spec,
)
from regulars.store.errors import UserError
from regulars.warehouse import continuity, repetition
from regulars.warehouse.night import prepare

if TYPE_CHECKING:
    import duckdb

LOCK = {"only_run"}
ONCE_MORE = dg.RetryPolicy(max_retries=1, delay=5)
CONTINUITY = dg.AssetCheckSpec(
    "continues_what_was_published",
    asset=["previous", "planned_touchpoints"],
    description="No night that was published before this one is gone; else caps and history forget it.",
)
WEIGHTS = dg.AssetCheckSpec(
    "likeness_has_weights",
    asset=["settings", "probable_links"],
    description="A store that links records by likeness has weights; else it links none.",
)


def build_assets(
    nightly: Nightly, manifest: Mapping[str, Any], partitions: dg.PartitionsDefinition
) -> list[dg.AssetsDefinition]:
    """Every asset of a store's night."""
    common: dict[str, Any] = {
        "partitions_def": partitions,
        "required_resource_keys": LOCK,
        "retry_policy": ONCE_MORE,
        "backfill_policy": dg.BackfillPolicy.multi_run(),
    }
    return [
        _preparation(nightly, common),
        _landing(nightly, common),
        _facts(nightly, manifest, common),
        _predictions(nightly, common),
        _decisions(nightly, common),
        _measurement(nightly, common),
        _action_lists(nightly, common),
        _publication(nightly, common),
        _report(nightly, common),
    ]


def _preparation(nightly: Nightly, common: dict[str, Any]) -> dg.AssetsDefinition:
    @dg.multi_asset(name="preparation", specs=PREPARATION, check_specs=[CONTINUITY, WEIGHTS], **common)
    def preparation(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with nightly.warehouse.connect() as connection, mistakes_are_final():
            prepare(connection, nightly.night(as_of(context)))
            repetition.note(connection, nightly.made_with(as_of(context)))
            yield from _materialized(connection, PREPARATION)
        yield _warning(CONTINUITY, continuity.warning(nightly.published, as_of(context)))
        yield _warning(WEIGHTS, nightly.store.untrained)

    return preparation


def _landing(nightly: Nightly, common: dict[str, Any]) -> dg.AssetsDefinition:
    @dg.multi_asset(name="landing", specs=LANDING, **common)
    def landing(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        loaded: Counter[str] = Counter()
        left: Counter[str] = Counter()
        with nightly.warehouse.connect() as connection, mistakes_are_final():
            for accounts in land(connection, nightly.store, as_of(context)):
                context.log.info(in_words(accounts))
                for account in accounts:
                    loaded[account.entity] += account.rows_loaded
                    left.update(dead_rows=account.rows_dead, skipped_rows=account.rows_skipped)
            yield from _materialized(connection, LANDING, new_rows=loaded, more={"files": left})

    return landing


def _facts(nightly: Nightly, manifest: Mapping[str, Any], common: dict[str, Any]) -> dg.AssetsDefinition:
    translator = Translator()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="facts", **common)
    def facts() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        yield from build_facts(nightly, manifest, translator)

    return facts


def _predictions(nightly: Nightly, common: dict[str, Any]) -> dg.AssetsDefinition:
    @dg.multi_asset(name="predictions", specs=PREDICTIONS, **common)
    def predictions(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        for said in models.predict(
            nightly.warehouse,
            nightly.models,
            nightly.store.settings.training,
            reports=nightly.reports,
            program=repetition.program_hash(),
            words=nightly.store.model_words,
        ):
            context.log.info(said)
        with nightly.warehouse.connect() as connection:
            context.log.info(recommend(connection))
            shown = {
                table: {model: _image(file) for model, file in drawn.items()}
                for table, drawn in pictures(connection, nightly.reports).items()
            }
            yield from _materialized(connection, PREDICTIONS, more=shown)

    return predictions


def _decisions(nightly: Nightly, common: dict[str, Any]) -> dg.AssetsDefinition:
    specs = [*DECISIONS, *RULE_REVIEW]

    @dg.multi_asset(name="decisions", specs=specs, **common)
    def decisions(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        store = nightly.store
        with nightly.warehouse.connect() as connection:
            counts = decide(
                connection, store.actions_file.content, store.channels_file.content, store.experiments
            )
            context.log.info(json.dumps(asdict(counts), default=str))
            context.log.info("%s findings about rules, in rule_review", review(connection))
            yield from _materialized(connection, specs)

    return decisions


def _measurement(nightly: Nightly, common: dict[str, Any]) -> dg.AssetsDefinition:
    @dg.multi_asset(name="measurement", specs=MEASUREMENT, **common)
    def measurement(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        store = nightly.store
        with nightly.warehouse.connect() as connection:
            counts = measure(
                connection,
                store.experiments,
                store.actions_file.content,
                store.channels_file.content,
                running_cost=store.settings.running_cost_per_month,
            )
            context.log.info(json.dumps(asdict(counts)))
            yield from _materialized(connection, MEASUREMENT)

    return measurement


def _action_lists(nightly: Nightly, common: dict[str, Any]) -> dg.AssetsDefinition:
    specs = action_list_specs(nightly.store)

    @dg.multi_asset(name="action_lists", specs=specs, **common)
    def action_lists(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        store = nightly.store
        with nightly.warehouse.connect() as connection:
            manifest = write_action_lists(
                connection,
                store.actions_file.content,
                store.channels_file.content,
                folder=nightly.action_lists,
                run_id=context.run.run_id,
                config_hash=store.config_hash,
                destinations=store.destinations,
            )
            record_outcomes(connection, store.actions_file.content)
            reconcile(connection, manifest)
            read_back(
                connection,
                store.actions_file.content,
                store.channels_file.content,
                store.destinations,
                folder=nightly.action_lists,
            )
            yield from _materialized(connection, specs)

    return action_lists


def _publication(nightly: Nightly, common: dict[str, Any]) -> dg.AssetsDefinition:
    @dg.multi_asset(name="publication", specs=[version_spec(nightly.store)], **common)
    def publication(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with nightly.warehouse.connect() as connection:
            noted = repetition.noted(connection)
        # steps of different nights or settings, run one by one in the UI, make what no night would repeat
        is_one_night = noted.items() >= nightly.made_with(as_of(context)).items()
        version = nightly.published.publish(
            nightly.warehouse.path,
            as_of(context),
            nightly.action_lists,
            facts={
                "run_id": context.run.run_id,
                "config_hash": nightly.store.config_hash,
                "made_with": noted if is_one_night else {},
            },
            keep=nightly.store.settings.keep_versions,
        )
        return dg.MaterializeResult(
            metadata={
                "version": version.name,
                "path": dg.MetadataValue.path(str(version.folder)),
                "stage_seconds": _stage_seconds(context),
            }
        )

    return publication


def _report(nightly: Nightly, common: dict[str, Any]) -> dg.AssetsDefinition:
    @dg.multi_asset(name="report", specs=[report_spec()], **common)
    def report() -> dg.MaterializeResult[None]:
        # of the version in force, which is a later one in a backfill
        version = nightly.published.current()
        assert version  # noqa: S101 (publication came before)
        with mistakes_are_final():
            nightly.report.write(version)
        # browsers open no file from a page of the network, so it is a path to copy
        pages = dg.MetadataValue.path(str(nightly.report.index))
        return dg.MaterializeResult(metadata={"version": version.name, "pages": pages})

    return report


def _warning(check: dg.AssetCheckSpec, said: str | None) -> dg.AssetCheckResult:
    """What a check says that stops nothing; None where all is well."""
    return dg.AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=said is None,
        severity=dg.AssetCheckSeverity.WARN,
        description=said,
    )


@contextmanager
def mistakes_are_final() -> Iterator[None]:
    """A mistake of the user is there the second time too: no retry."""
    try:
        yield
    except UserError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _materialized(
    connection: "duckdb.DuckDBPyConnection",
    specs: Iterable[dg.AssetSpec],
    new_rows: Mapping[str, int] | None = None,
    more: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[dg.MaterializeResult[None]]:
    for spec in specs:
        metadata: dict[str, Any] = dict(table_metadata(connection, spec.key))
        if new_rows is not None:
            metadata["new_rows"] = new_rows.get(spec.key.path[-1], 0)
        metadata |= (more or {}).get(spec.key.path[-1], {})
        yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)


def _image(file: Path) -> dg.MarkdownMetadataValue:
    """A picture that the UI shows, because browsers open no file from a page of the network."""
    return dg.MetadataValue.md(f"![{file}](data:image/png;base64,{b64encode(file.read_bytes()).decode()})")


def _stage_seconds(context: dg.AssetExecutionContext) -> dict[str, float]:
    """How long each finished step of this run took."""
    steps = context.instance.get_run_step_stats(context.run.run_id)
    return {
        step.step_key: round(step.end_time - step.start_time, 2)
        for step in steps
        if step.start_time and step.end_time
    }
