"""The tables that Python builds, as Dagster sees them: name, stage, owner, description, columns."""

import os

import dagster as dg
import duckdb

from regulars.landing.ledger import DEAD_LETTERS, FILES, TOUCHED_DAYS
from regulars.models.action_lists import handed_over, ledger
from regulars.models.action_lists.destinations import CARDS, asked_files
from regulars.models.action_lists.write import list_columns
from regulars.models.decisions import tables as decision_tables
from regulars.models.decisions.inputs import INPUTS
from regulars.models.predictions import tables as prediction_tables
from regulars.models.recommendations import tables as recommendation_tables
from regulars.models.rule_review import tables as review_tables
from regulars.models.way_back import outcomes, reconciliation
from regulars.orchestration.columns import table_schema
from regulars.store.entities import entities, system_columns
from regulars.store.sql import quoted
from regulars.store.store import Store
from regulars.warehouse.carried import CARRIED
from regulars.warehouse.night import HANDED_OVER, TOLD
from regulars.warehouse.published import PUBLISHED
from regulars.warehouse.settings_tables import SETTINGS

OWNERS = ["team:data"]
# the environment variable by which `regulars ui` says where it serves the report
REPORT_ADDRESS = "REGULARS_REPORT_ADDRESS"


def _spec(
    name: str,
    description: str,
    *,
    columns: dict[str, str],
    deps: list[str] | None = None,
    kinds: set[str] | None = None,
) -> dg.AssetSpec:
    key = dg.AssetKey(name.split("."))
    return dg.AssetSpec(
        key,
        group_name=key.path[0],
        owners=OWNERS,
        description=description,
        deps=[dg.AssetKey(dep.split(".")) for dep in deps or []],
        kinds=kinds or {"python", "duckdb"},
        metadata={
            "dagster/column_schema": table_schema(key, columns),
            "dagster/table_name": f"warehouse.{name}",
        },
    )


