"""Who is who, on a real warehouse with a handful of facts."""

import json
from typing import Any

import pytest

from tests.integration.dbt_warehouse import Row, Warehouse, march, order

MODELS = (
    "identity_changes",
    "identity_links",
    "identity_review",
    "probable_links",
    "earlier_plans",
    "orders",
    "customers",
)
LONG = "x" * 10_000


def person(ref: str, name: str | None = None, source: str = "shop", **more: object) -> Row:
    first, _, last = (name or "").partition(" ")
    names = {"first_name": first or None, "last_name": last or None}
    return {"record_key": ref, "customer_ref": ref, "source": source} | names | more


def visit(key: str, day: int, cookie: str, account: str | None = None, session: str | None = None) -> Row:
    return {
        "record_key": key, "event_ref": key, "event_type": "page_viewed", "occurred_at": march(day),
        "anonymous_ref": cookie, "customer_ref": account, "session_ref": session, "source": "web",
    }  # fmt: skip


def build(warehouse: Warehouse, day: int) -> None:
    warehouse.set_day(day)
    assert warehouse.dbt("run", "--select", *(f"+{model}" for model in MODELS))


def carry(warehouse: Warehouse) -> None:
    """Hand the identities of a night to the next."""
    for table in ("customer_identifiers", "customer_aliases", "identity_changes"):
        warehouse.execute(f"create or replace table previous.{table} as from marts.{table}")


def whose(warehouse: Warehouse, identifier: str) -> str | None:
    """The customer of an identifier, None if it is nobody's."""
    rows = warehouse.execute(
        "select customer_id from marts.customer_identifiers where identifier = ?", identifier
    )
    assert len(rows) <= 1
    return rows[0][0] if rows else None


def buyer(warehouse: Warehouse, order_ref: str) -> str | None:
    ((customer_id,),) = warehouse.execute(
        "select customer_id from marts.orders where order_ref = ?", order_ref
    )
    return None if customer_id is None else str(customer_id)


def set_aside(warehouse: Warehouse) -> dict[str, str]:
    return dict(warehouse.execute("select identifier, set_aside_because from marts.identity_review"))


def changes(warehouse: Warehouse, day: int) -> list[tuple[Any, ...]]:
    return warehouse.execute(
        "select change, customer_id, other_customer_id, reason from marts.identity_changes"
        " where as_of_date = ? order by all",
        march(day).date(),
    )


