"""Times landing against DuckDB's own typed read of the same file into a table, side by side.

    python benchmarks/landing.py [--rows N] [--repeat N] [--only FORMAT] [--json FILE] [--same-format]

Each file is read by turns, by DuckDB and by landing, each time into a new database file in this process, and
the ratio is that of the medians. DuckDB writes a file as it does if nobody says otherwise, landing writes the
build warehouse; `--same-format` lets both write the latter. The dirty files have one row in a hundred that
cannot be typed. DuckDB's read of a dirty file is that of the same file without the dirt, because it cannot
read the other.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from statistics import median

import duckdb

from regulars.landing.ledger import create_landing_tables
from regulars.landing.load import land
from regulars.store.store import Store, open_store
from regulars.warehouse.connection import Warehouse

ROOT = Path(__file__).parents[1]
DEMO_STORE = ROOT / "stores" / "demo"
Opened = Callable[[Path], AbstractContextManager[duckdb.DuckDBPyConnection]]
MEMORY = "3GB"
AS_OF = date(2025, 12, 31)
TARGETS = {"csv": 2.5, "csv.gz": 2.5, "jsonl": 2.5, "jsonl.gz": 2.5, "parquet": 1.3}
TYPES = {
    "line_id": "bigint",
    "order_id": "varchar",
    "customer": "varchar",
    "bought_at": "timestamp",
    "sku": "varchar",
    "qty": "decimal(18, 4)",
    "price": "decimal(18, 4)",
    "rebate": "decimal(18, 4)",
}
LINES = """
select i as line_id, 'o' || (i // 3) as order_id, 'c' || (hash(i // 9) % 200000) as customer,
    strftime(timestamp '2025-01-01' + to_seconds((i * 37) % 31000000), '%Y-%m-%d %H:%M:%S') as bought_at,
    'sku-' || (hash(i) % 5000) as sku, (i % 4) + 1 as qty,
    case when {dirt} and i % 100 = 7 then 'n/a' else printf('%.2f', (hash(i + 1) % 10000) / 100) end as price,
    printf('%.2f', (hash(i + 2) % 100) / 100) as rebate
from range({rows}) as numbers(i)
"""
CONTRACT = {
    # the system whose accounts the demo store names
    "system": "shop",
    "owner": "team:data",
    "time_zone": "UTC",
    "streams": [
        {
            "files": "lines.SUFFIX",
            "entity": "order_lines",
            "key": ["line_id"],
            "unknown_columns": "ignore",
            "columns": {
                "order_ref": "order_id",
                "customer_ref": "customer",
                "occurred_at": "bought_at",
                "product_ref": "sku",
                "quantity": "qty",
                "amount": "price",
                "discount": "rebate",
            },
        }
    ],
}


def main() -> None:
    """Time every format, clean and dirty, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each file")
    parser.add_argument("--repeat", type=int, default=3, help="how often each is read")
    parser.add_argument("--only", choices=TARGETS, help="one format instead of all")
    parser.add_argument("--same-format", action="store_true", help="DuckDB writes as the warehouse does")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    arguments = parser.parse_args()
    figures: list[dict[str, object]] = []
    plain = warehouse if arguments.same_format else duckdb.connect
    print(f"{arguments.rows:,} rows, {arguments.repeat} times each\n")
    print(f"{'file':<18}{'DuckDB':>9}{'landing':>9}{'ratio':>7}{'rows/s':>12}{'target':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for suffix in [arguments.only] if arguments.only else TARGETS:
            figures += [
                compared(Path(folder), suffix, arguments.rows, arguments.repeat, plain, is_dirty=is_dirty)
                for is_dirty in ((False, True) if suffix != "parquet" else (False,))
            ]
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def compared(  # noqa: PLR0913 (what a user may set)
    folder: Path, suffix: str, rows: int, repeat: int, plain: Opened, *, is_dirty: bool
) -> dict[str, object]:
    """Read one file by turns and print its line."""
    clean, delivered = folder / f"clean.{suffix}", folder / "store" / "exports" / f"lines.{suffix}"
    store = made_store(folder / "store", suffix)
    write(clean, rows, dirt=False)
    write(delivered, rows, dirt=is_dirty)
    seconds: dict[str, list[float]] = {"duckdb": [], "landing": []}
    for _ in range(repeat):
        seconds["duckdb"].append(timed(folder, plain, lambda it: read_by_duckdb(it, clean, suffix)))
        seconds["landing"].append(timed(folder, warehouse, lambda it: read_by_landing(it, store)))
    theirs, ours = median(seconds["duckdb"]), median(seconds["landing"])
    verdict = "met" if ours / theirs <= TARGETS[suffix] else "MISSED"
    name = f"{suffix}{', dirty' if is_dirty else ''}"
    print(
        f"{name:<18}{theirs:>8.2f}s{ours:>8.2f}s{ours / theirs:>7.2f}{rows / ours:>12,.0f}"
        f"{TARGETS[suffix]:>6} {verdict}",
        flush=True,
    )
    return {"file": name, "rows": rows, "seconds": seconds, "ratio": ours / theirs, "target": TARGETS[suffix]}


def made_store(folder: Path, suffix: str) -> Store:
    """The demo store's configuration with one contract and no files."""
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("exports", "state", "simulation", "sources")
    shutil.copytree(DEMO_STORE, folder, ignore=ignored)
    (folder / "exports").mkdir()
    (folder / "sources").mkdir()
    (folder / "sources" / "shop.yml").write_text(json.dumps(CONTRACT).replace("SUFFIX", suffix), "utf-8")
    return open_store(folder)


def write(path: Path, rows: int, *, dirt: bool) -> None:
    """Write the lines in the format that the name says."""
    query = LINES.format(rows=rows, dirt=dirt)
    options = {
        "csv": "format csv, header",
        "csv.gz": "format csv, header, compression gzip",
        "jsonl": "format json",
        "jsonl.gz": "format json, compression gzip",
        "parquet": "format parquet, compression zstd",
    }[path.name.partition(".")[2]]
    if path.suffix == ".parquet":
        casts = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in TYPES.items())
        query = f"select {casts} from ({query})"
    duckdb.execute(f"copy ({query}) to '{path}' ({options})")


def warehouse(path: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """A new file as a night opens it."""
    return Warehouse(path, MEMORY).connect()


def timed(folder: Path, opened: Opened, read: Callable[[duckdb.DuckDBPyConnection], None]) -> float:
    """Seconds of a read into a new database file, until it is closed."""
    path = folder / "read.duckdb"
    path.unlink(missing_ok=True)
    with opened(path) as connection:
        create_landing_tables(connection)
        connection.execute("checkpoint")
        begin = time.perf_counter()
        read(connection)
        connection.execute("checkpoint")
        return time.perf_counter() - begin


def read_by_duckdb(connection: duckdb.DuckDBPyConnection, path: Path, suffix: str) -> None:
    """What DuckDB does by itself, told all there is to know."""
    columns = json.dumps(TYPES).replace('"', "'")
    source = {
        "csv": f"read_csv('{path}', header = true, auto_detect = false, columns = {columns})",
        "jsonl": f"read_json('{path}', format = 'newline_delimited', columns = {columns})",
        "parquet": f"read_parquet('{path}')",
    }[suffix.removesuffix(".gz")]
    connection.execute(f"create table lines as from {source}")


def read_by_landing(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    """What a night does with a new file."""
    for accounts in land(connection, store, AS_OF):
        if any(account.rows_loaded == 0 for account in accounts):
            sys.exit(f"nothing was loaded: {accounts}")


if __name__ == "__main__":
    main()
