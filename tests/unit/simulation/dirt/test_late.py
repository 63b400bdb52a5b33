from pathlib import Path

import polars as pl

from regulars.simulation.dirt.late import LONGEST_DELAY_DAYS, arrivals, forget, hold

ROWS = pl.DataFrame({"line": [f"line {number}" for number in range(30)], "_call": ["page"] * 30})


def test_every_row_that_is_held_back_arrives_once_within_the_longest_delay(tmp_path: Path) -> None:
    hold(tmp_path, 10, {"web calls": ROWS}, seed=1)
    arrived = [arrivals(tmp_path, day).get("web calls") for day in range(10, 10 + LONGEST_DELAY_DAYS + 2)]
    assert arrived[0] is None
    assert arrived[-1] is None
    lines = [line for frame in arrived if frame is not None for line in frame["line"]]
    assert sorted(lines) == sorted(ROWS["line"])


def test_subjects_are_kept_apart(tmp_path: Path) -> None:
    hold(tmp_path, 0, {"web calls": ROWS, "email events": ROWS.select("line")}, seed=1)
    arrived = arrivals(tmp_path, 1)
    assert set(arrived) == {"web calls", "email events"}
    assert arrived["email events"]["_call"].null_count() == arrived["email events"].height


def test_rows_are_kept_until_a_day_after_their_arrival_is_the_last_one(tmp_path: Path) -> None:
    for day in range(10):
        hold(tmp_path, day, {"web calls": ROWS}, seed=1)
    assert len(list(tmp_path.glob("*.parquet"))) == 10
    forget(tmp_path, 8)
    assert [file.stem for file in sorted(tmp_path.glob("*.parquet"))] == ["00005", "00006", "00007", "00008"]
    assert sum(frame.height for frame in arrivals(tmp_path, 9).values()) > ROWS.height / 2


def test_a_day_without_held_rows_leaves_no_file(tmp_path: Path) -> None:
    hold(tmp_path, 0, {}, seed=1)
    assert list(tmp_path.iterdir()) == []
