"""What the profile, the timeline, its patterns and the agent's card say of people."""

from datetime import date
from decimal import Decimal

from tests.integration.dbt_warehouse import Row, Warehouse, event, line, march, message, order, product

PATTERNS = {
    "complaint_then_silence": ("ticket", "status = 'opened' and is_complaint", "without", "visit", "true", 7),
    "recommends_then_order": (
        "survey_response",
        "subject = 'nps' and score >= 9",
        "then",
        "order",
        "true",
        9,
    ),
    "returned_after_discount": (
        "order",
        "discount_amount > 0 and refunded_amount > 0",
        None,
        None,
        None,
        None,
    ),
}


def ticket(key: str, day: int, **more: object) -> Row:
    defaults = {"ticket_ref": key, "customer_ref": "ann", "topic": "Broken", "is_complaint": True}
    return defaults | {"record_key": key, "opened_at": march(day)} | more


def answer(
    key: str, day: int, kind: str, score: float | None, text: str | None = None, **more: object
) -> Row:
    told = {"response_ref": key, "customer_ref": "ann", "kind": kind, "score": score, "text": text}
    return told | {"record_key": key, "answered_at": march(day)} | more


def preference(day: int, key: str, value: str, **more: object) -> Row:
    told = {"customer_ref": "ann", "key": key, "value": value, "stated_at": march(day)}
    return told | {"record_key": f"{key}-{day}"} | more


def fill(warehouse: Warehouse) -> None:
    """Ann, who complains, recommends and prefers; bob, who sends back what he bought at a discount."""
    warehouse.load("products", product("p1", "bread") | {"brand": "Corner Mill"})
    warehouse.load(
        "customers",
        {"record_key": "ann", "customer_ref": "ann", "first_name": "Ann", "last_name": "Ash",
         "email": "ann@example.com", "phone": "8025550127", "updated_at": march(1)},
        {"record_key": "bob", "customer_ref": "bob", "email": "bob.brown", "created_at": march(1)},
    )  # fmt: skip
    warehouse.load("order_lines", line("l1", 2, order_ref="o1"), line("l2", 12, order_ref="o2"))
    warehouse.load(
        "orders",
        order("o1", 2, customer_ref="ann"),
        order("o2", 12, customer_ref="ann"),
        order("o3", 3, customer_ref="bob", discount=Decimal(5), refunded=Decimal(10)),
    )
    # the last was closed, nobody knows when
    closed = ticket("t3", 3, status="closed", is_complaint=False)
    warehouse.load("tickets", ticket("t1", 4, solved_at=march(5)), ticket("t2", 20), closed)
    warehouse.load(
        "survey_responses", answer("s1", 8, "nps", 9, "Kind people"), answer("s2", 15, "csat", None)
    )
    # a visit in the middle of which she logs in, and one without
    warehouse.load(
        "events",
        event("e0", 10, session_ref="v1"),
        event("e1", 10, "signed_in", session_ref="v1", customer_ref="ann", occurred_at=march(10, 13)),
        event("e2", 12, session_ref="v2"),
    )
    warehouse.load("messages", message("m1", 6, channel="sms"), message("m1", 6, "clicked", channel="sms"))
    warehouse.load(
        "preferences",
        preference(1, "favourite_category", "milk", expires_at=march(22)),
        preference(6, "preferred_channel", "email"),
        preference(7, "contact_frequency", "monthly"),
    )
    warehouse.load(
        "consents",
        {"record_key": "c", "customer_ref": "ann", "channel": "sms", "purpose": "marketing",
         "status": "withdrawn", "stated_at": march(9)},
    )  # fmt: skip
    warehouse.execute("delete from settings.patterns")
    for name, rule in PATTERNS.items():
        warehouse.execute(
            "insert into settings.patterns values (?, 'It says.', 'team', ?, ?, ?, ?, ?, ?, 'h')", name, *rule
        )


