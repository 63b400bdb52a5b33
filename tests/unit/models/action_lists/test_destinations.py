"""What each tool gets is what it got when a human last looked, and what its vendor's own rules take.

To look anew after a change that is meant: GOLDEN=write pytest this file, and read the difference.
"""

import csv
import hashlib
import importlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.action_lists import values
from regulars.models.action_lists.read_back import read_back
from regulars.models.action_lists.write import Manifest, write_action_lists
from regulars.store.destinations import Destination
from regulars.store.tools import PERSON_VALUES, PRODUCTS, VALUES, tool, tool_names
from tests.examples import examples
from tests.unit.models.action_lists.ten_people import channels, destination, ten_people
from tests.vendors.attentive import check_name

Make = Callable[..., Any]
ACTION = {"recommend": 2, "channels": ["letter"]}
GOLDEN = Path(__file__).parent / "golden"
TEXTS = ["first_name", "last_name", "country", "order_count", "overdue_ratio"]
GIFTS = ["first_name", "order_count", "is_gift_buyer"]
FIELDS = [*TEXTS, "first_order_date", "is_gift_buyer"]
DECLARED: dict[str, tuple[str, dict[str, Any]]] = {
    "csv": ("email", {"profile": FIELDS, "segments": ["loyal"], "opt_outs": True, "key": "email"}),
    "klaviyo": ("email", {"profile": FIELDS, "segments": ["loyal"], "opt_outs": True}),
    "mailchimp": ("email", {"profile": TEXTS, "segments": ["loyal"]}),
    "braze": ("customer_ref", {"profile": GIFTS, "segments": ["loyal"], "opt_outs": True}),
    "customer_io": ("email", {"profile": TEXTS, "segments": ["loyal"]}),
    "hubspot": ("email", {"profile": TEXTS, "segments": ["loyal"], "opt_outs": True}),
    "iterable": ("email", {"profile": FIELDS, "segments": ["loyal"], "opt_outs": True}),
    "salesforce_marketing_cloud": ("email", {"profile": TEXTS, "segments": ["loyal"], "opt_outs": True}),
    "activecampaign": ("email", {"profile": FIELDS, "segments": ["loyal"]}),
    "sendgrid": ("email", {"profile": FIELDS, "segments": ["loyal"]}),
    "attentive": ("phone", {"segments": ["loyal"], "account": "shop"}),
    "google_ads": ("email", {"channels": [], "segments": ["loyal"]}),
    "meta_ads": ("email", {"channels": [], "segments": ["loyal"]}),
    "support_desk": ("email", {"channels": [], "cards": True}),
    "web": ("email", {"key": "email", "offers": True, "recommendations": True, "default_action": "offer"}),
}  # fmt: skip


def written(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Make,
    out: Destination,
    folder: Path,
    address: str = "email",
) -> Manifest:
    return write_action_lists(
        connection,
        catalogue(ACTION),
        channels(address),
        folder=folder,
        run_id="r",
        config_hash="c",
        destinations=[out],
    )


def files_of(manifest: Manifest, folder: Path) -> dict[str, bytes]:
    return {file.name: (folder / file.name).read_bytes() for file in manifest.destinations}


def test_every_tool_is_shown() -> None:
    assert set(DECLARED) == set(tool_names())


@pytest.mark.parametrize("name", DECLARED)
def test_what_a_tool_gets_is_what_a_human_saw_and_its_vendor_takes(
    name: str, tmp_path: Path, chosen: Make, catalogue: Make
) -> None:
    address, declared = DECLARED[name]
    out = destination(name, **declared)
    manifest = written(ten_people(chosen), catalogue, out, tmp_path, address)
    files = files_of(manifest, tmp_path)
    golden = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        golden.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (golden / Path(file).name).write_bytes(content)
    text = {file: content for file, content in files.items() if not file.endswith(".parquet")}
    seen = {f"out/{path.name}": path.read_bytes() for path in golden.iterdir() if path.suffix != ".parquet"}
    assert text == seen
    for file in manifest.destinations:
        assert hashlib.sha256(files[file.name]).hexdigest() == file.sha256
        if name != "support_desk" and not file.name.endswith(".parquet"):
            importlib.import_module(f"tests.vendors.{name}").check(file.kind, files[file.name])
        if name == "attentive":
            check_name(Path(file.name).name)


