"""The columns that predicates and sentences may read, from the dbt files that are their only definition."""

from functools import cache

from regulars.store.dbt_files import described


@cache
def feature_columns() -> dict[str, str]:
    """Name and type of every column of `customer_features`, which segments read."""
    return _columns("customer_features")


@cache
def profile_columns() -> dict[str, str]:
    """Name and type of every column of `customers`, which actions read."""
    return _columns("customers")


@cache
def timeline_columns() -> dict[str, str]:
    """Name and type of every column of `customer_timeline`, which patterns read."""
    return _columns("customer_timeline")


def _columns(model: str) -> dict[str, str]:
    columns = described(f"marts/{model}.yml")["models"][0]["columns"]
    return {column["name"]: column["data_type"] for column in columns}
