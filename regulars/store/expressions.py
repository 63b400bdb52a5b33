"""SQL that a user writes in YAML: one value per row, and the names it reads.

Not here: whether it fits a file or the profile, which only DuckDB can say.
"""

import re
from typing import Annotated

import sqlglot
from pydantic import AfterValidator
from sqlglot import exp

from regulars.store.steadiness import unsteady_part

_VALUE = (exp.Condition, exp.AtTimeZone, exp.Interval)
_SCALAR_TYPE = re.compile(r"[a-z][a-z0-9_ ]*(\(\s*\d+\s*(,\s*\d+\s*)?\))?( with time zone)?", re.IGNORECASE)


def _expression(text: str) -> str:
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        detail = getattr(error, "errors", None)
        reason = detail[0]["description"] if detail else str(error).split("\n")[0]
        raise ValueError(f"'{text}' is not a SQL expression: {reason}") from error
    parsed = statements[0]
    if len(statements) != 1 or not isinstance(parsed, _VALUE):
        raise ValueError(
            f"'{text}' is no expression over the file's columns;"
            " a name with a space or that SQL reserves stands in double quotes"
        )
    if parsed.find(exp.Unnest, exp.Explode, exp.Columns):
        raise ValueError(f"'{text}' makes several values of one")
    if parsed.find(exp.Window):
        raise ValueError(f"'{text}' looks at other rows; an expression reads the columns of one row")
    if parsed.find(exp.Query):
        raise ValueError(f"'{text}' holds a query; an expression reads the columns of one row")
    if any(node.comments for node in parsed.walk()):
        raise ValueError(f"'{text}' holds a SQL comment; write it behind a # in the YAML")
    if any(cast.is_type("timestamptz") for cast in parsed.find_all(exp.Cast)):
        raise ValueError(
            f"'{text}' casts to a time with a zone, which DuckDB would keep for the rows after it; write the"
            " column alone, whose zone is read, or declare its type under file_columns"
        )
    if unsteady := unsteady_part(text, columns_in(text)):
        raise ValueError(
            f"'{text}' uses {unsteady}, which reads the clock, chance or the machine: a night that is run"
            " again would differ; use columns"
        )
    # a lone name is a column's, even if SQL reserves the word
    is_name = isinstance(parsed, exp.Column) and text.isidentifier()
    return f'"{text}"' if is_name else text


def _sql_type(text: str) -> str:
    try:
        exp.DataType.build(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise ValueError(f"'{text}' is not a SQL type, such as decimal(18,2), bigint or date") from error
    if not _SCALAR_TYPE.fullmatch(text):
        raise ValueError(f"'{text}' is not the type of one value, such as decimal(18,2), bigint or date")
    return text


SqlExpression = Annotated[str, AfterValidator(_expression)]
SqlType = Annotated[str, AfterValidator(_sql_type)]


def columns_in(expression: str) -> set[str]:
    """The names of the columns that a SQL expression reads."""
    return {column.name for column in sqlglot.parse_one(expression, dialect="duckdb").find_all(exp.Column)}


def same_sql(one: str, other: str) -> bool:
    """Whether two SQL expressions are the same but for spaces, capitals and brackets around all of one."""
    first, second = (sqlglot.parse_one(text, dialect="duckdb").unnest() for text in (one, other))
    return first.sql(dialect="duckdb", normalize=True) == second.sql(dialect="duckdb", normalize=True)
