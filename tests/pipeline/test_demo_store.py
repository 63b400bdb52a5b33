"""Nights of the simulated demo store: what a complaint or a no stops, and what comes back of its lists."""

import csv
import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from regulars.orchestration.cli import app
from regulars.orchestration.nightly import nightly_of
from regulars.simulation.simulate import advance, simulate
from regulars.simulation.world import World
from tests.replays import assert_that_nights_come_out_again
from tests.stores import demo_store_in

WORLD = World(customers=600, days=45, seed=11, dirt="none")
DAY = WORLD.date_of(WORLD.days - 1)
CHOSEN = """
select customers.customer_id, customers.email, concat_ws(' ', first_name, last_name)
from next_actions inner join customers using (customer_id)
where channel = 'email' and action_id like '%offer%' and open_complaint_since_date is null
order by customer_id limit 1
"""

NO_MAIL = """
select customers.email
from decision_trace as trace inner join customers using (customer_id)
where channel = 'email' and stopped_by = '{stopped_by}' and customers.email <> ''
    and customer_id not in (select customer_id from planned_touchpoints)
order by customer_id limit 1
"""
PUSH, BEGINS = "  - id: push\n", "segment: at_risk\nstart_date: 2024-04-15"
RECOMMENDING = {"welcome", "welcome_offer", "favourite_category_offer", "favourite_category_reminder"}
SAID = "on hold (open_complaint): complained on {day} about Broken on arrival, until the complaint is solved"


def run(store: Path, day: date = DAY, *more: str) -> str:
    ended = CliRunner().invoke(app, ["run", "--store", str(store), "--day", str(day), *more])
    assert ended.exit_code == 0, ended.output
    return ended.output


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
    """The demo store, with few pushes a night and an experiment, after a night; and a copy before it.

    In the copy one address is on a suppression list and one person is held, who get no mail in the other.
    """
    folder = demo_store_in(tmp_path_factory.mktemp("stores") / "calm")
    replace(folder / "channels.yml", PUSH, f"{PUSH}    nightly_capacity: 5\n")
    begins = f"segment: new\nstart_date: {DAY - timedelta(days=2)}"
    replace(folder / "experiments" / "we_miss_you_kind.yml", BEGINS, begins)
    simulate(folder, WORLD)
    other = Path(shutil.copytree(folder, folder.with_name("complaining")))
    run(folder)
    ((suppressed,),), ((held,),) = (
        rows(folder, NO_MAIL.format(stopped_by=stage)) for stage in ("cap", "experiment")
    )
    (other / "suppressions").mkdir()
    (other / "suppressions" / "register.csv").write_text(f"email,channel\n{suppressed},email\n", "utf-8")
    word = f"customer: email:{held}\n    since: {DAY}\n    because: she asked for rest\n    by: Ann"
    (other / "hold_words.yml").write_text(f"words:\n  - {word}\n", "utf-8")
    return folder, other


def replace(file: Path, text: str, by: str) -> None:
    before = file.read_text("utf-8")
    assert text in before
    file.write_text(before.replace(text, by), "utf-8")


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
    assert "products that suit her" in explained
    assert on_the_email_list(calm) - {email} == on_the_email_list(complaining)


def test_actions_that_recommend_have_products_beside_them_that_can_be_bought(
    stores: tuple[Path, Path],
) -> None:
    version = nightly_of(stores[0]).published.current()
    assert version
    with (version.folder / "action_lists" / "email.csv").open(encoding="utf-8", newline="") as lines:
        listed = list(csv.DictReader(lines))
    beside = {(row["action_id"], bool(row["product_1"])) for row in listed}
    assert ("welcome_offer", True) in beside
    assert {action for action, has_products in beside if has_products} <= RECOMMENDING
    assert not {action for action, has_products in beside if not has_products} & RECOMMENDING
    assert rows(stores[0], "select method from recommender where status = 'on'") == [("blend",)]
    assert (
        rows(stores[0], "select max(rank) from recommendations group by customer_id having max(rank) < 5")
        == []
    )


def test_an_address_and_a_sign_up_are_enough_for_a_welcome_and_a_birthday_for_a_greeting(
    stores: tuple[Path, Path],
) -> None:
    decided = """
        select action_id, max(order_count), max(days_since_sign_up), max(days_until_birthday), count(*) > 0
        from next_actions inner join customers using (customer_id)
        where action_id in ('welcome', 'birthday_greeting')
        group by action_id
        order by action_id
    """
    (birthday, welcome) = rows(stores[0], decided)
    assert birthday[0] == "birthday_greeting"
    assert int(birthday[3]) <= 7
    assert welcome[:2] == ("welcome", 0)
    assert int(welcome[2]) <= 14
    weighed = "select distinct action_id, context_weight from decision_trace where context_weight <> 1"
    assert rows(stores[0], weighed) == [("welcome_offer", 1.2)]


