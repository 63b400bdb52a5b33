"""Sheets for people: text cells with an apostrophe before all that a spreadsheet would compute.

Machine files are never altered so; an apostrophe would corrupt a phone number. Source: OWASP, CSV Injection.
"""

from typing import TYPE_CHECKING

from regulars.store.actions import FORMULA_STARTS
from regulars.store.sql import literal, quoted

if TYPE_CHECKING:
    import duckdb

APOSTROPHE = r"\1\2'\3"


def sheet_columns_sql(table: "duckdb.DuckDBPyRelation") -> dict[str, str]:
    """The cell of each column of a table, as SQL."""
    starts = "".join(f"\\x{{{ord(character):x}}}" for character in FORMULA_STARTS)
    formula = rf"(^|[;|])([\p{{Z}}\p{{C}}\"']*)([{starts}])"
    return {
        name: f"regexp_replace({quoted(name)}, {literal(formula)}, {literal(APOSTROPHE)}, 'g')"
        if str(data_type) == "VARCHAR"
        else quoted(name)
        for name, data_type in zip(table.columns, table.types, strict=True)
    }
