from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from regulars.simulation.choices import Dirt
from regulars.simulation.dirt.damaged import DAMAGE, REFUSED, write_damaged
from regulars.simulation.dirt.files import KINDS, REDELIVERY_DAY, WITH_TOTALS, pack, redelivery
from regulars.simulation.export import Dress, Export, Reading, write_export
from regulars.simulation.world import World

ROWS = pl.DataFrame({"Card No": ["1", "2"], "Name": ["Zoë", None], "_hidden": [1, 2]})
DAYS = range(200)


def export(day_number: int, subject: str = "pos receipts") -> Export:
    return Export(
        subject, f"pos/receipts_{day_number:03}.csv", ROWS, (Reading("order_lines"),), separator=";"
    )


def world(dirt: Dirt) -> World:
    return World(customers=1, days=1, dirt=dirt)


def read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, separator=";", infer_schema=False, glob=False)


@pytest.mark.parametrize("dirt", ["none", "standard"])
def test_whole_files_are_left_alone_in_a_world_that_is_not_hostile(dirt: Dirt) -> None:
    for day_number in DAYS:
        packed = pack(export(day_number), world(dirt))
        assert (packed.export.path, packed.dress, packed.truth.height) == (
            export(day_number).path,
            Dress(),
            0,
        )


def test_every_kind_of_file_fault_happens_and_is_told() -> None:
    told = {
        pack(export(day_number), world("hostile")).truth.row(0)[3:]
        for day_number in DAYS
        if happens(day_number)
    }
    assert told == {(kind, "dead" if kind == WITH_TOTALS else "loaded") for kind in KINDS}


def happens(day_number: int) -> bool:
    return pack(export(day_number), world("hostile")).truth.height > 0


def test_a_file_keeps_its_content_whatever_happens_to_it(tmp_path: Path) -> None:
    for day_number in filter(happens, DAYS):
        packed = pack(export(day_number), world("hostile"))
        write_export(packed.export, tmp_path, dress=packed.dress, has_marks=False)
        found = read(tmp_path / packed.export.path)
        known = {" ".join(name.split()).casefold(): name for name in found.columns}
        assert found[known["card no"]].to_list()[:2] == ["1", "2"]
        assert found[known["name"]].to_list()[:2] == ["Zoë", None]
        assert "_hidden" not in known


def test_totals_are_a_row_of_their_own_that_dies() -> None:
    receipts = ROWS.select(pl.col("Card No").alias("ReceiptNo"), pl.lit("1,00").alias("LineTotal"))
    totalled = [
        packed
        for day_number in DAYS
        if (packed := pack(replace(export(day_number), frame=receipts), world("hostile")))
        .truth["kind"]
        .to_list()
        == [WITH_TOTALS]
    ]
    assert totalled
    for packed in totalled:
        assert packed.export.frame.row(-1) == ("Total", "12.345,60", "1.204")
        assert packed.truth.select("row_number", "outcome").rows() == [(3, "dead")]


def test_a_file_is_delivered_again_under_a_name_that_sorts_behind_its_own() -> None:
    again = redelivery(export(9), REDELIVERY_DAY)
    assert again is not None
    assert again.path > export(9).path
    assert again.frame.equals(ROWS)
    assert redelivery(export(9), REDELIVERY_DAY + 1) is None
    assert redelivery(export(9, "consents"), REDELIVERY_DAY) is None


def test_damaged_files_lie_outside_the_exports_and_differ_from_their_originals(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    calls = pl.DataFrame({"line": ['{"type":"page"}'] * 100})
    products = pl.DataFrame({"Variant SKU": ["A-1"]})
    written = tuple(
        write_export(Export("", path, frame, ()), exports, dress=Dress(), has_marks=False)
        for path, frame in (
            ("web/1.jsonl.gz", calls),
            ("shop/orders_1.csv", ROWS),
            ("shop/products_1.csv", products),
        )
    )
    truth = write_damaged(written, exports, tmp_path / "damaged")
    assert truth["kind"].to_list() == list(DAMAGE)
    assert set(truth["outcome"]) == {REFUSED}
    originals = {path.read_bytes() for path in exports.rglob("*") if path.is_file()}
    for path in truth["path"]:
        assert not (exports / path).exists()
        assert (tmp_path / "damaged" / path).read_bytes() not in originals
