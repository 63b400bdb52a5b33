"""Loads the written action lists into schema `action_lists`, as the tool that receives them will read them.

Every cell stays text and the dialect is stated, because a guess would hide the mistakes the gate looks for.
"""

import glob
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.models.action_lists.write import COLUMNS
from regulars.store.sql import literal, quoted
from regulars.warehouse.session import transaction

if TYPE_CHECKING:
    import duckdb

    from regulars.store.channels import Channels

READ = """
create table action_lists.{table} as
select *
from read_csv(
    {path},
    auto_detect = false,
    header = true,
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
    connection: "duckdb.DuckDBPyConnection", channels: "Channels", *, folder: Path
) -> dict[str, int]:
    """Replace schema `action_lists` by one table per channel and return their numbers of rows.

    Raises:
        duckdb.IOException: A channel has no file.
        duckdb.InvalidInputException: A file is not a CSV of the expected columns.
    """
    columns = ", ".join(f"{literal(name)}: 'varchar'" for name in COLUMNS)
    with transaction(connection):
        connection.execute("drop schema if exists action_lists cascade")
        connection.execute("create schema action_lists")
        for channel_id in channels.ids:
            path = glob.escape(str(folder / f"{channel_id}.csv"))
            connection.execute(READ.format(table=quoted(channel_id), path=literal(path), columns=columns))
    return {channel_id: _count(connection, channel_id) for channel_id in channels.ids}


def _count(connection: "duckdb.DuckDBPyConnection", channel_id: str) -> int:
    ((count,),) = connection.execute(f"select count(*) from action_lists.{quoted(channel_id)}").fetchall()
    return int(count)
