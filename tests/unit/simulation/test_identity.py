"""No identifier, and no place of a row in a file, tells which number a person has in the truth."""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from regulars.simulation import identity, truth
from regulars.simulation.people import People, draw_people
from regulars.simulation.simulate import simulate
from regulars.simulation.world import MOST_CUSTOMERS, World

CUSTOMERS = 2000
WORLD = World(customers=CUSTOMERS, days=14, dirt="none")
Numbers = NDArray[np.int64]


def digits(text: pl.Series) -> Numbers:
    """The digits of each text as one number."""
    return text.str.replace_all(r"[^0-9]", "").cast(pl.Int64).to_numpy()


def addresses(version: int) -> Callable[[People, Numbers], pl.Series]:
    return lambda people, who: identity.emails(people, who, np.full(len(who), version))


IDENTIFIERS: Mapping[str, Callable[[People, Numbers], Numbers]] = {
    "account": lambda people, who: digits(identity.account_ids(people, who)),
    "second account": lambda people, who: digits(identity.account_ids(people, who, second=True)),
    "card": lambda people, who: digits(identity.card_numbers(people, who)),
    "requester": identity.requester_ids,
    "phone": lambda people, who: digits(identity.phones(people, who)),
    "line of a phone": lambda people, who: digits(identity.phones(people, who).str.tail(4)),
    "address": lambda people, who: digits(addresses(identity.ON_FILE)(people, who)),
    "address after a move": lambda people, who: digits(addresses(identity.MOVED)(people, who)),
    "address of the second account": lambda people, who: digits(addresses(identity.SECOND)(people, who)),
}


def ranks(values: Numbers) -> Numbers:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable")


def rank_correlation(values: Numbers, others: Numbers) -> float:
    return float(np.corrcoef(ranks(values), ranks(others))[0, 1])


@pytest.fixture(scope="module")
def people() -> People:
    return draw_people(WORLD)


@pytest.mark.parametrize("system", sorted(IDENTIFIERS))
def test_an_identifier_does_not_follow_the_number_of_its_person(people: People, system: str) -> None:
    own = people.number[~people.shares_inbox]
    values = IDENTIFIERS[system](people, own)
    assert abs(rank_correlation(values, own)) < 0.1
    steps = np.diff(values[np.diff(own, append=-1) == 1])
    assert len(np.unique(steps)) > len(steps) / 10


@pytest.mark.parametrize("system", sorted(set(IDENTIFIERS) - {"line of a phone"}))
def test_an_identifier_is_nobody_elses(people: People, system: str) -> None:
    own = people.number[~people.shares_inbox]
    assert len(np.unique(IDENTIFIERS[system](people, own))) == len(own)


@pytest.mark.parametrize("system", sorted(IDENTIFIERS))
def test_partners_are_no_nearer_to_each_other_than_anybody(people: People, system: str) -> None:
    place = ranks(IDENTIFIERS[system](people, people.number))
    seconds = people.number[(people.household != people.number) & ~people.shares_inbox]
    apart = np.abs(place[seconds] - place[people.household[seconds]])
    # a pair at random is that near in 19 of 100 cases
    assert 0.1 < (apart < CUSTOMERS / 10).mean() < 0.28


def test_the_systems_do_not_number_people_alike(people: People) -> None:
    own = people.number[~people.shares_inbox]
    columns = {system: values(people, own) for system, values in IDENTIFIERS.items() if "line" not in system}
    names = sorted(columns)
    alike = {
        (one, other): rank_correlation(columns[one], columns[other])
        for position, one in enumerate(names)
        for other in names[:position]
    }
    assert {pair: found for pair, found in alike.items() if abs(found) > 0.1} == {}


@pytest.mark.parametrize("system", sorted(IDENTIFIERS))
def test_a_person_has_the_same_identifiers_in_a_world_of_any_size(people: People, system: str) -> None:
    few = draw_people(WORLD.model_copy(update={"customers": 300}))
    assert (IDENTIFIERS[system](few, few.number) == IDENTIFIERS[system](people, few.number)).all()


def test_millions_have_accounts_cards_and_phones_of_their_own(people: People) -> None:
    who = np.arange(2_000_000)
    many = replace(people, number=who)
    accounts = [identity.account_ids(many, who, second=second) for second in (False, True)]
    assert pl.concat(accounts).n_unique() == 2 * len(who)
    assert identity.card_numbers(many, who).n_unique() == len(who)
    assert len(np.unique(identity.requester_ids(many, who))) == len(who)
    assert identity.phones(many, who).n_unique() == len(who)


def test_there_are_addresses_for_as_many_as_a_world_may_have() -> None:
    assert 3 * MOST_CUSTOMERS <= identity.LOCAL_PARTS
    assert MOST_CUSTOMERS <= identity.PHONES


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    simulate(folder, WORLD)
    return folder


def persons(store: Path, kind: str, values: pl.Series) -> Numbers:
    """Whose they are, in the same order; the first owner of what two people share."""
    known = pl.read_parquet(truth.folder_of(store) / "identifiers" / f"{kind}.parquet")
    owners = known.unique("value", keep="first", maintain_order=True)
    found = pl.DataFrame({"value": values}).join(owners, on="value", how="left", maintain_order="left")
    return found["person"].drop_nulls().to_numpy()


def column(store: Path, path: str, name: str, separator: str = ",") -> pl.Series:
    cells = pl.read_csv(store / "exports" / path, separator=separator, infer_schema=False)
    return cells[name].str.strip_chars("'").unique(maintain_order=True).drop_nulls()


