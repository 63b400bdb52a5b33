"""How the vendors write money, times and flags in a cell; expressions over a frame of facts."""

import polars as pl


def major_units(cents: str, decimal_mark: str = ".") -> pl.Expr:
    """Cents that are not negative as text with two decimals; null stays null."""
    amount = pl.col(cents)
    whole, rest = (amount // 100).cast(pl.String), (amount % 100).cast(pl.String).str.zfill(2)
    return pl.concat_str(whole, pl.lit(decimal_mark), rest)


def local_time(column: str, zone: str, layout: str) -> pl.Expr:
    """A UTC time as the clock of a zone shows it."""
    return pl.col(column).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.strftime(layout)


def utc_time(column: str) -> pl.Expr:
    """A UTC time in ISO 8601, with Z and milliseconds."""
    return pl.col(column).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")


def utc_second(column: str) -> pl.Expr:
    """A UTC time in ISO 8601, with Z and whole seconds."""
    return pl.col(column).dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def bare_utc_time(column: str) -> pl.Expr:
    """A UTC time that does not say so."""
    return pl.col(column).dt.strftime("%Y-%m-%d %H:%M:%S")


def epoch_second(column: str) -> pl.Expr:
    """A UTC time as text of the seconds since 1970."""
    return pl.col(column).dt.epoch("s").cast(pl.String)


def guarded(column: str) -> pl.Expr:
    """Text behind the apostrophe with which spreadsheets are told that it is no number."""
    return pl.concat_str(pl.lit("'"), pl.col(column))


def yes_no(column: str) -> pl.Expr:
    """A flag as some vendors write it; unknown is no."""
    return pl.when(pl.col(column)).then(pl.lit("yes")).otherwise(pl.lit("no"))


def full_name(first: str, last: str) -> pl.Expr:
    """Both names, or the one that is known."""
    return pl.concat_str(pl.col(first), pl.col(last), separator=" ", ignore_nulls=True)
