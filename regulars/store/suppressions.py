"""suppressions/*.csv: whom nobody may write to, by address or account, whatever else holds.

Such lists come from elsewhere: a register of people who want no post, an opt-out list of a former tool.
Not here: whose an address is (`models/decisions/suppression`).
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.store.channels import ADDRESS_PATTERNS
from regulars.store.errors import UserError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    import polars as pl

FOLDER = "suppressions"
IDENTIFIERS = ("email", "phone", "account")
COLUMNS = (*IDENTIFIERS, "channel", "reason", "since")
# what people write between the digits of a number
BETWEEN_DIGITS = r"[\s()./-]"
WRITTEN = {
    "email": "an e-mail address, such as ann@example.com",
    "phone": "a phone number with + and country code, such as +18025550127",
    "account": "an account with its system, such as shop:123",
}


@dataclass(frozen=True)
class SuppressionFile:
    """A file of suppressions/ as it was read."""

    path: Path
    text: str

    def error(self, message: str, row: int | None, remedy: str) -> UserError:
        """A `UserError` at the line of a row, counted from 0 below the header; None is the header."""
        return UserError(
            message, file=self.path, line=1 if row is None else _line(self.text, row + 1), remedy=remedy
        )


def read_suppressions(folder: Path) -> tuple[SuppressionFile, ...]:
    """The files of a store's folder, by their names; none if it has no such folder.

    Raises:
        UserError: One is not UTF-8.
    """
    return tuple(SuppressionFile(path, _text(path)) for path in sorted((folder / FOLDER).glob("*.csv")))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(
            f"not UTF-8: {error.reason}", file=path, line=line, remedy="save it as UTF-8"
        ) from error


def suppressed(file: SuppressionFile, channels: "Collection[str]") -> "pl.DataFrame":
    """identifier_kind, source, identifier, channel, reason and since_date: one row per line of the file.

    `source` is empty but for accounts; channel is null for all of them, since_date for ever.

    Raises:
        UserError: The first line that says no such thing, with file and line.
    """
    import polars as pl  # noqa: PLC0415 (few stores have such a file)

    header = next(csv.reader(io.StringIO(file.text)), [])
    _check_header(file, header)
    try:
        rows = pl.read_csv(io.BytesIO(file.text.encode()), infer_schema=False, row_index_name="row")
    except pl.exceptions.PolarsError as error:
        raise _first_ragged(file, len(header)) from error
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in COLUMNS if name not in header]
    given = rows.with_columns(*missing).with_columns(
        pl.col(name).str.strip_chars().replace("", None) for name in COLUMNS
    )
    given = given.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in COLUMNS)).with_columns(
        pl.col("email").str.to_lowercase(), pl.col("phone").str.replace_all(BETWEEN_DIGITS, "")
    )
    _check_rows(file, given, channels)
    kind = pl.coalesce(pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in IDENTIFIERS)
    account = pl.col("account").str.splitn(":", 2).struct
    return given.select(
        identifier_kind=kind,
        source=account.field("field_0").fill_null(""),
        identifier=pl.coalesce("email", "phone", account.field("field_1")),
        channel="channel",
        reason="reason",
        since_date=pl.col("since").str.to_date("%Y-%m-%d"),
    )


def _check_header(file: SuppressionFile, header: list[str]) -> None:
    for name in header:
        if name not in COLUMNS:
            raise file.error(
                f"unknown column '{name}'; {nearest(name, COLUMNS)}", None, "rename the column or remove it"
            )
        if header.count(name) > 1:
            raise file.error(f"column '{name}' stands there twice", None, "keep one")
    if not set(header) & set(IDENTIFIERS):
        raise file.error(
            "no column says who it is", None, f"name one {', '.join(IDENTIFIERS[:-1])} or account"
        )


def _check_rows(file: SuppressionFile, rows: "pl.DataFrame", channels: "Collection[str]") -> None:
    import polars as pl  # noqa: PLC0415 (as above)

    patterns = {
        "email": ADDRESS_PATTERNS["email"],
        "phone": ADDRESS_PATTERNS["phone"],
        "account": "[^:]+:.+",
    }
    named = pl.sum_horizontal(pl.col(name).is_not_null() for name in IDENTIFIERS)
    wrong = [
        (named != 1, None, "a line names one e-mail address, phone number or account", "name one a line"),
        *(
            (~pl.col(name).str.contains(f"^(?:{pattern})$"), name, f"is not {WRITTEN[name]}", "mend it")
            for name, pattern in patterns.items()
        ),
        (
            ~pl.col("channel").is_in(list(channels)),
            "channel",
            f"is no channel of channels.yml; known: {', '.join(channels)}",
            "mend it, or leave it empty for all channels",
        ),
        (
            pl.col("since").str.to_date("%Y-%m-%d", strict=False).is_null() & pl.col("since").is_not_null(),
            "since",
            "is no day",
            "write it as 2024-05-31, or leave it empty for ever",
        ),
    ]
    found = [
        (row["row"], f"'{row[column]}' {message}" if column else message, remedy)
        for is_wrong, column, message, remedy in wrong
        for row in rows.filter(is_wrong).head(1).iter_rows(named=True)
    ]
    if found:
        row, message, remedy = min(found)
        raise file.error(message, row, remedy)


def _first_ragged(file: SuppressionFile, cells: int) -> UserError:
    reader = csv.reader(io.StringIO(file.text))
    for row in reader:
        if len(row) > cells:
            return UserError(
                f"{len(row)} cells, but the header has {cells}",
                file=file.path,
                line=reader.line_num,
                remedy="put what holds a comma into double quotes",
            )
    return UserError("not a CSV file", file=file.path, line=1, remedy="save it as CSV with commas")


def _line(text: str, record: int) -> int:
    """The 1-based line on which a record ends; the header is record 0."""
    reader = csv.reader(io.StringIO(text))
    for _ in range(record + 1):
        next(reader, None)
    return reader.line_num
