"""The dbt project as Dagster assets, built by dbt in a process beside the night's."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg

from regulars.facts.project import (
    TABLE_TYPES,
    UNCHANGED,
    Manifest,
    Result,
    all_but,
    problem,
    steady_views,
    with_steady_views,
)
from regulars.landing.ledger import landing_id
from regulars.orchestration.nightly import Nightly
from regulars.warehouse import repetition
from regulars.warehouse.night import built_with, remember_built_with


@contextmanager
def _as_if_not_installed(package: str) -> Iterator[None]:
    """Let nothing import a package that is there."""
    known = sys.modules.get(package)
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]
        if known:
            sys.modules[package] = known


# dagster-dbt reads manifests without dbt too, which it would import, if it could, for 2.4 seconds
with _as_if_not_installed("dbt"):
    from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
    from dagster_dbt.asset_utils import get_asset_check_key_for_test

__all__ = ["Translator", "build_facts", "dbt_assets"]


class Translator(DagsterDbtTranslator):
    """Groups dbt models by their folder, which is their stage, and says in words what their tests check."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and table; a source of dbt is the table that another step of the night builds."""
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])
        return super().get_asset_key(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The model's own words; its SQL is metadata, so that lists stay readable."""
        return str(dbt_resource_props["description"])

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """Columns and relation, and the SQL."""
        sql = dbt_resource_props.get("raw_code")
        code = {"sql": dg.MetadataValue.md(f"```sql\n{sql}\n```")} if sql else {}
        return {**super().get_metadata(dbt_resource_props), **code}

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """The check, with what it demands in words."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=demand(manifest["nodes"][unique_id]))

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The folder under models/, or the source's schema."""
        if dbt_resource_props["resource_type"] == "source":
            return str(dbt_resource_props["schema"])
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str] | None:
        """The team that `config.meta.owner` names; sources are owned where they are built."""
        owner = dbt_resource_props["config"].get("meta", {}).get("owner")
        return [owner] if owner else None


def demand(test: Mapping[str, Any]) -> str:
    """What a dbt test demands, in words; a test written as SQL says it in its first comment."""
    generic = test.get("test_metadata") or {}
    if generic.get("name") == "unique_key":
        return f"No two rows share {', '.join(generic['kwargs']['columns'])}."
    return str(test["raw_code"]).partition("\n")[0].removeprefix("-- ")


def build_facts(
    nightly: Nightly, manifest: Manifest, translator: DagsterDbtTranslator
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Build every model that may have changed and run every data test, in one dbt invocation.

    Raises:
        dg.Failure: A model or a test that stops the night failed.
    """
    parsed_from = nightly.dbt.parsed_from()
    with nightly.warehouse.connect() as connection:
        landed = landing_id(connection)
        is_unchanged = built_with(connection) == parsed_from
        if not is_unchanged:
            # a night that dies half way leaves a mixture, which fits no fingerprint
            remember_built_with(connection, "")
    views = steady_views(manifest) if is_unchanged else []
    selected = ["--select", *all_but(manifest, views)] if is_unchanged else ["--full-refresh"]
    results: list[Result] = []
    for result in with_steady_views(
        manifest, views, nightly.dbt.build("--exclude-resource-type", "unit_test", *selected)
    ):
        results.append(result)
        if event := dagster_event(manifest, translator, result):
            yield event
    if found := problem(manifest, results):
        raise dg.Failure(f"dbt: {found}", allow_retries=False)
    with nightly.warehouse.connect() as connection:
        remember_built_with(connection, parsed_from)
        repetition.note(connection, repetition.noted(connection) | {"landing": landed})


def dagster_event(
    manifest: Manifest, translator: DagsterDbtTranslator, result: Result
) -> dg.MaterializeResult[None] | dg.AssetCheckResult | None:
    """What dbt says of one node, as Dagster records it; nodes that dbt skipped have nothing to record."""
    node = manifest["nodes"][result.unique_id]
    metadata: dict[str, Any] = {"seconds": result.seconds, "status": result.status}
    if node["resource_type"] in TABLE_TYPES and result.status in ("success", UNCHANGED):
        key = translator.get_asset_spec(manifest, result.unique_id, project=None).key
        rows = {} if result.rows is None else {"dagster/row_count": result.rows}
        return dg.MaterializeResult(asset_key=key, metadata=metadata | rows)
    if node["resource_type"] == "test" and result.status in ("pass", "fail", "warn"):
        check = get_asset_check_key_for_test(manifest, translator, result.unique_id, project=None)
        return check and dg.AssetCheckResult(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=result.status == "pass",
            severity=dg.AssetCheckSeverity[node["config"]["severity"].upper()],
            description=None if result.status == "pass" else demand(node),
            metadata=metadata | {"failing_rows": result.failures or 0},
        )
    return None
