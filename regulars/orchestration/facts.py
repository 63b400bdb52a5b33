"""The dbt project as Dagster assets, run by dbt inside the night's own process.

A dbt subprocess and its log stream cost a night more seconds than its models do; one invocation in
process costs the import of dbt and the models.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from regulars.landing.ledger import landing_id
from regulars.orchestration.nightly import Nightly
from regulars.orchestration.tables import table_rows
from regulars.store.entities import DBT_PROJECT, TARGET
from regulars.warehouse import repetition
from regulars.warehouse.night import built_with, remember_built_with

if TYPE_CHECKING:
    import duckdb
    from dbt.contracts.graph.manifest import Manifest

TABLE_TYPES = ("model", "seed", "snapshot")
STAGING = "models/staging"
PROJECT_FILES = ("*.sql", "*.yml", "*.md")


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


def manifest_path(nightly: Nightly) -> Path:
    """The parsed dbt project, parsed anew if the project changed; files of another release may be older."""
    manifest = nightly.store.state / "dbt" / "manifest.json"
    note = manifest.with_name("parsed_from")
    parsed_from = fingerprint(nightly)
    if not manifest.is_file() or not note.is_file() or note.read_text("utf-8") != parsed_from:
        invoke_dbt(nightly, "parse")
        note.write_text(parsed_from, "utf-8")
    return manifest


class Parsed(NamedTuple):
    """dbt's own idea of its project, and the fingerprint of the files that it was read from."""

    manifest: "Manifest"
    fingerprint: str


class ParsedBeside:
    """dbt's project, parsed in a thread beside the steps of the night that wait for files and a gate."""

    def __init__(self, nightly: Nightly) -> None:
        self._nightly = nightly

    @cached_property
    def started(self) -> Future[Parsed]:
        """Import dbt and parse; whoever asks first starts it, and its result waits for it."""

        def parse() -> Parsed:
            read_from = fingerprint(self._nightly)
            return Parsed(invoke_dbt(self._nightly, "parse", "--no-write-json"), read_from)

        background = ThreadPoolExecutor(max_workers=1)
        parsed = background.submit(parse)
        background.shutdown(wait=False)
        return parsed


def invoke_dbt(nightly: Nightly, command: str, *arguments: str, parsed: "Manifest | None" = None) -> Any:  # noqa: ANN401 (dbt types its results so)
    """Run one dbt command in this process and return dbt's result; `parsed` spares it to parse."""
    # dbt costs seconds to import, and most commands never need it
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    os.environ["REGULARS_WAREHOUSE"] = str(nightly.warehouse.path)
    os.environ["REGULARS_MEMORY_LIMIT"] = nightly.warehouse.memory_limit
    os.environ["DO_NOT_TRACK"] = "1"
    state = nightly.store.state / "dbt"
    nightly.warehouse.path.parent.mkdir(parents=True, exist_ok=True)
    project = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    # dbt formats every event for every log, whatever its level, which costs a night two seconds
    written = ["--target-path", str(state), "--log-path", str(state)]
    silent = ["--log-level", "none", "--log-level-file", "none"]
    outcome = dbtRunner(manifest=parsed).invoke([command, *project, *written, *silent, *arguments])
    # what runs next opens the same warehouse, which DuckDB locks for as long as dbt has it open
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if outcome.exception:
        raise outcome.exception
    return outcome.result


