"""The catalogue of features, from the dbt files that describe them, its only definition."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from regulars.store.dbt_files import DBT_PROJECT, described

Context = Literal["commerce", "web", "support", "survey", "message", "stated"]
Sensitivity = Literal["ordinary", "personal", "restricted"]
KEY = ("as_of_date", "customer_id")
DOC = re.compile(r"{% docs (\w+) %}\n(.*?)\n{% enddocs %}", re.DOTALL)


@dataclass(frozen=True)
class Feature:
    """One column of a table of features, and what it may be used for.

    `context` is where its facts come from, `sensitivity` how careful one must be. A feature that is not
    `is_point_in_time` may change for a past day with what is learned later, such as a refund of an order, and
    is no feature to train a model on.
    """

    name: str
    data_type: str
    description: str
    family: str
    context: Context
    sensitivity: Sensitivity
    is_point_in_time: bool


@cache
def features() -> dict[str, Feature]:
    """Every feature of `customer_features` by name, in the order of the columns."""
    texts = dict(DOC.findall((DBT_PROJECT / "models" / "marts" / "customer_features.md").read_text("utf-8")))
    columns = described("marts/customer_features.yml")["models"][0]["columns"]
    return {
        column["name"]: _feature(column, texts[column["name"]])
        for column in columns
        if column["name"] not in KEY
    }


@cache
def category_features() -> dict[str, Feature]:
    """Every feature of `customer_category_features` by name: what only models of one category ask for."""
    columns = described("intermediate/customer_category_features.yml")["models"][0]["columns"]
    return {
        column["name"]: _feature(column, column["description"]) for column in columns if "config" in column
    }


@cache
def catalogue() -> dict[str, Feature]:
    """Every feature that a model may ask for, by name."""
    return features() | category_features()


def _feature(column: Mapping[str, Any], description: str) -> Feature:
    meta = column["config"]["meta"]
    return Feature(
        name=column["name"],
        data_type=column["data_type"],
        description=description,
        family=meta["family"],
        context=meta["context"],
        sensitivity=meta["sensitivity"],
        is_point_in_time=meta["point_in_time"],
    )


def what_forbids(feature: Feature, contexts: Collection[Context]) -> str | None:
    """Why a model may not learn from a feature, if the store allows it these contexts; None if it may."""
    if feature.data_type == "varchar":
        return "it is a text, and models learn from numbers"
    if not feature.is_point_in_time:
        return "what it says of a past day changes with what is learned later"
    if feature.context not in contexts:
        return f"its context is {feature.context}, and training.contexts allows {', '.join(sorted(contexts))}"
    return None
