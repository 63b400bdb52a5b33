"""Casts of text that one row does not decide for another, and that change no value."""

import re

ZONED = ("timestamptz", "timestamp with time zone")
# letters that a time has only where it names a zone; 2024-05-01T10:00:00Z names none
OF_ZONES = "[A-SU-Ya-su-y]"
# short names of zones, such as BST and IST, are those of several zones each
SURE_ZONES = "[A-Za-z_]/[A-Za-z]|(?i:utc|gmt)"
# blanks of every script, tabs and ends of lines, byte order marks and what has no width; the direction of
# writing is part of the text. Those of ASCII again, because only they can end a plain text
BLANKS = r"[\p{Z}\t\n\r\x{85}\x{FEFF}\x{200B}-\x{200D}\x{2060}]"
ASCII_BLANKS = ("' '", "chr(9)", "chr(10)", "chr(13)")
WHOLE_NUMBERS = re.compile(r"u?(tiny|small|big|huge)?int(eger|[0-9]+)?|long|short|signed", re.IGNORECASE)


def try_cast(expression: str, data_type: str) -> str:
    """SQL for the value of `expression` as another type, null where it cannot be read.

    Within one cast DuckDB keeps the zone that a text names for the texts after it that name none, so texts
    with a name and those without have a cast each. It costs nothing where the expression is no text. Of names
    only those of one zone are read: UTC, GMT, and those of the IANA with a slash. A number with digits behind
    its point is no whole one, though DuckDB would round it.
    """
    cast = f"try_cast({expression} as {data_type})"
    if WHOLE_NUMBERS.fullmatch(data_type):
        return f"case when {cast} = try_cast({expression} as double) then {cast} end"
    if data_type.lower() not in ZONED:
        return cast
    names_zone = f"regexp_matches(cast({expression} as varchar), '{OF_ZONES}')"
    is_text = f"typeof({expression}) in ('VARCHAR', 'JSON')"
    is_sure = f"regexp_matches(cast({expression} as varchar), '{SURE_ZONES}')"
    return f"case when {is_text} and {names_zone} then case when {is_sure} then {cast} end else {cast} end"


def trimmed(text: str) -> str:
    """SQL for a column of text without the blanks around it, null where nothing is left.

    To look for the blanks of every script costs far more than to see that text of ASCII has none.
    """
    ends = " and ".join(f"not ends_with({text}, {blank})" for blank in ASCII_BLANKS)
    is_plain = f"{text} between '!' and '~' and strlen({text}) = length({text}) and {ends}"
    stripped = f"regexp_replace({text}, '^{BLANKS}+|{BLANKS}+$', '', 'g')"
    return f"case when {is_plain} then {text} else nullif({stripped}, '') end"


def utc_timestamp(expression: str) -> str:
    """SQL for the time in UTC that `expression` tells, null where it tells none.

    A time without a zone has that of the session, which is the contract's. To ask DuckDB for a zone costs
    more than all other casts, and a time that is plainly one of UTC needs none.
    """
    plain = f"case when {_is_utc(expression)} then try_cast({expression} as timestamp) end"
    return f"coalesce({plain}, timezone('UTC', {try_cast(expression, 'timestamptz')}))"


def _is_utc(expression: str) -> str:
    """Whether a time is one of UTC beyond doubt; DuckDB decides what is the same for all rows beforehand."""
    text, kind = f"cast({expression} as varchar)", f"typeof({expression})"
    is_plain = f"({text} like '____-__-__ __:__:__' or {text} like '____-__-__T__:__:__')"
    return (
        "case when current_setting('TimeZone') = 'UTC'"
        f" then {kind} in ('TIMESTAMP', 'DATE') or ({kind} = 'VARCHAR' and {is_plain}) else false end"
        f" or ({kind} = 'VARCHAR' and ends_with({text}, 'Z'))"
    )
