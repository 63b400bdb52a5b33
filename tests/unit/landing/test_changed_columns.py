"""What a vendor's change of columns does: a file fits by the names of its columns, or is refused whole."""

import io
import json
from collections.abc import Callable

import polars as pl
import pytest

from regulars.store.errors import UserError
from tests.shops import HEADER, ORDERS
from tests.unit.landing.conftest import COLUMNS, Shop, contract

NAMES = ("id", "placed", "amount", "who")
LANDED = [("1", "anna", 9.5), ("2", "ben", 3.0)]
FRAME = pl.read_csv(ORDERS.encode(), infer_schema=False)
Change = Callable[[pl.DataFrame], pl.DataFrame]


def written(frame: pl.DataFrame, suffix: str) -> bytes:
    buffer = io.BytesIO()
    match suffix:
        case "csv":
            frame.write_csv(buffer)
        case "jsonl":
            frame.write_ndjson(buffer)
        case _:
            frame.write_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.select(NAMES[::-1]),
        lambda frame: frame.rename({name: name.upper() for name in NAMES}),
        lambda frame: frame.rename({name: f" {name.title()} " for name in NAMES}),
        lambda frame: frame.select(pl.lit("x").alias("new"), *NAMES),
    ],
    ids=["reordered", "capitals", "capitals and blanks", "one more in front"],
)
def test_columns_are_found_by_name_in_any_place(shop: Shop, suffix: str, change: Change) -> None:
    shop.land({f"a.{suffix}": written(change(FRAME), suffix)}, contract({"files": f"*.{suffix}"}))
    assert shop.orders() == LANDED


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_column_that_is_new_is_kept_beside_the_row(shop: Shop, suffix: str) -> None:
    newer = FRAME.with_columns(pl.lit("3").alias("id"), pl.lit("red").alias("colour")).head(1)
    exports: dict[str, str | bytes] = {
        f"1.{suffix}": written(FRAME, suffix),
        f"2.{suffix}": written(newer, suffix),
    }
    shop.land(exports, contract({"files": f"*.{suffix}"}))
    assert [extras and json.loads(extras) for (extras,) in shop.orders("extras")] == [
        None,
        None,
        {"colour": "red"},
    ]


def test_rows_that_come_again_with_a_new_column_that_is_kept_say_something_new(shop: Shop) -> None:
    shop.land({"1.csv": written(FRAME, "csv")}, contract())
    wider = written(FRAME.with_columns(pl.lit("red").alias("colour")), "csv")
    (again,) = shop.land({"2.csv": wider})
    assert (again.rows_loaded, again.rows_duplicate) == (2, 0)