def test_nights_with_draws_limits_arms_holds_and_lists_decide_the_same_again_of_what_they_published(
    stores: tuple[Path, Path], tmp_path: Path
) -> None:
    for store in stores:
        assert_that_nights_come_out_again(nightly_of(store), tmp_path / store.name)
        assert rows(store, "select count(*) > 0 from exploration_log") == [(True,)]
        assert rows(store, "select used from allocation_limits where limit_id = 'push'") == [(5.0,)]
        assert rows(store, "select count(*) > 0 from experiment_assignments") == [(True,)]
        assert rows(store, "select count(*) > 0 from program_groups where program_group = 'holdout'") == [
            (True,)
        ]
    _, complaining = stores
    for table in ("suppressed_customers", "held_customers"):
        assert rows(complaining, f"select count(*) from {table}") == [(1,)]
    unread = "select file from configuration where text is null order by file"
    assert rows(complaining, unread) == [("hold_words.yml",), ("suppressions/register.csv",)]
    ended = CliRunner().invoke(app, ["replay", "--store", str(complaining), "--day", str(DAY)])
    assert ended.exit_code == 0, ended.output
    assert "decision_trace          the same" in ended.output


NEXT_DAY = DAY + timedelta(days=1)
NOT_AGAIN = ("bounce", "unsubscribe", "group_unsubscribe", "spamreport", "dropped")
PERMISSIONS = """
select customers.email, permissions.status
from customer_permissions as permissions inner join customers using (customer_id)
where channel = 'email' and purpose = 'marketing'
"""


def sent_mails(store: Path) -> list[dict[str, str]]:
    """Mails of the list that the mailer says it sent today, with what the list says of whom they are for."""
    version = nightly_of(store).published.current()
    assert version
    with (version.folder / "action_lists" / "email.csv").open(encoding="utf-8", newline="") as lines:
        listed = {row["decision_id"]: row for row in csv.DictReader(lines)}
    said = [
        json.loads(line)
        for file in sorted((store / "exports" / "email").glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    answered = {one["decision_id"] for one in said if one.get("decision_id") and one["event"] in NOT_AGAIN}
    return [
        listed[one["decision_id"]] | {"message": one["sg_message_id"]}
        for one in said
        if one["event"] == "processed"
        and one.get("decision_id") in listed
        and one["decision_id"] not in answered
        and listed[one["decision_id"]]["customer_ref"]
    ]


def say_no(store: Path, by_decision: str, by_email: str, by_message: str, by_account: str) -> None:
    """Four people unsubscribe, of each of whom the tools name another thing and nothing else."""
    at = int(datetime(NEXT_DAY.year, NEXT_DAY.month, NEXT_DAY.day, 20, tzinfo=UTC).timestamp())
    named = ({"decision_id": by_decision}, {"email": by_email}, {"sg_message_id": by_message})
    mails = [
        {"sg_event_id": f"no{number}", "sg_message_id": f"no{number}", "event": "unsubscribe"}
        | {"timestamp": at}
        | name
        for number, name in enumerate(named)
    ]
    (store / "exports" / "email" / "answers.jsonl").write_text(
        "".join(json.dumps(mail) + "\n" for mail in mails), "utf-8"
    )
    data = {"delivery_id": "no", "customer_id": by_account}
    other = {"event_id": "no", "object_type": "email", "metric": "unsubscribed", "timestamp": at}
    (store / "exports" / "messaging" / "answers.jsonl").write_text(
        json.dumps(other | {"data": data}) + "\n", "utf-8"
    )


def test_lists_are_answered_outcomes_are_joined_and_who_says_no_is_left_out_the_same_night(
    stores: tuple[Path, Path],
) -> None:
    """The last test, because the calm store goes on by a day."""
    store, _ = stores
    before = dict(rows(store, PERMISSIONS))
    listed = rows(store, "select decision_id from planned_touchpoints order by decision_id")
    advance(store, 1)
    a, b, c, *others = sent_mails(store)
    # the messenger knows accounts of the shop; whoever has none there is named by one of the tills
    of_shop = dict(rows(store, "select identifier, source from customer_identifiers where source = 'shop'"))
    d = next(mail for mail in others if mail["customer_ref"] in of_shop)
    refused = {mail["address"] for mail in (a, b, c, d)}
    assert {before[address] for address in refused} == {"granted"}
    say_no(store, a["decision_id"], b["address"], c["message"], d["customer_ref"])
    run(store, NEXT_DAY)

    after = dict(rows(store, PERMISSIONS))
    assert {after[address] for address in refused} == {"withdrawn"}
    assert refused.isdisjoint(on_the_email_list(store))
    came_back = f"from action_outcomes where planned_date = '{DAY}' and kept_out is null"
    assert rows(store, f"select decision_id {came_back} order by decision_id") == listed
    assert rows(store, f"select distinct matched_by {came_back} and sent_at is not null") == [
        ("decision_id",)
    ]
    said_no = rows(store, f"select decision_id {came_back} and unsubscribed_at is not null")
    assert {a["decision_id"], c["decision_id"]} <= {decision for (decision,) in said_no}
    counts = (
        "select handed_over_count > 0, sent_count > 0, handed_over_count >= accepted_count"
        " + unanswered_count, is_missing"
    )
    emails = f"from delivery_reconciliation where file = 'email.csv' and planned_date = '{DAY}'"
    assert rows(store, f"{counts} {emails}") == [(True, True, True, False)]

    versions = nightly_of(store).published.versions()
    run(store, NEXT_DAY)
    assert nightly_of(store).published.versions() == versions
