"""The SQL of each value that a contract of `regulars/store/tools` may put into a column.

Hashes follow each vendor's own rule. Google: SHA-256 of what is trimmed, in small letters and without
blanks, a phone with its +; country and postal code as they are. Meta: SHA-256 of what is trimmed and in
small letters, names without punctuation, a phone as digits alone. So one phone has two hashes.
"""

from regulars.store.channels import ADDRESS_PATTERNS
from regulars.store.sql import literal

# Google's samples strip dots of addresses at gmail.com for another product; for lists nobody verified it
_BLANKS = literal(r"\s+")
_PUNCTUATION = literal(r"\p{P}+")
_COUNTRY, _ZIP = literal("[A-Za-z]{2}"), literal("[A-Za-z0-9][A-Za-z0-9 -]{0,11}")

ACTION_LIST_VALUES = {
    "address": "address",
    "customer_id": "customer_id",
    "customer_ref": "customer_ref",
    "decision_id": "decision_id",
    "channel": "channel",
    "action_id": "action_id",
    "dated_action": "action_id || '_' || strftime(as_of_date, '%Y%m%d')",
    "offer": "offer",
    "customer_reason": "customer_reason",
    "send_at": "strftime(send_at, '%Y-%m-%dT%H:%M:%SZ')",
}
OFFER_VALUES = {
    "address": "address",
    "decision_id": "decision_id",
    "action_id": "action_id",
    "offer": "offer",
    "kind": "kind",
    "value": "cast(value as double)",
    "categories": "cast(cast(categories as json) as varchar[])",
    "valid_from": "cast(valid_from as varchar)",
    "valid_until": "cast(valid_until as varchar)",
}
RECOMMENDATION_VALUES = {
    "address": "address",
    "as_of_date": "cast(as_of_date as varchar)",
    "rank": "rank",
    "source": "source",
    "product_ref": "product_ref",
    "score": "score",
    "why": "why",
}
DEFAULT_VALUES = {
    "as_of_date": "cast(as_of_date as varchar)",
    "action_id": "action_id",
    "customer_reason": "customer_reason",
}


def google_text_sql(text: str) -> str:
    """An e-mail address or name as Google compares it, hashed; null if nothing is left of it."""
    normal = f"nullif(regexp_replace(lower(trim({text})), {_BLANKS}, '', 'g'), '')"
    return f"sha256({normal})"


def google_phone_sql(phone: str) -> str:
    """A phone number in E.164, hashed with its +; null if it is none."""
    return f"case when {_is_phone(phone)} then sha256({phone}) end"


def meta_text_sql(text: str) -> str:
    """An e-mail address or country as Meta compares it, hashed; null if nothing is left of it."""
    return f"sha256(nullif(lower(trim({text})), ''))"


def meta_name_sql(name: str) -> str:
    """A name as Meta compares it, without punctuation, hashed; null if nothing is left of it."""
    return f"sha256(nullif(trim(regexp_replace(lower({name}), {_PUNCTUATION}, '', 'g')), ''))"


def meta_phone_sql(phone: str) -> str:
    """A phone number in E.164 as digits alone, hashed; null if it is none."""
    return f"case when {_is_phone(phone)} then sha256(substr({phone}, 2)) end"


def person_values() -> dict[str, str]:
    """SQL by value, over address, customer_id, customer_ref, segment_id and fields of the profile.

    An address book needs all four of name, surname, country and postal code; Google gets all or none.
    """
    is_complete = (
        f"{google_text_sql('first_name')} is not null and {google_text_sql('last_name')} is not null"
        f" and regexp_full_match(country, {_COUNTRY}) and regexp_full_match(postal_code, {_ZIP})"
    )
    is_country = f"regexp_full_match(country, {_COUNTRY})"
    return {
        "address": "address",
        "customer_id": "customer_id",
        "customer_ref": "customer_ref",
        "segment_id": "segment_id",
        "google_email": google_text_sql("email"),
        "google_phone": google_phone_sql("phone"),
        "google_first_name": f"case when {is_complete} then {google_text_sql('first_name')} end",
        "google_last_name": f"case when {is_complete} then {google_text_sql('last_name')} end",
        "google_country": f"case when {is_complete} then upper(country) end",
        "google_zip": f"case when {is_complete} then postal_code end",
        "meta_email": meta_text_sql("email"),
        "meta_phone": meta_phone_sql("phone"),
        "meta_first_name": meta_name_sql("first_name"),
        "meta_last_name": meta_name_sql("last_name"),
        "meta_country": f"case when {is_country} then {meta_text_sql('country')} end",
    }


def _is_phone(phone: str) -> str:
    return f"regexp_full_match({phone}, {literal(ADDRESS_PATTERNS['phone'])})"
