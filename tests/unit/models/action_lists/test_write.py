import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.action_lists import write
from regulars.models.action_lists.read_back import read_back
from regulars.models.action_lists.write import COLUMNS, whole_file, write_action_lists
from regulars.models.decisions.decide import decide
from tests.examples import examples

Make = Callable[..., Any]
RUN = {"run_id": "run-1", "config_hash": "abc"}


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))


def test_a_list_holds_exactly_these_bytes(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make
) -> None:
    customers = [
        {"customer_id": "c_2", "customer_ref": "22", "says": 'He said "hello", twice.'},
        {"customer_id": "c_1", "customer_ref": "11"},
    ]
    manifest = write_action_lists(chosen(customers), catalogue(), channels(), folder=tmp_path, **RUN)
    content = (
        b"decision_id,as_of_date,customer_id,customer_ref,address,action_id,offer,customer_reason\n"
        b"d_1,2017-06-30,c_1,11,11,offer,5 dollars off,Good to see you.\n"
        b'd_0,2017-06-30,c_2,22,22,offer,5 dollars off,"He said ""hello"", twice."\n'
    )
    assert (tmp_path / "direct_mail.csv").read_bytes() == content
    assert (tmp_path / "email.csv").read_bytes() == content.splitlines(keepends=True)[0]
    assert json.loads((tmp_path / "manifest.json").read_text("utf-8")) == {
        "as_of_date": "2017-06-30",
        "run_id": "run-1",
        "config_hash": "abc",
        "files": [
            {
                "name": f"{name}.csv",
                "channel": name,
                "rows": rows,
                "sha256": hashlib.sha256((tmp_path / f"{name}.csv").read_bytes()).hexdigest(),
                "kept_out": {},
            }
            for name, rows in (("direct_mail", 2), ("email", 0))
        ],
    }
    assert manifest.json() == (tmp_path / "manifest.json").read_text("utf-8")


@pytest.mark.parametrize("status", ["denied", "withdrawn", "unknown", None])
def test_a_permission_lost_since_the_decision_keeps_the_row_out(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make, status: str | None
) -> None:
    connection = chosen([{"customer_id": "c_1"}, {"customer_id": "c_2"}])
    connection.execute("update marts.customer_permissions set status = ? where customer_id = 'c_1'", [status])
    manifest = write_action_lists(connection, catalogue(), channels(), folder=tmp_path, **RUN)
    assert [row[2] for row in rows_of(tmp_path / "direct_mail.csv")] == ["customer_id", "c_2"]
    assert manifest.files[0].kept_out == {"permission_lost": 1}


def test_an_erased_customer_is_kept_out(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make
) -> None:
    connection = chosen([{"customer_id": "c_1"}])
    connection.execute("delete from marts.customers")
    manifest = write_action_lists(connection, catalogue(), channels(), folder=tmp_path, **RUN)
    assert (manifest.files[0].rows, manifest.files[0].kept_out) == (0, {"customer_unknown": 1})


@pytest.mark.parametrize("address", ["=1", "@a.de", "a@b.de,x", "a@b.de\n", "+a@b.de", "a b@c.de", "", None])
def test_a_malformed_address_is_kept_out(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make, address: str | None
) -> None:
    connection = chosen([{"customer_id": "c_1", "email": address}], channel="email")
    manifest = write_action_lists(connection, catalogue(), channels(), folder=tmp_path, **RUN)
    assert manifest.files[1].kept_out == {"address_malformed": 1}


@pytest.mark.parametrize(
    "case",
    [
        ("=1+1", "text_like_formula"),
        ("  +1", "text_like_formula"),
        ("\u00a0-1", "text_like_formula"),
        ("\u200b@sum", "text_like_formula"),
        ("\uff1d1", "text_like_formula"),
        ('Hello;"=1', "text_like_formula"),
        ("\tHello", "text_not_one_line"),
        ("Hello\rthere", "text_not_one_line"),
        ("Hello\n=1", "text_not_one_line"),
        ("Hello\u2028there", "text_not_one_line"),
    ],
)
def test_text_that_could_become_a_formula_or_a_row_is_kept_out(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make, case: tuple[str, str]
) -> None:
    text, reason = case
    connection = chosen([{"customer_id": "c_1", "says": text}])
    manifest = write_action_lists(connection, catalogue(), channels(), folder=tmp_path, **RUN)
    assert manifest.files[0].kept_out == {reason: 1}


def test_a_null_byte_in_a_text_keeps_its_row_out(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make
) -> None:
    connection = chosen([{"customer_id": "c_1"}])
    connection.execute("update decisions.next_actions set customer_reason = 'Hello' || chr(0) || 'there'")
    manifest = write_action_lists(connection, catalogue(), channels(), folder=tmp_path, **RUN)
    assert manifest.files[0].kept_out == {"text_not_one_line": 1}


@pytest.mark.parametrize("text", ["Well-known = good", "a+b@c, d", "5 - 3; 2", "Ünïcode is fine 🙂"])
def test_harmless_text_is_written_unchanged(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make, text: str
) -> None:
    connection = chosen([{"customer_id": "c_1", "says": text}])
    write_action_lists(connection, catalogue(), channels(), folder=tmp_path, **RUN)
    assert rows_of(tmp_path / "direct_mail.csv")[1][-1] == text


