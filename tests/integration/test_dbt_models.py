"""The dbt project on a real warehouse with a handful of facts, night after night."""

from datetime import date, timedelta
from decimal import Decimal
from statistics import stdev
from typing import Any

from ruamel.yaml import YAML

from tests.integration.dbt_warehouse import (
    ENGAGED,
    LAPSED,
    PROJECT,
    Row,
    Warehouse,
    line,
    march,
    message,
    order,
    product,
)

MARTS = (
    "customer_identifiers",
    "orders",
    "customer_features",
    "customers",
    "data_readiness",
    "customer_permissions",
    "customer_segments",
    "customer_segment_history",
    "customer_touchpoints",
)


def fill(warehouse: Warehouse, last_day: int) -> None:
    """Facts of three people up to and including a day; `last_day` 31 means all there are."""
    ann = [line(f"a{day}", day, f"{day}.25", discount=Decimal(day)) for day in (1, 2, 5, 9, 12, 19, 20)]
    bob = [order(f"b{day}", day, "40", email="BOB@example.com", discount=Decimal(10)) for day in (3, 13, 25)]
    messages = [message("m1", 4), message("m1", 12, "redeemed"), message("m2", 13), message("m3", 28)]
    statements = [
        {"record_key": str(day), "customer_ref": "ann", "channel": "mail", "purpose": "marketing",
         "status": status, "stated_at": march(day)}
        for day, status in ((6, "withdrawn"), (26, "granted"))
    ]  # fmt: skip
    end = march(last_day, 23) + timedelta(hours=1)
    warehouse.load("products", product("p1", "bread"))
    warehouse.load("customers", {"record_key": "ann", "customer_ref": "ann", "email": "ann@example.com"})
    facts: list[tuple[str, str, list[Row]]] = [
        ("order_lines", "occurred_at", ann),
        ("orders", "ordered_at", bob),
        ("messages", "occurred_at", messages),
        ("consents", "stated_at", statements),
    ]
    for entity, time, rows in facts:
        warehouse.load(entity, *(row for row in rows if row[time] < end))


def test_facts_after_the_as_of_day_change_nothing(warehouse: Warehouse) -> None:
    fill(warehouse, 31)
    warehouse.build(13)
    with_the_future = {table: warehouse.rows(f"marts.{table}") for table in MARTS}
    warehouse.create()
    fill(warehouse, 13)
    warehouse.build(13)
    assert {table: warehouse.rows(f"marts.{table}") for table in MARTS} == with_the_future


def test_features_agree_with_a_recomputation_from_the_landed_rows(warehouse: Warehouse) -> None:
    fill(warehouse, 31)
    warehouse.load(
        "order_lines", line("evening", 13, "3.00", occurred_at=march(13, 23), product_ref="unknown"),
        line("morning", 6, "5.00", occurred_at=march(6, 0)),
    )  # fmt: skip
    warehouse.night(13)
    columns = (
        "order_count_7d, order_count_30d, order_amount_7d, order_amount, days_since_first_order, "
        "days_since_last_order, order_gap_mean_days, order_gap_stddev_days, overdue_ratio, "
        "discount_share_90d, top_category, top_category_share_365d, messages_sent_30d, "
        "messages_redeemed_30d, weekend_order_share_365d, favourite_weekday, favourite_weekday_share_365d"
    )
    features = warehouse.execute(f"select {columns} from marts.customers where customer_ref = 'ann'")[0]

    orders = {1: "1.25", 2: "2.25", 5: "5.25", 6: "5.00", 9: "9.25", 12: "12.25", 13: "3.00"}
    amounts = {day: Decimal(amount) for day, amount in orders.items()}
    total = sum(amounts.values())
    discounts = Decimal(1 + 2 + 5 + 9 + 12)
    gaps = [1, 3, 1, 3, 3, 1]
    weekdays = [date(2024, 3, day).isoweekday() for day in orders]
    assert features == (
        3, 7, amounts[9] + amounts[12] + amounts[13], total, 12, 0,
        2.0, round(stdev(gaps), 6), 0.0,
        round(float(discounts / (total + discounts)), 6),
        "bread", round(float((total - 3) / total), 6), 2, 1,
        round(sum(weekday >= 6 for weekday in weekdays) / 7, 6), 2, round(2 / 7, 6),
    )  # fmt: skip