def test_both_files_of_the_web_hold_the_same(tmp_path: Path, chosen: Make, catalogue: Make) -> None:
    written(ten_people(chosen), catalogue, destination("web"), tmp_path)
    rows = pl.read_ndjson(tmp_path / "out" / "letter.jsonl")
    assert rows.equals(pl.read_parquet(tmp_path / "out" / "letter.parquet"))
    assert rows.height == 7


def test_the_web_gets_the_offers_that_customers_may_use(
    tmp_path: Path, chosen: Make, catalogue: Make
) -> None:
    connection = ten_people(chosen)
    out = destination("web", channels=[], offers=True)
    manifest = written(connection, catalogue, out, tmp_path)
    assert [file.name for file in manifest.destinations] == ["out/offers.jsonl", "out/offers.parquet"]
    rows = pl.read_ndjson(tmp_path / "out" / "offers.jsonl")
    assert rows.equals(pl.read_parquet(tmp_path / "out" / "offers.parquet"))
    assert rows.to_dicts() == [
        {"customer_ref": "k01", "decision_id": "d_old", "action_id": "survey", "offer": "five off"}
        | {"kind": "amount", "value": 5.0, "categories": ["Tea", "Coffee"]}
        | {"valid_from": "2017-06-21", "valid_until": "2017-07-09"}
    ]
    read_back(connection, catalogue(ACTION), channels("email"), [out], folder=tmp_path)
    assert connection.table("deliveries.out__offers").count("*").fetchone() == (1,)


def test_an_offer_of_whoever_has_no_address_that_is_one_is_in_no_file(
    tmp_path: Path, chosen: Make, catalogue: Make
) -> None:
    connection = ten_people(chosen)
    connection.execute(
        "update marts.customers set customer_ref = 'k' || chr(10) || '01' where customer_ref = 'k01'"
    )
    manifest = written(connection, catalogue, destination("web", channels=[], offers=True), tmp_path)
    assert manifest.destinations == ()


def test_the_web_gets_what_suits_whoever_may_be_shown_it_one_customer_an_address(
    tmp_path: Path, chosen: Make, catalogue: Make
) -> None:
    connection = ten_people(chosen)
    connection.execute(
        "insert into decisions.program_groups values ('c_03', 'c_03', 'holdout', '2017-01-01', null),"
        " ('c_10', 'c_10', 'generic', '2017-01-01', '2017-02-01')"
    )
    out = destination("web", channels=[], key="email", recommendations=True)
    manifest = written(connection, catalogue, out, tmp_path)
    names = ["out/recommendations.jsonl", "out/recommendations.parquet"]
    assert [file.name for file in manifest.destinations] == names
    rows = pl.read_ndjson(tmp_path / names[0])
    assert rows.equals(pl.read_parquet(tmp_path / names[1]))
    # an address that is none has no row, and of the two at home the one who buys more
    assert rows.select("email", "rank", "product_ref").rows() == [
        ("HOME@b.de", 1, "p-1"),
        ("ann@b.de", 1, "p-1"),
        ("ann@b.de", 2, "0042"),
        ("ann@b.de", 3, "p 3"),
    ]
    read_back(connection, catalogue(ACTION), channels("email"), [out], folder=tmp_path)
    assert connection.table("deliveries.out__recommendations").count("*").fetchone() == (4,)


@pytest.mark.parametrize(
    ("popular", "shown"),
    [("true", {"product_1": "p-7", "product_2": "p-8"}), ("false", {})],
    ids=["recommender-on", "recommender-off"],
)
def test_a_stranger_is_shown_the_default_action_with_what_is_popular(
    tmp_path: Path, chosen: Make, catalogue: Make, popular: str, shown: dict[str, str]
) -> None:
    connection = ten_people(chosen)
    connection.execute(f"delete from predictions.popular_products where not {popular}")
    said = {"customer_reason": "Hello {first_name|you there}, what brings you here?"}
    out = destination("web", channels=[], key="email", default_action="offer")
    asked = catalogue(ACTION | said)
    manifest = write_action_lists(
        connection,
        asked,
        channels("email"),
        folder=tmp_path,
        run_id="r",
        config_hash="c",
        destinations=[out],
    )
    files = ["out/default.jsonl", "out/default.parquet"]
    assert [(file.name, file.rows) for file in manifest.destinations] == [(name, 1) for name in files]
    (row,) = pl.read_ndjson(tmp_path / files[0]).rows(named=True)
    assert {name: cell for name, cell in row.items() if cell is not None} == {
        "as_of_date": "2017-06-30",
        "action_id": "offer",
        "customer_reason": "Hello you there, what brings you here?",
    } | shown
    read_back(connection, asked, channels("email"), [out], folder=tmp_path)
    assert connection.table("deliveries.out__default").count("*").fetchone() == (1,)