def _decision_columns() -> dict[str, dict[str, str]]:
    """The columns of the tables of schema `decisions`, as DuckDB reads their definitions."""
    with duckdb.connect() as connection:
        for statement in (
            *decision_tables.TABLES,
            *handed_over.TABLES,
            *ledger.TABLES,
            *review_tables.TABLES,
            outcomes.TABLE,
            reconciliation.TABLE,
        ):
            connection.execute(statement)
        found = connection.execute(
            "select table_name, column_name, data_type from duckdb_columns()"
        ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    for table, column, data_type in found:
        columns.setdefault(table, {})[column] = data_type
    return columns


OF_EARLIER_RUNS = {*HANDED_OVER, *TOLD}
PREPARATION = [
    *(_spec(f"settings.{name}", table.meaning, columns=table.columns) for name, table in SETTINGS.items()),
    *(
        _spec(
            f"previous.{table.name}",
            f"`{table.name}` as the night before published it"
            f"{', and earlier runs of this one' * (table.name in OF_EARLIER_RUNS)}.",
            columns=table.columns,
        )
        for table in CARRIED
    ),
]

# the gate's results that belong to no table of the stage count for the first one
LANDING = [
    _spec(
        "landing.files",
        "The account of every file. One row per file of a stream.",
        columns=FILES,
        deps=["settings.night"],
    ),
    _spec(
        "landing.dead_letters",
        "Rows that could not be loaded, whole and with the reason. One row per such row.",
        columns=DEAD_LETTERS,
        deps=["settings.night"],
    ),
    _spec(
        "landing.touched_days",
        "Days whose facts a file changed. One row per file, entity and day.",
        columns=TOUCHED_DAYS,
        deps=["settings.night"],
    ),
    *(
        _spec(
            f"landing.{entity.name}",
            entity.description,
            columns=system_columns() | {column.name: column.data_type for column in entity.columns},
            deps=["settings.night"],
        )
        for entity in entities().values()
    ),
]

PREDICTIONS = [
    _spec(
        f"predictions.{name}",
        description,
        columns=prediction_tables.TABLES[name],
        deps=[
            "intermediate.customer_category_days",
            "intermediate.customer_category_features",
            "intermediate.int_categories_ranked",
            "intermediate.int_customer_handles",
            "intermediate.past_customer_features",
            "marts.customer_features",
            "marts.customer_touchpoints",
            "marts.data_readiness",
            "marts.orders",
            "previous.drift",
            "previous.model_metrics",
            "previous.model_versions",
            "settings.night",
            "staging.stg_messages",
        ],
    )
    for name, description in {
        "model_versions": "Every version of every model, and which scores. One row per model and version.",
        "model_metrics": "How well each method did on customers that it had not seen. One row per night,"
        " model, version, method and metric.",
        "drift": "How far the world is from the one that a version learned from. One row per night,"
        " model, kind, subject and statistic.",
        "churn_scores": "The probability that she leaves in the horizon. One row per customer with orders or"
        " a subscription.",
        "ltv_scores": "What a customer will spend. One row per customer with orders and horizon.",
        "propensity_scores": "The probability that she buys in a category within the horizon. One row per"
        " customer with orders and category.",
        "response_scores": "The probability that she opens, clicks or orders after a touch. One row per"
        " customer who ever got one on the channel, channel and response.",
    }.items()
]

PREDICTIONS += [
    _spec(
        f"predictions.{name}",
        description,
        columns=recommendation_tables.TABLES[name],
        deps=[
            "intermediate.int_customer_handles",
            "intermediate.int_order_lines",
            "marts.customers",
            "settings.night",
            "staging.stg_products",
        ],
    )
    for name, description in {
        "recommendations": "The products that suit a customer best. One row per customer and rank.",
        "popular_products": "The products for somebody of whom nothing is known. One row per rank.",
        "recommender": "Whether products are recommended, and how well each way to tell would have done."
        " One row per way.",
    }.items()
]

_DECISION_INPUTS = list(INPUTS)
_DECISION_COLUMNS = _decision_columns()


def _decision_spec(name: str, meaning: str, deps: list[str]) -> dg.AssetSpec:
    return _spec(f"decisions.{name}", meaning, columns=_DECISION_COLUMNS[name], deps=deps)


DECISIONS = [
    _decision_spec(
        "decision_trace",
        "Every candidate with what became of it and why. One row per customer, action and channel.",
        _DECISION_INPUTS,
    ),
    _decision_spec("next_actions", "Tonight's one action or none. One row per customer.", _DECISION_INPUTS),
    _decision_spec(
        "restated_decisions",
        "What is decided for people who became one, or two, tonight. One row per customer and other.",
        _DECISION_INPUTS,
    ),
    _decision_spec(
        "channel_health",
        "How people bear each channel, and what its touchpoints count. One row per night and channel.",
        _DECISION_INPUTS,
    ),
    _decision_spec(
        "action_effects",
        "What draws have shown of each action beside nothing. One row per action and channel.",
        _DECISION_INPUTS,
    ),
    _decision_spec(
        "exploration_log",
        "What could have been drawn, its odds, and what was. One row per night, customer and chance.",
        _DECISION_INPUTS,
    ),
    _decision_spec(
        "policy_evaluations",
        "What draws say that rules and model would win, and which decides. One row per policy.",
        _DECISION_INPUTS,
    ),
    _decision_spec(
        "allocation_limits",
        "What the night may use, has used, and what more would have won. One row per limit.",
        _DECISION_INPUTS,
    ),
    _decision_spec(
        "program_groups",
        "Who gets no marketing, or generic only, and who did. One row per customer and stay in a group.",
        _DECISION_INPUTS,
    ),
    _decision_spec(
        "experiment_assignments",
        "Who is in which arm, and since when it could matter. One row per experiment and customer.",
        _DECISION_INPUTS,
    ),
    _decision_spec(
        "counted_touchpoints",
        "What was sent lately, as far as caps look back. One row per message.",
        ["marts.customer_touchpoints", "marts.earlier_plans"],
    ),
    _decision_spec(
        "suppressed_customers",
        "Who is on a suppression list tonight. One row per customer and channel, null being all.",
        ["settings.suppressions", "marts.customers", "marts.customer_identifiers"],
    ),
    _decision_spec(
        "held_customers",
        "Whom a human wants left alone tonight. One row per hold.",
        ["settings.holds", "marts.customer_identifiers"],
    ),
]
_RULE_INPUTS = [
    "decisions.action_effects",
    "decisions.decision_trace",
    "intermediate.int_previous_scores",
    "marts.customer_features",
    "marts.customer_segments",
    "previous.rule_review",
    "previous.rules",
    "settings.actions",
    "settings.channels",
    "settings.experiment_arms",
    "settings.experiments",
    "settings.night",
    "settings.rule_words",
    "settings.segments",
]
RULE_REVIEW = [
    _decision_spec(
        "rules",
        "Every segment, action and channel: for how many it fired, and who looked at it. One row per rule.",
        _RULE_INPUTS,
    ),
    _decision_spec(
        "rule_review",
        "What is to be mended about rules. One row per rule, finding and other rule.",
        ["decisions.rules", *_RULE_INPUTS],
    ),
]
MEASUREMENT = [
    _spec(
        f"measurement.{name}",
        description,
        columns=next(table.columns for table in CARRIED if table.name == name),
        deps=[
            "decisions.experiment_assignments",
            "decisions.program_groups",
            "intermediate.customer_days",
            "intermediate.int_customer_handles",
            "marts.customer_aliases",
            "marts.customer_segment_history",
            "marts.orders",
            "previous.experiment_results",
            "previous.experiments",
            "previous.incrementality",
            "settings.night",
            "settings.segments",
            "staging.stg_messages",
            "staging.stg_survey_responses",
        ],
    )
    for name, description in {
        "experiments": "Every experiment: what it asks, where it stands, what was decided. One row per"
        " experiment.",
        "experiment_results": "What an arm brought beside the control's. One row per experiment, arm, metric,"
        " horizon and breakdown.",
        "incrementality": "What the whole program brings. One row per quarter, group beside the orchestrated,"
        " metric and horizon.",
    }.items()
]
_LIST_INPUTS = [
    "decisions.next_actions",
    "marts.customer_aliases",
    "marts.customer_identifiers",
    "marts.customer_touchpoints",
    "marts.customers",
    "marts.customer_permissions",
    "marts.earlier_plans",
    "previous.offer_ledger",
    "previous.planned_touchpoints",
    "predictions.recommendations",
    "settings.suppressions",
]
_WAY_BACK_INPUTS = [
    "decisions.kept_out",
    "decisions.planned_touchpoints",
    "marts.customer_aliases",
    "marts.customer_timeline",
    "marts.customer_touchpoints",
    "marts.customers",
    "marts.decision_messages",
    "marts.orders",
    "previous.action_outcomes",
    "previous.delivery_reconciliation",
    "settings.deliveries",
    "settings.night",
]
_LEDGER_INPUTS = [
    "decisions.next_actions",
    "decisions.program_groups",
    "marts.customer_aliases",
    "marts.customer_identifiers",
    "marts.customer_permissions",
    "marts.customer_segments",
    "marts.customers",
    "previous.delivered_profiles",
    "previous.delivered_segments",
    "settings.night",
    "settings.suppressions",
]


def action_list_specs(store: Store) -> list[dg.AssetSpec]:
    """One list per channel of the store, and what the lists handed over and kept out."""
    lists = [
        _spec(
            f"action_lists.{channel}",
            f"Tonight's list for {channel}, as read back from its file. One row per decision.",
            columns=dict.fromkeys(list_columns(store.actions_file.content, channel), "varchar"),
            kinds={"python", "csv", "duckdb"},
            deps=_LIST_INPUTS,
        )
        for channel in store.channels_file.content.ids
    ]
    planned = _decision_spec(
        "planned_touchpoints",
        "What was handed over on all nights so far. One row per decision.",
        _LIST_INPUTS,
    )
    kept_out = _decision_spec(
        "kept_out", "Tonight's decisions that stand in no list. One row per decision.", _LIST_INPUTS
    )
    offers = _decision_spec(
        "offer_ledger",
        "Every offer that was given, under the terms of its day. One row per decision.",
        _LIST_INPUTS,
    )
    active = _decision_spec(
        "active_offers",
        "The offers that customers may use from tomorrow on. One row per customer and decision.",
        _LIST_INPUTS,
    )
    told = [*_ledger_specs(), *_way_back_specs(), *_delivery_specs(store)]
    return [*lists, planned, kept_out, offers, active, *told]


def _way_back_specs() -> list[dg.AssetSpec]:
    """What became of what was handed over."""
    return [
        _decision_spec(
            "action_outcomes",
            "What became of the decisions of the days that the timeline covers. One row per decision.",
            _WAY_BACK_INPUTS,
        ),
        _decision_spec(
            "delivery_reconciliation",
            "What the tools said of each file of decisions. One row per night, destination and channel.",
            ["decisions.action_outcomes", *_WAY_BACK_INPUTS],
        ),
    ]


def _ledger_specs() -> list[dg.AssetSpec]:
    """What destinations were told of people so far."""
    descriptions = {
        "delivered_profiles": "What a destination was told of people. One row per destination and address.",
        "delivered_segments": "Who is in an audience there, or left it. One row per destination, segment and"
        " address.",
        "destination_kept_out": "What a destination does not get. One row per destination, customer and"
        " field.",
    }
    return [
        _spec(f"decisions.{name}", description, columns=_DECISION_COLUMNS[name], deps=_LEDGER_INPUTS)
        for name, description in descriptions.items()
    ]


OF_OTHERS = {
    "action_list": ["predictions.recommendations", *_LEDGER_INPUTS],
    "cards": [CARDS],
    "offers": ["decisions.active_offers", "marts.customers"],
    "recommendations": ["decisions.program_groups", "marts.customers", "predictions.recommendations"],
    "default": ["predictions.popular_products", "settings.night"],
}


def _delivery_specs(store: Store) -> list[dg.AssetSpec]:
    """One file for each that a destination may get."""
    asked = [
        file
        for destination in store.destinations
        for file in asked_files(destination, store.actions_file.content)
    ]
    return [
        _spec(
            f"deliveries.{file.table}",
            f"What {file.destination.id} gets tonight of {file.stem}, as read back from its file."
            " One row per row of the file.",
            columns=dict.fromkeys(file.columns(store.channels_file.content), "varchar"),
            kinds={"python", "csv", "duckdb"},
            deps=OF_OTHERS.get(file.kind, _LEDGER_INPUTS),
        )
        for file in asked
    ]


def version_spec(store: Store) -> dg.AssetSpec:
    """The published version: every table that readers rely on, and the action lists."""
    lists = [f"action_lists.{channel}" for channel in store.channels_file.content.ids]
    lists += [
        f"deliveries.{file.table}"
        for one in store.destinations
        for file in asked_files(one, store.actions_file.content)
    ]
    tables = [table.built_as for table in PUBLISHED if not table.built_as.startswith("data_quality.")]
    return dg.AssetSpec(
        ["published", "version"],
        group_name="published",
        owners=OWNERS,
        description="Every published table and list of a night, switched to in one rename. One per run.",
        deps=[dg.AssetKey(name.split(".")) for name in (*tables, *lists)],
        kinds={"python", "duckdb", "parquet"},
        metadata={"tables": dg.MetadataValue.md(_published_tables())},
    )


def report_spec() -> dg.AssetSpec:
    """The pages that people look at, with a link to them where `regulars ui` serves them."""
    address = os.environ.get(REPORT_ADDRESS)
    return dg.AssetSpec(
        ["reports", "site"],
        group_name="reports",
        owners=OWNERS,
        description="The pages that people look at, of the version in force. One folder per version.",
        deps=[dg.AssetKey(["published", "version"])],
        kinds={"python"},
        metadata={"report": dg.MetadataValue.url(address)} if address else {},
    )


def _published_tables() -> str:
    rows = [f"| {table.name} | {table.grain} | {', '.join(table.key)} |" for table in PUBLISHED]
    return "\n".join(["| table | one row per | ordered by |", "|---|---|---|", *rows])


def table_metadata(connection: duckdb.DuckDBPyConnection, key: dg.AssetKey) -> dict[str, dg.MetadataValue]:
    """Row count and columns of a warehouse table."""
    table = connection.table(_relation(key))
    types = dict(zip(table.columns, map(str, table.types), strict=True))
    return {
        "dagster/row_count": dg.MetadataValue.int(table_rows(connection, key)),
        "dagster/column_schema": dg.MetadataValue.table_schema(table_schema(key, types)),
    }


def table_rows(connection: duckdb.DuckDBPyConnection, key: dg.AssetKey) -> int:
    """How many rows a warehouse table has."""
    counted = connection.table(_relation(key)).count("*").fetchone()
    return int(counted[0]) if counted else 0


def _relation(key: dg.AssetKey) -> str:
    return ".".join(map(quoted, key.path))
