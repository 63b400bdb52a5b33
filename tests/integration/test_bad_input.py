"""The real program on bad input: exit code 2, file, line and remedy, nothing half-published."""

import gzip
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.shops import FILES, HEADER, ORDERS, changed, write_shop

PROGRAM = Path(sys.executable).with_name("regulars")
CUT = gzip.compress(ORDERS.encode())[:-6]
GZIP_CONTRACT = changed("sources/pos.yml", "orders*.csv", "orders*.csv.gz")
Regulars = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def regulars(tmp_path: Path) -> Regulars:
    """Runs the installed program on a shop with some of its files changed."""

    def run(*arguments: str, files: dict[str, str | bytes] | None = None) -> subprocess.CompletedProcess[str]:
        shop = write_shop(tmp_path / "shop", files)
        command = [str(PROGRAM), *arguments, "--store", str(shop)]
        environment = {name: value for name, value in os.environ.items() if name != "REGULARS_STORE"}
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=240, cwd=tmp_path, env=environment
        )

    return run


def is_untouched(folder: Path) -> bool:
    """Whether a shop has neither a published version nor a draft of one."""
    return not list((folder / "shop").glob("state/published/**/*"))


BAD = {
    "missing file pattern": (
        changed("sources/pos.yml", "orders*.csv", "sales*.csv"),
        "sources/pos.yml:5:",
        "sales*.csv",
    ),
    "missing column": (
        {"exports/orders.csv": ORDERS.replace("amount", "total")},
        "sources/pos.yml:11:",
        "orders.csv has no column 'amount'",
    ),
    "unknown entity": (
        changed("sources/pos.yml", "entity: orders", "entity: order"),
        "sources/pos.yml:6:",
        "did you mean 'orders'?",
    ),
    "unknown landing column": (
        changed("sources/pos.yml", "amount:", "amuont:"),
        "sources/pos.yml:11:",
        "did you mean 'amount'?",
    ),
    "bad expression": (
        changed("sources/pos.yml", "amount: amount", "amount: amount *"),
        "sources/pos.yml:11:",
        "is not a SQL expression",
    ),
    "expression that does not fit": (
        changed("sources/pos.yml", "amount: amount", "amount: amount * 2"),
        "sources/pos.yml:11:",
        "cannot be evaluated on orders.csv",
    ),
    "wrong type": (changed("store.yml", "2024-04-01", "[1]"), "store.yml:5:", "first_day"),
    "wrong type under file_columns": (
        changed("sources/pos.yml", "entity: orders", "entity: orders\n    file_columns: {amount: decimall}"),
        "sources/pos.yml:7:",
        "'decimall' is not a SQL type",
    ),
    "condition that does not fit": (
        changed("sources/pos.yml", "entity: orders", "entity: orders\n    where: knid = 'sale'"),
        "sources/pos.yml:7:",
        "orders.csv has no column 'knid'",
    ),
    "two names of one column": (
        {
            **changed("sources/pos.yml", "amount: amount", "amount: amount\n    aliases: {who: [card]}"),
            "exports/orders.csv": ORDERS.replace("id,", "card,", 1),
        },
        "exports/orders.csv:",
        "both 'card' and 'who'",
    ),
    "chance": (
        changed("sources/pos.yml", "amount: amount", "amount: random()"),
        "sources/pos.yml:11:",
        "reads the clock, chance or the machine",
    ),
    "no row that can be read": (
        {"exports/orders.csv": HEADER + "1,soon,1,anna\n2,later,1,ben\n"},
        "sources/pos.yml:10:",
        "no row of orders.csv can be read: 2 dead: ordered_at cannot be read as timestamp, such as 'soon'",
    ),
    "empty file": ({"exports/orders.csv": ""}, "exports/orders.csv:", "the file is empty"),
    "truncated gzip": (
        {**GZIP_CONTRACT, "exports/orders.csv.gz": CUT},
        "exports/orders.csv.gz:",
        "the file is damaged or cut off",
    ),
    "not yaml": ({"segments.yml": "segments: ["}, "segments.yml:1:", "not YAML"),
    "unknown feature": (
        changed("segments.yml", "order_count <= 1", "order_cuont <= 1"),
        "segments.yml:4:",
        "did you mean 'order_count'?",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_check_names_file_line_and_remedy(tmp_path: Path, regulars: Regulars, case: str) -> None:
    files, place, message = BAD[case]
    result = regulars("check", files=files)
    assert result.returncode == 2, result.stderr
    assert f"error: {tmp_path / 'shop' / place}" in result.stderr
    assert message in result.stderr
    assert re.search(r"\n  remedy: \w+", result.stderr)
    assert "Traceback" not in result.stdout + result.stderr
    assert is_untouched(tmp_path)


def test_check_accepts_the_shop_without_mistakes_and_writes_nothing(
    tmp_path: Path, regulars: Regulars
) -> None:
    result = regulars("check")
    assert (result.returncode, "1 files fit" in " ".join(result.stdout.split())) == (0, True)
    assert not (tmp_path / "shop" / "state").exists()


def test_check_counts_the_rows_that_would_be_dead_letters_and_accepts_a_few(regulars: Regulars) -> None:
    result = regulars("check", files={"exports/orders.csv": ORDERS + "3,soon,1,eve\n"})
    assert result.returncode == 0, result.stderr
    assert "pos/orders/orders*.csv: of the 3 rows of orders.csv 2 fit, 1 dead\n" in result.stdout
    assert "  1 dead: ordered_at cannot be read as timestamp, such as 'soon' in row 3\n" in result.stdout
    assert "1 files fit" in result.stdout


def test_a_traceback_is_shown_to_those_who_ask(regulars: Regulars) -> None:
    result = regulars("check", "--debug", files={"exports/orders.csv": ""})
    assert (result.returncode, "Traceback" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (
            "2024-03-31",
            "store.yml: there is no night 2024-03-31: the nights of this store are 2024-04-01 to 2024-06-30",
        ),
        ("2024-07-01", "there is no night 2024-07-01"),
        ("31.5.2024", "'31.5.2024' is no day\n  remedy: write it as 2017-12-31"),
        ("2024-02-30", "'2024-02-30' is no day"),
    ],
)
def test_a_wrong_day_is_refused_before_anything_starts(
    tmp_path: Path, regulars: Regulars, day: str, message: str
) -> None:
    result = regulars("run", "--day", day)
    assert result.returncode == 2
    assert message in result.stderr
    assert "remedy: " in result.stderr
    assert "Traceback" not in result.stderr
    assert is_untouched(tmp_path)


def test_a_backfill_whose_days_are_swapped_is_refused(tmp_path: Path, regulars: Regulars) -> None:
    result = regulars("backfill", "--from", "2024-05-02", "--to", "2024-05-01")
    assert (result.returncode, "remedy: swap them" in result.stderr) == (2, True)
    assert is_untouched(tmp_path)


def test_an_expression_that_fails_on_a_row_ends_the_night_with_the_line_to_mend(
    tmp_path: Path, regulars: Regulars
) -> None:
    files = changed("sources/pos.yml", "amount: amount", "amount: cast(amount as integer)")
    result = regulars(
        "run", "--day", "2024-05-31", files={**files, "exports/orders.csv": HEADER + "1,2024-05-01,x,a\n"}
    )
    assert result.returncode == 2, result.stderr
    assert "sources/pos.yml:11: 'cast(amount as integer)' cannot be evaluated on orders.csv" in result.stderr
    assert "remedy: " in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert is_untouched(tmp_path)


def test_a_stream_that_ended_stops_the_night_after_the_days_of_its_contract(
    tmp_path: Path, regulars: Regulars
) -> None:
    every_week = changed("sources/pos.yml", "columns:", "freshness: {stop_after_days: 7}\n    columns:")
    result = regulars("run", "--day", "2024-05-09", files=every_week)
    assert result.returncode == 1, result.stderr
    assert "landing/orders: Streams of orders have rows as new as their contracts say: pos every 7 days" in (
        " ".join(result.stdout.split())
    )
    assert is_untouched(tmp_path)


@pytest.mark.parametrize("arguments", [("look",), ("query", "from customers")])
def test_results_are_not_shown_before_the_first_night(regulars: Regulars, arguments: tuple[str, ...]) -> None:
    result = regulars(*arguments)
    assert (result.returncode, "no night was published yet" in result.stderr) == (2, True)


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    result = subprocess.run(
        [PROGRAM, "check", "--store", tmp_path], capture_output=True, text=True, check=False, timeout=60
    )
    assert (result.returncode, "not a store: it has no store.yml" in result.stderr) == (2, True)


def test_a_message_prints_square_brackets_as_they_are(regulars: Regulars) -> None:
    files = changed("sources/pos.yml", "orders*.csv", "orders[ab].csv")
    assert "no file matches 'orders[ab].csv'" in regulars("check", files=files).stderr


def test_the_shop_of_these_tests_is_whole() -> None:
    assert set(FILES) == {"store.yml", "segments.yml", "actions.yml", "channels.yml", "sources/pos.yml"}
