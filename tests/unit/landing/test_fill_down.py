"""Cells that stand on the first of several rows are filled down, and never into another group."""

import json
from datetime import date

import polars as pl
import pytest

from regulars.store.errors import UserError
from tests.unit.landing.conftest import Row, Shop, contract

# an order's own columns stand on its first line only
HEADER = "Name,Email,Created at,Item,Price\n"
LINES = f"""{HEADER}\
#1,a@x.example,2024-05-01,cup,1
#1,,,jug,2
#2,,2024-05-02,cup,3
#2,b@x.example,,jug,4
#2,,,pot,5
"""
STREAM = {
    "entity": "order_lines",
    "key": ["Name", "Item"],
    "fill_down": {"by": ["Name"], "columns": ["Email", "Created at"]},
    "columns": {
        "order_ref": "Name",
        "product_ref": "Item",
        "email": "Email",
        "occurred_at": '"Created at"',
        "amount": "Price",
    },
}


def lines(shop: Shop, columns: str = "order_ref, product_ref, email") -> list[Row]:
    return shop.rows(f"select {columns} from landing.order_lines order by row_number")


def test_an_empty_cell_takes_the_last_value_above_it_in_its_group_and_never_one_of_another(
    shop: Shop,
) -> None:
    shop.land({"lines.csv": LINES}, contract(STREAM))
    assert lines(shop) == [
        ("#1", "cup", "a@x.example"),
        ("#1", "jug", "a@x.example"),
        ("#2", "cup", None),
        ("#2", "jug", "b@x.example"),
        ("#2", "pot", "b@x.example"),
    ]
    assert [str(day) for (day,) in lines(shop, "occurred_at::date")] == ["2024-04-30"] * 2 + [
        "2024-05-01"
    ] * 3


def test_a_group_ends_where_another_begins_even_if_its_name_comes_again(shop: Shop) -> None:
    again = "#1,,2024-05-03,pot,6\n"
    shop.land({"lines.csv": LINES + again}, contract(STREAM))
    assert lines(shop)[-1] == ("#1", "pot", None)


def test_a_row_without_the_column_it_is_grouped_by_is_left_alone(shop: Shop) -> None:
    text = f"{HEADER}#1,a@x.example,2024-05-01,cup,1\n,,,jug,2\n,,,pot,3\n#1,,,pot,4\n"
    (account,) = shop.land({"lines.csv": text}, contract(STREAM))
    assert (account.rows_loaded, account.rows_dead) == (1, 3)
    assert shop.dead() == [
        (2, "order_ref", None, "is required and has no value"),
        (3, "order_ref", None, "is required and has no value"),
        (4, "occurred_at", None, "is required and has no value"),
    ]


def test_blanks_are_empty_and_a_group_may_have_several_columns(shop: Shop) -> None:
    header = "Name,Shop,Email,Created at,Item,Price\n"
    text = f"{header}#1,x,a@x.example,2024-05-01,cup,1\n#1,x,  ,,jug,2\n#1,y,,2024-05-01,pot,3\n"
    fill = {"by": ["Name", "Shop"], "columns": ["Email", "Created at"]}
    shop.land({"lines.csv": text}, contract(STREAM | {"fill_down": fill}))
    assert lines(shop, "email") == [("a@x.example",), ("a@x.example",), (None,)]


def test_a_dead_letter_keeps_the_row_as_it_was_delivered(shop: Shop) -> None:
    stream = STREAM | {"file_columns": {"Price": "decimal(9,2)"}}
    fill = {"by": ["Name"], "columns": ["Email", "Created at", "Price"]}
    text = f"{HEADER}#1,a@x.example,2024-05-01,cup,much\n#1,,,jug,\n"
    shop.land({"lines.csv": text}, contract(stream | {"fill_down": fill}))
    assert shop.dead() == [(number, "Price", "much", "cannot be read as decimal(9,2)") for number in (1, 2)]
    texts = shop.rows("select row_text from landing.dead_letters order by row_number")
    assert [list(json.loads(text).values()) for (text,) in texts] == [
        ["#1", "a@x.example", "2024-05-01", "cup", "much"],
        ["#1", None, None, "jug", None],
    ]


def test_a_line_that_is_torn_fills_nothing_and_keeps_the_places_of_the_others(shop: Shop) -> None:
    text = LINES.replace("#1,,,jug,2", "#1,torn").replace("#2,,2024", "#1,,,jug,2\n#2,,2024")
    shop.land({"lines.csv": text}, contract(STREAM))
    assert lines(shop, "row_number, email")[:3] == [(1, "a@x.example"), (3, "a@x.example"), (4, None)]


def test_the_condition_of_a_stream_sees_filled_cells(shop: Shop) -> None:
    (account,) = shop.land({"lines.csv": LINES}, contract(STREAM | {"where": "Email = 'a@x.example'"}))
    assert (account.rows_loaded, account.rows_skipped) == (2, 3)


def test_cells_of_any_type_are_filled(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("typed") / "lines.parquet"
    pl.DataFrame(
        {
            "Name": ["#1", "#1"],
            "Email": ["a@x.example", None],
            "Created at": [date(2024, 5, 1), None],
            "Item": ["cup", "jug"],
            "Price": [2.5, None],
        }
    ).write_parquet(path)
    fill = {"by": ["Name"], "columns": ["Email", "Created at", "Price"]}
    shop.land(
        {"lines.parquet": path.read_bytes()}, contract(STREAM | {"files": "*.parquet", "fill_down": fill})
    )
    assert lines(shop, "email, amount::double") == [("a@x.example", 2.5)] * 2


@pytest.mark.parametrize(
    ("fill", "part", "message"),
    [
        ({"by": ["Nmae"], "columns": ["Email"]}, '"by"', "no column 'Nmae'; did you mean 'Name'?"),
        ({"by": ["Name"], "columns": ["Emial"]}, '"columns": [', "no column 'Emial'; did you mean 'Email'?"),
    ],
)
def test_a_column_that_the_file_does_not_have_is_named(
    shop: Shop, fill: dict[str, list[str]], part: str, message: str
) -> None:
    text = contract(STREAM | {"fill_down": fill})
    with pytest.raises(UserError, match=r"lines\.csv has no column") as caught:
        shop.land({"lines.csv": LINES}, text)
    assert message in caught.value.message
    start = text.index('"fill_down"')
    assert caught.value.line == text[: text.index(part, start)].count("\n") + 1