def test_people_are_put_together_and_those_who_share_something_are_not(warehouse: Warehouse) -> None:
    warehouse.execute("insert into settings.systems values ('web', 'shop', 'web')")
    warehouse.load(
        "customers",
        person("anna", "Annabel Ames", email="ANNA@x.example", phone="(802) 555-0127"),
        person("card of anna", "Ann Ames", source="pos", phone="+1 802 555 0127"),
        # a family's inbox, and a tablet that lies on its sofa
        person("tom", "Tom Fox", email="fox@x.example"),
        person("eve", "Eve Fox", email="fox@x.example"),
        person("card of eve", "Eve Fox", source="pos", email="fox@x.example"),
        # nothing that says anything of a person
        person("nobody 1", email="noemail@x.example", phone="0000000000"),
        person("nobody 2", email="noemail@x.example", phone="0000000000"),
        person("tester 1", email="none"),
        *(person(f"colleague {number}", email="office@x.example") for number in range(7)),
        # a number that was given up, and given to somebody else
        person("rob", "Rob Old", phone="+18025550199"),
        person("ned", "Ned New", phone="+18025550199"),
        # who married has another name, and the same inbox
        person("mia", "Mia Maid", email="mia@x.example"),
        person("card of mia", "Mia Married", source="pos", email="mia@x.example"),
        # a card with the partner's number
        person("pat", "Pat Post", email="pat@x.example", phone="+18025550150"),
        person("card of pat", "Pat Post", source="pos", email="pat@x.example", phone="+18025550160"),
        # two who are called alike
        person("jo 1", "Jo Doe", email="jo1@x.example", birth_date=march(1).date()),
        person("jo 2", "Jo Doe", email="jo2@x.example", birth_date=march(2).date()),
    )
    warehouse.load(
        "orders",
        order("annas guest order", 2, email="anna@x.example", phone="8025550127"),
        order("eves guest order", 2, email="fox@x.example", customer_name="Eve  FOX"),
        order("order of the foxes", 2, email="fox@x.example"),
        order("placeholder", 2, email="noemail@x.example"),
        order("long", 2, customer_ref=LONG),
        order("pats guest order", 2, email="pat@x.example", phone="+18025550150"),
        order("jos", 2, email="jo1@x.example", customer_name="Jo Doe"),
    )
    warehouse.load(
        "events",
        visit("before", 1, "annas phone"),
        visit("login", 3, "annas phone", "anna"),
        visit("tom on the sofa", 3, "tablet", "tom", "s1"),
        visit("tom is not logged in yet", 3, "tablet", None, "s1"),
        visit("eve on the sofa", 4, "tablet", "eve", "s2"),
        visit("somebody on the sofa", 5, "tablet", None, "s3"),
    )
    build(warehouse, 6)

    anna = whose(warehouse, "anna")
    assert anna
    for identifier in ("anna@x.example", "+18025550127", "card of anna", "annas phone"):
        assert whose(warehouse, identifier) == anna, identifier
    assert buyer(warehouse, "annas guest order") == anna
    assert whose(warehouse, "eve") == whose(warehouse, "card of eve") == buyer(warehouse, "eves guest order")
    assert whose(warehouse, "mia") == whose(warehouse, "card of mia")
    assert whose(warehouse, "pat") == whose(warehouse, "card of pat") == whose(warehouse, "+18025550150")
    assert whose(warehouse, "+18025550160") is None
    assert whose(warehouse, "jo 1") == buyer(warehouse, "jos")

    of_the_inbox = buyer(warehouse, "order of the foxes")
    assert of_the_inbox == whose(warehouse, "fox@x.example")
    strangers = [
        "anna", "tom", "eve", "nobody 1", "nobody 2", "tester 1", "rob", "ned", "mia", "pat", "jo 1", "jo 2",
        "tablet",
        *(f"colleague {number}" for number in range(7)),
    ]  # fmt: skip
    people = [*(whose(warehouse, stranger) for stranger in strangers), of_the_inbox]
    assert None not in people
    assert len(set(people)) == len(people)

    assert buyer(warehouse, "placeholder") is None
    assert buyer(warehouse, "long") is None
    assert set_aside(warehouse) == {
        "noemail@x.example": "placeholder",
        "none": "placeholder",
        "0000000000": "placeholder",
        LONG[:320]: "too_long",
        "fox@x.example": "several_people",
        "office@x.example": "too_many_accounts",
        "+18025550199": "several_people",
        "+18025550160": "outweighed",
        "tablet": "several_people",
    }
    visits = dict(
        warehouse.execute(
            "select customer_id, sum(event_count) from intermediate.customer_days"
            " inner join intermediate.int_customer_handles using (handle_id)"
            " where event_count > 0 group by all"
        )
    )
    assert visits == {
        anna: 2,
        whose(warehouse, "tom"): 2,
        whose(warehouse, "eve"): 1,
        whose(warehouse, "tablet"): 1,
    }
    # the evidence leads to the row that says so
    ((file_id, row_number, said),) = warehouse.execute(
        "select file_id, row_number, evidence from marts.identity_links"
        " where identifier_a = 'card of anna' and identifier_b = '+18025550127'"
    )
    assert (file_id, row_number, said) == (1, 2, "account with phone")


def test_the_night_before_a_login_still_shows_a_visitor(warehouse: Warehouse) -> None:
    warehouse.load("events", visit("before", 1, "cookie"), visit("login", 3, "cookie", "anna"))
    build(warehouse, 2)
    visitor = whose(warehouse, "cookie")
    assert visitor
    assert whose(warehouse, "anna") is None
    carry(warehouse)
    build(warehouse, 3)
    assert whose(warehouse, "cookie") == whose(warehouse, "anna")
    # she was nobody in particular, so that nobody was merged
    assert changes(warehouse, 3) == []
    build(warehouse, 2)
    assert whose(warehouse, "cookie") == visitor


