import duckdb
import pytest

from regulars.models.replay.comparison import Comparison, compared

KEY = ("customer_id", "action_id")


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """Decisions as published and as made again, three of each."""
    made = duckdb.connect()
    made.execute("attach ':memory:' as night; create schema decisions")
    values = "('a', 'gift', 1.5), ('b', 'gift', 2.0), ('b', null, 0.5)"
    rows = f"(values {values}) as rows(customer_id, action_id, score)"
    made.execute(f"create table night.trace as from {rows}; create table decisions.trace as from {rows}")
    return made


def comparison(connection: duckdb.DuckDBPyConnection) -> Comparison:
    return compared(connection, ("trace", KEY), "night")


def test_the_same_rows_in_another_order_are_the_same(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create or replace table decisions.trace as from night.trace order by score")
    assert str(comparison(connection)) == "the same, 3 rows"


def test_a_row_that_is_there_twice_is_not_the_same(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("insert into decisions.trace from night.trace limit 1")
    assert not comparison(connection).is_same


def test_what_differs_is_said_by_key_and_column(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update decisions.trace set score = 3 where action_id is null")
    connection.execute("delete from decisions.trace where customer_id = 'a'")
    connection.execute("insert into decisions.trace values ('c', 'gift', 1)")
    found = comparison(connection)
    assert (found.rows, found.only_published, found.only_replayed) == (3, 2, 2)
    assert found.examples == (
        "a, gift: did not come out again",
        "b, None: score was 0.5, is 3.0",
        "c, gift: was not there",
    )


def test_a_column_of_another_release_is_named_and_not_compared(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("alter table decisions.trace add column propensity double default 1")
    found = comparison(connection)
    assert (found.is_same, found.absent) == (True, ("propensity",))


def test_a_table_that_an_earlier_release_did_not_publish_is_not_compared(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("drop table night.trace")
    found = comparison(connection)
    assert (found.rows, found.absent) == (0, ("action_id", "customer_id", "score"))
