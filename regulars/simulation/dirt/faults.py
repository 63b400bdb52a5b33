"""The faults that may happen to a row, per subject, with their shares and what landing must make of each.

A row meets at most one. Shares are ours, near what FAQs of vendors and our own stores show; the standard ones
keep every file below the share of dead rows at which a night stops.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from regulars.simulation.choices import Dirt
from regulars.simulation.export import (
    LATIN_1_LETTER,
    LINE,
    STRAY_DELIMITER,
    STRAY_QUOTE,
    SWALLOWED_CELL,
)

Outcome = Literal["loaded", "dead"]
DUPLICATE, LATE = "duplicate row", "late row"


@dataclass(frozen=True)
class Fault:
    """What happens to a share of the rows of a file.

    `cells` are the new contents of columns; `rows` says to which rows it can happen. A row that is unreadable
    is dead in every stream that reads the file, because nobody can tell whose it was.
    """

    kind: str
    share: float
    outcome: Outcome = "loaded"
    cells: Mapping[str, pl.Expr] = field(default_factory=dict)
    rows: pl.Expr | None = None
    is_unreadable: bool = False
    has_marks: bool = False


def faults_of(subject: str, dirt: Dirt) -> tuple[Fault, ...]:
    """The faults of a subject in a world of such dirt; the standard ones come first and keep their rows."""
    standard = STANDARD.get(subject, ()) if dirt != "none" else ()
    return (*standard, *HOSTILE.get(subject, ())) if dirt == "hostile" else standard


def _duplicate(share: float) -> Fault:
    return Fault(DUPLICATE, share)


def _empty(column: str, share: float) -> Fault:
    return Fault("missing time", share, "dead", {column: pl.lit(None, pl.String)})


def _latin_1(column: str, share: float) -> Fault:
    spoilt = pl.concat_str(pl.col(column).fill_null(""), pl.lit(LATIN_1_LETTER))
    return Fault("Latin-1 letter", share, "dead", {column: spoilt}, is_unreadable=True, has_marks=True)


def _without(pattern: str) -> dict[str, pl.Expr]:
    return {LINE: pl.col(LINE).str.replace(pattern, "")}


def _replaced(pattern: str, value: str) -> dict[str, pl.Expr]:
    return {LINE: pl.col(LINE).str.replace(pattern, value)}


def _text(kind: str, column: str, text: str, *, outcome: Outcome = "loaded") -> Fault:
    return Fault(kind, 0.001, outcome, {column: pl.lit(text)}, rows=pl.col(column).is_not_null())


def _ragged(column: str) -> tuple[Fault, ...]:
    """Of a column that is neither the first nor the last and never in quotes."""
    longer = pl.concat_str(pl.col(column).fill_null(""), pl.lit(STRAY_DELIMITER + "one more"))
    return (
        Fault("cell too many", 0.001, "dead", {column: longer}, is_unreadable=True, has_marks=True),
        Fault(
            "cell too few",
            0.001,
            "dead",
            {column: pl.lit(SWALLOWED_CELL)},
            is_unreadable=True,
            has_marks=True,
        ),
    )


def _strange_names(column: str) -> tuple[Fault, ...]:
    return (
        _text("formula", column, '=HYPERLINK("http://example.com","click")'),
        _text("SQL", column, "Robert'); drop table landing.customers; --"),
        _text(
            "right to left and emoji",
            column,
            "\u202e\u05e2\u05d1\u05e8\u05d9\u05ea \U0001f469\u200d\U0001f469\u200d\U0001f467",
        ),
        _text("line break in a cell", column, "Anna\nMaria"),
        _text("lone carriage return in a cell", column, "Anna\rMaria"),
        _text("zero byte in a cell", column, "Anna\x00Maria"),
    )


def _stray_quotes(column: str) -> tuple[Fault, ...]:
    """A quote that opens no cell is text; one that closes a cell before its end spoils the row."""
    inside, behind = f"O{STRAY_QUOTE}Neil", f"{STRAY_QUOTE}O{STRAY_QUOTE}Neil"
    return (
        Fault("quote inside a cell", 0.001, cells={column: pl.lit(inside)}, has_marks=True),
        Fault(
            "text behind a closing quote",
            0.001,
            "dead",
            {column: pl.lit(behind)},
            is_unreadable=True,
            has_marks=True,
        ),
    )


def _header_again(*columns: str) -> Fault:
    """As where somebody put files one behind the other."""
    return Fault("header among the rows", 0.001, "dead", {name: pl.lit(name) for name in columns})


def _broken_lines() -> tuple[Fault, ...]:
    half = pl.col(LINE).str.head(pl.col(LINE).str.len_chars() // 2)
    return (
        Fault("line cut off", 0.001, "dead", {LINE: half}, is_unreadable=True),
        Fault("line is no object", 0.001, "dead", {LINE: pl.lit("[1, 2, 3]")}, is_unreadable=True),
        Fault(
            "Latin-1 letter",
            0.001,
            "dead",
            {LINE: pl.concat_str(pl.col(LINE), pl.lit(LATIN_1_LETTER))},
            is_unreadable=True,
            has_marks=True,
        ),
    )


_IS_EVENT = pl.col("_call") != "identify"
_STAMP = r'"timestamp":"[^"]*"'

STANDARD: Mapping[str, tuple[Fault, ...]] = {
    "shop customers": (_duplicate(0.015), _latin_1("First Name", 0.002)),
    "shop orders": (
        _duplicate(0.015),
        Fault(
            "time without zone",
            0.01,
            cells={"Created at": pl.col("Created at").str.head(19)},
            rows=pl.col("Created at").is_not_null(),
        ),
        Fault(
            "currency in the amount",
            0.005,
            cells={"Total": pl.concat_str(pl.lit("USD "), pl.col("Total"))},
            rows=pl.col("Total").is_not_null(),
        ),
    ),
    "pos receipts": (
        _duplicate(0.015),
        _empty("ReceiptDate", 0.002),
        Fault(
            "currency in the amount",
            0.01,
            cells={"LineTotal": pl.concat_str(pl.col("LineTotal"), pl.lit(" USD"))},
        ),
    ),
    "pos cards": (_duplicate(0.015), _latin_1("LastName", 0.002)),
    "web calls": (
        _duplicate(0.01),
        Fault(LATE, 0.004, rows=_IS_EVENT),
        Fault("missing time", 0.001, "dead", _without(_STAMP + ","), rows=_IS_EVENT),
        Fault("time without zone", 0.003, cells=_replaced(r'("timestamp":"[^"]*)Z"', '${1}"')),
    ),
    "support tickets": (
        _duplicate(0.015),
        Fault("missing time", 0.003, "dead", _without(r'"created_at":"[^"]*",')),
    ),
    "support users": (_duplicate(0.015),),
    "survey answers": (_duplicate(0.02), _empty("Submit Date (UTC)", 0.005)),
    "email events": (
        _duplicate(0.015),
        Fault(LATE, 0.01),
        Fault("missing time", 0.001, "dead", _without(r'"timestamp":[0-9]*,')),
    ),
    "messaging events": (
        _duplicate(0.015),
        Fault(LATE, 0.01),
        Fault("missing time", 0.001, "dead", _without(r'"timestamp":[0-9]*,')),
    ),
    "consents": (_duplicate(0.01),),
    "preferences": (_duplicate(0.01),),
}

HOSTILE: Mapping[str, tuple[Fault, ...]] = {
    "shop customers": (*_ragged("Default Address Company"), *_strange_names("Last Name")),
    "pos receipts": (
        *_ragged("StoreNo"),
        _text("no such day", "ReceiptDate", "30.02.2024", outcome="dead"),
        _text("day of zeros", "ReceiptDate", "00.00.0000", outcome="dead"),
        _text("amount is no number", "LineTotal", "NaN", outcome="dead"),
        _text("amount in words", "LineTotal", "twelve", outcome="dead"),
        _header_again("ReceiptNo", "ReceiptDate", "ReceiptTime", "LineNo", "ArticleNo", "Qty", "LineTotal"),
    ),
    "pos cards": (*_ragged("PostalCode"), *_strange_names("LastName"), *_stray_quotes("FirstName")),
    "web calls": (
        *_broken_lines(),
        Fault(
            "huge id",
            0.001,
            cells=_replaced(r'"anonymousId":"[^"]*"', f'"anonymousId":"{"9" * 400}"'),
            rows=_IS_EVENT,
        ),
        Fault(
            "no such day", 0.001, "dead", _replaced(_STAMP, '"timestamp":"2024-02-30T12:00:00Z"'), _IS_EVENT
        ),
        Fault("day of zeros", 0.001, "dead", _replaced(_STAMP, '"timestamp":"0000-00-00"'), _IS_EVENT),
        Fault(
            "year 2999", 0.001, "loaded", _replaced(_STAMP, '"timestamp":"2999-01-01T00:00:00Z"'), _IS_EVENT
        ),
    ),
    "support tickets": _broken_lines(),
    "survey answers": (
        *_ragged("Tags"),
        Fault("cell of a megabyte", 0.002, cells={"account_id": pl.lit("x" * 1_000_000)}),
    ),
    "email events": (
        *_broken_lines(),
        Fault("unknown event", 0.001, "dead", _replaced(r'"event":"[a-z]*"', '"event":"teleported"')),
    ),
    "messaging events": _broken_lines(),
}
