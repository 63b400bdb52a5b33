"""Everything Dagster knows of one store: assets, gates, the nightly job, its schedule and its sensors."""

import warnings
from collections.abc import Iterator, Mapping

import dagster as dg

from regulars.data_quality import door
from regulars.landing.ledger import exports_listing
from regulars.landing.streams import stream_name
from regulars.models.action_lists.destinations import asked_files
from regulars.models.action_lists.write import FILLED
from regulars.orchestration import alerts
from regulars.orchestration.assets import build_assets
from regulars.orchestration.gates import build_gate
from regulars.orchestration.nightly import Nightly
from regulars.orchestration.partitions import days_of
from regulars.orchestration.tables import DECISIONS, MEASUREMENT, OWNERS, PREDICTIONS, action_list_specs
from regulars.warehouse.published import PUBLISHED

# owners of jobs, schedules and sensors are a beta of Dagster, which says so on every load
warnings.filterwarnings("ignore", category=dg.BetaWarning)

MARTS = [
    dg.AssetKey(table.built_as.split(".")) for table in PUBLISHED if table.built_as.startswith("marts.")
] + [dg.AssetKey(["marts", "customer_touchpoints"])]


def build_definitions(nightly: Nightly) -> dg.Definitions:
    """The definitions of a store; the in-process executor saves seconds of imports per step."""
    partitions = days_of(nightly.store)
    manifest = nightly.dbt.manifest()
    job = dg.define_asset_job(
        "nightly",
        selection=dg.AssetSelection.all(),
        description="One night: land, build the facts, decide, write the lists, publish.",
        owners=OWNERS,
    )
    return dg.Definitions(
        assets=build_assets(nightly, manifest, partitions),
        asset_checks=_gates(nightly),
        jobs=[job],
        schedules=[
            dg.build_schedule_from_partitioned_job(
                job,
                name="every_night",
                description="The night of the day that has just ended, in the store's time zone. Off until"
                " somebody switches it on.",
                owners=OWNERS,
                hour_of_day=nightly.store.settings.nightly_at.hour,
                minute_of_hour=nightly.store.settings.nightly_at.minute,
            )
        ],
        sensors=[_sensor(nightly, partitions), alerts.build_sensor(nightly)],
        resources={"only_run": _only_run(nightly)},
        executor=dg.in_process_executor,
    )


def _gates(nightly: Nightly) -> list[dg.AssetChecksDefinition]:
    lists = [spec.key for spec in action_list_specs(nightly.store)]
    return [
        build_gate(nightly, "landing", _landed_tables(nightly), context_of=declared_of_landing),
        build_gate(nightly, "marts", MARTS, context_of=declared_segments),
        build_gate(nightly, "predictions", [spec.key for spec in PREDICTIONS]),
        build_gate(nightly, "decisions", [spec.key for spec in DECISIONS], context_of=declared_channels),
        build_gate(nightly, "measurement", [spec.key for spec in MEASUREMENT]),
        build_gate(nightly, "action_lists", lists, context_of=declared_lists),
    ]


def _landed_tables(nightly: Nightly) -> list[dg.AssetKey]:
    """The account of the files, which answers for tables that the store leaves empty too, and the rest."""
    streams = (stream for file in nightly.store.contract_files for stream in file.content.streams)
    tables = ["files", "dead_letters", *sorted({stream.entity for stream in streams})]
    return [dg.AssetKey(["landing", table]) for table in tables]


def declared_of_landing(nightly: Nightly) -> Mapping[str, object]:
    """How many rows a day may have, how old the newest of a stream may be, and which systems are presets'."""
    cadences = [
        {
            "source": file.content.system,
            "stream": stream_name(file, index),
            "entity": stream.entity,
            "freshness": stream.freshness.model_dump(),
        }
        for file in nightly.store.contract_files
        for index, stream in enumerate(file.content.streams)
        if stream.freshness
    ]
    return {
        "usual_volume": nightly.store.settings.usual_volume.model_dump(),
        "cadences": cadences,
        "preset_systems": [file.content.system for file in nightly.store.contract_files if file.base],
    }


def declared_segments(nightly: Nightly) -> Mapping[str, object]:
    """Which segments there are, and what a night means on which one divides nobody from the others."""
    segments = nightly.store.segments_file.content.segments
    return {"segments": [segment.model_dump(include={"id", "owner", "all_or_none"}) for segment in segments]}


def declared_channels(nightly: Nightly) -> Mapping[str, object]:
    """What channels.yml and actions.yml allow, for a gate to count for itself."""
    capacities = {
        action.id: action.nightly_capacity
        for action in nightly.store.actions_file.content.actions
        if action.nightly_capacity is not None
    }
    channels = nightly.store.channels_file.content.model_dump(mode="json", exclude_none=True)
    cooldowns = {action.id: action.cooldown_days for action in nightly.store.actions_file.content.actions}
    return {"channels": channels, "action_capacities": capacities, "cooldown_days": cooldowns}


def declared_lists(nightly: Nightly) -> Mapping[str, object]:
    """The same, what every row of a list must say, and what each destination gets and may be told."""
    store = nightly.store
    channels = store.channels_file.content
    return {
        **declared_channels(nightly),
        "required_columns": {channel: list(FILLED) for channel in channels.ids},
        "deliveries": [
            file.declared(channels)
            for destination in store.destinations
            for file in asked_files(destination, store.actions_file.content)
        ],
        "receivers": [store.declared_receiver(destination) for destination in store.destinations],
    }


def _sensor(nightly: Nightly, partitions: dg.DailyPartitionsDefinition) -> dg.SensorDefinition:
    @dg.sensor(
        name="arrived_files",
        job_name="nightly",
        minimum_interval_seconds=60,
        description="Runs the newest day when files arrive under exports/, again if it is published already:"
        " nobody gets more than the caps allow then. Off until somebody switches it on.",
        owners=OWNERS,
    )
    def arrived_files(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        listing = exports_listing(nightly.store.exports)
        newest = partitions.get_last_partition_key()
        if listing == context.cursor or not newest:
            return dg.SkipReason("no file was added or changed")
        request = dg.RunRequest(run_key=f"{newest}-{listing}", partition_key=newest)
        return dg.SensorResult([request], cursor=listing)

    return arrived_files


def _only_run(nightly: Nightly) -> dg.ResourceDefinition:
    @dg.resource(description="The store's lock, and the processes of gates and dbt, for a run.")
    def only_run(_: dg.InitResourceContext) -> Iterator[None]:
        with nightly.only_run():
            door.warm_up()
            nightly.dbt.start_parsing()
            yield

    return only_run
