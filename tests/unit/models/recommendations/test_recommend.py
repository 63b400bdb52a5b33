from collections.abc import Callable, Iterable
from datetime import date, timedelta

import duckdb
import pytest

from regulars.models.recommendations import likeness
from regulars.models.recommendations.ranking import WHY
from regulars.models.recommendations.recommend import recommend

NIGHT = date(2024, 6, 30)
Row = tuple[object, ...]
Line = tuple[str, str, int]
Make = Callable[..., duckdb.DuckDBPyConnection]
TABLES = """
create schema settings; create schema staging; create schema marts; create schema intermediate;
create schema predictions;
create table settings.night as select date '2024-06-30' as as_of_date;
create table staging.stg_products (
    source varchar, product_ref varchar, product_name varchar, category varchar, brand varchar,
    price_amount decimal(18, 4), is_active boolean, stock_quantity bigint
);
create table marts.customers (customer_id varchar);
create table intermediate.int_customer_handles (handle_id varchar, customer_id varchar);
create table intermediate.int_order_lines (
    source varchar, handle_id varchar, product_ref varchar, line_date date, returned_quantity decimal(18, 4)
);
"""


@pytest.fixture
def shop() -> Make:
    """Sixty products, and who bought which, how many days ago; each of the last ten has two buyers more."""

    def make(lines: Iterable[Line] = (), *, products: int = 60) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute(TABLES)
        connection.execute(
            f"""
            insert into staging.stg_products
            select
                'shop', format('p{{:02d}}', i), 'product ' || i, 'kind ' || (i % 6), 'brand ' || (i % 4),
                i, true, 9
            from range({products}) as numbers(i)
            """
        )
        popular = [(f"x{number % 2}", f"p{50 + number // 2}", 200) for number in range(20)]
        every = [*lines, *popular]
        for customer in sorted({customer for customer, *_ in every} | {"new"}):
            connection.execute("insert into marts.customers values (?)", [customer])
            connection.execute("insert into intermediate.int_customer_handles values ($1, $1)", [customer])
        for customer, product, days in every:
            connection.execute(
                "insert into intermediate.int_order_lines values ('shop', ?, ?, ?, 0)",
                [customer, product, NIGHT - timedelta(days=days)],
            )
        return connection

    return make


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    return connection.execute(query).fetchall()


def picks(connection: duckdb.DuckDBPyConnection, customer: str) -> list[str]:
    recommend(connection)
    found = rows(
        connection,
        f"select product_ref from predictions.recommendations where customer_id = '{customer}' order by rank",
    )
    return [str(product) for (product,) in found]


# twelve people like p01 and p02, which are of no kind or brand in common
FRIENDS = [(f"f{number}", product, 100) for number in range(12) for product in ("p01", "p02")]


def test_what_those_bought_who_bought_the_same_comes_first_and_says_so(shop: Make) -> None:
    connection = shop([*FRIENDS, ("ann", "p01", 100)])
    assert picks(connection, "ann")[0] == "p02"
    said = "select why from predictions.recommendations where customer_id = 'ann' and rank = 1"
    assert rows(connection, said) == [(WHY[0],)]


def test_what_is_like_what_she_bought_is_found_though_nobody_bought_both(shop: Make) -> None:
    # p00, p12, p24 and so on are of one kind and brand
    connection = shop([("ann", "p12", 100)])
    found = set(picks(connection, "ann")).intersection({"p00", "p24", "p36", "p48"})
    assert found
    said = f"select distinct why from predictions.recommendations where product_ref = '{min(found)}'"
    assert rows(connection, f"{said} and customer_id = 'ann'") == [(WHY[1],)]


def test_of_whom_nothing_is_known_gets_what_is_popular(shop: Make) -> None:
    connection = shop([*FRIENDS, *((f"y{number}", "p03", 200) for number in range(30))])
    assert picks(connection, "new")[:3] == ["p03", "p01", "p02"]
    assert rows(
        connection, "select distinct why from predictions.recommendations where customer_id = 'new'"
    ) == [(WHY[2],)]


def test_a_stranger_gets_what_a_newcomer_gets_also_where_everybody_has_bought(shop: Make) -> None:
    picked = "select rank, source, product_ref, score, why from predictions"
    connection = shop(FRIENDS)
    recommend(connection)
    popular = rows(connection, f"{picked}.popular_products order by rank")
    assert popular == rows(connection, f"{picked}.recommendations where customer_id = 'new' order by rank")
    connection.execute("delete from marts.customers where customer_id = 'new'")
    recommend(connection)
    assert rows(connection, f"{picked}.popular_products order by rank") == popular != []