def test_where_a_blank_keeps_what_was_there_a_list_says_that_there_is_no_offer(
    tmp_path: Path, chosen: Make, catalogue: Make
) -> None:
    connection, actions = ten_people(chosen), catalogue({"offer": ""})
    for name in ("braze", "klaviyo"):
        write_action_lists(
            connection,
            actions,
            channels("email"),
            folder=tmp_path,
            run_id="r",
            config_hash="c",
            destinations=[destination(name)],
        )
        offers = pl.read_csv(tmp_path / "out" / "letter.csv", infer_schema=False)["regulars_offer"]
        assert set(offers) == ({"none"} if name == "braze" else {None})


@pytest.mark.parametrize(
    ("name", "header"), [("csv", "send_at"), ("braze", "regulars_send_at"), ("web", "send_at")]
)
def test_a_list_says_when_each_touchpoint_is_to_begin_if_asked(
    name: str, header: str, tmp_path: Path, chosen: Make, catalogue: Make
) -> None:
    connection = ten_people(chosen)
    connection.execute("update decisions.next_actions set send_at = '2017-07-01 08:30:00'")
    written(connection, catalogue, destination(name, send_times=True), tmp_path)
    file = tmp_path / "out" / f"letter.{tool(name).formats[0]}"
    rows = pl.read_csv(file, infer_schema=False) if file.suffix == ".csv" else pl.read_ndjson(file)
    assert rows.columns[-1] == header
    assert set(rows[header]) == {"2017-07-01T08:30:00Z"}


@pytest.mark.parametrize("name", sorted(set(DECLARED) - {"web", "attentive"}))
def test_every_file_is_read_back_to_the_same_cells_by_three_readers(
    name: str, tmp_path: Path, chosen: Make, catalogue: Make
) -> None:
    address, declared = DECLARED[name]
    manifest = written(ten_people(chosen), catalogue, destination(name, **declared), tmp_path, address)
    for file in manifest.destinations:
        path = tmp_path / file.name
        header, *rows = csv.reader(io.StringIO(path.read_text("utf-8"), newline=""))
        with_polars = pl.read_csv(path, infer_schema=False).fill_null("")
        with_pandas = pd.read_csv(path, dtype=str, keep_default_na=False)
        assert (with_polars.columns, [list(row) for row in with_polars.iter_rows()]) == (header, rows)
        assert (list(with_pandas.columns), with_pandas.to_numpy().tolist()) == (header, rows)
        assert file.rows == len(rows)


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_what_was_written_is_read_back_into_tables_of_the_same_rows(
    name: str, tmp_path: Path, chosen: Make, catalogue: Make
) -> None:
    address, declared = DECLARED[name]
    out, connection = destination(name, **declared), ten_people(chosen)
    manifest = written(connection, catalogue, out, tmp_path, address)
    read_back(connection, catalogue(ACTION), channels(address), [out], folder=tmp_path)
    for file in manifest.destinations:
        found = connection.table(f'deliveries."out__{file.about}"').count("*").fetchone()
        assert found == (file.rows,)


def test_the_same_night_gives_the_same_bytes(tmp_path: Path, chosen: Make, catalogue: Make) -> None:
    out = destination("klaviyo", **DECLARED["klaviyo"][1])
    found = [
        files_of(written(ten_people(chosen), catalogue, out, tmp_path / run), tmp_path / run) for run in "ab"
    ]
    assert found[0] == found[1]


def test_a_text_that_is_longer_than_the_tool_takes_keeps_its_row_out_of_every_list(
    tmp_path: Path, chosen: Make, catalogue: Make
) -> None:
    connection = ten_people(chosen)
    connection.execute(
        "update decisions.next_actions set customer_reason = repeat('ä', 128) where decision_id = 'd_0'"
    )
    manifest = written(connection, catalogue, destination("mailchimp"), tmp_path)
    assert manifest.files[0].kept_out["text_too_long"] == 1
    assert manifest.files[0].rows == manifest.destinations[0].rows == 6