def test_ids_stay_when_two_become_one_and_are_parted_again(warehouse: Warehouse) -> None:
    warehouse.load("orders", order("first", 1, customer_ref="old"), order("second", 2, email="new@x.example"))
    build(warehouse, 3)
    old, new = whose(warehouse, "old"), whose(warehouse, "new@x.example")
    assert old != new
    carry(warehouse)
    warehouse.execute(
        "insert into previous.planned_touchpoints values ('d_1', ?, 'thanks', 'mail', '2024-03-03')", new
    )

    warehouse.load("customers", person("old", email="new@x.example"))
    build(warehouse, 4)
    assert whose(warehouse, "old") == whose(warehouse, "new@x.example") == old
    assert changes(warehouse, 4) == [
        ("merged", old, new, "account with email, email new@x.example and account old")
    ]
    assert warehouse.execute("select alias_id, customer_id from marts.customer_aliases") == [(new, old)]
    assert warehouse.execute("select decision_id, customer_id from marts.earlier_plans") == [("d_1", old)]
    carry(warehouse)

    word = "'keep_apart', 'account', 'shop', 'old', 'email', '', 'new@x.example', 'two people', 'ada'"
    warehouse.execute(f"insert into settings.identity_words values ({word})")
    build(warehouse, 5)
    assert whose(warehouse, "old") == old
    assert whose(warehouse, "new@x.example") == new
    assert changes(warehouse, 5) == [("split", old, new, "said by ada: two people")]
    assert changes(warehouse, 4)
    assert warehouse.execute("from marts.customer_aliases") == []
    assert warehouse.execute("select decision_id, customer_id from marts.earlier_plans") == [("d_1", new)]
    ((is_used,),) = warehouse.execute("select is_used from marts.identity_links")
    assert not is_used


@pytest.mark.parametrize("kind", ["account", "anonymous"])
def test_a_word_links_what_no_fact_names_together(warehouse: Warehouse, kind: str) -> None:
    warehouse.load(
        "orders", order("a", 1, customer_ref="ann"), order("b", 2, source="pos", customer_ref="card")
    )
    warehouse.load("events", visit("v", 2, "cookie"))
    other = {"account": ("pos", "card"), "anonymous": ("web", "cookie")}[kind]
    warehouse.execute(
        f"insert into settings.identity_words values"
        f" ('link', 'account', 'shop', 'ann', '{kind}', '{other[0]}', '{other[1]}', 'she said so', 'ada')"
    )
    build(warehouse, 3)
    assert whose(warehouse, other[1]) == whose(warehouse, "ann")
    assert len({whose(warehouse, identifier) for identifier in ("ann", "card", "cookie")}) == 2


def consent(key: str, day: int, status: str, **who: object) -> Row:
    stated = {"channel": "mail", "purpose": "marketing", "status": status, "stated_at": march(day)}
    return {"record_key": key} | stated | who


def permission(warehouse: Warehouse, identifier: str) -> str:
    ((status,),) = warehouse.execute(
        "select status from marts.customer_permissions where customer_id = ? and purpose = 'marketing'"
        " and channel = 'mail'",
        whose(warehouse, identifier),
    )
    return str(status)


def profile(warehouse: Warehouse, identifier: str) -> tuple[Any, ...]:
    ((email, phone),) = warehouse.execute(
        "select email, phone from marts.customers where customer_id = ?", whose(warehouse, identifier)
    )
    return email, phone


