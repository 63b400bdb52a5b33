"""What is found about rules, on a made-up night of twenty customers and a few rules."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from regulars.models.rule_review.review import review
from regulars.warehouse.carried import CARRIED

Connection = duckdb.DuckDBPyConnection
NIGHT = date(2024, 5, 10)
WAREHOUSE = """
create schema settings; create schema previous; create schema marts; create schema intermediate;
    create schema decisions;
create table settings.night as select date '2024-05-10' as as_of_date;
create table settings.segments as select *, date '2024-12-31' as review_date from (values
    ('new', 'stage', 1, 'order_count = 1', null, 'h1', 'team:crm', 'welcome'),
    ('big', 'intent', 2, 'order_count >= 5', 'order_count < 4', 'h2', 'team:crm', 'thanks'),
    ('rare', 'intent', 3, 'order_count >= 9', null, 'h3', 'team:vip', 'thanks,gift'),
    ('empty', 'intent', 4, 'order_count < 0', null, 'h4', 'team:crm', 'welcome')
) as segments(segment_id, kind, position, predicate, leave_when, definition_hash, owner, actions);
create table settings.experiments (experiment_id varchar, owner varchar);
create table settings.experiment_arms (experiment_id varchar, action_id varchar);
create table settings.actions as from (values ('welcome'), ('thanks'), ('gift')) as actions(action_id);
create table settings.channels as from (values ('email')) as channels(channel);
create table settings.rule_words (
    rule_kind varchar, rule_id varchar, reviewed_date date, because varchar, said_by varchar
);
create table marts.customer_features as
    select 'c_' || i as customer_id, i % 10 as order_count from range(20) as numbers(i);
create table intermediate.int_previous_scores as
    select customer_id, null::double as churn_probability from marts.customer_features;
create table marts.customer_segments as
    select customer_id, 'new' as segment_id, 'stage' as kind from marts.customer_features;