@pytest.mark.parametrize("limit", [{"max_rows": 4}, {"max_bytes": 520}], ids=str)
def test_a_list_is_parted_below_nine_tenths_of_what_its_tool_takes(
    limit: dict[str, int], tmp_path: Path, chosen: Make, catalogue: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = destination("klaviyo")
    whole = written(ten_people(chosen), catalogue, out, tmp_path / "whole")
    rows = pl.read_csv(tmp_path / "whole" / whole.destinations[0].name, infer_schema=False)
    small = tool("klaviyo").model_copy(update=limit)
    monkeypatch.setattr(Destination, "contract", property(lambda _: small))
    manifest = written(ten_people(chosen), catalogue, out, tmp_path)
    names = [file.name for file in manifest.destinations]
    assert names == [f"out/letter_{number}.csv" for number in range(1, len(names) + 1)]
    assert len(names) > 1
    assert pl.concat([pl.read_csv(tmp_path / name, infer_schema=False) for name in names]).equals(rows)
    assert max(file.rows for file in manifest.destinations) <= limit.get("max_rows", 7)
    assert max((tmp_path / name).stat().st_size for name in names) <= limit.get("max_bytes", 10_000)


def test_a_value_of_a_contract_has_its_sql_and_no_more() -> None:
    assert set(values.OFFER_VALUES) == VALUES["offers"]
    assert set(values.ACTION_LIST_VALUES) | {"as_of_date", PRODUCTS} == VALUES["action_list"]
    assert set(values.RECOMMENDATION_VALUES) == VALUES["recommendations"]
    assert {*values.DEFAULT_VALUES, PRODUCTS} == VALUES["default"]
    assert set(values.person_values()) == PERSON_VALUES | {"segment_id"}


# a null byte ends the text for DuckDB's own parameters, so none arrives
TRICKY = st.text(
    st.sampled_from("=+-@,;|\"'\n\r\t \u00a0\u2028\ufeff\x01a1")
    | st.characters(codec="utf-8", min_codepoint=1),
    max_size=8,
)
PERSON = st.fixed_dictionaries({"first": TRICKY, "last": TRICKY, "says": TRICKY, "email": TRICKY})


@examples(20)
@given(people=st.lists(PERSON, max_size=6), name=st.sampled_from(["klaviyo", "braze", "sendgrid", "hubspot"]))
def test_no_input_adds_a_row_a_column_or_a_formula_for_any_tool(
    chosen: Make, catalogue: Make, people: list[dict[str, str]], name: str
) -> None:
    connection = ten_people(chosen)
    for number, person in enumerate(people, start=1):
        connection.execute(
            "update marts.customers set first_name = ?, last_name = ?, email = ? where customer_id = ?",
            [person["first"], person["last"], person["email"], f"c_{number:02}"],
        )
        connection.execute(
            "update decisions.next_actions set customer_reason = ? where customer_id = ?",
            [person["says"], f"c_{number:02}"],
        )
    out = destination(name, key="email", profile=["first_name", "last_name"], segments=["loyal"])
    with TemporaryDirectory() as folder:
        manifest = written(connection, catalogue, out, Path(folder))
        files = files_of(manifest, Path(folder))
    for file in manifest.destinations:
        header, *rows = csv.reader(io.StringIO(files[file.name].decode("utf-8"), newline=""))
        assert {len(row) for row in rows} == {len(header)}
        assert files[file.name].count(b"\n") == len(rows) + 1 == file.rows + 1
        assert not [cell for row in rows for cell in row if cell.strip()[:1] in tuple("=+-@＝＋－＠")]  # noqa: RUF001
        importlib.import_module(f"tests.vendors.{name}").check(file.kind, files[file.name])


def test_the_holdout_and_who_is_suppressed_are_in_no_audience(
    tmp_path: Path, chosen: Make, catalogue: Make
) -> None:
    out, connection = destination("klaviyo", **DECLARED["klaviyo"][1]), ten_people(chosen)
    before = dict(connection.sql("select customer_id, email from marts.customers").fetchall())
    connection.execute(
        "insert into decisions.program_groups values ('c_01', 'c_01', 'holdout', '2017-01-01', null),"
        " ('c_02', 'c_02', 'holdout', '2017-01-01', '2017-02-01');"
        "insert into settings.suppressions (identifier_kind, source, identifier)"
        f" values ('email', '', '{before['c_03'].lower()}')"
    )
    written(connection, catalogue, out, tmp_path)
    told = {
        customer
        for (customer,) in connection.sql("select customer_id from decisions.delivered_segments").fetchall()
    }
    assert "c_02" in told
    assert told.isdisjoint({"c_01", "c_03"})