def history(warehouse: Warehouse) -> dict[str, tuple[Any, ...]]:
    rows = warehouse.execute(
        """select segment_id || ' ' || entered_date, exited_date, entry_reason, exit_reason
        from marts.customer_segment_history"""
    )
    return {key: tuple(values) for key, *values in rows}


def test_history_opens_and_closes_memberships_with_their_reasons(warehouse: Warehouse) -> None:
    warehouse.load("order_lines", line("a", 1, "60"), line("b", 9, "60"))
    warehouse.night(6)
    engaged = "order_count > 0 (order_count = 1)"
    assert history(warehouse) == {"engaged 2024-03-06": (None, engaged, None)}

    warehouse.carry_history()
    warehouse.night(7)
    lapsed = "days_since_last_order > 5 (days_since_last_order = 6)"
    closed = (date(2024, 3, 7), engaged, f"no longer: lapsed comes first, {lapsed}")
    assert history(warehouse) == {"engaged 2024-03-06": closed, "lapsed 2024-03-07": (None, lapsed, None)}

    warehouse.carry_history()
    warehouse.night(9)
    assert history(warehouse) == {
        "engaged 2024-03-06": closed,
        "lapsed 2024-03-07": (
            date(2024, 3, 9), lapsed, "no longer: days_since_last_order > 5 (days_since_last_order = 0)",
        ),
        "engaged 2024-03-09": (None, "order_count > 0 (order_count = 2)", None),
        "big_spender 2024-03-09": (None, "order_amount >= 100 (order_amount = 120.0000)", None),
    }  # fmt: skip

    warehouse.carry_history()
    warehouse.define(LAPSED, (*ENGAGED[:3], "order_count > 5", "order_count", "h2b", "", "crm"))
    warehouse.night(10)
    ended = {key: values[2] for key, values in history(warehouse).items() if values[0] == date(2024, 3, 10)}
    assert ended == {"engaged 2024-03-09": "definition changed", "big_spender 2024-03-09": "segment removed"}


def test_who_is_in_again_under_a_changed_definition_has_a_stay_of_each(warehouse: Warehouse) -> None:
    warehouse.load("order_lines", line("a", 1))
    warehouse.define(ENGAGED)
    warehouse.night(6)
    warehouse.carry_history()
    warehouse.define((*ENGAGED[:3], "order_count >= 1", "order_count", "h2b", "", "crm"))
    warehouse.night(7)
    first = "order_count > 0 (order_count = 1)"
    assert history(warehouse) == {
        "engaged 2024-03-06": (date(2024, 3, 7), first, "definition changed"),
        "engaged 2024-03-07": (None, "definition changed: order_count >= 1 (order_count = 1)", None),
    }
    hashes = "select definition_hash from marts.customer_segment_history order by entered_date"
    assert warehouse.execute(hashes) == [("h2",), ("h2b",)]


