"""The columns that predicates and sentences may read, from the dbt files that are their only definition."""

from functools import cache

from ruamel.yaml import YAML

from regulars.store.entities import DBT_PROJECT


@cache
def feature_columns() -> dict[str, str]:
    """Name and type of every column of `customer_features`, which segments read."""
    return _columns("customer_features")


@cache
def profile_columns() -> dict[str, str]:
    """Name and type of every column of `customers`, which actions read."""
    return _columns("customers")


def _columns(model: str) -> dict[str, str]:
    described = YAML(typ="safe").load(DBT_PROJECT / "models" / "marts" / f"{model}.yml")
    return {column["name"]: column["data_type"] for column in described["models"][0]["columns"]}