@pytest.mark.parametrize(
    "change", ["is_active = false", "stock_quantity = 0", "stock_quantity = -1", "product_ref = '=p02'"]
)
def test_what_cannot_be_bought_is_recommended_to_nobody(shop: Make, change: str) -> None:
    connection = shop([*FRIENDS, ("ann", "p01", 100)])
    connection.execute(f"update staging.stg_products set {change} where product_ref = 'p02'")
    recommend(connection)
    found = "select count(*) from predictions.recommendations where product_ref like '%p02'"
    assert rows(connection, found) == [(0,)]


def test_what_one_system_of_two_has_not_in_stock_is_out_of_stock(shop: Make) -> None:
    connection = shop([*FRIENDS, ("ann", "p01", 100)])
    connection.execute(
        "insert into staging.stg_products select 'till', * exclude (source) replace (0 as stock_quantity)"
        " from staging.stg_products where product_ref = 'p02'"
    )
    assert "p02" not in picks(connection, "ann")


def test_a_product_of_two_systems_is_one(shop: Make) -> None:
    connection = shop([*FRIENDS, ("ann", "p01", 100), ("ann", "p02", 100)])
    connection.execute("update intermediate.int_order_lines set source = 'till' where handle_id = 'ann'")
    connection.execute(
        "insert into staging.stg_products select 'till', * exclude (source) from staging.stg_products"
    )
    found = picks(connection, "ann")
    assert not {"p01", "p02"}.intersection(found)
    assert len(set(found)) == 5


def test_what_she_returned_never_comes_again(shop: Make) -> None:
    connection = shop([*FRIENDS, ("ann", "p01", 100), ("ann", "p02", 600)])
    assert "p02" in picks(connection, "ann")
    connection.execute(
        "update intermediate.int_order_lines set returned_quantity = 1"
        " where handle_id = 'ann' and product_ref = 'p02'"
    )
    assert "p02" not in picks(connection, "ann")


@pytest.mark.parametrize(("days", "comes"), [(179, False), (180, True)])
def test_what_lasts_rests_half_a_year(shop: Make, days: int, *, comes: bool) -> None:
    connection = shop([*FRIENDS, ("ann", "p01", 20), ("ann", "p02", days)])
    assert ("p02" in picks(connection, "ann")) is comes


@pytest.mark.parametrize(("days", "comes"), [(29, False), (30, True)])
def test_what_people_use_up_comes_again_after_its_usual_gap(shop: Make, days: int, *, comes: bool) -> None:
    again = [(f"f{number}", "p02", 130) for number in range(12)]
    connection = shop([*FRIENDS, *again, ("ann", "p01", 20), ("ann", "p02", days)])
    assert ("p02" in picks(connection, "ann")) is comes


def test_with_few_products_nothing_is_recommended_and_the_reason_is_said(shop: Make) -> None:
    connection = shop(FRIENDS, products=49)
    said = recommend(connection)
    assert rows(connection, "select * from predictions.recommendations") == []
    assert rows(connection, "select * from predictions.popular_products") == []
    assert rows(connection, "select method, status, reason from predictions.recommender") == [
        ("blend", "off", "49 active products in stock; recommendations need 50")
    ]
    assert "49 active products" in said


def test_without_purchases_nothing_is_recommended_and_the_reason_is_said(shop: Make) -> None:
    connection = shop()
    connection.execute("delete from intermediate.int_order_lines")
    recommend(connection)
    assert rows(connection, "select status, reason from predictions.recommender") == [
        ("off", "no purchase names a product of the catalogue")
    ]


def test_what_is_learned_of_a_past_month_grades_every_way(shop: Make) -> None:
    bought = [(f"g{number}", "p01", 100) for number in range(40)]
    next_month = [(f"g{number}", "p02", 10) for number in range(40)]
    connection = shop([*FRIENDS, *bought, *next_month])
    recommend(connection)
    graded = rows(
        connection,
        "select method, status, customer_count, recall_low <= recall and recall <= recall_high,"
        " ndcg between 0 and 1 from predictions.recommender order by method",
    )
    assert graded == [
        ("blend", "on", 40, True, True),
        ("collaborative", "compared", 40, True, True),
        ("content", "compared", 40, True, True),
        ("popular", "compared", 40, True, True),
    ]
    recalls = dict(rows(connection, "select method, recall from predictions.recommender"))  # type: ignore[arg-type]
    assert recalls["collaborative"] == recalls["blend"] == 1
    assert recalls["content"] == 0


def test_chunks_make_no_difference(shop: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = shop([*FRIENDS, ("ann", "p01", 100), ("bo", "p12", 40)])
    recommend(connection)
    whole = rows(connection, "from predictions.recommendations")
    assert len({row[1] for row in whole}) == len(rows(connection, "from marts.customers"))
    monkeypatch.setattr(likeness, "CHUNK", 130)
    recommend(connection)
    assert rows(connection, "from predictions.recommendations") == whole