def test_a_person_is_one_row_of_all_that_is_asked_and_one_line_of_time(warehouse: Warehouse) -> None:
    fill(warehouse)
    warehouse.build(28)
    ((ann,),) = warehouse.execute("select customer_id from marts.customers where customer_ref = 'ann'")
    timeline = warehouse.execute(
        "select occurred_date, kind, status, subject from marts.customer_timeline where customer_id = ?"
        " order by occurred_at, kind, status, subject",
        ann,
    )
    assert [(day.day, kind, status, subject) for day, kind, status, subject in timeline] == [
        (1, "preference", None, "favourite_category"),
        (2, "order", None, None),
        (3, "ticket", "opened", "Broken"),
        (4, "ticket", "opened", "Broken"),
        (5, "ticket", "solved", "Broken"),
        (6, "message", "clicked", None),
        (6, "message", "sent", None),
        (6, "preference", None, "preferred_channel"),
        (7, "preference", None, "contact_frequency"),
        (8, "survey_response", None, "nps"),
        (9, "consent", "withdrawn", "marketing"),
        # before and after the log-in
        (10, "visit", None, None),
        (10, "visit", None, None),
        (12, "order", None, None),
        (12, "visit", None, None),
        (15, "survey_response", None, "csat"),
        (20, "ticket", "opened", "Broken"),
    ]
    profile = warehouse.frame(f"from marts.customers where customer_id = '{ann}'").to_dicts()[0]
    told = {
        "masked_email": "a***@example.com",
        "masked_phone": "***27",
        "preferred_channel": "email",
        "preferred_channel_by": "stated",
        # the statement about milk has expired
        "favourite_category": "bread",
        "favourite_category_by": "inferred",
        "contact_frequency": "monthly",
        "favourite_brand": "Corner Mill",
        "last_feedback_kind": "csat",
        # the newest answer has none, whatever those before had
        "last_feedback_score": None,
        "last_feedback_text": "Kind people",
        "last_feedback_text_date": date(2024, 3, 8),
        "open_complaint_since_date": date(2024, 3, 20),
        "permissions": "mail/marketing",
        "refusals": "sms/marketing",
        "patterns": "complaint_then_silence,recommends_then_order",
        "behaviour_age_days": 8,
        "consent_age_days": 19,
        "stale_field_groups": None,
        "price_sensitivity": None,
        # what is in two parts counts once
        "visit_count_30d": 2,
        "open_ticket_count": 1,
        "ticket_count_30d": 3,
        "event_count_30d": 3,
    }
    assert {name: profile[name] for name in told} == told
    ((masked,),) = warehouse.execute("select masked_email from marts.customers where customer_ref = 'bob'")
    # what is no address is not half of one
    assert masked in (None, "***")
    card = warehouse.frame(f"from marts.agent_cards where customer_id = '{ann}'").to_dicts()[0]
    assert card["name"] == "Ann Ash"
    assert card["last_orders"] == "2024-03-12: 10.00 USD; 2024-03-02: 10.00 USD"
    assert card["open_issues"] == "2024-03-20: Broken (complaint)"
    assert card["last_feedback"] == '2024-03-15: csat; 2024-03-08: nps 9.0 "Kind people"'
    assert card["last_messages"] == "2024-03-06: message by sms"
    assert "sell nothing before the complaint of 2024-03-20" in card["not_to_say"]
    assert "offer nothing by sms/marketing" in card["not_to_say"]


def test_a_pattern_names_its_evidence_and_is_complete_when_it_is(warehouse: Warehouse) -> None:
    fill(warehouse)
    found = (
        "select pattern_id, started_date, completed_date, evidence_id, sequel_evidence_id"
        " from marts.customer_patterns order by all"
    )
    warehouse.build(26)
    of_file = dict(warehouse.execute("select entity, file_id from landing.files where entity <> 'customers'"))
    told = [
        (
            "recommends_then_order",
            8,
            12,
            f"survey_response {of_file['survey_responses']}:1",
            f"order {of_file['orders']}:2",
        ),
        ("returned_after_discount", 3, 3, f"order {of_file['orders']}:3", None),
    ]
    assert [(name, start.day, end.day, *ids) for name, start, end, *ids in warehouse.execute(found)] == told
    # nothing was said for seven days after the second complaint; after the first somebody looked
    warehouse.build(27)
    silence = ("complaint_then_silence", 20, 27, f"ticket opened {of_file['tickets']}:2", None)
    assert [(name, start.day, end.day, *ids) for name, start, end, *ids in warehouse.execute(found)] == [
        silence,
        *told,
    ]


def test_a_guest_is_known_by_what_she_used_last(warehouse: Warehouse) -> None:
    phone = "+18025550127"
    warehouse.load(
        "orders",
        order("o1", 2, email="a@example.com", phone=phone, customer_name="Z. Ash"),
        order("o2", 9, email="z@example.com", phone=phone, customer_name="Zoë Ash-Lee"),
        order("o4", 10, phone=phone),
        order("o3", 20, email="future@example.com", phone=phone),
    )
    # what we write to an address does not make it hers
    warehouse.load("messages", message("m1", 12, customer_ref=None, email="a@example.com"))
    warehouse.night(13)
    found = warehouse.execute("select email, phone, name, first_name from marts.customers")
    assert found == [("z@example.com", phone, "Zoë Ash-Lee", None)]


