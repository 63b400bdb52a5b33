"""A check tries the first rows of each stream's newest file, says what they would become, loads nothing."""

import gzip
import json
import os
from collections.abc import Mapping

import duckdb
import pytest

from regulars.landing.trial import FIRST_ROWS, StreamTrial, check_exports
from regulars.store.errors import UserError
from regulars.store.store import open_store
from tests.shops import HEADER, ORDERS
from tests.unit.landing.conftest import COLUMNS, Shop, contract


def trials(
    shop: Shop, exports: Mapping[str, str | bytes], *streams: Mapping[str, object]
) -> list[StreamTrial]:
    shop.deliver(exports, contract(*streams))
    with duckdb.connect() as connection:
        found = check_exports(connection, open_store(shop.folder))
        assert connection.execute("select count(*) from information_schema.tables").fetchone() == (0,)
    return list(found)


def test_rows_that_fit_are_counted(shop: Shop) -> None:
    (trial,) = trials(shop, {"orders.csv": ORDERS})
    assert str(trial) == "pos/orders/*.csv: of the 2 rows of orders.csv 2 fit"
    assert (trial.notes, trial.mistake) == ((), None)


def test_dead_rows_are_counted_by_reason_with_an_example(shop: Shop) -> None:
    lines = "3,soon,1,a\n4,later,1,a\n5,2024-05-01,x,a\n6,torn\n"
    (trial,) = trials(shop, {"orders.csv": ORDERS + lines})
    assert str(trial) == "pos/orders/*.csv: of the 6 rows of orders.csv 2 fit, 4 dead"
    assert trial.notes == (
        "2 dead: ordered_at cannot be read as timestamp, such as 'soon' in row 3",
        "1 dead: amount cannot be read as decimal(18,4), such as 'x' in row 5",
        "1 dead: amount Expected Number of Columns: 4 Found: 2 in row 6",
    )
    assert trial.mistake is None


def test_rows_of_other_streams_are_counted(shop: Shop) -> None:
    (trial,) = trials(shop, {"orders.csv": ORDERS}, {"where": "who = 'ben'"})
    assert str(trial) == "pos/orders/*.csv: of the 2 rows of orders.csv 1 fit, 1 of other streams"


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl"])
def test_only_the_first_rows_are_tried(shop: Shop, suffix: str) -> None:
    dead = [FIRST_ROWS // 2, FIRST_ROWS + 5, FIRST_ROWS * 5]
    rows = [(number, "soon" if number in dead else "2024-05-01") for number in range(1, FIRST_ROWS * 5 + 2)]
    csv = HEADER + "".join(f"{number},{placed},1,a\n" for number, placed in rows)
    jsonl = "".join(json.dumps({"id": number, "placed": placed}) + "\n" for number, placed in rows)
    contents: dict[str, str | bytes] = {"csv": csv, "csv.gz": gzip.compress(csv.encode()), "jsonl": jsonl}
    (trial,) = trials(shop, {f"orders.{suffix}": contents[suffix]}, {"files": f"*.{suffix}"})
    assert str(trial) == f"pos/orders/*.{suffix}: of the first 1,000 rows of orders.{suffix} 999 fit, 1 dead"


@pytest.mark.parametrize("where", [None, "who = 'a'"])
def test_torn_lines_behind_the_first_rows_do_not_count(shop: Shop, where: str | None) -> None:
    lines = [f"{number},2024-05-01,1,a\n" for number in range(1, FIRST_ROWS * 5)]
    for place in (10, FIRST_ROWS + 50, FIRST_ROWS * 4):
        lines.insert(place, "torn\n")
    (trial,) = trials(shop, {"orders.csv": HEADER + "".join(lines)}, {"where": where})
    assert (trial.dead, trial.skipped, trial.rows) == (1, 0, FIRST_ROWS)


@pytest.mark.parametrize("quotes", ['"', ""])
def test_a_quoted_line_break_is_not_torn_by_the_end_of_the_first_lines(shop: Shop, quotes: str) -> None:
    lines = [f"{number},2024-05-01,1,a\n" for number in range(1, FIRST_ROWS)]
    lines += ['x,2024-05-01,1,"two\nlines"\n', 'y,2024-05-01,1,"b"\n', "torn\n"]
    content = HEADER + f"{quotes}0{quotes},2024-05-01,1,a\n" + "".join(lines)
    (trial,) = trials(shop, {"orders.csv": content})
    assert (trial.dead, trial.rows) == (0, FIRST_ROWS)


def test_a_quote_that_never_closes_is_found_in_a_long_file(shop: Shop) -> None:
    lines = [f"{number},2024-05-01,1,a\n" for number in range(FIRST_ROWS * 4)]
    lines[500] = 'open,2024-05-01,1,"a\n'
    with pytest.raises(UserError, match="not closed before the next row") as caught:
        trials(shop, {"orders.csv": HEADER + "".join(lines)})
    assert (caught.value.file, caught.value.line) == (shop.folder / "exports" / "orders.csv", 502)


def test_the_newest_file_of_a_stream_is_tried(shop: Shop) -> None:
    shop.deliver({"a.csv": ORDERS, "b.csv": ORDERS + "3,soon,1,a\n"})
    os.utime(shop.folder / "exports" / "b.csv", (1, 1))
    (trial,) = trials(shop, {})
    assert (trial.path.name, trial.files, trial.dead) == ("a.csv", 2, 0)


def test_a_file_of_which_no_row_can_be_read_is_a_mistake_at_its_line(shop: Shop) -> None:
    text = contract()
    (trial,) = trials(shop, {"orders.csv": HEADER + "1,soon,1,a\n2,later,1,a\n"})
    assert trial.mistake is not None
    assert trial.mistake.line == text[: text.index('"ordered_at"')].count("\n") + 1
    assert "no row of orders.csv can be read: 2 dead: ordered_at cannot" in trial.mistake.message
    assert trial.mistake.remedy


def test_a_log_whose_first_rows_are_of_other_streams_is_no_mistake(shop: Shop) -> None:
    (trial,) = trials(shop, {"orders.csv": ORDERS + "torn\n"}, {"where": "who = 'eve'"})
    assert (trial.rows, trial.skipped, trial.dead, trial.mistake) == (3, 2, 1, None)


def test_a_file_of_torn_lines_only_is_a_mistake(shop: Shop) -> None:
    (trial,) = trials(shop, {"orders.csv": HEADER + "torn\ntorn\n"})
    assert trial.mistake is not None


def test_a_header_without_rows_is_no_mistake(shop: Shop) -> None:
    (trial,) = trials(shop, {"orders.csv": HEADER})
    assert (trial.rows, trial.mistake) == (0, None)


def test_a_key_that_no_line_has_is_noted(shop: Shop) -> None:
    lines = '{"id": 1, "placed": "2024-05-01", "amount": 1}\n'
    (trial,) = trials(shop, {"orders.jsonl": lines}, {"files": "*.jsonl", "columns": COLUMNS})
    assert trial.notes == ("no line has 'who'",)


def test_times_without_a_zone_are_tried_in_that_of_the_stream(shop: Shop) -> None:
    stream = {"time_zone": "Asia/Tokyo", "file_columns": {"placed": "timestamptz"}, "columns": COLUMNS}
    (trial,) = trials(shop, {"orders.csv": ORDERS}, stream)
    assert (trial.rows, trial.dead) == (2, 0)
