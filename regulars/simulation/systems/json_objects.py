"""JSON objects as polars expressions, because a row of Python objects each would cost minutes a year."""

import polars as pl


def member(name: str, value: pl.Expr) -> pl.Expr:
    """A member whose text needs no escape, such as an id; absent where the value is null."""
    return pl.concat_str(pl.lit(f'"{name}":"'), value.cast(pl.String), pl.lit('"'))


def written_text(name: str, column: str) -> pl.Expr:
    """A member whose text may hold quotes and backslashes; absent where it is null."""
    return member(name, pl.col(column).str.replace_many(["\\", '"'], ["\\\\", '\\"']))


def number(name: str, value: pl.Expr) -> pl.Expr:
    """A member that is a number, a flag or an object; absent where the value is null."""
    return pl.concat_str(pl.lit(f'"{name}":'), value.cast(pl.String))


def number_or_null(name: str, value: pl.Expr) -> pl.Expr:
    """A member that is a number, a flag or an object, and `null` where the value is."""
    return pl.concat_str(pl.lit(f'"{name}":'), value.cast(pl.String).fill_null("null"))


def json_object(*members: pl.Expr) -> pl.Expr:
    """The object of those members that are not null."""
    joined = pl.concat_str(*members, separator=",", ignore_nulls=True)
    return pl.concat_str(pl.lit("{"), joined, pl.lit("}"))