def test_whether_a_key_is_new_does_not_depend_on_the_lines_beside_it(shop: Shop) -> None:
    plain, wider = written(FRAME, "jsonl"), b'{"id": "3", "placed": "2024-05-03", "colour": "red"}\n'
    shop.land({"1.jsonl": plain}, contract({"files": "*.jsonl"}))
    (again,) = shop.land({"2.jsonl": plain + wider})
    assert (again.rows_loaded, again.rows_duplicate) == (1, 2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("change", ["removed", "renamed"])
def test_a_file_without_a_column_that_the_contract_reads_is_refused_before_any_row_lands(
    shop: Shop, name: str, suffix: str, change: str
) -> None:
    frame = FRAME.drop(name) if change == "removed" else FRAME.rename({name: "elsewhere"})
    exports: dict[str, str | bytes] = {
        f"1.{suffix}": written(FRAME, suffix),
        f"2.{suffix}": written(frame, suffix),
    }
    with pytest.raises(UserError, match=rf"2\.{suffix} has no column '{name}'"):
        shop.land(exports, contract({"files": f"*.{suffix}"}))
    assert shop.rows("select path from landing.files") == [(f"1.{suffix}",)]
    assert shop.orders() == LANDED


def test_the_files_of_two_versions_of_a_vendor_s_software_fit_one_contract(shop: Shop) -> None:
    older = "Receipt;Sold at;Total;Card\n7;2024-05-07;7;gus\n".replace(";", ",")
    aliases = {"id": ["receipt"], "placed": ["sold_at", "Sold at"], "amount": ["total"], "who": ["card"]}
    shop.land({"older.csv": older, "newer.csv": ORDERS}, contract({"aliases": aliases}))
    assert shop.orders() == [*LANDED, ("7", "gus", 7.0)]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_type_that_changes_far_down_a_text_file_makes_dead_letters_and_loses_no_row(
    shop: Shop, suffix: str
) -> None:
    """Nothing is guessed from the first rows."""
    rows = 61_000
    frame = pl.select(id=pl.int_range(1, rows + 1).cast(pl.String), placed=pl.lit("2024-05-01")).with_columns(
        amount=pl.when(pl.col("id") == str(rows)).then(pl.lit("twelve")).otherwise(pl.lit("1")),
        who=pl.when(pl.col("id") == str(rows - 1)).then(pl.lit("anna")).otherwise(pl.lit("7")),
    )
    stream = {"files": f"*.{suffix}", "unknown_columns": "ignore"}
    (one,) = shop.land({f"o.{suffix}": written(frame, suffix)}, contract(stream))
    assert (one.rows_read, one.rows_loaded, one.rows_dead) == (rows, rows - 1, 1)
    assert shop.dead() == [(rows, "amount", "twelve", "cannot be read as decimal(18,4)")]
    who = (
        f"select customer_ref from landing.orders where order_ref in ('1', '{rows - 1}') order by row_number"
    )
    assert shop.rows(who) == [("7",), ("anna",)]


def parquet_of(**columns: pl.Expr) -> bytes:
    usual = {"id": pl.lit("1"), "placed": pl.lit("2024-05-01"), "amount": pl.lit("1"), "who": pl.lit("anna")}
    named = [expression.alias(name) for name, expression in (usual | columns).items()]
    return written(pl.select(named), "parquet")


@pytest.mark.parametrize(
    ("columns", "landed"),
    [
        ({"id": pl.lit(1, pl.Int64)}, ("1", "anna", 1.0)),
        ({"id": pl.lit(1.0)}, ("1.0", "anna", 1.0)),
        ({"amount": pl.lit(1, pl.Int8)}, ("1", "anna", 1.0)),
        ({"amount": pl.lit(1.0)}, ("1", "anna", 1.0)),
        ({"placed": pl.date(2024, 5, 1)}, ("1", "anna", 1.0)),
        ({"placed": pl.datetime(2024, 5, 1, time_zone="UTC")}, ("1", "anna", 1.0)),
        ({"who": pl.lit(None, pl.Null)}, ("1", None, 1.0)),
    ],
    ids=["whole id", "id with a point", "whole amount", "amount with a point", "date", "time", "nothing"],
)
def test_a_parquet_column_of_another_type_lands_if_its_values_can_be_read(
    shop: Shop, columns: dict[str, pl.Expr], landed: tuple[object, ...]
) -> None:
    """An id that became a number with a point is another id: nobody can tell it from one that always was."""
    shop.land({"o.parquet": parquet_of(**columns)}, contract({"files": "*.parquet"}))
    assert shop.orders() == [landed]


@pytest.mark.parametrize(
    ("columns", "letter"),
    [
        ({"amount": pl.lit("twelve")}, ("amount", "twelve", "cannot be read as decimal(18,4)")),
        ({"amount": pl.lit([1, 2])}, ("amount", "[1, 2]", "cannot be read as decimal(18,4)")),
        ({"placed": pl.lit(1714557600)}, ("ordered_at", "1714557600", "cannot be read as timestamp")),
        ({"placed": pl.lit(value=True)}, ("ordered_at", "true", "cannot be read as timestamp")),
    ],
    ids=["text", "list", "seconds", "yes or no"],
)
def test_a_parquet_column_of_another_type_makes_dead_letters_if_its_values_cannot_be_read(
    shop: Shop, columns: dict[str, pl.Expr], letter: tuple[str, str, str]
) -> None:
    shop.land({"o.parquet": parquet_of(**columns)}, contract({"files": "*.parquet"}))
    assert shop.dead() == [(1, *letter)]


def test_a_row_that_lost_or_won_a_cell_does_not_move_the_others(shop: Shop) -> None:
    rows = "1,2024-05-01,1,anna\n2,2024-05-02,2\n3,2024-05-03,3,eve,more\n4,2024-05-04,4,al\n"
    shop.land({"o.csv": HEADER + rows}, contract({"columns": COLUMNS}))
    assert shop.orders() == [("1", "anna", 1.0), ("4", "al", 4.0)]
    assert [(number, reason) for number, *_, reason in shop.dead()] == [
        (2, "Expected Number of Columns: 4 Found: 3"),
        (3, "Expected Number of Columns: 4 Found: 5"),
    ]
