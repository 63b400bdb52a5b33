"""Which cells an action list accepts; everything else keeps its row out of the file.

An action list is read by machines, so a cell is never altered: an apostrophe before a phone number would
corrupt it. Typed cells match their pattern; free text is one line that no spreadsheet takes for a formula,
whichever separator it believes in. Source of the formula rule: OWASP, CSV Injection.
"""

from collections.abc import Mapping
from enum import StrEnum

from regulars.models.decisions.eligibility import well_formed_sql
from regulars.store.actions import FORMULA_STARTS
from regulars.store.channels import ADDRESS_PATTERNS
from regulars.store.sql import literal


class KeptOut(StrEnum):
    """Why a decision did not become a row of its channel's file."""

    CUSTOMER_UNKNOWN = "customer_unknown"
    PERMISSION_LOST = "permission_lost"
    ADDRESS_MALFORMED = "address_malformed"
    CUSTOMER_ID_MALFORMED = "customer_id_malformed"
    CUSTOMER_REF_MALFORMED = "customer_ref_malformed"
    TEXT_LIKE_FORMULA = "text_like_formula"
    TEXT_NOT_ONE_LINE = "text_not_one_line"
    TEXT_TOO_LONG = "text_too_long"
    ON_HOLD = "on_hold"
    SUPPRESSED = "suppressed"
    CAP_REACHED = "cap_reached"
    ADDRESS_SHARED = "address_shared"


KEPT_OUT_SENTENCES: Mapping[KeptOut, str] = {
    KeptOut.CUSTOMER_UNKNOWN: "the customer has no profile any more",
    KeptOut.PERMISSION_LOST: "the permission was not granted any more when the list was written",
    KeptOut.ADDRESS_MALFORMED: "the address is none that the channel can use",
    KeptOut.CUSTOMER_ID_MALFORMED: "customer_id holds a character that could break the file",
    KeptOut.CUSTOMER_REF_MALFORMED: "customer_ref holds a character that could break the file",
    KeptOut.TEXT_LIKE_FORMULA: "offer or customer_reason is what a spreadsheet takes for a formula",
    KeptOut.TEXT_NOT_ONE_LINE: "offer or customer_reason is not one line",
    KeptOut.TEXT_TOO_LONG: "offer or customer_reason is longer than the tool behind the channel takes",
    KeptOut.ON_HOLD: "the customer was put on hold before the list was written",
    KeptOut.SUPPRESSED: "the customer is on a suppression list for the channel",
    KeptOut.CAP_REACHED: "with what was sent or handed over by then, it would be one touchpoint too many",
    KeptOut.ADDRESS_SHARED: "tonight's list has another customer with the same address",
}

_STARTS = "".join(f"\\x{{{ord(character):x}}}" for character in FORMULA_STARTS)

# a formula at the start, after blanks or quotes, or after a semicolon or bar that a reader may split at
LIKE_FORMULA = rf"(^|[;|])[\p{{Z}}\p{{C}}\"']*[{_STARTS}]"
NOT_ONE_LINE = r"[\p{Cc}\p{Zl}\p{Zp}]"
# plain at a glance, in under half of the time: one line of ASCII from a letter or digit on, split nowhere
PLAIN = r"[A-Za-z0-9][ -:<-{}~]*"


def kept_out_sql() -> str:
    """SQL for the first reason to keep a row out of its file, null if it may go.

    Reads the columns is_customer, is_permitted, is_held, is_suppressed, address, address_kind, customer_id,
    customer_ref, text_max_bytes, offer and customer_reason.
    """
    ref = literal(ADDRESS_PATTERNS["customer_ref"])
    text = "concat_ws(chr(59), offer, customer_reason)"
    is_plain = " and ".join(
        f"coalesce(regexp_full_match({column}, {literal(PLAIN)}), true)"
        for column in ("customer_reason", "offer")
    )
    is_too_long = "coalesce(greatest(strlen(offer), strlen(customer_reason)) > text_max_bytes, false)"
    return f"""
    case
        when not is_customer then {literal(KeptOut.CUSTOMER_UNKNOWN)}
        when not is_permitted then {literal(KeptOut.PERMISSION_LOST)}
        when is_held then {literal(KeptOut.ON_HOLD)}
        when is_suppressed then {literal(KeptOut.SUPPRESSED)}
        when not {well_formed_sql()} then {literal(KeptOut.ADDRESS_MALFORMED)}
        when not regexp_full_match(customer_id, {ref}) then {literal(KeptOut.CUSTOMER_ID_MALFORMED)}
        when not coalesce(regexp_full_match(customer_ref, {ref}), true)
            then {literal(KeptOut.CUSTOMER_REF_MALFORMED)}
        when {is_plain} and not {is_too_long} then null
        when regexp_matches({text}, {literal(NOT_ONE_LINE)}) then {literal(KeptOut.TEXT_NOT_ONE_LINE)}
        when regexp_matches({text}, {literal(LIKE_FORMULA)}) then {literal(KeptOut.TEXT_LIKE_FORMULA)}
        when {is_too_long} then {literal(KeptOut.TEXT_TOO_LONG)}
    end
    """
