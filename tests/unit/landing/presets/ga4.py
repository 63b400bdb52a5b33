"""Rows of the daily tables as BigQuery extracts them: whole numbers are texts, parameters are a list."""

from tests.unit.landing.presets.sample import Sample, json_lines


def event(name: str, micros: object = "1774744200123456", **more: object) -> dict[str, object]:
    return {
        "event_date": "20260329",
        "event_timestamp": micros,
        "event_name": name,
        "event_params": [
            {"key": "ga_session_id", "value": {"int_value": "77"}},
            {
                "key": "page_location",
                "value": {"string_value": "https://tulips.example/mugs?email=ada@example.com"},
            },
        ],
        "user_id": None,
        "user_pseudo_id": "1.2",
        "privacy_info": {"analytics_storage": "Yes", "ads_storage": "No", "uses_transient_token": "No"},
        "device": {"category": "mobile", "language": "en-gb"},
        "geo": {"country": "United Kingdom"},
        "stream_id": "900",
        "platform": "WEB",
        "items": [],
    } | more


SEARCH = [{"key": "search_term", "value": {"string_value": "teapot"}}]

SAMPLE = Sample(
    files={
        "events_20260329.jsonl": json_lines(
            [
                event("page_view"),
                event("view_item", items=[{"item_id": "MUG-1", "item_name": "Mug"}], user_id="42"),
                event("view_search_results", event_params=SEARCH),
                # the same again is one event, another parameter makes another
                event("page_view"),
                event("page_view", event_params=[]),
                event("page_view", privacy_info={"analytics_storage": "No"}, user_pseudo_id=None),
                event("login", "soon"),
            ]
        )
    },
    landed={
        "events": """
anonymous_ref | customer_ref | session_ref | event_type | occurred_at | product_ref | subject | device
1.2 | - | 1.2-77 | page_viewed | 2026-03-29 00:30:00.123456 | - | /mugs | mobile
1.2 | 42 | 1.2-77 | product_viewed | 2026-03-29 00:30:00.123456 | MUG-1 | /mugs | mobile
1.2 | - | - | products_searched | 2026-03-29 00:30:00.123456 | - | teapot | mobile
1.2 | - | - | page_viewed | 2026-03-29 00:30:00.123456 | - | - | mobile
""",
    },
    dead=[("events_20260329.jsonl", 7, "occurred_at", "is required and has no value")],
    skipped={"events": 1},
)