create table decisions.decision_trace (
    customer_id varchar, action_id varchar, channel varchar, is_chosen boolean, stopped_by varchar,
    reason_code varchar
);
create table decisions.action_effects (
    action_id varchar, channel varchar, assumed_rate double, chosen_count bigint, nothing_count bigint,
    effect_low double, effect_high double
);
"""
# what the night before knew of a segment that has nobody in it
QUIET = (
    "insert into previous.rules by name"
    " select 'segment' as rule_kind, 'empty' as rule_id, 'h4' as definition_hash"
)


@pytest.fixture
def connection() -> Iterator[Connection]:
    with duckdb.connect() as opened:
        opened.execute(WAREHOUSE)
        for table in CARRIED:
            columns = ", ".join(f"{name} {data_type}" for name, data_type in table.columns.items())
            opened.execute(f"create table previous.{table.name} ({columns})")
        yield opened


def members(connection: Connection, segment: str, first: int, last: int) -> None:
    connection.execute(
        "insert into marts.customer_segments"
        f" select 'c_' || i, '{segment}', 'intent' from range({first}, {last + 1}) as numbers(i)"
    )


def candidates(
    connection: Connection, action: str, count: int, *, stopped_by: str | None, reason: str
) -> None:
    stop = f"'{stopped_by}'" if stopped_by else "null"
    connection.execute(
        f"insert into decisions.decision_trace select 'c_' || i, '{action}', 'email', {stopped_by is None},"
        f" {stop}, '{reason}' from range({count}) as numbers(i)"
    )


def found(connection: Connection) -> dict[tuple[str, str, str], tuple[object, ...]]:
    """Every finding but that there are few journeys: since when, and the two numbers."""
    review(connection)
    rows = connection.execute(
        "select rule_id, finding, other_rule_id, since_date, counted, of_count from decisions.rule_review"
        " where finding <> 'too_few_journeys'"
    ).fetchall()
    return {(rule, finding, other): tuple(rest) for rule, finding, other, *rest in rows}


def test_rules_that_do_what_they_should_have_no_finding(connection: Connection) -> None:
    members(connection, "big", 0, 9)
    members(connection, "rare", 0, 3)
    candidates(connection, "thanks", 12, stopped_by=None, reason="chosen")
    assert found(connection) == {}
    rules = connection.execute(
        "select rule_kind, rule_id, owner, fired_count, candidate_count, last_fired_date from decisions.rules"
        " order by all"
    ).fetchall()
    assert rules == [
        ("action", "gift", "team:vip", 0, 0, None),
        ("action", "thanks", "team:crm, team:vip", 12, 12, NIGHT),
        ("action", "welcome", "team:crm", 0, 0, None),
        ("channel", "email", None, 12, 12, NIGHT),
        ("journeys", "segments", None, 4, None, NIGHT),
        ("segment", "big", "team:crm", 10, None, NIGHT),
        ("segment", "empty", "team:crm", 0, None, None),
        ("segment", "new", "team:crm", 20, None, NIGHT),
        ("segment", "rare", "team:vip", 4, None, NIGHT),
    ]


def test_the_same_people_for_other_actions_are_a_contradiction(connection: Connection) -> None:
    members(connection, "big", 0, 14)
    members(connection, "empty", 5, 19)
    # ten of the fifteen; rare and big name an action in common
    assert found(connection) == {("big", "contradict", "empty"): (NIGHT, 10, 15)}
    connection.execute("delete from marts.customer_segments where customer_id = 'c_14'")
    assert found(connection) == {}


def test_coming_for_the_reason_for_which_one_leaves_is_a_contradiction(connection: Connection) -> None:
    members(connection, "big", 0, 9)
    connection.execute("update settings.segments set leave_when = 'order_count > 7' where segment_id = 'big'")
    assert found(connection) == {("big", "contradict", "big"): (NIGHT, 4, 10)}


@pytest.mark.parametrize(("others", "finding"), [(14, ("rare", "big")), (9, ("rare", "big"))])
def test_a_segment_that_is_all_in_another_is_subsumed(
    connection: Connection, others: int, finding: tuple[str, str]
) -> None:
    members(connection, "big", 0, others)
    members(connection, "rare", 0, 9)
    rule, other = finding
    assert found(connection) == {(rule, "subsumed", other): (NIGHT, 10, others + 1)}


def test_an_action_that_always_loses_is_subsumed_by_what_wins(connection: Connection) -> None:
    candidates(connection, "thanks", 12, stopped_by=None, reason="chosen")
    candidates(connection, "gift", 12, stopped_by="arbitration", reason="outranked")
    assert found(connection) == {("gift", "subsumed", "thanks"): (NIGHT, 12, 12)}
    candidates(connection, "gift", 1, stopped_by=None, reason="chosen")
    assert found(connection) == {}


@pytest.mark.parametrize(
    ("effects", "is_found"),
    [
        (["'email', 0.1, 150, 120, -0.02, 0.03"], True),
        (["'email', 0.1, 60, 70, -0.02, 0.03", "'push', 0.1, 60, 70, -0.02, 0.03"], True),
        (["'email', 0.1, 150, 120, -0.02, 0.03", "'push', 0.1, 0, 0, null, null"], True),
        # too few draws; what is assumed may yet be so; something is there on one of the channels
        (["'email', 0.1, 99, 120, -0.02, 0.03"], False),
        (["'email', 0.1, 150, 120, -0.02, 0.12"], False),
        (["'email', 0.1, 150, 120, -0.02, 0.03", "'push', 0.1, 150, 120, 0.01, 0.03"], False),
        (["'email', 0.1, 0, 120, null, null"], False),
    ],
)
def test_an_action_that_draws_cannot_tell_from_nothing_is_proposed_for_removal(
    connection: Connection, effects: list[str], *, is_found: bool
) -> None:
    for effect in effects:
        connection.execute(f"insert into decisions.action_effects values ('thanks', {effect})")
    # the journey `big` names no other action, `rare` does
    assert {key for key in found(connection) if key[1] == "no_effect"} == (
        {("thanks", "no_effect", ""), ("big", "no_effect", "")} if is_found else set()
    )


def test_a_journey_of_whose_actions_none_can_be_told_from_nothing_is_proposed_for_removal(
    connection: Connection,
) -> None:
    for action in ("thanks", "gift"):
        connection.execute(
            f"insert into decisions.action_effects values ('{action}', 'email', 0.1, 150, 120, -0.02, 0.03)"
        )
    assert {key[0] for key in found(connection) if key[1] == "no_effect"} == {"thanks", "gift", "big", "rare"}


@pytest.mark.parametrize(
    ("defined", "fired", "since", "days"),
    [
        ("2024-04-01", "2024-04-10", date(2024, 4, 11), 30),
        ("2024-04-11", None, date(2024, 4, 11), 30),
        ("2024-04-01", "2024-04-11", None, 29),
        ("2024-04-12", None, None, 29),
    ],
)
def test_a_rule_that_fires_for_nobody_for_thirty_days_is_dead(
    connection: Connection, defined: str, fired: str | None, since: date | None, days: int
) -> None:
    last = f"date '{fired}'" if fired else "null::date"
    connection.execute(f"{QUIET}, date '{defined}' as defined_date, {last} as last_fired_date")
    assert found(connection) == ({("empty", "dead", ""): (since, days, 30)} if since else {})
    # another rule of the same name begins anew
    connection.execute("update settings.segments set definition_hash = 'h4b' where segment_id = 'empty'")
    assert found(connection) == {}


def test_what_caps_stop_nearly_always_is_starved(connection: Connection) -> None:
    candidates(connection, "thanks", 18, stopped_by="cap", reason="across_channels_cap")
    candidates(connection, "thanks", 2, stopped_by=None, reason="chosen")
    candidates(connection, "gift", 20, stopped_by="cap", reason="action_cooldown")
    candidates(connection, "welcome", 20, stopped_by="permission", reason="permission_denied")
    assert found(connection) == {("thanks", "starved_by_caps", ""): (NIGHT, 18, 20)}


def test_a_finding_goes_on_since_it_was_found_first(connection: Connection) -> None:
    candidates(connection, "thanks", 20, stopped_by="allocation", reason="nightly_limit")
    before = date(2024, 5, 3)
    for kind, rule in (("action", "thanks"), ("channel", "email")):
        connection.execute(
            "insert into previous.rule_review values (?, ?, 'starved_by_caps', '', ?)", [kind, rule, before]
        )
    assert found(connection) == {
        ("thanks", "starved_by_caps", ""): (before, 20, 20),
        ("email", "starved_by_caps", ""): (before, 20, 20),
    }


def test_a_review_date_that_is_over_waits_for_a_word(connection: Connection) -> None:
    connection.execute("update settings.segments set review_date = '2024-05-01' where segment_id = 'big'")
    assert found(connection) == {("big", "past_review_date", ""): (date(2024, 5, 1), 9, 0)}
    word = "insert into settings.rule_words values ('segment', 'big', '{}', 'still right', 'ann')"
    connection.execute(word.format("2024-04-20"))
    # for a month
    assert found(connection) == {}
    connection.execute("update settings.rule_words set reviewed_date = '2024-04-09'")
    assert found(connection) == {("big", "past_review_date", ""): (date(2024, 5, 9), 1, 0)}


def test_an_action_that_no_segment_names_is_nobody_s(connection: Connection) -> None:
    connection.execute("insert into settings.actions values ('lost')")
    assert found(connection) == {("lost", "no_owner", ""): (NIGHT, 0, 0)}


def test_journeys_are_audited_every_quarter_and_counted(connection: Connection) -> None:
    known = "insert into previous.rules values ('journeys', 'segments', null, '{}', null)"
    connection.execute(known.format("2024-04-01"))
    assert found(connection) == {}
    connection.execute("update previous.rules set defined_date = '2024-03-31'")
    assert found(connection) == {("segments", "audit_due", ""): (date(2024, 4, 1), 39, 0)}
    connection.execute(
        "insert into settings.rule_words values ('journeys', 'segments', '2024-04-02', 'all of use', 'ann')"
    )
    assert found(connection) == {}
    journeys = "select finding, counted, of_count from decisions.rule_review"
    assert connection.execute(journeys).fetchall() == [("too_few_journeys", 4, 10)]
    connection.execute(
        "insert into settings.segments select 's' || i, 'intent', 9, 'true', null, 'h', 'team:crm', 'gift',"
        " date '2024-12-31' from range(12) as numbers(i)"
    )
    review(connection)
    assert connection.execute(journeys).fetchall() == [("too_many_journeys", 16, 15)]
