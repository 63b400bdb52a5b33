"""A warehouse of a handful of customers, with just the tables and columns that decisions read.

And a shop whose customers order by a known process, for statistical models (`made_up_shop`).
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from regulars.warehouse.connection import Warehouse
from tests.unit.models.made_up_shop import NIGHT, Shop, fill, predicted

Caps = dict[str, Any]
Rows = Iterable[Mapping[str, Any]]

TABLES = """
create schema settings;
create schema marts;
create schema previous;
create table settings.night (
    as_of_date date, time_zone varchar default 'Europe/Berlin', timeline_days bigint default 180
);
create table settings.segments (segment_id varchar, kind varchar, definition_hash varchar default 'h1');
insert into settings.segments (segment_id, kind)
values ('engaged', 'stage'), ('lapsed', 'stage'), ('vip', 'intent');
create table settings.identity (most_accounts bigint);
insert into settings.identity values (5);
create table settings.suppressions (
    identifier_kind varchar, source varchar, identifier varchar, channel varchar, reason varchar,
    since_date date
);
create table settings.holds (
    hold_number bigint, identifier_kind varchar, source varchar, identifier varchar, action_classes varchar,
    since_date date, until_date date, because varchar, said_by varchar
);
create table marts.customer_identifiers (
    customer_id varchar, source varchar, identifier_kind varchar, identifier varchar
);
create table marts.customers (
    customer_id varchar, customer_ref varchar, email varchar, phone varchar, first_name varchar,
    lifecycle_stage varchar, order_count bigint, order_amount decimal(18, 4), top_category varchar,
    time_zone varchar, preferred_hour integer, best_hour integer
);
create table marts.customer_permissions (
    customer_id varchar, channel varchar, purpose varchar, status varchar
);
create table marts.customer_touchpoints (
    customer_id varchar, channel varchar, action_ref varchar, decision_id varchar, sent_date date
);
create table previous.planned_touchpoints (
    decision_id varchar, customer_id varchar, action_id varchar, channel varchar, planned_date date
);
create view marts.earlier_plans as from previous.planned_touchpoints;
create table previous.exploration_log (
    as_of_date date, decision_id varchar, customer_id varchar, action_id varchar, channel varchar,
    propensity double, score double, is_chosen boolean, policy varchar, rules_score double, model_score double
);
create table previous.policy_evaluations (candidate varchar, is_in_force boolean);
create schema predictions;
create table predictions.ltv_scores (
    customer_id varchar, horizon_days bigint, expected_amount double, version varchar
);
create table predictions.response_scores (
    customer_id varchar, channel varchar, response varchar, response_probability double, version varchar
);
create table previous.program_groups (
    customer_id varchar, unit_id varchar, program_group varchar, since_date date, until_date date
);
create table previous.experiment_assignments (
    experiment_id varchar, customer_id varchar, unit_id varchar, arm varchar, assigned_date date,
    first_exposed_date date, segment_hash varchar, status varchar
);
create table marts.customer_segments (customer_id varchar, segment_id varchar);
create table previous.channel_health (
    as_of_date date, channel varchar, sent_count bigint, refused_count bigint, refused_share double,
    usual_share double, multiplier double
);
create table previous.offer_ledger (
    decision_id varchar, customer_id varchar, action_id varchar, offer varchar, kind varchar,
    value decimal(18, 4), categories varchar, granted_date date, valid_from date, valid_until date
);
create table marts.customer_aliases (alias_id varchar, customer_id varchar);
create table marts.orders (
    customer_id varchar, order_date date, amount decimal(18, 4), refunded_amount decimal(18, 4)
);
create table marts.customer_timeline (
    customer_id varchar, kind varchar, occurred_date date, channel varchar, status varchar
);
create table marts.identity_changes (
    as_of_date date, change varchar, customer_id varchar, other_customer_id varchar, reason varchar
);
"""


@pytest.fixture(scope="session")
def insert() -> Callable[..., None]:
    """Adds rows, given as mappings, to a table; absent columns are null."""

    def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
        for row in rows:
            names, slots = ", ".join(row), ", ".join("?" for _ in row)
            connection.execute(f"insert into {table} ({names}) values ({slots})", list(row.values()))

    return insert_rows


@pytest.fixture(scope="session")
def warehouse(insert: Callable[..., None]) -> Callable[..., duckdb.DuckDBPyConnection]:
    """Makes a warehouse for one night; `permissions` None grants both channels to everyone."""

    def make(
        customers: Rows,
        *,
        permissions: Rows | None = None,
        touchpoints: Rows = (),
        planned: Rows = (),
        night: date = date(2017, 6, 30),
    ) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:", config={"threads": 1})
        connection.execute(TABLES)
        connection.execute("insert into settings.night (as_of_date) values (?)", [night])
        everyone = [
            {"lifecycle_stage": "engaged", "customer_ref": str(number), **customer}
            for number, customer in enumerate(customers, start=1)
        ]
        insert(connection, "marts.customers", everyone)
        insert(connection, "marts.customer_touchpoints", touchpoints)
        insert(connection, "previous.planned_touchpoints", planned)
        if permissions is None:
            connection.execute(
                "insert into marts.customer_permissions select customer_id, channel, 'marketing', 'granted' "
                "from marts.customers cross join (values ('direct_mail'), ('email')) as pairs (channel)"
            )
        else:
            insert(connection, "marts.customer_permissions", permissions)
        return connection

    return make


@pytest.fixture(scope="session")
def channels() -> Callable[..., Channels]:
    """Makes channels.yml; keyword arguments change the caps."""

    def make(
        *, across: Caps | None = None, mail: Caps | None = None, email: Caps | None = None, **night: object
    ) -> Channels:
        letters: Caps = {
            "id": "direct_mail",
            "role": "letters",
            "address": "customer_ref",
            "cost_per_send": 0.65,
        }
        mails: Caps = {"id": "email", "role": "onboarding", "address": "email", "cost_per_send": 0.01}
        return Channels.model_validate(
            {
                "across_channels": {"max_touchpoints": 2, "per_days": 1, "hours_between_channels": 24}
                | (across or {}),
                "channels": [
                    letters | {"max_touchpoints": 1, "per_days": 14} | (mail or {}),
                    mails | {"max_touchpoints": 2, "per_days": 7} | (email or {}),
                ],
            }
            | night
        )

    return make


ACTION: dict[str, Any] = {
    "id": "offer",
    "name": "An offer",
    "state": "engaged",
    "channels": ["direct_mail", "email"],
    "purpose": "marketing",
    "action_class": "marketing",
    "offer": "5 dollars off",
    "evidence": ["order_count"],
    "response_rate": 0.1,
    "value": 20,
    "cooldown_days": 30,
    "reason": "{order_count} orders worth {order_amount|nothing}",
    "customer_reason": "You come to us often, {first_name|dear customer}.",
}


@pytest.fixture(scope="session")
def catalogue() -> Callable[..., ActionCatalogue]:
    """Makes actions.yml with one action per mapping of what differs from ACTION, or with ACTION itself.

    Nothing is left to chance unless `policy` says so.
    """

    def make(*actions: dict[str, Any], policy: dict[str, Any] | None = None) -> ActionCatalogue:
        return ActionCatalogue.model_validate(
            {
                "policy": policy or {"exploration_share": 0},
                "actions": [ACTION | action for action in actions or ({},)],
            }
        )

    return make


def in_folder(folder: Path) -> Shop:
    return Shop(Warehouse(folder / "warehouse.duckdb", "1GB"), folder / "models")


@pytest.fixture(scope="session")
def _untouched_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    with in_folder(folder).warehouse.connect() as connection:
        fill(connection, NIGHT)
    return folder


@pytest.fixture(scope="session")
def first_night(_untouched_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, list[str]]:
    """A shop after its first predictions, and what was said of them; only to be read."""
    folder = tmp_path_factory.mktemp("first_night")
    shop = in_folder(shutil.copytree(_untouched_shop, folder, dirs_exist_ok=True))
    return shop, predicted(shop)


@pytest.fixture
def shop(_untouched_shop: Path, tmp_path: Path) -> Shop:
    """A shop before its first predictions, to do with as one likes."""
    return in_folder(shutil.copytree(_untouched_shop, tmp_path / "shop"))


@pytest.fixture
def trained_shop(first_night: tuple[Shop, list[str]], tmp_path: Path) -> Shop:
    """A shop after its first predictions, to do with as one likes."""
    return in_folder(shutil.copytree(first_night[0].models.parent, tmp_path / "trained"))
