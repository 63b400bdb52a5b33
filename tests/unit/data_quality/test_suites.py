"""Every check of every suite: one warehouse passes them all, and one fails each check and nothing else."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from regulars.data_quality.checks import (
    AnyRows,
    Between,
    Check,
    Filled,
    Night,
    NoRows,
    OneOf,
    Severity,
    Unique,
)
from regulars.data_quality.door import Gate, run_gate
from regulars.data_quality.report import GateReport
from regulars.data_quality.suites import SUITES
from tests.unit.data_quality.broken import CASES
from tests.unit.data_quality.broken.action_lists import MANY_LEAVE
from tests.unit.data_quality.broken.case import (
    EMAIL,
    GRANTED_LATER,
    ORDERS_OF_NOBODY,
    PLANNED_FOR_D1,
    SENT_ANOTHER,
    Broken,
    answers,
    orders_of_days,
    orders_of_weeks,
    says_no,
    was_planned,
    was_sent,
)

GATES: tuple[Gate, ...] = ("landing", "marts", "decisions", "action_lists")


WRITTEN_TO_YESTERDAY = "update landing.messages set occurred_at = '2024-05-09 04:00:00'"


def count_violations(connection: duckdb.DuckDBPyConnection, check: Check) -> int:
    """What the check must find, said a second time and without Great Expectations."""
    table = check.table
    match check.rule:
        case NoRows(query):
            found = f"select count(*) from ({query})"
        case Filled(column):
            found = f"select count(*) from {table} where {column} is null"
        case Unique(columns):
            key, complete = ", ".join(columns), " and ".join(f"{name} is not null" for name in columns)
            repeated = f"select {key} from {table} where {complete} group by {key} having count(*) > 1"
            found = f"select count(*) from ({repeated})"
        case OneOf(column, values):
            found = f"select count(*) from {table} where {column} not in {values}"
        case Between(column, low, high):
            found = f"select count(*) from {table} where {column} not between {low} and {high}"
        case AnyRows():
            found = f"select if(count(*) = 0, 1, 0) from {table}"
    return int(connection.sql(found).fetchall()[0][0])


def failing(
    gate: str, connection: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> set[tuple[str, str, str]]:
    catalog = {
        "action_lists.post": dict.fromkeys(("as_of_date", "decision_id", "address", "first_name"), "VARCHAR")
    }
    catalog["marts.customer_features"] = {"overdue_ratio": "DOUBLE"}
    files = "select table_name, column_name from duckdb_columns() where schema_name = 'deliveries'"
    for table, column in connection.sql(files).fetchall():
        catalog.setdefault(f"deliveries.{table}", {})[column] = "VARCHAR"
    if not connection.sql("from duckdb_tables() where schema_name = 'action_lists'"):
        del catalog["action_lists.post"]
    checks = SUITES[gate](Night(as_of=night, catalog=catalog, context=context))
    return {
        (check.table, check.name, check.severity) for check in checks if count_violations(connection, check)
    }


def failing_after(
    gate: str, connection: duckdb.DuckDBPyConnection, sql: str, night: date, context: dict[str, object]
) -> set[tuple[str, str, str]] | None:
    """The checks that fail after `sql`, which is taken back; None if it cannot be run."""
    connection.begin()
    try:
        connection.execute(sql)
        return failing(gate, connection, night, context)
    except duckdb.Error:
        return None
    finally:
        connection.rollback()


def without_masking(
    gate: str,
    each: list[str],
    connection: duckdb.DuckDBPyConnection,
    night: date,
    context: dict[str, object],
) -> list[str]:
    """Statements put together as long as all that each of them breaks alone is broken, and nothing else.

    Each is tried with the two that were begun last: to try more costs as much as the gates that it spares.
    """
    together: list[tuple[str, set[tuple[str, str, str]]]] = []
    for sql in each:
        broken_alone = failing_after(gate, connection, sql, night, context)
        assert broken_alone
        for place in range(len(together))[-2:]:
            others, broken_by_them = together[place]
            both = f"{others};{sql}"
            if failing_after(gate, connection, both, night, context) == broken_by_them | broken_alone:
                together[place] = both, broken_by_them | broken_alone
                break
        else:
            together.append((sql, broken_alone))
    return [sql for sql, _ in together]


@pytest.fixture(scope="module")
def scratch(
    good_warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    path = shutil.copyfile(good_warehouse, tmp_path_factory.mktemp("scratch") / "warehouse.duckdb")
    with duckdb.connect(str(path)) as connection:
        yield connection


@pytest.fixture
def night_with_one_list(night: date, context: dict[str, object]) -> Night:
    return Night(as_of=night, catalog={"action_lists.post": {"decision_id": "VARCHAR"}}, context=context)


def broken(report: GateReport) -> list[tuple[str, Severity, int | None, int | None]]:
    """The failed checks, with how many of how many rows break them."""
    return [
        (result.check_name, result.severity, result.unexpected_count, result.element_count)
        for result in report.results
        if not result.success
    ]


@pytest.mark.parametrize("gate", GATES)
def test_every_check_passes_on_a_good_warehouse(
    gate: Gate, good_warehouse: Path, site: Path, night: date, context: dict[str, object]
) -> None:
    report = run_gate(gate, warehouse=good_warehouse, site=site, as_of=night, context=context)
    assert [result for result in report.results if not result.success] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.table}-{case.check}")
def test_a_check_fails_on_what_it_is_for_and_no_other_does(
    case: Broken, scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(case.sql)
    failed = failing(case.gate, scratch, night, context)
    scratch.rollback()
    expected = (case.table, case.check, case.severity)
    assert expected in failed
    assert {check for _, check, _ in failed - {expected}} == set(case.also)


@pytest.mark.parametrize(
    "sql",
    [
        f"{says_no(email=EMAIL)}; {GRANTED_LATER}",
        f"{answers('unsubscribed', email=EMAIL)}; {GRANTED_LATER}",
        says_no(email=EMAIL, purpose="service"),
        says_no(email=EMAIL, channel="email"),
        says_no(email=EMAIL, stated_at="2024-05-11 04:00:00"),
        says_no(email="else@shop.example", phone="102"),
        says_no(customer_ref="k2"),
        answers("opened", email=EMAIL),
        answers("unsubscribed", email=EMAIL, occurred_at="2024-05-11 04:00:00"),
        answers("unsubscribed", decision_id="e1"),
        f"{PLANNED_FOR_D1}; {answers('bounced', decision_id='e1')}; {GRANTED_LATER}",
        was_sent(date_sent="2024-05-03", channel="post"),
        was_planned("2024-05-02"),
        was_sent(date_sent="2024-05-08", channel="sms"),
        was_planned("2024-05-07", "sms"),
        "; ".join([was_sent(date_sent="2024-05-02", channel="sms")] * 2),
        # an earlier run of the night decided the same, and it is one touchpoint
        "insert into previous.planned_touchpoints values ('d1', 'c_2', 'thanks', 'post', '2024-05-10')",
        SENT_ANOTHER,
    ],
)
def test_what_is_outranked_about_something_else_or_long_ago_stops_nobody(
    sql: str, scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(sql)
    failed = failing("decisions", scratch, night, context)
    scratch.rollback()
    assert failed == set()


@pytest.mark.parametrize(
    "sent_and_planned",
    [
        (
            "insert into marts.customer_touchpoints by name"
            " select 'c_3' as customer_id, 'post' as channel, '2024-05-04' as sent_date"
        ),
        (
            "insert into marts.customer_touchpoints by name"
            " select 'c_3' as customer_id, 'sms' as channel, '2024-05-03' as sent_date from range(2)"
        ),
        (
            "insert into marts.customer_touchpoints by name"
            " select 'c_3' as customer_id, 'sms' as channel, '2024-05-09' as sent_date"
        ),
        # long ago for every cap, and within the cooldown of the action
        (
            "insert into previous.planned_touchpoints values ('e1', 'c_3', 'thanks', 'sms', '2024-04-20');"
            "insert into decisions.planned_touchpoints values ('e1', 'c_3', 'thanks', 'sms', '2024-04-20')"
        ),
    ],
)
def test_whoever_was_at_a_cap_is_kept_out_for_it(
    sent_and_planned: str, scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(f"update decisions.kept_out set reason_code = 'cap_reached'; {sent_and_planned}")
    failed = failing("action_lists", scratch, night, context)
    scratch.rollback()
    assert "caps_were_reached" not in {check for _, check, _ in failed}


def test_content_that_came_back_at_its_path_after_another_is_not_landed_twice(
    scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    for file_id, sha256 in ((8, "another"), (9, "sha2")):
        scratch.execute(
            f"insert into landing.files select * replace ({file_id} as file_id, '{sha256}' as sha256)"
            " from landing.files where file_id = 2"
        )
    failed = failing("landing", scratch, night, context)
    scratch.rollback()
    assert failed == set()


@pytest.mark.parametrize(
    "sql",
    [
        orders_of_weeks(4),
        orders_of_weeks(400),
        orders_of_weeks(3, usually=29),
        # once in the weeks before a day was like that
        orders_of_weeks(3, another_day=3),
        orders_of_weeks(900, another_day=900),
        # what came two days ago and not since is late, and says nothing of the day before
        orders_of_weeks(3, days_ago=2),
        orders_of_days(usually="'k' || i as customer_ref", today="null as customer_ref", rows=29),
        # a twentieth of the rows more than usual
        orders_of_days(
            usually="case when i > 0 then 'k' || i end as customer_ref",
            today="case when i > 3 then 'k' || i end as customer_ref",
        ),
        # whose days differ that much anyway
        orders_of_days(
            usually="case when (i + day) % 2 * (day % 2) = 0 then 'k' || i end as customer_ref",
            today="case when i % 2 = 0 then 'k' || i end as customer_ref",
        ),
    ],
)
def test_a_source_may_say_less_or_more_and_one_that_says_little_anything(
    sql: str, scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(sql)
    failed = failing("landing", scratch, night, context)
    scratch.rollback()
    assert failed == set()


def test_a_store_may_widen_what_is_usual(scratch: duckdb.DuckDBPyConnection, night: date) -> None:
    scratch.begin()
    scratch.execute(orders_of_weeks(3))
    failed = failing("landing", scratch, night, {"usual_volume": {"lowest": 0.05}})
    scratch.rollback()
    assert failed == set()


def test_torn_lines_of_a_log_do_not_stop_a_stream_to_which_few_of_its_rows_belong(
    scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(
        "update landing.files set rows_read = 100000, rows_skipped = 98898, rows_loaded = 1000,"
        " rows_duplicate = 0, rows_dead = 102, rows_unreadable = 102 where file_id = 1;"
        "insert into landing.dead_letters by name select 1 as file_id, i as row_number, 'torn' as reason"
        " from range(10, 110) as numbers(i)"
    )
    failed = failing("landing", scratch, night, context)
    scratch.rollback()
    assert failed == set()


def test_a_stream_of_a_preset_may_be_silent_while_another_of_it_takes_rows(
    scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    for file_id, stream, loaded in ((8, "mail", 3), (9, "refusals", 0)):
        scratch.execute(
            f"insert into landing.files select * replace ({file_id} as file_id, 'mailer' as source,"
            f" '{stream}' as stream, 'customers' as entity, 0 as rows_loaded, {loaded} as rows_duplicate,"
            f" {3 - loaded} as rows_skipped) from landing.files where file_id = 2"
        )
    failed = failing("landing", scratch, night, context)
    scratch.rollback()
    assert failed == set()


def test_orders_of_nobody_are_fine_up_to_half_of_all(
    scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(ORDERS_OF_NOBODY.format(orders=3))
    failed = failing("marts", scratch, night, context)
    scratch.rollback()
    assert failed == set()


def test_the_warning_about_orders_of_nobody_says_their_share(
    broken_warehouse: Callable[[str], Path], site: Path, night: date
) -> None:
    warehouse = broken_warehouse(ORDERS_OF_NOBODY.format(orders=4))
    report = run_gate("marts", warehouse=warehouse, site=site, as_of=night)
    assert broken(report) == [("most_orders_have_customer", "warn", 4, 7)]


@pytest.fixture
def broken_warehouses(
    gate: Gate,
    scratch: duckdb.DuckDBPyConnection,
    broken_warehouse: Callable[[str], Path],
    night: date,
    context: dict[str, object],
) -> Iterator[Path]:
    """One after the other, warehouses with the cases of a gate in them, in as few as show them all."""
    cases = [case for case in CASES if case.gate == gate]
    together = ";".join(case.sql for case in cases if not case.alone)
    alone = without_masking(gate, [case.sql for case in cases if case.alone], scratch, night, context)
    return map(broken_warehouse, [together, *alone])


@pytest.mark.parametrize("gate", GATES)
def test_great_expectations_fails_every_check_that_must_fail(
    gate: Gate,
    broken_warehouses: Iterator[Path],
    site: Path,
    night: date,
    context: dict[str, object],
) -> None:
    found = set()
    for warehouse in broken_warehouses:
        report = run_gate(gate, warehouse=warehouse, site=site, as_of=night, context=context)
        failed = {
            (result.table_name, result.check_name, result.severity)
            for result in report.results
            if not result.success
        }
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            assert failed == failing(gate, connection, night, context)
        found |= failed
    assert found >= {(case.table, case.check, case.severity) for case in CASES if case.gate == gate}


def test_a_warning_counts_what_should_be_looked_at(
    broken_warehouse: Callable[[str], Path], site: Path, night: date
) -> None:
    warehouse = broken_warehouse("update landing.orders set ordered_at = '1899-12-30'")
    report = run_gate("landing", warehouse=warehouse, site=site, as_of=night)
    assert broken(report) == [("plausible_dates", "warn", 3, 3)]


def test_the_warning_about_drift_names_model_kind_and_feature(
    broken_warehouse: Callable[[str], Path], site: Path, night: date
) -> None:
    warehouse = broken_warehouse(
        "update predictions.drift set is_alarm = true, value = 0.25"
        " where subject in ('all features', 'score')"
    )
    report = run_gate("predictions", warehouse=warehouse, site=site, as_of=night)
    assert broken(report) == [("no_drift_alarm", "warn", 2, 5)]
    (failed,) = (result for result in report.results if not result.success)
    assert failed.meaning.endswith(
        " Here: churn: inputs, share_beyond_limit 0.25 beyond 0.2, farthest order_count;"
        " churn: scores, psi 0.25 beyond 0.1."
    )


def test_every_check_has_a_warehouse_that_fails_it(night_with_one_list: Night) -> None:
    # checks of an entity are generated from one definition, so one entity stands for all
    stated = {(gate, check.name) for gate, suite in SUITES.items() for check in suite(night_with_one_list)}
    assert stated == {(case.gate, case.check) for case in CASES}


def test_every_check_is_named_once_per_table_and_explained(night_with_one_list: Night) -> None:
    for suite in SUITES.values():
        checks = suite(night_with_one_list)
        assert len({(check.table, check.name) for check in checks}) == len(checks)
        assert all(check.meaning.endswith(".") and check.owner for check in checks)


@pytest.mark.parametrize(
    "sql",
    [
        # few people, or a small part of many
        MANY_LEAVE.format(was_in=11, leave=10),
        MANY_LEAVE.format(was_in=200, leave=20),
        "update landing.files set loaded_date = '2024-05-08'",
        f"update landing.files set loaded_date = '2024-01-08'; {WRITTEN_TO_YESTERDAY}",
    ],
)
def test_a_destination_may_lose_few_people_and_hear_of_opt_outs_every_other_day(
    sql: str, scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(sql)
    failed = failing("action_lists", scratch, night, context)
    scratch.rollback()
    assert failed == set()


def test_many_may_leave_on_the_night_that_a_human_named(
    scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    (receiver,) = context["receivers"]  # type: ignore[misc,attr-defined]
    scratch.begin()
    scratch.execute(MANY_LEAVE.format(was_in=100, leave=100))
    confirmed = context | {"receivers": [receiver | {"confirmed": [night.isoformat()]}]}
    failed = failing("action_lists", scratch, night, confirmed)
    scratch.rollback()
    assert failed == set()
