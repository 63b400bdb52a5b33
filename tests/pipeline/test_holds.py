"""A complaint today means no marketing tomorrow: from the ticket's JSON to the row that the list lacks."""

import csv
import json
import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from regulars.orchestration.cli import app
from regulars.orchestration.nightly import nightly_of
from regulars.simulation.simulate import simulate
from regulars.simulation.world import World
from tests.stores import demo_store_in

WORLD = World(customers=600, days=45, seed=11, dirt="none")
DAY = WORLD.date_of(WORLD.days - 1)
CHOSEN = """
select customers.customer_id, customers.email, concat_ws(' ', first_name, last_name)
from next_actions inner join customers using (customer_id)
where channel = 'email' and action_id like '%offer%' and open_complaint_since_date is null
order by customer_id limit 1
"""

SAID = "on hold (open_complaint): complained on {day} about Broken on arrival, until the complaint is solved"


def run(store: Path) -> None:
    ended = CliRunner().invoke(app, ["run", "--store", str(store), "--day", str(DAY)])
    assert ended.exit_code == 0, ended.output


def rows(store: Path, query: str) -> list[tuple[str, ...]]:
    version = nightly_of(store).published.current()
    assert version
    with duckdb.connect(version.database, read_only=True) as connection:
        return connection.execute(query).fetchall()


def on_the_email_list(store: Path) -> set[str]:
    version = nightly_of(store).published.current()
    assert version
    file = version.database.parent / "action_lists" / "email.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["address"] for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The demo store after a night, and a copy that has not run yet."""
    folder = demo_store_in(tmp_path_factory.mktemp("stores") / "calm")
    simulate(folder, WORLD)
    other = Path(shutil.copytree(folder, folder.with_name("complaining")))
    run(folder)
    return folder, other


def test_a_complaint_today_means_no_marketing_tomorrow(stores: tuple[Path, Path]) -> None:
    calm, complaining = stores
    ((customer, email, name),) = rows(calm, CHOSEN)
    assert email in on_the_email_list(calm)

    written = f"{DAY}T15:00:00Z"
    user = {"id": 9001, "name": name, "email": email, "phone": None, "created_at": written}
    ticket = {
        "id": 900001,
        "via": {"channel": "email"},
        "created_at": written,
        "updated_at": written,
        "subject": "Broken on arrival",
        "priority": "high",
        "status": "open",
        "requester_id": 9001,
        "tags": ["complaint"],
        "satisfaction_rating": {"score": "offered"},
    }
    support = complaining / "exports" / "support"
    (support / "users_today.jsonl").write_text(json.dumps(user) + "\n", "utf-8")
    (support / "tickets_today.jsonl").write_text(json.dumps(ticket) + "\n", "utf-8")
    run(complaining)

    assert email not in on_the_email_list(complaining)
    said = rows(
        complaining,
        "select distinct trace.stopped_by, trace.reason_code, trace.reason from decision_trace as trace"
        f" where customer_id = '{customer}' and reason_code = 'on_hold'",
    )
    assert said == [
        (
            "hold",
            "on_hold",
            SAID.format(day=DAY),
        )
    ]
    told = ["explain", f"email:{email}", "--day", str(DAY), "--store", str(complaining)]
    explained = CliRunner().invoke(app, told, env={"COLUMNS": "200"}).output
    assert customer in explained
    assert "on hold (open_complaint)" in explained
    assert on_the_email_list(calm) - {email} == on_the_email_list(complaining)
