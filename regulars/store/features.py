"""The catalogue of features, from the dbt files that describe `customer_features`, its only definition."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Literal

from regulars.store.dbt_files import DBT_PROJECT, described

Context = Literal["commerce", "web", "support", "survey", "message", "stated"]
Sensitivity = Literal["ordinary", "personal", "restricted"]
KEY = ("as_of_date", "customer_id")
DOC = re.compile(r"{% docs (\w+) %}\n(.*?)\n{% enddocs %}", re.DOTALL)


@dataclass(frozen=True)
class Feature:
    """One column of `customer_features`, and what it may be used for.

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
    """Every feature by name, in the order of the columns."""
    columns = described("marts/customer_features.yml")["models"][0]["columns"]
    texts = dict(DOC.findall((DBT_PROJECT / "models" / "marts" / "customer_features.md").read_text("utf-8")))
    return {
        column["name"]: Feature(
            name=column["name"],
            data_type=column["data_type"],
            description=texts[column["name"]],
            family=(meta := column["config"]["meta"])["family"],
            context=meta["context"],
            sensitivity=meta["sensitivity"],
            is_point_in_time=meta["point_in_time"],
        )
        for column in columns
        if column["name"] not in KEY
    }


def what_forbids(feature: Feature, contexts: Collection[Context]) -> str | None:
    """Why a model may not learn from a feature, if the store allows it these contexts; None if it may."""
    if feature.data_type == "varchar":
        return "it is a text, and models learn from numbers"
    if not feature.is_point_in_time:
        return "what it says of a past day changes with what is learned later"
    if feature.context not in contexts:
        return f"its context is {feature.context}, and training.contexts allows {', '.join(sorted(contexts))}"
    return None