def test_alike_is_not_the_same_and_an_address_of_somebody_else_is_none_of_hers(warehouse: Warehouse) -> None:
    warehouse.execute("insert into settings.blocked_identifiers values ('+18025550180', true)")
    warehouse.execute("insert into settings.systems values ('web', 'shop', 'web')")
    warehouse.load(
        "customers",
        # father and son, and a couple
        person("senior", "John Fox", email="john@x.example", birth_date=march(1).date()),
        person("junior", "John Fox", email="john@x.example", birth_date=march(2).date()),
        person("maria", "Maria Poe", email="poe@x.example"),
        person("mario", "Mario Poe", email="poe@x.example"),
        # one name in many systems is one
        *(
            person(f"wim {source}", "Wim Wu", source=source, email="wim@x.example")
            for source in ("shop", "pos", "web", "desk", "a", "b", "c", "d", "e", "f", "g", "h")
        ),
        # an inbox of a domain of one's own is no placeholder
        person("doe", email="mail@doe.example"),
        person("blocked", phone="+18025550180"),
        person("tom", "Tom Elm", email="elm@x.example"),
        person("eve", "Eve Elm", email="elm@x.example"),
        # a new number that she gives again and again
        person("mia", "Mia May", email="mia@x.example", phone="+18025550181"),
        person("card of pat", "Pat Post", source="pos", email="pat@x.example", phone="+18025550160"),
    )
    warehouse.load(
        "orders",
        *(order(f"mia {n}", n, email="mia@x.example", phone="+18025550182") for n in (1, 2, 3)),
        order("mias old number", 1, email="mia@x.example", phone="+18025550181"),
        order("pats guest order", 2, email="pat@x.example", phone="+18025550150"),
        order("again", 3, email="pat@x.example", phone="+18025550150"),
        # Ada, who has no account, on the tablet of the Elms, by their inbox
        order(
            "adas", 2, source="web", email="elm@x.example", customer_name="Ada Elm", anonymous_ref="tablet"
        ),
    )
    warehouse.load("events", visit("tom logs in", 1, "tablet", "tom"), visit("nobody", 2, "tablet"))
    build(warehouse, 6)
    assert whose(warehouse, "senior") != whose(warehouse, "junior")
    assert whose(warehouse, "maria") != whose(warehouse, "mario")
    assert len({whose(warehouse, f"wim {source}") for source in ("shop", "pos", "h")}) == 1
    assert whose(warehouse, "mail@doe.example") == whose(warehouse, "doe")
    assert profile(warehouse, "blocked") == (None, None)
    assert buyer(warehouse, "adas") not in (whose(warehouse, "tom"), whose(warehouse, "eve"))
    assert whose(warehouse, "+18025550182") == whose(warehouse, "+18025550181") == whose(warehouse, "mia")
    assert profile(warehouse, "card of pat") == ("pat@x.example", "+18025550150")


def test_the_id_goes_with_the_person_and_not_with_the_tablet(warehouse: Warehouse) -> None:
    warehouse.load("events", visit("v", 1, "tablet"), visit("anna logs in", 2, "tablet", "anna"))
    build(warehouse, 3)
    anna = whose(warehouse, "anna")
    assert whose(warehouse, "tablet") == anna
    carry(warehouse)
    warehouse.load("events", visit("bob logs in", 4, "tablet", "bob"))
    build(warehouse, 4)
    assert whose(warehouse, "anna") == anna
    assert whose(warehouse, "tablet") not in (anna, whose(warehouse, "bob"))


def test_a_no_outlasts_the_yes_of_another_identifier(warehouse: Warehouse) -> None:
    for first, second in (("'pos', 'cR'", "'shop', 'R'"), ("'shop', 'x1'", "'shop', 'x2'")):
        warehouse.execute(
            f"insert into settings.identity_words values"
            f" ('link', 'account', {first}, 'account', {second}, 'the same', 'ada')"
        )
    warehouse.execute(
        "insert into settings.identity_words values"
        " ('keep_apart', 'account', 'shop', 'k', 'email', '', 'k@x.example', 'sold it', 'ada'),"
        " ('link', 'email', '', 'o@x.example', 'email', '', 'n@x.example', 'the same', 'ada')"
    )
    warehouse.load("customers", person("k", "Kim Kay", email="k@x.example"))
    warehouse.load(
        "consents",
        consent("1", 1, "denied", customer_ref="R"),
        consent("2", 2, "granted", customer_ref="cR", source="pos"),
        consent("3", 1, "denied", customer_ref="x1"),
        consent("4", 2, "granted", customer_ref="x2"),
        consent("5", 1, "denied", email="k@x.example"),
        consent("6", 2, "granted", customer_ref="k"),
        # the only thing that both share says nothing
        consent("7", 1, "denied", email="o@x.example", phone="0000000000"),
        consent("8", 2, "granted", email="n@x.example", phone="0000000000"),
        # who says no about her address, and yes about her account later, has changed her mind
        consent("9", 1, "denied", email="z@x.example"),
        consent("10", 2, "granted", customer_ref="z", email="z@x.example"),
    )
    warehouse.set_day(3)
    assert warehouse.dbt("run", "--select", "+customer_permissions", "+customers")
    assert permission(warehouse, "R") == "denied"
    assert permission(warehouse, "x1") == "denied"
    assert permission(warehouse, "k@x.example") == "denied"
    assert profile(warehouse, "k") == (None, None)
    assert whose(warehouse, "n@x.example") == whose(warehouse, "o@x.example")
    assert permission(warehouse, "n@x.example") == "denied"
    assert permission(warehouse, "z") == "granted"


