"""Cells that are not what they should be land as they were delivered, or are dead letters with a reason."""

import csv
import io
import json
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.shops import HEADER
from tests.unit.landing.conftest import COLUMNS, Shop, contract

TIME, MONEY = "cannot be read as timestamp", "cannot be read as decimal(18,4)"
GRIN, FAMILY = "\U0001f600", "\U0001f469\u200d\U0001f469\u200d\U0001f467"


def order(**changes: str) -> str:
    """A file of one order, with cells quoted where they must be."""
    row = {"id": "1", "placed": "2024-05-01", "amount": "1", "who": "anna"} | changes
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(row.values())
    return HEADER + buffer.getvalue()


def placed(*times: str) -> str:
    """A file of one order per time."""
    return HEADER + "".join(f"{number},{time},1,a\n" for number, time in enumerate(times, start=1))


@pytest.mark.parametrize(
    "text",
    [
        f"{GRIN}{FAMILY}",
        "\u202e\u05e2\u05d1\u05e8\u05d9\u05ea\u202c",
        "Zoe\u0308 e\u0301 \u00e9 \u0130I\u0131i \u200b\ufeff\u00a0.",
        "Robert'); drop table landing.orders; --",
        '"; select 1; --',
        '=HYPERLINK("http://example.com","click")',
        "+1+1",
        "-1",
        "@sum(a)",
        "\uff1d1",
        "{{ macro }} ${x} %s %(x)s \\n \\",
        '="0123"',
        "'0123",
        "00123",
        "1e5",
        "9" * 40,
        "a\0b",
        "two\nlines\r\nor\rthree",
        'a "quoted" word',
        "; | \t,",
        "null",
        "None",
        "NaN",
        "x" * 1_000_000,
    ],
    ids=lambda text: ascii(text)[:30],
)
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_text_lands_as_it_was_delivered(shop: Shop, text: str, suffix: str) -> None:
    line = json.dumps({"id": "1", "placed": "2024-05-01", "amount": 1, "who": text}) + "\n"
    delivered = order(who=text) if suffix == "csv" else line
    shop.land({f"o.{suffix}": delivered}, contract({"files": f"*.{suffix}"}))
    assert shop.orders() == [("1", text.strip(" "), 1.0)]


# blanks of any script, which landing trims
BLANKS = "".join(character for character in map(chr, range(0x3001)) if category(character) == "Zs")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@examples(30)
@given(texts=st.lists(TEXT, min_size=1, max_size=5))
def test_any_text_comes_back_from_csv_and_json_lines(shop: Shop, texts: list[str]) -> None:
    lines = "".join(
        json.dumps({"id": str(number), "placed": "2024-05-01", "amount": 1, "who": text}) + "\n"
        for number, text in enumerate(texts)
    )
    quoted = "".join(
        '{},2024-05-01,1,"{}"\n'.format(number, text.replace('"', '""')) for number, text in enumerate(texts)
    )
    for name, content in (("o.jsonl", lines), ("o.csv", HEADER + quoted)):
        for table in ("orders", "files"):
            shop.connection.execute(f"delete from landing.{table}")
        shop.land({name: content}, contract({"files": name}))
        assert [
            who for (who,) in shop.rows("select customer_ref from landing.orders order by row_number")
        ] == [text.strip(BLANKS) or None for text in texts]


@pytest.mark.parametrize(
    "name", ["'); drop table landing.orders; --", 'a"b', "=1+1", "select", "größe in €", "*"]
)
def test_a_name_of_a_column_is_a_name_and_nothing_else(shop: Shop, name: str) -> None:
    header = HEADER.replace("who\n", '"{}"\n'.format(name.replace('"', '""')))
    mapped = COLUMNS | {"customer_ref": '"{}"'.format(name.replace('"', '""'))}
    shop.land({"o.csv": header + "1,2024-05-01,1,anna\n2,soon,1,ben\n"}, contract({"columns": mapped}))
    assert shop.orders("customer_ref") == [("anna",)]
    ((text,),) = shop.rows("select row_text from landing.dead_letters")
    assert json.loads(text)[name] == "ben"


@pytest.mark.parametrize(
    "name", ["'); drop table landing.orders; --", 'a"b', "=1+1", "select", "größe in €", "*"]
)
def test_a_column_that_nobody_reads_keeps_its_name(shop: Shop, name: str) -> None:
    header = HEADER.replace("who\n", 'who,"{}"\n'.format(name.replace('"', '""')))
    shop.land({"o.csv": header + "1,2024-05-01,1,anna,x\n"}, contract())
    ((extras,),) = shop.orders("extras")
    assert json.loads(extras) == {name: "x"}