def test_a_birthday_returns_every_year(warehouse: Warehouse) -> None:
    days = {
        "today": (date(1990, 3, 13), 0),
        "tomorrow": (date(1990, 3, 14), 1),
        "yesterday": (date(1990, 3, 12), (date(2025, 3, 12) - date(2024, 3, 13)).days),
        "leap day": (date(2000, 2, 29), (date(2025, 2, 28) - date(2024, 3, 13)).days),
        "not known": (None, None),
    }
    warehouse.load(
        "customers",
        *(
            {"record_key": who, "customer_ref": who, "birth_date": born, "updated_at": march(1)}
            for who, (born, _) in days.items()
        ),
    )
    warehouse.night(13)
    found = dict(warehouse.execute("select customer_ref, days_until_birthday from marts.customers"))
    assert found == {who: until for who, (_, until) in days.items()}


def test_a_habit_is_more_than_chance_makes(warehouse: Warehouse) -> None:
    # of whose acts at which hours, on days of March from the 1st on
    hours_of = {
        "around midnight": [23, 0, 1],
        "ten, between nine and eleven": [10, 10, 9, 11],
        "between, not at": [9, 9, 11],
        "every other hour": list(range(0, 24, 2)),
        "twice": [12, 12],
        "three of thirteen near eight": [7, 8, 9, 11, 12, 14, 15, 17, 18, 20, 21, 23, 2],
    }
    warehouse.load(
        "messages",
        *(
            message(
                f"{who} {number}", 1, "clicked", customer_ref=who, occurred_at=march(1 + number % 9, hour)
            )
            for who, hours in hours_of.items()
            for number, hour in enumerate(hours)
        ),
    )
    # the 2nd, 3rd, 9th and 10th are a weekend's
    days_of = {
        "weekend": [2, 3, 9, 10, 2, 1, 4, 5],
        "weekday": [1, 4, 5, 6, 7, 8, 11, 12],
        "any day": [2, 4, 5, 6, 7, 8, 11, 12],
        "hardly ever": [2, 3, 9, 10, 2, 3, 9],
    }
    warehouse.load(
        "orders",
        *(
            order(f"{who} {number}", day, customer_ref=who)
            for who, days in days_of.items()
            for number, day in enumerate(days)
        ),
    )
    warehouse.night(13)
    found = dict(warehouse.execute("select customer_ref, preferred_hour from marts.customers"))
    assert {who: found[who] for who in hours_of} == {
        "around midnight": 0,
        "ten, between nine and eleven": 10,
        "between, not at": 10,
        "every other hour": None,
        "twice": None,
        "three of thirteen near eight": None,
    }
    found = dict(warehouse.execute("select customer_ref, shopping_days from marts.customers"))
    expected = {"weekend": "weekend", "weekday": "weekday", "any day": "any day", "hardly ever": None}
    assert {who: found[who] for who in days_of} == expected


def test_a_preferred_channel_is_one_of_the_store_s_that_she_did_not_refuse(warehouse: Warehouse) -> None:
    # what she states, by which channels she was written to and clicked, and what she refuses
    people: dict[str, tuple[str | None, list[str], list[str]]] = {
        "states one": ("Email", ["sms"], []),
        "refuses what she states": ("email", ["sms"], ["email"]),
        "states what we have not": ("carrier pigeon", ["push"], []),
        "refuses what she clicks": (None, ["email", "sms"], ["email"]),
        "refuses all": ("sms", ["email"], ["email", "sms"]),
    }
    for who, (stated, clicked, refused) in people.items():
        if stated:
            told = preference(1, "preferred_channel", stated, customer_ref=who)
            warehouse.load("preferences", told | {"record_key": who})
        warehouse.load(
            "messages",
            *(
                message(f"{who} {channel}", 2, event, customer_ref=who, channel=channel)
                for channel in clicked
                for event in ("sent", "clicked")
            ),
        )
        warehouse.load(
            "consents",
            *(
                {"record_key": f"{who} {channel}", "customer_ref": who, "channel": channel,
                 "purpose": "marketing", "status": "withdrawn", "stated_at": march(3)}
                for channel in refused
            ),
        )  # fmt: skip
    warehouse.night(13)
    columns = "customer_ref, preferred_channel, preferred_channel_by"
    found = warehouse.execute(f"select {columns} from marts.customers")
    assert {who: by for who, *by in found} == {
        "states one": ["email", "stated"],
        "refuses what she states": ["sms", "inferred"],
        "states what we have not": ["push", "inferred"],
        "refuses what she clicks": ["sms", "inferred"],
        "refuses all": [None, None],
    }


def test_a_score_that_is_on_no_scale_says_nothing(warehouse: Warehouse) -> None:
    warehouse.load(
        "survey_responses",
        answer("a", 1, "nps", 0), answer("b", 2, "nps", 11), answer("c", 3, "csat", 0.5),
        answer("d", 4, "ces", 8), answer("e", 5, "question", 100),
    )  # fmt: skip
    warehouse.night(13)
    scores = "select last_nps_score, last_csat_score, last_ces_score, low_csat_count_90d, last_feedback_score"
    assert warehouse.execute(f"{scores} from marts.customers") == [(None, None, None, 0, 100)]