def compared(column: str, same: float, different: float) -> dict[str, Any]:
    """A column that is equal in a share of one person's records, and of different people's."""
    null = {"sql_condition": f'"{column}_l" is null or "{column}_r" is null', "is_null_level": True}
    equal = {
        "sql_condition": f'"{column}_l" = "{column}_r"',
        "m_probability": same,
        "u_probability": different,
    }
    rest = {"sql_condition": "else", "m_probability": 1 - same, "u_probability": 1 - different}
    return {"output_column_name": column, "comparison_levels": [null, equal, rest]}


WEIGHTS = {
    "link_type": "dedupe_only",
    "unique_id_column_name": "record",
    "probability_two_random_records_match": 0.0001,
    "retain_matching_columns": False,
    "retain_intermediate_calculation_columns": True,
    "comparisons": [
        compared("first_name", 0.9, 0.01),
        compared("last_name", 0.8, 0.01),
        compared("birth_date", 0.95, 0.0001),
        compared("email", 0.9, 0.0001),
        compared("attribute_suburb", 0.9, 0.01),
    ],
    "blocking_rules_to_generate_predictions": [
        "l.block_names = r.block_names and l.person <> r.person",
        "l.block_birth_date = r.block_birth_date and l.person <> r.person",
        "l.block_attribute_suburb = r.block_attribute_suburb and l.person <> r.person",
    ],
}


def link_by_likeness(warehouse: Warehouse, link_above: float = 0.999, review_above: float = 0.9) -> None:
    warehouse.execute("delete from settings.probable_links")
    attributes = json.dumps({"attribute_suburb": "suburb"})
    warehouse.execute(
        "insert into settings.probable_links values (?, ?, ?, ?)",
        link_above, review_above, attributes, json.dumps(WEIGHTS),
    )  # fmt: skip


