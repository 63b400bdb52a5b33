"""A night with dead letters, the contract mended, the command that replays them, and the next night."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb

from regulars.landing.ledger import create_landing_tables
from regulars.landing.load import land
from regulars.orchestration.nightly import nightly_of
from tests.shops import FILES, changed, write_shop

PROGRAM = Path(sys.executable).with_name("regulars")
PRODUCTS_AND_LINES = """\
  - files: lines*.csv
    entity: order_lines
    columns:
      {order_ref: id, product_ref: sku, customer_ref: who, occurred_at: placed, quantity: "1", amount: amount}
  - files: products*.csv
    entity: products
    columns: {product_ref: sku, category: category, price: price}
"""
EXPORTS = {
    "exports/orders.csv": 'id,placed,amount,who\n1,2024-05-01,9.50,anna\n2,2024-05-02,"3,50",anna\n',
    "exports/lines.csv": "id,sku,placed,amount,who\n1,bowl,2024-05-01,9.50,anna\n",
    "exports/products.csv": 'sku,category,price\nbowl,kitchen,"9,50"\nrake,garden,7\n',
}
ANNA = """
select order_count, cast(order_amount as double), top_category from customers where customer_ref = 'anna'
"""


def regulars(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "REGULARS_STORE"}
    return subprocess.run(
        [str(PROGRAM), *arguments, "--store", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        cwd=folder.parent,
        env=environment,
        umask=0,
    )


def published(folder: Path, query: str) -> list[tuple[object, ...]]:
    version = (folder / "state" / "published" / "current").resolve()
    with duckdb.connect(version / "regulars.duckdb", read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_the_night_after_a_replay_knows_what_the_dead_letters_said(tmp_path: Path) -> None:
    contract = str(FILES["sources/pos.yml"]) + PRODUCTS_AND_LINES
    folder = write_shop(tmp_path / "shop", {"sources/pos.yml": contract, **EXPORTS})
    first = regulars(folder, "run", "--day", "2024-06-29")
    assert first.returncode == 0, first.stdout + first.stderr
    assert published(folder, ANNA) == [(1, 9.5, None)]

    mended = contract.replace("amount: amount\n", "amount: replace(amount, ',', '.')\n", 1)
    mended = mended.replace("price: price", "price: \"replace(price, ',', '.')\"")
    write_shop(folder, {"sources/pos.yml": mended, **EXPORTS})
    replayed = regulars(folder, "replay-dead-letters")
    assert replayed.returncode == 0, replayed.stderr
    assert replayed.stdout.splitlines() == [
        "orders: orders.csv: 1 loaded",
        "products: products.csv: 1 loaded",
        "dead letters of 2 files: 2 loaded",
        "run the night again: regulars run --store shop --day 2024-06-30",
    ]
    assert regulars(folder, "replay-dead-letters").stdout == "there are no dead letters\n"

    second = regulars(folder, "run", "--day", "2024-06-30")
    assert second.returncode == 0, second.stdout + second.stderr
    assert published(folder, ANNA) == [(2, 13.0, "kitchen")]
    restated = "select as_of_date::varchar, entity, restated_date::varchar from restated_days"
    assert published(folder, restated) == [("2024-06-30", "orders", "2024-05-02")]
    written = [path for path in (folder / "state").rglob("*") if not path.is_symlink()]
    assert [str(path) for path in written if path.stat().st_mode & 0o027] == []


def test_dead_letters_are_not_replayed_before_the_first_night(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    result = regulars(folder, "replay-dead-letters")
    assert (result.returncode, "no file was loaded yet" in result.stderr) == (2, True)
    assert not (folder / "state" / "build").exists()


def test_a_file_that_is_gone_is_named_and_ends_the_command_with_a_mistake_after_all_others(
    tmp_path: Path,
) -> None:
    folder = write_shop(tmp_path / "shop", {"exports/orders_2.csv": EXPORTS["exports/orders.csv"], **EXPORTS})
    write_shop(folder, {"exports/orders.csv": EXPORTS["exports/orders.csv"].replace("2,", "3,")})
    nightly = nightly_of(folder)
    with nightly.warehouse.connect() as connection:
        create_landing_tables(connection)
        assert len(list(land(connection, nightly.store, date(2024, 6, 29)))) == 1
    write_shop(folder, changed("sources/pos.yml", "amount: amount", "amount: replace(amount, ',', '.')"))
    (folder / "exports" / "orders.csv").unlink()
    result = regulars(folder, "replay-dead-letters")
    assert result.returncode == 2, result.stderr
    assert result.stdout.splitlines() == [
        "orders: orders.csv: 1 still dead",
        f"  {folder}/exports/orders.csv: the file is gone",
        "    remedy: put it back as it was, and replay its dead letters again",
        "orders: orders_2.csv: 1 loaded",
        "dead letters of 2 files: 1 loaded, 1 still dead",
        "run the night again: regulars run --store shop --day 2024-06-30",
    ]
    assert "the dead letters of 1 file could not be loaded again, and stay" in result.stderr
