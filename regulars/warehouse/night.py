"""What a night is told before it starts: its day, the store's declarations, and where last night ended.

A night is a pure function of the landed facts up to the end of its day, the store's configuration, the
newest published version of an earlier day, what was delivered of earlier nights, and what earlier runs of
the day handed over, and to whom. Of those it counts only what it does not decide again, so that running a
day again gives the same bytes.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from regulars.landing.ledger import create_landing_tables
from regulars.store.sql import date_literal, literal, quoted
from regulars.store.store import Store
from regulars.store.training import EARLY_DAYS
from regulars.warehouse.carried import CARRIED
from regulars.warehouse.session import attached
from regulars.warehouse.settings_tables import declare

SCHEMAS = (
    "settings",
    "previous",
    "staging",
    "intermediate",
    "marts",
    "predictions",
    "decisions",
    "measurement",
    "action_lists",
    "deliveries",
    "data_quality",
)

SUNDAY = 7
# what was learned a month ago would be learned again
REST_DAYS = 30

# what destinations were told, with the night on which they were
TOLD = {"delivered_profiles", "delivered_segments"}
HANDED_OVER = ("planned_touchpoints", "offer_ledger")
PUBLISHED_THERE = "select table_name, column_name from duckdb_columns() where database_name = 'earlier'"


@dataclass(frozen=True)
class Night:
    """One run of a store: its as-of day, the version it continues, and the versions of the day itself."""

    store: Store
    as_of: date
    previous: Path | None
    previous_date: date | None
    earlier_runs: tuple[Path, ...] = ()


def prepare(connection: duckdb.DuckDBPyConnection, night: Night) -> None:
    """Write schemas `settings` and `previous`, and make the landing tables that do not exist."""
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    create_landing_tables(connection)
    declare(connection, night)
    _carry(connection, night.previous)
    look_back(connection, night.as_of, night.store.settings.training.month_ends)
    for run in night.earlier_runs:
        _add_handed_over(connection, run)
        _add_customers(connection, run)
        _add_told(connection, run)


def look_back(connection: duckdb.DuckDBPyConnection, day: date, month_ends: int) -> None:
    """Note in settings.night for which past days features are computed because of what is published.

    That are month ends after an alarm of the newest look at drift, unless a model was trained in the month
    before, and on Sundays the day four weeks ago, if there is a model that predicted something then.
    """
    as_of = date_literal(day)
    review = f"{as_of} - {EARLY_DAYS}" if day.isoweekday() == SUNDAY else "null"
    connection.execute(
        f"""
        update settings.night set
            past_month_ends = case
                when exists (
                    select 1 from previous.drift
                    where is_alarm
                        and as_of_date = (select max(as_of_date) from previous.drift)
                        and as_of_date - {REST_DAYS} > (
                            select coalesce(max(trained_date), date '-infinity') from previous.model_versions
                        )
                ) then {month_ends}
                else past_month_ends
            end,
            review_date = case
                when exists (select 1 from previous.model_versions where status = 'champion') then {review}
            end
        """
    )


def _carry(connection: duckdb.DuckDBPyConnection, previous: Path | None) -> None:
    """Fill schema `previous` from the published file of the night before, or leave its tables empty."""
    for table in CARRIED:
        columns = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in table.columns.items())
        connection.execute(f"create or replace table previous.{quoted(table.name)} ({columns})")
    if not previous:
        return
    with attached(connection, previous):
        # a version of an earlier release lacks what was added since
        there = set(connection.execute(PUBLISHED_THERE).fetchall())
        for table in CARRIED:
            name = quoted(table.name)
            columns = ", ".join(quoted(column) for column in table.columns if (table.name, column) in there)
            if columns:
                connection.execute(
                    f"insert into previous.{name} by name select {columns} from earlier.main.{name}"
                )


def _add_handed_over(connection: duckdb.DuckDBPyConnection, run: Path) -> None:
    """Add what an earlier run of the day handed over and promised to what was before, each decision once."""
    with attached(connection, run):
        there = {row[0] for row in connection.execute(PUBLISHED_THERE).fetchall()}
        for table in HANDED_OVER:
            if table in there:
                connection.execute(
                    f"""
                    insert into previous.{table} by name
                    from earlier.main.{table}
                    where decision_id not in (select decision_id from previous.{table})
                    """
                )


def _add_customers(connection: duckdb.DuckDBPyConnection, run: Path) -> None:
    """Add whom an earlier run of the day knew first, so that what it handed over stays hers under any id."""
    with attached(connection, run):
        connection.execute(
            """
            insert into previous.customer_identifiers by name
            from earlier.main.customer_identifiers as known
            where not exists (
                select 1 from previous.customer_identifiers as before
                where before.source = known.source
                    and before.identifier_kind = known.identifier_kind
                    and before.identifier = known.identifier
            )
            """
        )


def _add_told(connection: duckdb.DuckDBPyConnection, run: Path) -> None:
    """Add what destinations were told by an earlier run of the day, which may not be so any more."""
    with attached(connection, run):
        there = {row[0] for row in connection.execute(PUBLISHED_THERE).fetchall()}
        for table in TOLD.intersection(there):
            connection.execute(
                f"""
                insert into previous.{table} by name
                from earlier.main.{table} where delivered_date = (select as_of_date from settings.night)
                """
            )


def built_with(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The fingerprint of what the facts of this warehouse were last built with, if they ever were."""
    connection.execute("create table if not exists settings.built_with (fingerprint varchar)")
    row = connection.execute("select fingerprint from settings.built_with").fetchone()
    return row[0] if row else None


def remember_built_with(connection: duckdb.DuckDBPyConnection, fingerprint: str) -> None:
    """Note what the facts were built with, in the warehouse itself, so that both are lost together."""
    connection.execute(
        f"create or replace table settings.built_with as select {literal(fingerprint)} as fingerprint"
    )
