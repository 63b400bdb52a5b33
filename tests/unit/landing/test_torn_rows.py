"""A row that the reader set aside is told as it stands in its file, however the reader shows it."""

from collections.abc import Callable

import pytest

from regulars.landing import torn_rows
from regulars.store.errors import UserError
from tests.shops import HEADER
from tests.unit.landing.conftest import Shop, contract

GOOD = "{},2024-05-01,1,anna\n"
JSON_GOOD = '{{"id": "{}", "placed": "2024-05-01", "amount": 1, "who": "anna"}}\n'
BROKEN = '2,2024-05-01,1,"ben" b'


def texts(shop: Shop) -> list[tuple[int, str]]:
    """Number and text of every dead letter."""
    query = "select row_number, row_text from landing.dead_letters order by file_id, row_number"
    return [(number, text) for number, text in shop.rows(query)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("torn", ["2", BROKEN, '2,2024-05-01,1,"two\n\nlines",more', '2,"2024-05-01'])
def test_blank_lines_are_no_rows_whichever_way_lines_end(shop: Shop, torn: str, end: str) -> None:
    text = HEADER + "\n\n" + GOOD.format(1) + "\n" + torn + "\n\n\n" + GOOD.format(3) + "\n"
    if torn.endswith('"2024-05-01'):
        text = text[: text.index(torn) + len(torn)]
    (account,) = shop.land({"orders.csv": text.replace("\n", end)}, contract())
    assert (account.rows_read, account.rows_dead) == (account.rows_loaded + 1, 1)
    assert texts(shop) == [(2, torn.replace("\n", end))]
    assert shop.orders("order_ref, row_number") == [("1", 1), ("3", 3)][: account.rows_loaded]


def test_a_quote_that_ends_too_early_behind_crlf_or_a_blank_line_costs_one_row(shop: Shop) -> None:
    text = HEADER + GOOD.format(1) + BROKEN + "\n" + GOOD.format(3)
    shop.land({"a.csv": text.replace("\n", "\r\n"), "b.csv": text.replace(BROKEN, "\n" + BROKEN)}, contract())
    assert texts(shop) == [(2, BROKEN)] * 2
    assert shop.orders("order_ref") == [("1",), ("3",)]


def test_several_wrong_quotes_in_a_row_show_that_row_and_no_other(shop: Shop) -> None:
    torn = '"2"x,2024-05-01,1,"ben"y'
    shop.land({"orders.csv": HEADER + GOOD.format(1) + torn + "\n" + GOOD.format(3)}, contract())
    assert texts(shop) == [(2, torn)]


def test_a_row_is_kept_whole_however_long_it_is(shop: Shop) -> None:
    torn = "2,2024-05-01,1," + "a" * 12_000 + "ä,more"
    shop.land({"orders.csv": HEADER + GOOD.format(1) + torn + "\n" + GOOD.format(3)}, contract())
    assert texts(shop) == [(2, torn)]


def test_bytes_that_are_not_utf_8_are_told_and_cost_no_letter_beside_them(shop: Shop) -> None:
    rows = [HEADER, GOOD.format(1), "2,2024-05-01,1,Müller\n", "3,2024-05-01,1,Zoë\n"]
    lines = [JSON_GOOD.format(1), "\n", JSON_GOOD.format(2).replace("anna", "Müller")]
    shop.land(
        {"orders.csv": "".join(rows).encode("latin-1"), "orders.jsonl": "".join(lines).encode("latin-1")},
        contract({}, {"files": "*.jsonl"}),
    )
    assert texts(shop) == [
        (2, r"2,2024-05-01,1,M\xfcller"),
        (3, r"3,2024-05-01,1,Zo\xeb"),
        (2, lines[2].strip().replace("ü", r"\xfc")),
    ]


def test_the_rows_of_every_file_of_a_delivery_are_told_from_their_own_file(shop: Shop) -> None:
    files = {
        f"{name}.csv": HEADER + "\n" * blanks + GOOD.format(name) + "\n" * blanks + f"torn {name}\n"
        for blanks, name in enumerate("abc")
    }
    shop.land(files, contract())
    assert texts(shop) == [(2, "torn a"), (2, "torn b"), (2, "torn c")]


def test_more_text_than_is_kept_in_memory_is_told_all_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torn_rows, "PAGE", 20)
    torn = [f"torn {number}" for number in range(9)]
    shop.land({"orders.csv": HEADER + "\n".join(torn)}, contract())
    assert texts(shop) == list(enumerate(torn, start=1))


@pytest.mark.parametrize(
    "torn",
    [
        '2,2024-05-01,1,"ben\n3,2024-05-01,1,eve',
        # a quote behind a wrong one opens a cell, of which the reader shows nothing
        '2,"2024-05-01"x,"1,ben\n3,2024-05-01,1,eve\n4,2024-05-01,1,"fay"',
        '2,2024-05-01,1,"ben\n3,2024-05-01,1,"eve"\n4,2024-05-01,1,fay',
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_quote_that_swallows_rows_stops_the_file(shop: Shop, torn: str, end: str) -> None:
    with pytest.raises(UserError, match="not closed before the next row") as caught:
        shop.land({"orders.csv": f"{HEADER}{GOOD.format(1)}\n{torn}\n".replace("\n", end)}, contract())
    assert caught.value.line == 4
    assert shop.rows("from landing.files") == shop.rows("from landing.dead_letters") == []


@pytest.mark.parametrize(
    "lines", ["oops\n", "\n\n", "[1]\n", JSON_GOOD.format(5).replace("placed", "sold") * 20]
)
def test_a_file_that_would_be_refused_alone_is_refused_in_company(
    make_shop: Callable[[str], Shop], lines: str
) -> None:
    text, said = contract({"files": "*.jsonl"}), []
    for name, company in (("alone", {}), ("in company", {"c.jsonl": JSON_GOOD.format(2)})):
        shop = make_shop(name)
        shop.land({"a.jsonl": JSON_GOOD.format(1)}, text)
        with pytest.raises(UserError) as refused:
            shop.land({"b.jsonl": lines, **company})
        said.append(refused.value.message)
        assert shop.orders("order_ref") == [("1",)]
    assert said[0] == said[1]


def test_a_row_in_another_order_of_columns_says_the_same(shop: Shop) -> None:
    files = {"a.csv": f"{HEADER.strip()},note,shelf\n1,2024-05-01,1,anna,x,y\n"}
    files["b.csv"] = "shelf,who,note,id,amount,placed\ny,anna,x,1,1,2024-05-01\n"
    accounts = shop.land(files, contract())
    assert [(account.rows_loaded, account.rows_duplicate) for account in accounts] == [(1, 0), (0, 1)]
