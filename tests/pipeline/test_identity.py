"""The identities of a simulated store against its truth, and a human who knows better."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from regulars.orchestration.cli import app
from regulars.orchestration.nightly import nightly_of
from regulars.simulation.simulate import simulate
from regulars.simulation.world import World
from tests.stores import demo_store_in

ROOT = Path(__file__).parents[2]
WORLD = World(customers=900, days=60, seed=5, dirt="standard")
DAY = WORLD.date_of(WORLD.days - 1)
# an account and a card that one person has, and nothing but addresses puts together
SOMEBODY = """
select card.customer_id, 'account:pos:' || card.identifier, 'account:shop:' || account.identifier
from customer_identifiers as card
inner join customer_identifiers as account using (customer_id, identifier_kind)
inner join next_actions using (customer_id)
where card.source = 'pos' and account.source = 'shop' and identifier_kind = 'account' and action_id <> 'none'
order by all
"""


def command(store: Path, *words: str) -> str:
    """What the terminal says of a command that succeeds."""
    ended = CliRunner().invoke(app, [*words, "--store", str(store)])
    assert ended.exit_code == 0, ended.output
    return ended.output


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo store with a night of standard dirt."""
    folder = demo_store_in(tmp_path_factory.mktemp("stores") / "demo")
    simulate(folder, WORLD)
    command(folder, "run")
    return folder


def rows(store: Path, query: str) -> list[tuple[object, ...]]:
    version = nightly_of(store).published.current()
    assert version
    with duckdb.connect(version.database, read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_hardly_anybody_is_mixed_up_or_left_in_parts(store: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    graded = [sys.executable, str(ROOT / "benchmarks" / "identity.py"), "--store", str(store)]
    subprocess.run([*graded, "--json", str(figures)], check=True, capture_output=True)
    found = json.loads(figures.read_text("utf-8"))
    assert found["people"] > 500
    assert found["precision"] >= 0.999
    assert found["recall"] >= 0.97


def test_who_is_parted_by_a_human_is_two_people_in_the_same_night(store: Path) -> None:
    customer_id, card, account = map(str, rows(store, SOMEBODY)[0])
    refused = CliRunner().invoke(
        app, ["unmerge", card, "account:shop:1", "--because", "who?", "--by", "ada", "--store", str(store)]
    )
    assert (refused.exit_code, "no fact up to" in refused.output) == (2, True)
    said = command(store, "unmerge", card, account, "--because", "two sisters", "--by", "ada")
    assert said.count(customer_id) == 2
    contradicted = CliRunner().invoke(
        app, ["link", account, card, "--because", "not so", "--by", "bob", "--store", str(store)]
    )
    assert (contradicted.exit_code, "identity_words.yml:4" in contradicted.output) == (2, True)

    assert "stands as it was published" not in command(store, "run")
    ((change, kept, other, reason),) = rows(
        store,
        "select change, customer_id, other_customer_id, reason from identity_changes"
        f" where as_of_date = '{DAY}'",
    )
    assert (change, kept, reason) == ("split", customer_id, "said by ada: two sisters")
    owners = dict(
        rows(
            store,
            "select identifier_kind || ':' || source || ':' || identifier, customer_id"
            f" from customer_identifiers where customer_id in ('{kept}', '{other}')",
        )
    )
    assert {owners[card], owners[account]} == {kept, other}
    for table in ("customers", "customer_features", "next_actions"):
        found = rows(store, f"select customer_id from {table} where customer_id in ('{kept}', '{other}')")
        assert len(found) == 2, table
    assert date.fromisoformat(str(rows(store, "select max(as_of_date) from decision_trace")[0][0])) == DAY
    restated = rows(
        store,
        "select customer_id, action_before, action_id, because, reason from restated_decisions order by 1",
    )
    assert sorted(str(customer) for customer, *_ in restated) == sorted([str(kept), str(other)])
    assert {because for *_, because, _ in restated} == {"said by ada: two sisters"}
    # somebody to whom something was handed over before was looked for
    assert all(before not in (None, "none") for _, before, *_ in restated)
    for customer, now in ((kept, other), (other, kept)):
        said = f"(tonight split from {now}: said by ada: two sisters)"
        query = "select reason from {} where customer_id = '{}'"
        (decided,) = rows(store, query.format("next_actions", customer))
        assert all(
            str(reason).endswith(said)
            for (reason,) in (decided, *rows(store, query.format("decision_trace", customer)))
        )
