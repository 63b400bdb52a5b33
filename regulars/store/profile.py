"""The columns that predicates and sentences may read, from the dbt files that are their only definition."""

from functools import cache

from regulars.store.dbt_files import described


@cache
def feature_columns() -> dict[str, str]:
    """Name and type of every column of `customer_features`."""
    return _columns("marts/customer_features")


@cache
def score_columns() -> dict[str, str]:
    """Name and type of every score of the night before that segments may read."""
    columns = _columns("intermediate/int_previous_scores")
    return {name: data_type for name, data_type in columns.items() if name != "customer_id"}


@cache
def segment_columns() -> dict[str, str]:
    """Name and type of every column that segments read."""
    return feature_columns() | score_columns()


@cache
def profile_columns() -> dict[str, str]:
    """Name and type of every column of `customers`, which actions read."""
    return _columns("marts/customers")


@cache
def timeline_columns() -> dict[str, str]:
    """Name and type of every column of `customer_timeline`, which patterns read."""
    return _columns("marts/customer_timeline")


def _columns(model: str) -> dict[str, str]:
    columns = described(f"{model}.yml")["models"][0]["columns"]
    return {column["name"]: column["data_type"] for column in columns}
