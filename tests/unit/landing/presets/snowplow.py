"""Enriched lines without a header, in which JSON and quotes stand as they are."""

from tests.unit.landing.presets.sample import Sample

LAYOUT = (
    "app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker "
    "v_tracker v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx "
    "network_userid geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude "
    "geo_region_name ip_isp ip_organization ip_domain ip_netspeed page_url page_title page_referrer "
    "page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery page_urlfragment refr_urlscheme "
    "refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source "
    "refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action "
    "se_label se_property se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping "
    "tr_city tr_state tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity "
    "pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent br_name br_family br_version "
    "br_type br_renderengine br_lang br_features_pdf br_features_flash br_features_java "
    "br_features_director br_features_quicktime br_features_realplayer br_features_windowsmedia "
    "br_features_gears br_features_silverlight br_cookies br_colordepth br_viewwidth br_viewheight "
    "os_name os_family os_manufacturer os_timezone dvce_type dvce_ismobile dvce_screenwidth "
    "dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base tr_tax_base "
    "tr_shipping_base ti_currency ti_price_base base_currency geo_timezone mkt_clickid mkt_network "
    "etl_tags dvce_sent_tstamp refr_domain_userid refr_device_tstamp derived_contexts domain_sessionid "
    "derived_tstamp event_vendor event_name event_format event_version event_fingerprint true_tstamp "
)
FIELDS = LAYOUT.split()


def event(ref: str, kind: str, **more: str) -> str:
    told = {"app_id": "shop", "platform": "web", "event": kind, "event_id": ref, "domain_userid": "d1"} | more
    told.setdefault("derived_tstamp", "2026-03-29 00:30:00.123")
    return "\t".join(told.get(name, "") for name in FIELDS) + "\n"


SAMPLE = Sample(
    files={
        "run=2026-03-29/part-0.tsv": event(
            "e1",
            "page_view",
            page_urlpath="/mugs",
            page_title='"Blue" mugs',
            geo_country="GB",
            dvce_type="Mobile",
            domain_sessionid="s1",
            user_ipaddress="192.0.2.7",
            contexts='{"schema":"iglu:com.acme/page/jsonschema/1-0-0","data":[{"a":"b"}]}',
        )
        + event("e2", "struct", se_action="Add to cart", user_id="42", page_title='"left open')
        + event("e3", "unstruct", event_name="signed_in", user_id="42")
        + event("e4", "page_ping")
        + event("e5", "page_view", derived_tstamp="soon")
        + "torn\tline\n"
        + event("e3", "unstruct", event_name="signed_in", user_id="42"),
    },
    landed={
        "events": """
event_ref | anonymous_ref | customer_ref | session_ref | event_type | occurred_at | subject | device | country
e1 | d1 | - | s1 | page_viewed | 2026-03-29 00:30:00.123 | /mugs | Mobile | GB
e2 | d1 | 42 | - | add_to_cart | 2026-03-29 00:30:00.123 | - | - | -
e3 | d1 | 42 | - | signed_in | 2026-03-29 00:30:00.123 | - | - | -
""",
    },
    dead=[
        ("run=2026-03-29/part-0.tsv", 5, "occurred_at", "cannot be read as timestamp"),
        ("run=2026-03-29/part-0.tsv", 6, "etl_tstamp", "Expected Number of Columns: 131 Found: 2"),
    ],
    skipped={"events": 1},
)