def test_who_is_in_stays_until_she_has_a_reason_to_leave(warehouse: Warehouse) -> None:
    slow = (
        "slow",
        "stage",
        1,
        "days_since_last_order >= 3",
        "days_since_last_order,order_count",
        "h1",
        "",
        "crm",
    )
    engaged = ("engaged", "stage", 2, "order_count > 0", "order_count", "h2", "", "crm")

    def stage(day: int) -> str:
        warehouse.night(day)
        warehouse.carry_history()
        ((found,),) = warehouse.execute("select segment_id from marts.customer_segments where kind = 'stage'")
        return str(found)

    warehouse.define(slow, engaged)
    warehouse.execute(
        "update settings.segments set leave_when = 'order_count >= 3' where segment_id = 'slow'"
    )
    warehouse.load("order_lines", line("a", 1), line("b", 5), line("c", 6))
    assert [stage(2), stage(4), stage(5)] == ["engaged", "slow", "slow"]
    # another rule, under which she was in on no night
    warehouse.execute("update settings.segments set definition_hash = 'h1b' where segment_id = 'slow'")
    assert stage(5) == "engaged"
    warehouse.create()
    warehouse.define(slow, engaged)
    warehouse.execute(
        "update settings.segments set leave_when = 'order_count >= 3' where segment_id = 'slow'"
    )
    warehouse.load("order_lines", line("a", 1), line("b", 5), line("c", 6))
    assert [stage(4), stage(6)] == ["slow", "engaged"]
    assert history(warehouse)["slow 2024-03-04"][2] == (
        "leaves when order_count >= 3 (days_since_last_order = 0, order_count = 3)"
    )


def test_who_was_merged_away_leaves_with_that_reason(warehouse: Warehouse) -> None:
    warehouse.define(ENGAGED)
    warehouse.load("orders", order("a", 1, email="ann@example.com"), order("b", 2, phone="+18025550127"))
    warehouse.night(3)
    warehouse.carry_history()
    for table in ("customer_identifiers", "customer_aliases"):
        columns = ", ".join(warehouse.frame(f"from previous.{table}").columns)
        warehouse.execute(f"insert into previous.{table} by name select {columns} from marts.{table}")
    warehouse.load("orders", order("c", 4, email="ann@example.com", phone="+18025550127"))
    warehouse.night(5)
    ((gone, reason),) = warehouse.execute(
        "select customer_id, exit_reason from marts.customer_segment_history where exited_date is not null"
    )
    ((left,),) = warehouse.execute("select customer_id from marts.customers")
    assert (gone != left, reason) == (True, f"merged into {left}")


def test_a_predictive_segment_reads_what_models_said_the_night_before(warehouse: Warehouse) -> None:
    likely = (
        "likely",
        "intent",
        1,
        "churn_probability > 0.5 and order_count = 1",
        "churn_probability,order_count",
    )
    rich = ("rich", "intent", 2, "expected_amount_365d >= 100", "expected_amount_365d")
    warehouse.define(*((*one, f"h{one[2]}", "", "crm") for one in (likely, rich)), depth="predictive")
    warehouse.load("order_lines", line("a", 1), line("b", 2, customer_ref="bob"))
    warehouse.night(6)
    assert warehouse.rows("marts.customer_segments") == []

    warehouse.execute(
        "insert into previous.churn_scores select customer_id, if(customer_ref = 'ann', 0.8, 0.2), 50"
        " from marts.customers"
    )
    warehouse.execute(
        """insert into previous.ltv_scores select customer_id, days, days, 50
        from marts.customers cross join (values (90), (365)) as horizons(days) where customer_ref = 'bob'"""
    )
    warehouse.night(7)
    found = warehouse.execute(
        """select customer_ref, segment_id, entry_reason from marts.customer_segment_history
        inner join marts.customers using (customer_id) order by all"""
    )
    assert found == [
        ("ann", "likely", f"{likely[3]} (churn_probability = 0.8, order_count = 1)"),
        ("bob", "rich", f"{rich[3]} (expected_amount_365d = 365.0)"),
    ]


