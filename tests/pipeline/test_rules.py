"""Rules over two nights: what is found about them, and what becomes of it when somebody says she looked."""

import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from regulars.orchestration.execution import run_night
from regulars.orchestration.nightly import nightly_of
from tests.parsed import with_parsed_project
from tests.shops import FILES, write_shop

PROGRAM = Path(sys.executable).with_name("regulars")
FIRST, SECOND = date(2024, 6, 29), date(2024, 6, 30)
SEGMENTS = (
    str(FILES["segments.yml"]).replace("2024-12-01", "2024-06-01")
    + """\
  - {id: crowd, kind: intent, depth: behaviour, predicate: order_count > 99, description: Very many orders,
     goal: ask them how, owner: "team:crm", actions: [offer], review_date: 2024-12-01}
"""
)
FOUND = "select rule_kind, rule_id, finding, since_date from rule_review order by all"


def review(folder: Path, rule: str) -> "subprocess.CompletedProcess[str]":
    words = ["--because", "still true", "--by", "ann", "--store", str(folder)]
    return subprocess.run(
        [str(PROGRAM), "review", rule, *words], capture_output=True, text=True, check=False, timeout=120
    )


def night(folder: Path, day: date) -> tuple[str, Path]:
    """What the terminal shows of a night, and what it published."""
    output, nightly = StringIO(), nightly_of(folder)
    run_night(nightly, day, Console(file=output, width=1000))
    return output.getvalue(), nightly.published.versions()[-1].folder


def rows(version: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(version / "regulars.duckdb", read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stores") / "shop"
    return with_parsed_project(write_shop(folder, {"segments.yml": SEGMENTS}))


def test_an_overdue_rule_waits_until_somebody_looked_at_it(shop: Path) -> None:
    said, first = night(shop, FIRST)
    few = ("journeys", "segments", "too_few_journeys", FIRST)
    assert rows(first, FOUND) == [few, ("segment", "new", "past_review_date", date(2024, 6, 1))]
    # the gate names whom it is about, and the night goes on
    assert "Some are in segment crowd tonight, and others are not; else mend its predicate" in said
    mistaken = review(shop, "segment:nwe")
    assert (mistaken.returncode, "did you mean 'segment:new'?" in mistaken.stderr) == (2, True)
    assert review(shop, "segment:new").returncode == 0
    _, second = night(shop, SECOND)
    assert rows(second, FOUND) == [few]
    reviewed = "select defined_date, last_fired_date, reviewed_date, reviewed_by, due_date from rules"
    assert rows(second, f"{reviewed} where rule_id = 'new'") == [
        (FIRST, SECOND, SECOND, "ann", date(2024, 7, 30))
    ]
    assert "segment,new," in (second / "sheets" / "rules.csv").read_text("utf-8")
