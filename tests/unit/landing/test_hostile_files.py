"""Files that are not what they should be: each is read as it was meant, or refused by its name."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.landing import load
from regulars.landing.incoming import read_incoming
from regulars.store.errors import UserError
from tests.examples import examples
from tests.shops import HEADER, ORDERS
from tests.unit.landing.conftest import Row, Shop, contract
from tests.unit.landing.test_formats import parquet

ANNA, BEN, EVE = "1,2024-05-01,1,anna\n", "2,2024-05-02,2,ben\n", "3,2024-05-03,3,eve\n"
LANDED = [("1", "anna", 9.5), ("2", "ben", 3.0)]
JSON_LINE = '{"id": "1", "placed": "2024-05-01", "amount": 1, "who": "anna"}\n'


def refusal(shop: Shop, exports: dict[str, str | bytes], *contracts: str) -> UserError:
    """Why landing refuses, having left no trace of anything."""
    with pytest.raises(UserError) as caught:
        shop.land(exports, *contracts)
    assert caught.value.remedy
    for table in ("files", "orders", "dead_letters", "touched_days"):
        assert shop.rows(f"from landing.{table}") == []
    return caught.value


def account(shop: Shop) -> list[Row]:
    return shop.rows("select rows_read, rows_loaded, rows_duplicate, rows_dead from landing.files")


@pytest.mark.parametrize(
    "name", ["a\nb.csv", "..csv", "a..b.csv", "r[1].csv", "-o.csv", "$(ls).csv", "a;b.csv"]
)
def test_a_name_is_a_name_and_nothing_else(shop: Shop, name: str) -> None:
    # what the name would mean as a pattern
    shop.land({name: ORDERS, "r1.csv": HEADER}, contract())
    assert shop.orders() == LANDED
    assert (name,) in shop.rows("select path from landing.files")


@pytest.mark.parametrize("name", ["'); drop table landing.orders; --.csv", '"; select 1; --.csv'])
def test_a_name_is_no_sql(shop: Shop, name: str) -> None:
    shop.land({name: ORDERS + "3,soon,1,a\n"}, contract())
    assert shop.orders() == LANDED
    assert shop.rows("select path from landing.dead_letters") == [(name,)]


def test_a_name_that_is_not_utf_8_is_refused(shop: Shop) -> None:
    Path(os.fsdecode(os.fsencode(shop.folder / "exports") + b"/caf\xe9.csv")).write_text(ORDERS, "utf-8")
    error = refusal(shop, {}, contract())
    assert (error.message, str(error.file)[-10:]) == ("the name is not UTF-8", "caf\\xe9.csv"[-10:])


def link_file(exports: Path, outside: Path) -> Path:
    (exports / "orders.csv").symlink_to(outside / "orders.csv")
    return exports / "orders.csv"


def link_folder(exports: Path, outside: Path) -> Path:
    (exports / "shop").symlink_to(outside)
    return exports / "shop"


def link_upwards(exports: Path, _outside: Path) -> Path:
    (exports / "orders.csv").symlink_to("../../outside/orders.csv")
    return exports / "orders.csv"


@pytest.mark.parametrize(
    ("link", "pattern"), [(link_file, "*.csv"), (link_upwards, "*.csv"), (link_folder, "*/*.csv")]
)
def test_a_link_that_leads_out_of_the_exports_is_refused(
    shop: Shop, link: Callable[[Path, Path], Path], pattern: str
) -> None:
    outside = shop.folder.parent / "outside"
    outside.mkdir()
    (outside / "orders.csv").write_text(ORDERS, "utf-8")
    place = link(shop.folder / "exports", outside)
    error = refusal(shop, {}, contract({"files": pattern}))
    assert (error.message, error.file) == ("a link leads out of the exports", place)


def test_a_lookup_behind_a_link_that_leads_out_of_the_exports_is_refused(shop: Shop) -> None:
    secret = shop.folder / "secret.csv"
    secret.write_text("who,name\nanna,A\n", "utf-8")
    (shop.folder / "exports" / "names.csv").symlink_to(secret)
    stream = {"files": "orders.csv", "lookup": {"files": "names.csv", "using": ["who"]}}
    assert (
        refusal(shop, {"orders.csv": ORDERS}, contract(stream)).message == "a link leads out of the exports"
    )


def test_links_within_the_exports_and_to_them_are_followed(shop: Shop) -> None:
    exports, elsewhere = shop.folder / "exports", shop.folder.parent / "delivered"
    exports.rename(elsewhere)
    exports.symlink_to(elsewhere)
    shop.deliver({"orders.csv": ORDERS}, contract())
    (exports / "newest.csv").symlink_to("orders.csv")
    # the same content under two names is loaded once
    assert [one.rows_loaded for one in shop.land({})] == [2]
    assert shop.orders() == LANDED


def test_a_link_that_leads_nowhere_is_no_file(shop: Shop) -> None:
    (shop.folder / "exports" / "gone.csv").symlink_to("/nowhere/orders.csv")
    shop.land({"orders.csv": ORDERS}, contract())
    assert shop.rows("select path from landing.files") == [("orders.csv",)]


def test_what_the_pattern_does_not_name_is_not_read(shop: Shop) -> None:
    others = dict.fromkeys(["orders.csv.part", ".orders.csv.tmp", "orders.CSV", "orders.csv.bak"], ORDERS)
    shop.land({**others, "orders.csv": HEADER + ANNA}, contract())
    assert shop.rows("select path from landing.files") == [("orders.csv",)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("o.csv", gzip.compress(ORDERS.encode(), mtime=0), "the header is not UTF-8"),
        ("o.csv", JSON_LINE, "o.csv has no column 'id'"),
        ("o.csv", JSON_LINE.replace(" ", ""), "the header cannot be read"),
        ("o.csv", parquet(), "the header "),
        ("o.csv.gz", ORDERS, "damaged or cut off: Not a gzipped file"),
        ("o.csv.gz", b"PK\x03\x04" + b"\0" * 99, "damaged or cut off: Not a gzipped file"),
        ("o.jsonl", ORDERS, "no line of the file is a JSON object"),
        ("o.jsonl", json.dumps([json.loads(JSON_LINE)]), "no line of the file is a JSON object"),
        ("o.parquet", ORDERS, "damaged or cut off"),
        ("o.csv", ORDERS.replace(",", ";"), "o.csv has no column 'id'"),
        ("o.csv", ORDERS.replace(",", "\t"), "o.csv has no column 'id'"),
        ("o.csv", "Orders of May\n\n" + ORDERS, "o.csv has no column 'id'"),
        ("o.csv", ORDERS.encode("utf-16-le"), "o.csv has no column 'id'"),
        ("o.csv", ORDERS.encode("utf-16-be"), "o.csv has no column 'id'"),
        ("o.csv", ORDERS.encode("utf-32"), "the header is not UTF-8"),
        ("o.jsonl", JSON_LINE.encode("utf-16"), "no line of the file is a JSON object"),
    ],
)
def test_a_file_of_another_format_than_its_name_says_is_refused(
    shop: Shop, name: str, content: str | bytes, message: str
) -> None:
    error = refusal(shop, {name: content}, contract({"files": name}))
    assert message in error.message


@pytest.mark.parametrize("character", ["é", "\u2019", "€", "🙂"])
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "mac-roman"])
def test_text_of_another_encoding_is_never_guessed(shop: Shop, character: str, encoding: str) -> None:
    spoilt = f"2,2024-05-02,2,Zo{character}\n".encode(encoding, "replace").replace(b"?", b"\xff")
    shop.land({"orders.csv": (HEADER + ANNA).encode() + spoilt + EVE.encode()}, contract())
    assert shop.orders("order_ref, customer_ref") == [("1", "anna"), ("3", "eve")]
    assert [number for number, *_ in shop.dead()] == [2]


def test_carriage_returns_alone_end_lines_too(shop: Shop) -> None:
    shop.land({"orders.csv": ORDERS.replace("\n", "\r")}, contract())
    assert shop.orders() == LANDED


@pytest.mark.parametrize("row", [0, 1])
def test_a_quote_that_is_not_closed_stops_the_file_and_is_named_with_its_line(shop: Shop, row: int) -> None:
    rows = [ANNA, BEN, EVE]
    rows[row] = rows[row].replace(",2024", ',"2024', 1)
    error = refusal(shop, {"orders.csv": HEADER + "".join(rows)}, contract())
    assert (error.line, "is not closed before the next row" in error.message) == (row + 2, True)


@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n"])
def test_a_quote_that_is_not_closed_before_the_file_ends_costs_one_row(shop: Shop, end: str) -> None:
    shop.land({"orders.csv": HEADER + ANNA + BEN.replace("ben\n", '"ben' + end)}, contract())
    assert shop.dead() == [(2, "who", None, "Value with unterminated quote found.")]
    assert account(shop) == [(2, 1, 0, 1)]


def test_two_stray_quotes_that_close_each_other_make_one_cell(shop: Shop) -> None:
    """Such a file is a good one, for all that anybody can tell."""
    rows = ANNA.replace("anna", '"anna') + BEN.replace("ben", 'ben"') + EVE
    shop.land({"orders.csv": HEADER + rows}, contract())
    assert shop.orders("customer_ref") == [("anna\n2,2024-05-02,2,ben",), ("eve",)]
    assert account(shop) == [(2, 2, 0, 0)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_blank_lines_are_no_rows_and_spoil_no_row(shop: Shop, line_end: str) -> None:
    torn = '2,2024-05-02,2,"ben" b'
    text = f"{HEADER}\n{ANNA}\n\n{torn}\n\n{EVE}\n".replace("\n", line_end)
    shop.land({"orders.csv": text}, contract())
    assert account(shop) == [(3, 2, 0, 1)]
    assert shop.orders("order_ref") == [("1",), ("3",)]
    assert shop.rows("select row_text from landing.dead_letters") == [(torn,)]


def test_a_blank_line_moves_no_row_behind_another(shop: Shop) -> None:
    shop.land({"orders.csv": f"{HEADER}{ANNA}\n2,2024-05-02\n{EVE}"}, contract())
    assert shop.orders("order_ref, row_number") == [("1", 1), ("3", 3)]
    assert [number for number, *_ in shop.dead()] == [2]


@pytest.mark.parametrize("place", [1, 30_000, 59_999])
def test_an_open_quote_is_found_wherever_it_stands_in_a_long_file(shop: Shop, place: int) -> None:
    rows = [f"{number},2024-05-01,1,a\n" for number in range(1, 60_001)]
    rows[place - 1] = f'{place},2024-05-01,1,"a\n'
    assert refusal(shop, {"orders.csv": HEADER + "".join(rows)}, contract()).line == place + 1


def test_rows_above_and_below_the_table_are_dead_letters_and_no_orders(shop: Shop) -> None:
    units = "text,date,EUR,text\n,,,\n"
    shop.land({"orders.csv": HEADER + units + ANNA + BEN + "Total,,3.00,\n"}, contract())
    assert shop.orders("order_ref") == [("1",), ("2",)]
    assert shop.dead() == [
        (1, "ordered_at", "date", "cannot be read as timestamp"),
        (2, "order_ref", None, "is required and has no value"),
        (5, "ordered_at", None, "is required and has no value"),
    ]


def test_a_file_that_grows_while_it_is_read_is_refused_and_loads_when_it_is_complete(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.folder / "exports" / "orders.csv"

    def read_while_somebody_writes(*arguments: Any) -> None:  # noqa: ANN401 (those of the real one)
        read_incoming(*arguments)
        with path.open("a", encoding="utf-8") as growing:
            growing.write(EVE)

    with monkeypatch.context() as patch:
        patch.setattr(load, "read_incoming", read_while_somebody_writes)
        error = refusal(shop, {"orders.csv": ORDERS}, contract())
    assert (error.file, error.message) == (path, "the file changed while it was read")
    assert [one.rows_loaded for one in shop.land({})] == [3]


def test_of_text_that_was_cut_off_all_whole_rows_land_and_the_last_is_torn_or_short(
    make_shop: Callable[[str], Shop],
) -> None:
    last = "23,2024-05-23,4.50,gus"
    for kept in range(1, len(last)):
        shop = make_shop(str(kept))
        (one,) = shop.land({"orders.csv": ORDERS + last[:kept]}, contract())
        assert (one.rows_read, one.rows_loaded + one.rows_dead) == (3, 3)
        assert shop.orders()[:2] == LANDED
        # nothing tells a cell that lost its end from a short one
        is_torn = kept <= last.rindex(",")
        assert (one.rows_dead == 1) is is_torn, kept


def test_a_line_beyond_all_measure_is_a_dead_letter(shop: Shop) -> None:
    endless = f"2,2024-05-02,2,{'x' * 17 * 1024 * 1024}\n"
    shop.land({"orders.csv": HEADER + ANNA + endless + EVE}, contract())
    ((number, *_, reason),) = shop.dead()
    assert (number, reason.startswith("Maximum line size of 16777216 bytes exceeded.")) == (2, True)
    assert shop.orders("order_ref") == [("1",), ("3",)]


@pytest.mark.parametrize("again", [HEADER, HEADER + BEN])
def test_a_delivery_of_few_rows_or_none_takes_nothing_away(shop: Shop, again: str) -> None:
    shop.land({"orders_1.csv": HEADER + ANNA + BEN}, contract())
    shop.land({"orders_2.csv": again})
    assert shop.orders("order_ref") == [("1",), ("2",)]


def test_a_row_that_a_corrected_file_has_no_more_stays_until_all_is_read_anew(
    make_shop: Callable[[str], Shop],
) -> None:
    shop, rebuilt = make_shop("shop"), make_shop("rebuilt")
    shop.land({"orders.csv": HEADER + ANNA + BEN}, contract())
    for one in (shop, rebuilt):
        one.land({"orders.csv": HEADER + ANNA}, contract())
    assert (shop.orders("order_ref"), rebuilt.orders("order_ref")) == ([("1",), ("2",)], [("1",)])


PARQUET = parquet()


@examples(40)
@given(place=st.integers(0, len(PARQUET) - 1), bit=st.integers(0, 7))
def test_a_parquet_file_with_a_flipped_bit_is_refused_or_every_row_is_accounted_for(
    shop: Shop, place: int, bit: int
) -> None:
    for table in ("orders", "files", "dead_letters"):
        shop.connection.execute(f"delete from landing.{table}")
    flipped = PARQUET[:place] + bytes([PARQUET[place] ^ (1 << bit)]) + PARQUET[place + 1 :]
    try:
        (one,) = shop.land({"orders.parquet": flipped}, contract({"files": "*.parquet"}))
    except UserError as error:
        assert error.remedy  # noqa: PT017 (some flips hit nothing that is read)
        assert shop.orders() == []
    else:
        assert one.rows_read == one.rows_loaded + one.rows_duplicate + one.rows_dead