def test_lists_of_channels_that_are_gone_are_removed(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make
) -> None:
    (tmp_path / "fax.csv").write_text("old")
    write_action_lists(chosen([]), catalogue(), channels(), folder=tmp_path, **RUN)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "direct_mail.csv",
        "email.csv",
        "manifest.json",
    ]


def test_a_failure_half_way_leaves_no_half_file_and_no_manifest(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def broken_at_email(path: Path) -> Iterator[Path]:
        with whole_file(path) as draft:
            yield draft
            if path.name == "email.csv":
                raise OSError("disk full")

    write_action_lists(chosen([]), catalogue(), channels(), folder=tmp_path, **RUN)
    monkeypatch.setattr(write, "whole_file", broken_at_email)
    with pytest.raises(OSError, match="disk full"):
        write_action_lists(chosen([]), catalogue(), channels(), folder=tmp_path, **RUN)
    assert [path.name for path in tmp_path.iterdir()] == ["direct_mail.csv"]


def test_tonights_decisions_are_written_and_read_back(
    tmp_path: Path, warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "c_1", "first_name": "Ann"}])
    decide(connection, catalogue(), channels())
    write_action_lists(connection, catalogue(), channels(), folder=tmp_path, **RUN)
    assert read_back(connection, catalogue(), channels(), folder=tmp_path) == {"direct_mail": 1, "email": 0}
    row = connection.sql("select customer_ref, customer_reason from action_lists.direct_mail").fetchall()
    assert row == [("1", "You come to us often, Ann.")]


def test_an_action_that_recommends_has_products_beside_it_and_others_have_none(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make
) -> None:
    connection = chosen([{"customer_id": "c_1"}, {"customer_id": "c_2"}, {"customer_id": "c_3"}])
    connection.execute("update decisions.next_actions set action_id = 'plain' where customer_id = 'c_2'")
    connection.execute(
        """
        create schema if not exists predictions;
        create table predictions.recommendations as from (values
            ('c_1', 2, 'p2'), ('c_1', 1, 'p1'), ('c_1', 3, 'p3'), ('c_2', 1, 'p1'), ('c_3', 1, 'p9')
        ) as recommendations(customer_id, rank, product_ref)
        """
    )
    letter = {"channels": ["direct_mail"]}
    actions = catalogue(letter | {"recommend": 2}, letter | {"id": "plain"})
    write_action_lists(connection, actions, channels(), folder=tmp_path, **RUN)
    header, *rows = rows_of(tmp_path / "direct_mail.csv")
    assert header == [*COLUMNS, "product_1", "product_2"]
    assert [row[-2:] for row in rows] == [["p1", "p2"], ["", ""], ["p9", ""]]
    assert rows_of(tmp_path / "email.csv") == [list(COLUMNS)]
    assert read_back(connection, actions, channels(), folder=tmp_path) == {"direct_mail": 3, "email": 0}


def test_reading_back_a_missing_list_fails(
    tmp_path: Path, chosen: Make, catalogue: Make, channels: Make
) -> None:
    with pytest.raises(duckdb.IOException):
        read_back(chosen([]), catalogue(), channels(), folder=tmp_path)


# a null byte ends the text for DuckDB's own parameters, so none arrives
TRICKY = st.text(
    st.sampled_from("=+-@,;|\"'\n\r\t \u00a0\u2028\ufeff\x01a1")
    | st.characters(codec="utf-8", min_codepoint=1),
    max_size=8,
)


@examples(20)
@given(
    people=st.lists(
        st.fixed_dictionaries(
            {
                "says": TRICKY,
                "customer_ref": TRICKY,
                "email": TRICKY,
                "channel": st.sampled_from(["direct_mail", "email"]),
            }
        ),
        max_size=10,
    )
)
def test_no_input_adds_a_row_a_column_or_a_formula(
    chosen: Make, catalogue: Make, channels: Make, people: list[dict[str, str]]
) -> None:
    customers = [{"customer_id": f"c_{number}"} | person for number, person in enumerate(people)]
    connection = chosen(customers)
    with TemporaryDirectory() as name:
        folder = Path(name)
        manifest = write_action_lists(connection, catalogue(), channels(), folder=folder, **RUN)
        counts = read_back(connection, catalogue(), channels(), folder=folder)
        lists = {file.channel: (folder / file.name).read_bytes() for file in manifest.files}
    for file in manifest.files:
        header, *rows = csv.reader(io.StringIO(lists[file.channel].decode("utf-8"), newline=""))
        mine = [customer for customer in customers if customer["channel"] == file.channel]
        assert header == list(COLUMNS)
        assert {len(row) for row in rows} <= {len(COLUMNS)}
        assert lists[file.channel].count(b"\n") == len(rows) + 1
        assert file.rows == counts[file.channel] == len(rows)
        assert file.rows + sum(file.kept_out.values()) == len(mine)
        assert {(row[2], row[-1]) for row in rows} <= {(each["customer_id"], each["says"]) for each in mine}
        assert not [cell for row in rows for cell in row if cell.strip()[:1] in tuple("=+-@")]