@pytest.mark.parametrize(
    "time",
    [
        "",
        "soon",
        "0",
        "0000-00-00",
        "0000-01-01",
        "0000-12-31 23:59:59",
        "2024-02-30",
        "2023-02-29",
        "2024-13-01",
        "2024-05-01 24:00:01",
        "2024-05-01 10:60:00",
        "9999-12-31T23:59:59.5Z",
        "10000-01-02",
        "infinity",
        "01/02/2024",
        "13.05.2024",
        "1714557600",
        "2024-05-01 10:00:00 Berlin",
    ],
)
def test_a_time_that_does_not_exist_or_may_mean_two_is_a_dead_letter(shop: Shop, time: str) -> None:
    shop.land({"o.csv": placed(time, "2024-05-01")}, contract())
    ((number, column, value, reason),) = shop.dead()
    assert (number, column, value or "") == (1, "ordered_at", time)
    assert reason == (TIME if time else "is required and has no value")


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("1000-01-02", "1000-01-01 23:06:32"),
        ("1970-01-01", "1969-12-31 23:00:00"),
        ("1970-01-01T00:00:00Z", "1970-01-01 00:00:00"),
        ("2024-02-29", "2024-02-28 23:00:00"),
        ("2999-01-01", "2998-12-31 23:00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31 23:59:59"),
        ("2024/05/01 10:00", "2024-05-01 08:00:00"),
    ],
)
def test_a_time_long_ago_or_to_come_lands_and_is_for_the_gate_to_judge(
    shop: Shop, time: str, utc: str
) -> None:
    shop.land({"o.csv": placed(time)}, contract())
    assert shop.orders("ordered_at::varchar") == [(utc,)]


@pytest.mark.parametrize(
    ("zone", "skipped", "repeated"),
    [
        ("Europe/Berlin", ("2024-03-31 02:30:00", "01:30"), ("2024-10-27 02:30:00", "01:30")),
        ("Europe/London", ("2024-03-31 01:30:00", "01:30"), ("2024-10-27 01:30:00", "01:30")),
        ("America/New_York", ("2024-03-10 02:30:00", "07:30"), ("2024-11-03 01:30:00", "06:30")),
    ],
)
def test_a_time_in_the_hour_that_is_skipped_or_repeated_has_one_meaning(
    shop: Shop, zone: str, skipped: tuple[str, str], repeated: tuple[str, str]
) -> None:
    """The skipped hour is read as if the clock had not been changed yet, the repeated one as its second."""
    shop.land({"o.csv": placed(skipped[0], repeated[0])}, contract({"time_zone": zone}))
    utc = [time for (time,) in shop.orders("strftime(ordered_at, '%H:%M')")]
    assert utc == [skipped[1], repeated[1]]


MIXED = {
    "2024-05-01 10:00:00": "08:00",
    "2024-05-01T10:00:00Z": "10:00",
    "2024-05-01T10:00:00+05:30": "04:30",
    "2024-05-01 10:00:00-0400": "14:00",
    "2024-05-01 10:00:00 UTC": "10:00",
    "2024-05-01 10:00:00 America/New_York": "14:00",
    "2024-05-01 10:00:00 Etc/GMT+5": "15:00",
    "2024-05-01": "22:00",
}


@examples(30)
@given(
    times=st.lists(st.sampled_from(sorted(MIXED)), min_size=2, max_size=12),
    stream=st.sampled_from(({}, {"file_columns": {"placed": "timestamptz"}})),
)
def test_no_row_takes_its_zone_from_another(shop: Shop, times: list[str], stream: dict[str, object]) -> None:
    for table in ("orders", "files"):
        shop.connection.execute(f"delete from landing.{table}")
    shop.land({"o.csv": placed(*times)}, contract(stream))
    landed = shop.rows("select strftime(ordered_at, '%H:%M') from landing.orders order by row_number")
    assert [time for (time,) in landed] == [MIXED[time] for time in times]


@pytest.mark.parametrize(
    "amount",
    ["1,234.50", "1.234,50", "$5", "5 USD", "1 234", "NaN", "inf", "twelve", "5-", "(5)", "0x10", "1e15"],
)
def test_an_amount_that_is_not_plainly_a_number_is_a_dead_letter(shop: Shop, amount: str) -> None:
    shop.land({"o.csv": order(amount=amount)}, contract())
    assert shop.dead() == [(1, "amount", amount, MONEY)]


@pytest.mark.parametrize(
    ("amount", "landed"),
    [
        ("-3", "-3.0000"),
        ("+3", "3.0000"),
        (" 3 ", "3.0000"),
        (".5", "0.5000"),
        ("1e3", "1000.0000"),
        ("1.23455", "1.2346"),
        ("99999999999999.9999", "99999999999999.9999"),
        ("", None),
    ],
)
def test_an_amount_lands_with_four_digits_behind_the_point(
    shop: Shop, amount: str, landed: str | None
) -> None:
    shop.land({"o.csv": order(amount=amount)}, contract())
    assert shop.orders("amount::varchar") == [(landed,)]


