"""Phone numbers in the one form in which they are compared."""

import re
from collections.abc import Iterable

import phonenumbers

# what is typed where a form demands a number: one digit again and again, or the keys in their order
MADE_UP = re.compile(r"\d{0,4}(?:(\d)\1{6,}|0?123456789\d?|987654321\d?)")
SHORTEST = 6


def international(phones: Iterable[str], country: str | None) -> list[str]:
    """Each number in E.164, such as +12025550143; empty where it can be nobody's number.

    Args:
        phones: Numbers as people and systems wrote them.
        country: ISO 3166-1 code of the country whose numbers are written without a country code; without one
            such a number is told by its digits alone.
    """
    return [_international(phone, country) for phone in phones]


def _international(phone: str, country: str | None) -> str:
    digits = re.sub(r"[^0-9]", "", phone)
    if len(digits) < SHORTEST or MADE_UP.fullmatch(digits):
        return ""
    # most of the world dials 00 before a country code
    text = f"+{digits[2:]}" if digits.startswith("00") else phone
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return "" if country else digits.lstrip("0")
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
