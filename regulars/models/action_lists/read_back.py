"""Loads the written action lists into schema `action_lists`, as the tool that receives them will read them.

Every cell stays text and the dialect is stated, because a guess would hide the mistakes the gate looks for.
"""

import glob
import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.models.action_lists.destinations import CARDS, Asked, asked_files
from regulars.models.action_lists.write import MANIFEST, list_columns
from regulars.store.sql import literal, quoted
from regulars.warehouse.session import transaction

if TYPE_CHECKING:
    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels
    from regulars.store.destinations import Destination

READ = """
create table {table} as
select *
from read_csv(
    {path},
    auto_detect = false,
    header = {header},
    delim = ',',
    quote = '"',
    escape = '"',
    new_line = '\\n',
    strict_mode = true,
    null_padding = false,
    nullstr = '',
    columns = {{{columns}}}
)
"""


def read_back(
    connection: "duckdb.DuckDBPyConnection",
    catalogue: "ActionCatalogue",
    channels: "Channels",
    destinations: Collection["Destination"] = (),
    *,
    folder: Path,
) -> dict[str, int]:
    """Replace schema `action_lists` by one table per channel and return their numbers of rows.

    And schema `deliveries` by one table per file that a destination may get, its parts together.

    Raises:
        duckdb.IOException: A channel has no file.
        duckdb.InvalidInputException: A file is not a CSV of the expected columns.
    """
    with transaction(connection):
        connection.execute("drop schema if exists action_lists cascade")
        connection.execute("create schema action_lists")
        for channel_id in channels.ids:
            table, columns = f"action_lists.{quoted(channel_id)}", list_columns(catalogue, channel_id)
            _read(connection, table, columns, [folder / f"{channel_id}.csv"])
        connection.execute("drop schema if exists deliveries cascade")
        connection.execute("create schema deliveries")
        for destination in destinations:
            for asked in asked_files(destination, catalogue):
                _read_delivery(connection, asked, channels, folder)
    return {channel_id: _count(connection, channel_id) for channel_id in channels.ids}


def _read_delivery(
    connection: "duckdb.DuckDBPyConnection", asked: Asked, channels: "Channels", folder: Path
) -> None:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    files = [
        folder / file["name"]
        for file in manifest["destinations"]
        if (file["destination"], file["about"]) == (asked.destination.id, asked.stem)
    ]
    contract = asked.destination.contract
    columns = tuple(asked.columns(channels)) or tuple(connection.table(CARDS).columns)
    table = f"deliveries.{quoted(asked.table)}"
    form = contract.formats[0]
    files = [file for file in files if len(contract.formats) == 1 or file.suffix == f".{form}"]
    if not files:
        empty = ", ".join(f"{quoted(name)} varchar" for name in columns)
        connection.execute(f"create table {table} ({empty})")
    elif form == "csv":
        _read(connection, table, columns, files, has_header=contract.header)
    else:
        named = ", ".join(f"{literal(name)}: 'varchar'" for name in columns)
        connection.execute(
            f"create table {table} as from read_json({_paths(files)}, columns = {{{named}}},"
            " format = 'newline_delimited')"
        )


def _read(
    connection: "duckdb.DuckDBPyConnection",
    table: str,
    names: Collection[str],
    files: list[Path],
    *,
    has_header: bool = True,
) -> None:
    columns = ", ".join(f"{literal(name)}: 'varchar'" for name in names)
    header = str(has_header).lower()
    connection.execute(READ.format(table=table, path=_paths(files), columns=columns, header=header))


def _paths(files: list[Path]) -> str:
    return "[" + ", ".join(literal(glob.escape(str(file))) for file in files) + "]"


def _count(connection: "duckdb.DuckDBPyConnection", channel_id: str) -> int:
    ((count,),) = connection.execute(f"select count(*) from action_lists.{quoted(channel_id)}").fetchall()
    return int(count)
