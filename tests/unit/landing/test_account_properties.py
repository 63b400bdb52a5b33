"""Whatever is delivered, every row of every file is accounted for, or its file is refused whole."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from hypothesis import assume, given

from regulars.store.errors import UserError
from tests.examples import examples
from tests.unit.landing.conftest import Row, Shop, contract
from tests.unit.landing.made_up_files import Cells, MadeUpFile, Record, deliveries

TABLES = ("files", "orders", "dead_letters", "touched_days")
LEDGER = (
    "select path, rows_read, rows_loaded, rows_duplicate, rows_dead, rows_unreadable, rows_skipped"
    " from landing.files order by path"
)
ORDERS = (
    "select order_ref, ordered_at::varchar, amount::varchar, customer_ref, extras, path, row_number"
    " from landing.orders inner join landing.files using (file_id)"
)
LETTERS = "select path, row_number, row_text, reason from landing.dead_letters"


@examples(20)
@given(delivered=deliveries())
def test_every_row_is_accounted_for(shop: Shop, delivered: list[MadeUpFile]) -> None:
    begin(shop)
    refused = land_all(shop, delivered)
    check_account(shop, [file for file in delivered if file not in refused])
    before = everything(shop)
    assert shop.land({}) == []
    assert everything(shop) == before


@examples(20)
@given(delivered=deliveries())
def test_what_is_landed_does_not_depend_on_the_order_of_files_and_rows(
    shop: Shop, delivered: list[MadeUpFile]
) -> None:
    found = []
    # which of several line ends comes first may decide whether a file is refused
    delivered = [file for file in delivered if file.is_refused is not None]
    assume(delivered)
    names = [file.name for file in delivered]
    for turned in (False, True):
        begin(shop)
        files = [file.turned_round() for file in delivered[::-1]] if turned else delivered
        land_all(shop, files, names)
        orders = sorted(map(repr, (row[:5] for row in shop.rows(ORDERS))))
        letters = Counter(shop.rows("select row_text, reason from landing.dead_letters"))
        sums = shop.rows(
            "select sum(rows_read), sum(rows_loaded), sum(rows_duplicate), sum(rows_dead),"
            " sum(rows_unreadable), sum(rows_skipped) from landing.files"
        )
        found.append((orders, letters, sums))
    assert found[0] == found[1]


def begin(shop: Shop) -> None:
    """Forget the example before."""
    for table in TABLES:
        shop.connection.execute(f"delete from landing.{table}")
    for path in (shop.folder / "exports").iterdir():
        path.unlink()


def everything(shop: Shop) -> list[list[Row]]:
    """All that is landed."""
    return [shop.rows(f"from landing.{table} order by all") for table in TABLES]


def land_all(
    shop: Shop, delivered: Sequence[MadeUpFile], names: Sequence[str] | None = None
) -> list[MadeUpFile]:
    """Land the files, without each that is refused; returns those."""
    called = dict(zip(names or [file.name for file in delivered], delivered, strict=True))
    shop.deliver({name: file.content for name, file in called.items()}, contract(delivered[0].shape.stream))
    refused = []
    while True:
        try:
            shop.land({})
        except UserError as error:
            name = next(name for name in sorted(called) if name in str(error))
            assert called[name].is_refused is not False, error  # noqa: PT017 (most files are fine)
            assert error.remedy  # noqa: PT017
            check_no_trace(shop, name)
            (shop.folder / "exports" / name).unlink()
            refused.append(called.pop(name))
        else:
            assert [name for name, file in called.items() if file.is_refused] == []
            return refused


def check_no_trace(shop: Shop, name: str) -> None:
    """Nothing is kept of a refused file, nor of those behind it."""
    assert shop.rows(f"select path from landing.files where path >= '{name}'") == []
    numbers = "select file_id from landing.files"
    for table in ("orders", "dead_letters", "touched_days"):
        assert shop.rows(f"select 1 from landing.{table} where file_id not in ({numbers})") == []


def check_account(shop: Shop, delivered: Sequence[MadeUpFile]) -> None:
    """Compare all that is landed with what the files were made of."""
    ledger: list[Row] = []
    orders: dict[str, Row] = {}
    letters: dict[tuple[str, int], str | Cells] = {}
    for file in unlike(delivered):
        fates = Counter(record.fate for _, record in file.numbered)
        # of several rows with one key the last in the file stays, and the first of the files
        told = {
            str(record.cells["id"]): (*values(file, record.cells), file.name, number)
            for number, record in file.numbered
            if record.fate == "order"
        }
        new = {key: row for key, row in told.items() if key not in orders}
        orders |= new
        dead = [(number, record) for number, record in file.numbered if record.fate == "dead"]
        letters |= {(file.name, number): row_text(file, record) for number, record in dead}
        unreadable = sum(record.is_unreadable for _, record in dead)
        ends = (len(new), fates["order"] - len(new), fates["dead"], unreadable, fates["skipped"])
        ledger.append((file.name, fates.total(), *ends))
    assert shop.rows(LEDGER) == ledger
    found = {row[0]: (*row[:4], with_value(row[4]), *row[5:]) for row in shop.rows(ORDERS)}
    assert found == orders
    texts = shop.rows(LETTERS)
    assert sorted((name, number) for name, number, *_ in texts) == sorted(letters)
    for name, number, text, reason in texts:
        original = letters[name, number]
        assert (json.loads(text) if isinstance(original, dict) else text) == original
        assert reason


def unlike(delivered: Sequence[MadeUpFile]) -> Iterator[MadeUpFile]:
    """The files without those that say byte for byte what one before says."""
    contents = set()
    for file in delivered:
        digest = hashlib.sha256(file.content).digest()
        if digest not in contents:
            yield file
        contents.add(digest)


def values(file: MadeUpFile, cells: Cells) -> Row:
    """What a row of these cells becomes, without its place."""
    placed, amount = str(cells["placed"]), cells["amount"]
    return (
        cells["id"],
        placed.replace("T", " ").removesuffix("Z"),
        amount and f"{Decimal(amount):.4f}",
        cells["who"],
        file.shape.extras(cells),
    )


def with_value(extras: str | None) -> Cells:
    """The extras that have a value, by the names in small letters."""
    kept: Cells = json.loads(extras or "{}")
    return {name.casefold(): value for name, value in kept.items() if value is not None}


def row_text(file: MadeUpFile, record: Record) -> str | Cells:
    """What a dead letter must show: the cells of a row of CSV, else the bytes."""
    if file.shape.is_json or record.is_unreadable:
        return record.raw.decode("utf-8", "backslashreplace")
    return {name.strip(): record.cells[name.strip().casefold()] for name in file.header}
