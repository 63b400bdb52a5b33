from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from regulars.store.rule_words import RULE_WORDS
from regulars.store.segments import Segments
from regulars.store.store import Store, open_store
from regulars.warehouse.carried import CARRIED
from regulars.warehouse.connection import Warehouse
from regulars.warehouse.night import SCHEMAS, Night, prepare
from regulars.warehouse.published import PUBLISHED
from regulars.warehouse.receipts import Receipt, receipts_of
from regulars.warehouse.repetition import made_with
from regulars.warehouse.settings_tables import SETTINGS
from regulars.warehouse.versions import Published
from tests.shops import write_shop

DAY = date(2024, 5, 31)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(write_shop(tmp_path / "shop"))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "build" / "warehouse.duckdb", "1GB")


def test_a_night_is_told_its_day_in_the_store_s_time(store: Store, warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        prepare(connection, Night(store, DAY, None, date(2024, 5, 30)))
        assert connection.execute("from settings.night").fetchall() == [
            # the last of a month, on which models may learn from twelve before it
            (DAY, datetime(2024, 5, 31, 22), "Europe/Berlin", "EUR", date(2024, 5, 30), 12, None, 180, 180)  # noqa: DTZ001
        ]
        assert connection.execute("from settings.permissions").fetchall() == [
            ("letter", "marketing", "granted", "everybody signed for it")
        ]
        segments = "select segment_id, kind, position, predicate, evidence_columns from settings.segments"
        assert connection.execute(segments).fetchall() == [
            ("new", "stage", 1, "order_count <= 1", "order_count")
        ]


def test_a_night_knows_the_reviews_of_rules_up_to_its_day(store: Store) -> None:
    for day in (31, 30):
        RULE_WORDS.add(
            store.folder,
            {"rule": "segment:new", "reviewed": date(2024, 5, day), "because": "fine", "by": "ann"},
        )
    told = SETTINGS["rule_words"].frame(Night(open_store(store.folder), date(2024, 5, 30), None, None))
    assert told.rows() == [("segment", "new", date(2024, 5, 30), "fine", "ann")]


def test_a_night_knows_the_lists_of_earlier_nights_that_were_delivered(tmp_path: Path) -> None:
    letters = "destinations:\n  - {id: letters, tool: braze, channels: [letter], profile: [order_count]}\n"
    store = open_store(write_shop(tmp_path / "shop", {"destinations.yml": letters}))
    published = Published(store.state / "published")
    before = made_with(store, published, DAY)
    receipts = receipts_of(store.state, "letters")
    for about, day in (("letter", 30), ("profile", 30), ("letter", 31)):
        receipts.add(Receipt(f"{day}/{about}.csv", "sha", 7, about, "v", date(2024, 5, day)))
    told = SETTINGS["deliveries"].frame(Night(store, DAY, None, None))
    assert told.rows() == [(date(2024, 5, 30), "letters", "letter", ".csv", 7)]
    # so it is not the night that it was, but what is delivered after it changes nothing
    after = made_with(store, published, DAY)
    assert {name for name in after if after[name] != before[name]} == {"delivered"}
    receipts.add(Receipt("again.csv", "sha", 7, "letter", "v", DAY))
    assert made_with(store, published, DAY) == after


@pytest.mark.parametrize(
    ("as_of", "previous", "month_ends"),
    [(date(2024, 5, 30), Path("earlier"), 0), (date(2024, 5, 30), None, 12), (DAY, Path("earlier"), 12)],
)
def test_models_may_learn_from_the_first_night_and_the_last_of_each_month(
    store: Store, as_of: date, previous: Path | None, month_ends: int
) -> None:
    told = SETTINGS["night"].frame(Night(store, as_of, previous, None))
    assert told["past_month_ends"].to_list() == [month_ends]


def test_a_store_that_declares_nothing_has_empty_settings(store: Store, warehouse: Warehouse) -> None:
    silent = replace(
        store,
        settings_file=replace(
            store.settings_file, content=store.settings.model_copy(update={"permissions": ()})
        ),
        segments_file=replace(store.segments_file, content=Segments(segments=())),
    )
    with warehouse.connect() as connection:
        prepare(connection, Night(silent, DAY, None, None))
        assert connection.execute("select segment_id, position from settings.segments").fetchall() == []
        assert connection.execute("select channel, basis from settings.permissions").fetchall() == []


def test_preparing_twice_gives_the_same_and_keeps_what_landed(store: Store, warehouse: Warehouse) -> None:
    for _ in range(2):
        with warehouse.connect() as connection:
            prepare(connection, Night(store, DAY, None, None))
            connection.execute("insert into landing.touched_days by name select 1 as file_id")
    with warehouse.connect() as connection:
        assert connection.execute("select count(*) from settings.night").fetchall() == [(1,)]
        assert connection.execute("select count(*) from landing.touched_days").fetchall() == [(2,)]
        schemas = {
            name for (name,) in connection.execute("select schema_name from duckdb_schemas()").fetchall()
        }
        assert {*SCHEMAS, "landing"} <= schemas


def test_a_night_carries_the_tables_of_the_night_before(
    tmp_path: Path, store: Store, warehouse: Warehouse
) -> None:
    previous = tmp_path / "previous.duckdb"
    with duckdb.connect(previous) as connection:
        for table in CARRIED:
            columns = ", ".join(f"{name} {data_type}" for name, data_type in reversed(table.columns.items()))
            connection.execute(f"create table {table.name} ({columns})")
        connection.execute("insert into planned_touchpoints (decision_id, channel) values ('d1', 'letter')")
        connection.execute("alter table planned_touchpoints add column said_by_a_later_release varchar")
    for earlier, expected in ((previous, [("d1", "letter")]), (None, [])):
        with warehouse.connect() as connection:
            prepare(connection, Night(store, DAY, earlier, None))
            carried = connection.execute("select decision_id, channel from previous.planned_touchpoints")
            assert carried.fetchall() == expected


def version_with(path: Path, *decision_ids: str) -> Path:
    """A published file with these plans, and one stay in a segment that is named after the file."""
    with duckdb.connect(path) as connection:
        for table in CARRIED:
            columns = ", ".join(f"{name} {data_type}" for name, data_type in table.columns.items())
            connection.execute(f"create table {table.name} ({columns})")
        stay = "insert into customer_segment_history by name select ? as segment_id"
        connection.execute(stay, [path.stem])
        for decision_id in decision_ids:
            connection.execute(
                "insert into planned_touchpoints by name select ? as decision_id", [decision_id]
            )
    return path


def test_a_night_run_again_carries_the_plans_of_its_earlier_runs_too_and_each_once(
    tmp_path: Path, store: Store, warehouse: Warehouse
) -> None:
    before = version_with(tmp_path / "before.duckdb", "d1", "d2")
    runs = (
        version_with(tmp_path / "first.duckdb", "d1", "d2", "d3"),
        version_with(tmp_path / "second.duckdb", "d2", "d3", "d4"),
    )
    for previous, expected in ((before, ["d1", "d2", "d3", "d4"]), (None, ["d1", "d2", "d3", "d4"])):
        with warehouse.connect() as connection:
            prepare(connection, Night(store, DAY, previous, None, earlier_runs=runs))
            plans = connection.execute("select decision_id from previous.planned_touchpoints order by all")
            assert [decision_id for (decision_id,) in plans.fetchall()] == expected
            stays = connection.execute("select segment_id from previous.customer_segment_history").fetchall()
            assert stays == ([("before",)] if previous else [])


def test_every_carried_table_is_published() -> None:
    assert {table.name for table in CARRIED} <= {table.name for table in PUBLISHED}


def test_the_warehouse_is_free_again_after_an_error(warehouse: Warehouse) -> None:
    with pytest.raises(duckdb.ParserException), warehouse.connect() as connection:
        connection.execute("selct")
    with warehouse.connect() as connection:
        assert connection.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)


def test_clearing_spill_removes_only_what_was_spilled(warehouse: Warehouse) -> None:
    with warehouse.connect():
        pass
    spill = warehouse.path.with_name("warehouse.duckdb.tmp")
    spill.mkdir()
    (spill / "block").touch()
    warehouse.clear_spill()
    warehouse.clear_spill()
    assert (warehouse.path.is_file(), spill.exists()) == (True, False)


def test_a_night_run_again_carries_what_its_earlier_runs_told_that_night(
    tmp_path: Path, store: Store, warehouse: Warehouse
) -> None:
    run = version_with(tmp_path / "run.duckdb", "d1")
    with duckdb.connect(run) as connection:
        connection.execute(
            f"insert into delivered_segments values ('crm', 'new', 'a', 'c_1', 'added', '{DAY}'),"
            " ('crm', 'new', 'b', 'c_2', 'added', '2000-01-01')"
        )
    with warehouse.connect() as connection:
        prepare(connection, Night(store, DAY, None, None, earlier_runs=(run,)))
        assert connection.execute("select address from previous.delivered_segments").fetchall() == [("a",)]