def build_facts(
    nightly: Nightly, manifest: Mapping[str, Any], translator: DagsterDbtTranslator, parsed: Parsed
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Build every model that may have changed and run every data test, in one dbt invocation.

    Raises:
        dg.Failure: A model or a test that stops the night failed.
    """
    with nightly.warehouse.connect() as connection:
        landed = landing_id(connection)
        is_unchanged = built_with(connection) == parsed.fingerprint
        if not is_unchanged:
            # a night that dies half way leaves a mixture, which fits no fingerprint
            remember_built_with(connection, "")
    views = staging_views(manifest)
    # every test by its kind, because dbt leaves out those that also read a model which is not selected
    remainder = ["--select", "resource_type:test", *_built_every_night(manifest, views)]
    selected = remainder if is_unchanged else ["--full-refresh"]
    arguments = ["--exclude-resource-type", "unit_test", "--no-write-json", *selected]
    results = invoke_dbt(nightly, "build", *arguments, parsed=parsed.manifest)
    with nightly.warehouse.connect() as connection:
        for name in views if is_unchanged else ():
            key = translator.get_asset_spec(manifest, name, project=None).key
            yield dg.MaterializeResult(asset_key=key, metadata={"status": "unchanged"})
        for result in results:
            if event := dagster_event(manifest, translator, result, connection):
                yield event
        if problem := _problem(manifest, results):
            raise dg.Failure(f"dbt: {problem}", allow_retries=False)
        remember_built_with(connection, parsed.fingerprint)
        repetition.note(connection, repetition.noted(connection) | {"landing": landed})


def staging_views(manifest: Mapping[str, Any]) -> list[str]:
    """The models that say the same every night, as no query goes into their SQL; each after those it reads.

    Staging is one view per landed table, and a view stays right for as long as its SQL does.
    """
    views = {
        name: node["depends_on"]["nodes"]
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and Path(node["original_file_path"]).is_relative_to(STAGING)
    }
    return [name for name in TopologicalSorter(views).static_order() if name in views]


def _built_every_night(manifest: Mapping[str, Any], views: list[str]) -> list[str]:
    """How dbt selects the tables, and the views that are not `views`."""
    nodes = manifest["nodes"]
    return [
        ".".join(nodes[name]["fqn"])
        for name in sorted(set(nodes) - set(views))
        if nodes[name]["resource_type"] in TABLE_TYPES
    ]


def fingerprint(nightly: Nightly) -> str:
    """Changes with the dbt project and the store's time zone; then everything is built anew."""
    digest = hashlib.sha256(nightly.store.settings.time_zone.encode())
    for path in sorted(path for kind in PROJECT_FILES for path in DBT_PROJECT.rglob(kind)):
        if TARGET in path.parts:
            continue
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _problem(manifest: Mapping[str, Any], results: Any) -> str | None:  # noqa: ANN401 (dbt types its results so)
    """Why the night must stop: something failed, or a test that is declared did not run."""
    broken = [result for result in results if result.status in ("error", "fail")]
    if broken:
        return f"{len(broken)} failed; first {broken[0].node.name}: {broken[0].message}"
    declared = {name for name, node in manifest["nodes"].items() if node["resource_type"] == "test"}
    if unrun := sorted(declared - {result.node.unique_id for result in results}):
        return f"{len(unrun)} tests did not run; first {unrun[0]}"
    return None


def dagster_event(
    manifest: Mapping[str, Any],
    translator: DagsterDbtTranslator,
    result: Any,  # noqa: ANN401 (dbt types its results so)
    connection: "duckdb.DuckDBPyConnection",
) -> dg.MaterializeResult[None] | dg.AssetCheckResult | None:
    """What dbt says of one node, as Dagster records it; nodes that dbt skipped have nothing to record."""
    metadata: dict[str, Any] = {"seconds": round(result.execution_time, 3), "status": str(result.status)}
    if result.node.resource_type in TABLE_TYPES and result.status == "success":
        key = translator.get_asset_spec(manifest, result.node.unique_id, project=None).key
        is_view = result.node.config.materialized == "view"
        rows = {} if is_view else {"dagster/row_count": table_rows(connection, key)}
        return dg.MaterializeResult(asset_key=key, metadata=metadata | rows)
    if result.node.resource_type == "test" and result.status in ("pass", "fail", "warn"):
        check = get_asset_check_key_for_test(manifest, translator, result.node.unique_id, project=None)
        return check and dg.AssetCheckResult(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=result.status == "pass",
            severity=dg.AssetCheckSeverity[str(result.node.config.severity).upper()],
            metadata=metadata | {"failing_rows": result.failures or 0},
        )
    return None