def test_a_refusal_in_another_system_reaches_who_is_known_by_an_order_only(warehouse: Warehouse) -> None:
    warehouse.execute("insert into settings.permissions values ('email', 'marketing', 'granted', 'terms')")
    people = {
        "silent": {"email": "silent@example.com"},
        "refused": {"email": "refused@example.com"},
        "unsubscribed": {"email": "unsubscribed@example.com"},
        "came back": {"email": "back@example.com"},
        "caller": {"phone": "+1 (555) 0100"},
    }
    warehouse.load("orders", *(order(name, 1, **address) for name, address in people.items()))
    statement = {"channel": "email", "purpose": "marketing", "stated_at": march(2), "source": "mailer"}
    own_grant = {"status": "granted", "stated_at": march(4), "source": "shop"}
    warehouse.load(
        "consents",
        statement | {"record_key": "1", "email": "REFUSED@example.com", "status": "withdrawn"},
        statement | {"record_key": "2", "phone": "001 555-0100", "status": "denied"},
        statement | {"record_key": "3", "email": "Back@example.com"} | own_grant,
    )
    unsubscribed = {"channel": "email", "customer_ref": None, "source": "mailer"}
    warehouse.load(
        "messages",
        message("m1", 3, "unsubscribed", email="Unsubscribed@example.com", **unsubscribed),
        message("m2", 3, "complained", email="back@example.com", **unsubscribed),
        message("m3", 9, "unsubscribed", email="silent@example.com", **unsubscribed),
    )
    warehouse.set_day(5)
    assert warehouse.dbt("run", "--select", "+customer_permissions", "orders")
    found = warehouse.execute(
        """select orders.order_ref, permissions.status from marts.orders
        inner join marts.customer_permissions as permissions using (customer_id)
        where permissions.channel = 'email' and permissions.purpose = 'marketing'"""
    )
    assert dict(found) == {
        "silent": "granted", "refused": "withdrawn", "unsubscribed": "withdrawn", "came back": "granted",
        "caller": "denied",
    }  # fmt: skip


def test_an_order_of_nobody_is_kept_and_counts_for_nobody(warehouse: Warehouse) -> None:
    warehouse.load("orders", order("cash", 1, "7"), order("anns", 1, "5", customer_ref="ann"))
    warehouse.load("order_lines", line("till", 2, customer_ref=None), line("anns", 1))
    warehouse.build(5)
    owners = warehouse.execute("select order_ref, customer_id is null from marts.orders order by all")
    assert owners == [("anns", False), ("cash", True), ("till", True)]
    assert warehouse.execute("select order_count, order_amount from marts.customers") == [(1, Decimal(5))]


def test_dbt_unit_tests_pass(warehouse: Warehouse) -> None:
    warehouse.set_day(13)
    assert warehouse.dbt("run")
    assert warehouse.dbt("test", "--select", "test_type:unit")


def test_a_table_that_fails_stays_as_it_was(warehouse: Warehouse) -> None:
    # one with a contract, one without, and one in Python
    read_by = {
        "marts.customer_identifiers": "int_identifier_clusters",
        "intermediate.int_customer_clusters": "int_identifier_clusters",
        "intermediate.int_identity_clusters": "int_identity_edges",
    }
    warehouse.load("orders", order("a", 1, email="ann@example.com", phone="+18025550127"))
    warehouse.set_day(3)
    assert warehouse.dbt("run", "--select", "+customer_identifiers")
    before = {table: warehouse.rows(table) for table in read_by}
    assert all(before.values())
    for name in set(read_by.values()):
        warehouse.execute(f"alter table intermediate.{name} rename to {name}_whole")
        warehouse.execute(
            f"create view intermediate.{name} as from intermediate.{name}_whole where error('unreadable')"
        )
    for table in read_by:
        assert not warehouse.dbt("run", "--select", table.partition(".")[2])
    assert {table: warehouse.rows(table) for table in read_by} == before


def test_columns_have_the_types_that_their_descriptions_say(warehouse: Warehouse) -> None:
    warehouse.set_day(3)
    assert warehouse.dbt("run")
    built = warehouse.execute("select table_name, column_name, lower(data_type) from duckdb_columns()")
    types = {(table, column): data_type for table, column, data_type in built}
    described = {
        (model["name"], column["name"]): column["data_type"]
        for path in (PROJECT / "models").rglob("*.yml")
        for model in YAML(typ="safe").load(path).get("models", [])
        for column in model["columns"]
    }
    assert described == {name: types.get(name) for name in described}
