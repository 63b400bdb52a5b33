"""Braze: user CSV import, braze-docs _docs/_user_guide/data/unification/user_data/import_users/csv.md."""

import re

from tests.vendors.reading import E164, emails, header_of, rows_of, unique

KEYS = {"external_id", "braze_id", "user_alias_name", "email", "phone"}
DEFAULTS = {
    "first_name", "last_name", "country", "dob", "gender", "home_city", "language", "time_zone",
    "date_of_first_session", "date_of_last_session",
}  # fmt: skip
SUBSCRIPTION = {"email_subscribe", "push_subscribe", "subscription_group_id", "subscription_state"}
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}(Z|\+[0-9:]{5})?)?")


def check(kind: str, content: bytes) -> None:
    """One key a file, unique; default attributes in exact small letters; 500 MB; subscriptions by word."""
    assert len(content) <= 500_000_000
    header = header_of(content)
    keys = KEYS.intersection(header)
    assert len(keys) == 1
    (key,) = keys
    rows = rows_of(content)
    unique([row[key] for row in rows])
    if key == "email":
        emails([row[key] for row in rows])
    if key == "phone":
        assert all(E164.fullmatch(row[key]) for row in rows)
    # another spelling of a default attribute would silently become a custom one
    assert not [
        name for name in header if name.lower() in KEYS | DEFAULTS | SUBSCRIPTION and not name.islower()
    ]
    if kind == "opt_outs":
        assert {row["email_subscribe"] for row in rows} <= {"unsubscribed"}
    else:
        assert not SUBSCRIPTION.intersection(header)
    for row in rows:
        assert re.fullmatch(r"[A-Z]{2}|", row.get("country", ""))
        assert not row.get("regulars_date") or DATE.fullmatch(row["regulars_date"])
        assert row.get("is_gift_buyer", "") in {"", "true", "false"}
