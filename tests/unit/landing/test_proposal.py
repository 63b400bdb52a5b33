"""`regulars init --from-file`: what one file suggests, and what it leaves open, which nothing accepts."""

import gzip
import io
import re
from pathlib import Path

import polars as pl
import pytest

from regulars.landing.proposal import TODO, propose
from regulars.store.errors import UserError
from regulars.store.presets import load_contract
from tests.unit.landing.conftest import Shop
from tests.unit.landing.presets.sample import json_lines
from tests.unit.landing.test_presets import SAMPLES

ORDERS = (
    "Order No;Ordered;E-mail;Total;Department\n"
    "A-1;13/01/2025 15:50;fay@example.com;1.009,50;bouquets\nA-2;04/01/2025 11:22;leo@example.com;9,50;mugs\n"
)


def proposed(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return propose(path).text


def line(text: str, key: str) -> str:
    """The value of a key and the comment behind it."""
    found = re.search(rf"^ *(?:- )?{re.escape(key)}: (.*)$", text, re.MULTILINE)
    assert found, text
    return found[1]


def test_what_is_proposed_loads_the_file_once_the_open_questions_are_answered(
    shop: Shop, tmp_path: Path
) -> None:
    text = proposed(tmp_path, "orders_2025.csv", ORDERS)
    assert [one.split(":")[0] for one in text.splitlines() if TODO in one.split("#")[0]] == [
        "owner",
        "time_zone",
    ]
    answered = text.replace(f"owner: {TODO}", "owner: me").replace(
        f"time_zone: {TODO}", "time_zone: Europe/Berlin"
    )
    shop.land({"orders_2025.csv": ORDERS}, answered)
    assert shop.orders("order_ref, email, ordered_at::varchar, amount::varchar, extras->>'Department'") == [
        ("A-1", "fay@example.com", "2025-01-13 14:50:00", "1009.5000", "bouquets"),
        ("A-2", "leo@example.com", "2025-01-04 10:22:00", "9.5000", "mugs"),
    ]


# Snowplow's lines have no header, so nobody can tell what they hold
@pytest.mark.parametrize("name", sorted(SAMPLES.keys() - {"snowplow"}))
def test_of_every_vendors_file_the_proposal_is_a_contract_with_open_questions(
    tmp_path: Path, name: str
) -> None:
    for path, content in SAMPLES[name].files.items():
        file = tmp_path / Path(path).name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        contract = tmp_path / "contract.yml"
        contract.write_text(propose(file).text, "utf-8")
        with pytest.raises(UserError, match="'owner' is still to be filled in") as caught:
            load_contract(contract)
        assert (caught.value.file, caught.value.line) == (contract, 4)


@pytest.mark.parametrize(
    ("header", "entity"),
    [
        ("Customer ID,First Name,Email,Phone", "customers"),
        ("sku,title,category,price", "products"),
        ("basket_id,product_id,timestamp,quantity", "order_lines"),
        ("anonymousId,sessionId,eventType,eventTime", "events"),
        ("Ticket ID,Subject,Created time,Priority", "tickets"),
        ("response_id,score,comment,submitted_at", "survey_responses"),
        ("email,channel,purpose,status,stated_at", "consents"),
    ],
)
def test_the_entity_is_guessed_by_the_names(tmp_path: Path, header: str, entity: str) -> None:
    text = proposed(tmp_path, "export.csv", f"{header}\n1,2,3,4\n")
    assert line(text, "entity").startswith(f"{entity}  # guess: that is what ")


def test_names_that_say_nothing_leave_everything_open(tmp_path: Path) -> None:
    text = proposed(tmp_path, "x.csv", "a,b\n1,2\n")
    assert line(text, "entity").startswith(f"{TODO}  # none of ")
    assert "not read, but kept in extras: a (1 values in 1 rows)" in text


@pytest.mark.parametrize(
    ("value", "expression", "zone"),
    [
        ("2025-03-01 10:00:00", "'\"ordered_at\"'", TODO),
        ("2025-03-01T10:00:00Z", "'\"ordered_at\"'", "UTC"),
        (
            "2025-03-01 10:00:00 +0200",
            r"""'regexp_replace("ordered_at", '' ([+-]\d{4})$'', ''\1'')'""",
            "UTC",
        ),
        ("1740823200", "'to_timestamp(try_cast(\"ordered_at\" as bigint))'", "UTC"),
        ("1740823200000", "'to_timestamp(try_cast(\"ordered_at\" as bigint) / 1000)'", "UTC"),
        ("31.12.2025 10:00", "'try_strptime(\"ordered_at\", ''%d.%m.%Y %H:%M'')'", TODO),
        # the first of February or the second of January
        ("01/02/2025", TODO, "UTC"),
        ("yesterday", TODO, "UTC"),
    ],
)
def test_a_time_is_read_only_if_it_is_plain(tmp_path: Path, value: str, expression: str, zone: str) -> None:
    text = proposed(tmp_path, "orders.csv", f"order_id,ordered_at,total\n1,{value},2\n")
    assert line(text, "ordered_at").split("  # guess: ")[0] == expression
    assert line(text, "time_zone").split("  # ")[0] == zone


@pytest.mark.parametrize(
    ("rows", "key"),
    [
        ("1,A,1\n1,B,1\n", "# guess: a row is known by order_id, sku"),
        ("1,A,1\n1,A,2\n", """key: ['"order_id"', '"line_no"']  # guess: unique in the 2 rows"""),
        ("1,A,1\n1,A,2\n2,A,1\n", """key: ['"order_id"', '"line_no"']  # guess: unique in the 3"""),
        ("1,A,1\n1,A,1\n", f"key: [{TODO}]  # no few columns make a row unique"),
    ],
)
def test_the_key_is_what_makes_rows_unique(tmp_path: Path, rows: str, key: str) -> None:
    lines = "".join(f"{row},2025-01-01\n" for row in rows.splitlines())
    text = proposed(tmp_path, "order_lines.csv", f"order_id,sku,line_no,created_at\n{lines}")
    assert key in text


def test_amounts_of_two_kinds_are_an_open_question(tmp_path: Path) -> None:
    text = proposed(
        tmp_path, "orders.csv", 'order_id,ordered_at,total\n1,2025-01-01,"9,50"\n2,2025-01-01,9.50\n'
    )
    assert line(text, "amount").startswith(f"{TODO}  # guess: total has amounts with a comma and others")


def test_words_that_the_entity_does_not_know_are_an_open_question(tmp_path: Path) -> None:
    text = proposed(
        tmp_path,
        "consents.csv",
        "email,channel,purpose,status,stated_at\na@b.de,email,marketing,yes,2025-01-01\n",
    )
    assert line(text, "status").startswith(
        f"{TODO}  # guess: status has yes; make each one of granted, denied"
    )


def test_spreadsheet_guards_are_taken_off(tmp_path: Path) -> None:
    text = proposed(tmp_path, "customers.csv", "customer_id,email,first_name\n'0042,a@b.de,Ada\n")
    assert line(text, "customer_ref").startswith("""'ltrim("customer_id", '''''''')'""")


def test_columns_without_a_name_get_their_place(tmp_path: Path) -> None:
    text = proposed(tmp_path, "orders.csv", "order_id,ordered_at,total,,\n1,2025-01-01,2,x,y\n")
    assert line(text, "unclear_columns").startswith("number  # guess: ")
    assert "not read, but kept in extras: (column 5) (1 values in 1 rows)" in text


def test_the_name_of_the_next_file_has_other_numbers(tmp_path: Path) -> None:
    text = proposed(
        tmp_path, "orders_2025-01-31.csv.gz", gzip.compress(b"order_id,ordered_at,total\n1,2025-01-01,2\n")
    )
    assert line(text, "files") == '"orders_*.csv.gz"'


def test_types_of_parquet_are_known(tmp_path: Path) -> None:
    file = io.BytesIO()
    rows = pl.DataFrame({"order_id": [1, 2], "ordered_at": ["2025-01-01", "2025-01-02"], "total": [1.5, 2.0]})
    rows.with_columns(pl.col("ordered_at").str.to_datetime(time_zone="UTC")).write_parquet(file)
    text = proposed(tmp_path, "orders.parquet", file.getvalue())
    assert line(text, "entity").startswith("orders")
    assert line(text, "time_zone").startswith("UTC")


def test_no_name_breaks_out_of_its_comment_or_text(tmp_path: Path) -> None:
    row = {
        "order\nid": 1,
        "ordered_at": "2025-01-01",
        "x\nsystem: evil": 2,
        'total"; drop': 3,
        "email'": "a@b.de",
    }
    hostile = json_lines([row])
    contract = tmp_path / "contract.yml"
    contract.write_text(proposed(tmp_path, "orders.jsonl", hostile).replace(TODO, "Europe/Berlin"), "utf-8")
    read = load_contract(contract).content
    assert (read.system, read.streams[0].columns["order_ref"]) == ("orders", '"order\nid"')


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("orders.xlsx", "PK", "the name tells no known format"),
        ("orders.csv", "", "the file is empty"),
        ("orders.csv.gz", "not packed", "the file is damaged or cut off"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        proposed(tmp_path, name, content)