def test_a_contract_says_what_separators_and_signs_mean(shop: Shop) -> None:
    plain = "replace(replace(regexp_replace(amount, '[€$ ]|USD', '', 'g'), '.', ''), ',', '.')"
    texts = ("1.234,50", "5 USD", "€ 7", "-3,5")
    rows = "".join(f'{number},2024-05-01,"{text}",a\n' for number, text in enumerate(texts))
    shop.land({"o.csv": HEADER + rows}, contract({"columns": COLUMNS | {"amount": plain}}))
    assert shop.orders("amount::double") == [(1234.5,), (5.0,), (7.0,), (-3.5,)]


def test_a_contract_says_which_of_day_and_month_comes_first(shop: Shop) -> None:
    for pattern, landed in (("%d/%m/%Y", "2024-02-01"), ("%m/%d/%Y", "2024-01-02")):
        mapped = COLUMNS | {"ordered_at": f"try_strptime(placed, '{pattern}')"}
        shop.land({"o.csv": placed("01/02/2024", "31/12/2024")}, contract({"columns": mapped}))
        assert shop.rows("select timezone('Europe/Berlin', timezone('UTC', ordered_at))::date::varchar"
                         " from landing.orders where order_ref = '1'") == [(landed,)]  # fmt: skip
        shop.connection.execute("delete from landing.files")
    assert shop.dead() == [(2, "ordered_at", None, "is required and has no value")]


@pytest.mark.parametrize("placeholder", ["null", "none", "N/A", "0", "undefined", "test@test.com", "-"])
def test_a_placeholder_is_an_identifier_until_the_contract_says_otherwise(
    shop: Shop, placeholder: str
) -> None:
    shop.land({"o.csv": order(who=placeholder)}, contract())
    assert shop.orders("customer_ref") == [(placeholder,)]
    known = "('null', 'none', 'n/a', '0', 'undefined', 'test@test.com', '-')"
    mapped = COLUMNS | {"customer_ref": f"case when lower(who) not in {known} then who end"}
    shop.land({"o.csv": order(who=placeholder, amount="2")}, contract({"columns": mapped}))
    assert shop.orders("customer_ref") == [(None,)]


def test_addresses_and_numbers_land_as_given_because_facts_compare_them_later(shop: Shop) -> None:
    columns = {"customer_ref": "id", "email": "mail", "phone": "number"}
    people = "id,mail,number\n1, Anna@Shop.Example ,+49 (30) 123\n2,anna@shop.example,030-123\n"
    shop.land({"people.csv": people}, contract({"entity": "customers", "columns": columns}))
    assert shop.rows("select email, phone from landing.customers order by customer_ref") == [
        ("Anna@Shop.Example", "+49 (30) 123"),
        ("anna@shop.example", "030-123"),
    ]


def test_negative_quantities_and_refunds_beyond_the_order_land_as_delivered(shop: Shop) -> None:
    columns = COLUMNS | {"refunded": "back"}
    shop.land(
        {"o.csv": "id,placed,amount,who,back\n1,2024-05-01,10,a,25\n2,2024-05-01,-10,a,\n"},
        contract({"columns": columns}),
    )
    assert shop.orders("amount::double, refunded::double") == [(10.0, 25.0), (-10.0, None)]


def test_json_keeps_lists_and_objects_as_text_and_numbers_of_any_size(shop: Shop) -> None:
    lines = [
        '{"id": 9007199254740993, "placed": "2024-05-01", "who": ["a", {"b": [1]}], "amount": 1}',
        '{"id": 18446744073709551617, "placed": "2024-05-01", "who": {"b": null}, "amount": 1}',
        f'{{"id": {"9" * 40}, "placed": "2024-05-01", "who": "", "amount": 1}}',
        '{"id": "torn", "placed": "2024-05-0',
        '{"id": "5", "placed": "2024-05-01", "amount": {"value": 1}}',
    ]
    shop.land({"o.jsonl": "\n".join(lines)}, contract({"files": "*.jsonl"}))
    assert shop.rows("select order_ref, customer_ref from landing.orders order by row_number") == [
        ("9007199254740993", '["a",{"b":[1]}]'),
        ("18446744073709551617", '{"b":null}'),
        ("9" * 40, None),
    ]
    assert shop.dead() == [
        (4, "", None, "the line is not a JSON object"),
        (5, "amount", '{"value":1}', MONEY),
    ]