def objects(store: Path, path: str) -> pl.DataFrame:
    content = (store / "exports" / path).read_bytes()
    text = gzip.decompress(content) if path.endswith(".gz") else content
    return pl.DataFrame([json.loads(line) for line in text.decode().splitlines()], infer_schema_length=None)


def test_rows_of_a_file_do_not_stand_in_the_order_of_people(store: Path) -> None:
    files = {
        "shop customers": ("account_id", column(store, "shop/customers_2024-01-01.csv", "Customer ID")),
        "cards": ("card_number", column(store, "pos/cards_2024-01-01.csv", "CardNo", ";")),
        "consents": ("email", column(store, "consents/consents_2024-01-01.csv", "identifier")),
        "web": (
            "anonymous_id",
            objects(store, "web/2024-01-03.jsonl.gz")["anonymousId"].unique(maintain_order=True),
        ),
        "e-mail": ("email", objects(store, "email/2024-01-02.jsonl")["email"].unique(maintain_order=True)),
    }
    told = {}
    for name, (kind, values) in files.items():
        who = persons(store, kind, values)
        assert len(who) > 60, name
        told[name] = rank_correlation(np.arange(len(who)), who)
    # two standard deviations of what chance makes of the shortest of them
    assert {name: found for name, found in told.items() if abs(found) > 0.2} == {}


def test_ids_of_messages_and_sessions_do_not_follow_people(store: Path) -> None:
    mail = objects(store, "email/2024-01-02.jsonl").unique("sg_message_id", maintain_order=True)
    assert mail["sg_message_id"].str.contains("^[0-9a-f]{16}$").all()
    in_order = mail.sort("sg_message_id")["email"].unique(maintain_order=True)
    who = persons(store, "email", in_order)
    assert len(who) > 200
    assert abs(rank_correlation(np.arange(len(who)), who)) < 0.15


def test_an_answer_of_a_survey_has_an_id_that_says_nothing(store: Path) -> None:
    files = sorted((store / "exports" / "surveys").glob("*.csv"))
    ids = pl.concat([pl.read_csv(file, infer_schema=False).select("#", "Network ID") for file in files])
    assert ids.height > 0
    assert ids["#"].str.contains("^[0-9a-f]{32}$").all()
    assert ids["#"].is_unique().all()
    assert ids["Network ID"].str.contains("^[0-9a-f]{10}$").all()


def everything_written(store: Path) -> str:
    contents = [(file, file.read_bytes()) for file in (store / "exports").rglob("*") if file.is_file()]
    return "\n".join(
        (gzip.decompress(content) if file.suffix == ".gz" else content).decode() for file, content in contents
    )


def known(store: Path, kind: str) -> pl.DataFrame:
    return pl.read_parquet(truth.folder_of(store) / "identifiers" / f"{kind}.parquet")


@pytest.mark.parametrize(
    ("kind", "pattern", "nobodys"),
    [
        ("email", r"[\w.+-]+@[\w.-]+", {identity.PLACEHOLDER_EMAIL}),
        ("phone", r"\+1\d{10}", set()),
        ("account_id", r"(?<![\d-])6\d{12}(?!\d)", set()),
        ("card_number", r"(?<!\d)29\d{11}(?!\d)", set()),
        ("requester_id", r'(?<="requester_id":)\d+', set()),
        ("anonymous_id", r'(?<="anonymousId":")\w+', set()),
        ("anonymous_id", r"(?<=anonymous_id: )\w+", set()),
    ],
)
def test_every_identifier_in_the_exports_is_in_the_truth(
    store: Path, kind: str, pattern: str, nobodys: set[str]
) -> None:
    shown = set(re.findall(pattern, everything_written(store)))
    assert len(shown) > 5
    assert shown - set(known(store, kind)["value"]) == nobodys


def test_whoever_a_card_names_is_known_to_state_its_phone_and_address(store: Path) -> None:
    cards = pl.concat(
        pl.read_csv(file, separator=";", infer_schema=False)
        for file in (store / "exports").glob("pos/cards*")
    ).with_columns(pl.col("Phone").str.strip_chars("'"))
    owned = cards.join(known(store, "card_number"), left_on="CardNo", right_on="value")
    assert owned.height == cards.height
    for column, kind in (("Phone", "phone"), ("Mail", "email")):
        stated = owned.drop_nulls(column).select("person", value=column)
        both = stated.join(known(store, kind), on=["person", "value"])
        assert both.height == stated.height
        assert both["is_own"].all() == (kind == "email")


def test_a_phone_that_a_partner_states_belongs_to_one_person(store: Path) -> None:
    phones = known(store, "phone")
    strange = phones.filter(~pl.col("is_own"))
    assert strange.height > 5
    assert phones.filter("is_own")["value"].is_unique().all()
    both = strange.join(phones.filter("is_own"), on="value")
    assert (both["person"] // 2 == both["person_right"] // 2).all()
    assert (both["person"] != both["person_right"]).all()
    row = strange.with_columns(decision_id=pl.lit("d"), channel=pl.lit("sms"), action_id=pl.lit("a"))
    rows = row.select("decision_id", "channel", "action_id", address="value", offer=pl.lit(None, pl.String))
    reached = truth.readers_of(store, rows.head(1))
    assert reached["person"].to_list() == both.filter(value=strange["value"][0])["person_right"].to_list()