def alike(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.execute(
        "select identifier_a, identifier_b, evidence, round(probability, 3), is_used"
        " from marts.identity_links where evidence like 'alike%' order by all"
    )


def listed(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.execute("select identifier_a, identifier_b from marts.probable_links order by all")


def test_who_is_alike_is_one_person_if_that_is_probable_enough_and_nobody_says_otherwise(
    warehouse: Warehouse,
) -> None:
    lena = {"birth_date": march(1).date(), "attributes": '{"suburb": " Elm Park"}'}
    rosa = {"birth_date": march(2).date(), "attributes": '{"suburb": "Oakham"}'}
    warehouse.load(
        "customers",
        person("lena", "Lena Moss", email="lena@x.example", **lena),
        person("card of lena", "Lena Mose", source="pos", phone="+18025550127", **lena),
        # alike in little
        person("otto", "Otto Berg", attributes='{"suburb": "Ashton"}'),
        person("card of otto", "Otto Berg", source="pos", attributes='{"suburb": "ashton"}'),
        # two of whom a human knows better
        person("rosa", "Rosa Rye", **rosa),
        person("card of rosa", "Rosa Rye", source="pos", **rosa),
        # whom an address makes one, and who are one name in one house
        person("wim", "Wim Wu", email="wim@x.example"),
        person("card of wim", "Wim Wu", source="pos", email="wim@x.example"),
        # an address of several people, and a name that is none, are no likeness
        person("tom", "Tom Fox", email="fox@x.example"),
        person("eve", "Eve Fox", email="fox@x.example"),
        person("unknown 1", "unknown Fox", birth_date=march(4).date()),
        person("unknown 2", "unknown Fox", source="pos", birth_date=march(4).date()),
    )
    warehouse.execute(
        "insert into settings.identity_words values"
        " ('keep_apart', 'account', 'shop', 'rosa', 'account', 'pos', 'card of rosa', 'two cousins', 'ada')"
    )
    build(warehouse, 6)
    assert whose(warehouse, "lena") != whose(warehouse, "card of lena")
    assert (alike(warehouse), listed(warehouse)) == ([], [])
    apart = whose(warehouse, "lena"), whose(warehouse, "card of lena")
    carry(warehouse)

    link_by_likeness(warehouse)
    build(warehouse, 7)
    assert whose(warehouse, "lena") == whose(warehouse, "card of lena") == whose(warehouse, "+18025550127")
    assert alike(warehouse) == [
        ("card of lena", "lena", "alike: first_name, birth_date, suburb; unlike: last_name", 0.999, True),
        ("card of rosa", "rosa", "alike: first_name, last_name, birth_date, suburb", 1.0, False),
    ]
    ((change, *ids, reason),) = changes(warehouse, 7)
    assert (change, sorted(ids)) == ("merged", sorted(map(str, apart)))
    assert reason.startswith("alike: first_name, birth_date, suburb; unlike: last_name, account ")
    assert whose(warehouse, "rosa") != whose(warehouse, "card of rosa")
    assert whose(warehouse, "otto") != whose(warehouse, "card of otto")
    assert listed(warehouse) == [("card of otto", "otto"), ("unknown 2", "unknown 1")]
    assert len({whose(warehouse, name) for name in ("tom", "eve", "unknown 1", "unknown 2")}) == 4
    shared = warehouse.execute(
        "select email, first_name from intermediate.int_comparable_records"
        " where identifier in ('tom', 'unknown 1') order by identifier"
    )
    assert shared == [(None, "tom"), (None, None)]

    # a human decides of what was listed
    warehouse.execute(
        "insert into settings.identity_words values"
        " ('link', 'account', 'shop', 'otto', 'account', 'pos', 'card of otto', 'asked him', 'ada'),"
        " ('keep_apart', 'account', 'pos', 'unknown 2', 'account', 'shop', 'unknown 1', 'two forms', 'ada')"
    )
    build(warehouse, 8)
    assert whose(warehouse, "otto") == whose(warehouse, "card of otto")
    assert listed(warehouse) == []


def test_what_everybody_is_booked_on_links_nobody_though_no_name_stands_beside_it(
    warehouse: Warehouse,
) -> None:
    tills = [f"walkin{number}@x.example" for number in range(6)]
    phones = [f"+1802555013{number}" for number in range(6)]
    warehouse.load(
        "orders",
        *(order(f"at the till {at}", 2, customer_ref="TILL 7", email=at) for at in tills),
        order("at the till", 2, customer_ref="TILL 7"),
        *(order(f"by {phone}", 2, email="office@x.example", phone=phone) for phone in phones),
        order("of the office", 2, email="office@x.example"),
        # a number that was given up, and given to somebody else, whose names nobody asked for
        order("of the first", 1, email="first@x.example", phone="+18025550190"),
        order("of the next", 5, email="next@x.example", phone="+18025550190"),
        # as it is with one person's two addresses, whose name says so
        order("at work", 1, email="at.work@x.example", phone="+18025550191", customer_name="Ann Lee"),
        order("at home", 5, email="at.home@x.example", phone="+18025550191", customer_name="Ann Lee"),
        *(order(f"typed {at}", 2, email=at) for at in ("a@a.com", "asdf@asdf.com", "no_email@x.example")),
        order("typed ann@ann.com", 2, email="ann@ann.com"),
    )
    build(warehouse, 6)
    apart = [*tills, "TILL 7", *phones, "office@x.example", "first@x.example", "next@x.example"]
    people = [whose(warehouse, identifier) for identifier in apart]
    assert None not in people
    assert len(set(people)) == len(people)
    assert whose(warehouse, "at.work@x.example") == whose(warehouse, "at.home@x.example")
    assert {buyer(warehouse, f"typed {at}") for at in ("a@a.com", "asdf@asdf.com")} == {None}
    assert buyer(warehouse, "typed ann@ann.com")
    assert set_aside(warehouse) == {
        "TILL 7": "too_many_addresses",
        "office@x.example": "too_many_addresses",
        "+18025550190": "nameless_addresses",
        "a@a.com": "placeholder",
        "asdf@asdf.com": "placeholder",
        "no_email@x.example": "placeholder",
    }
