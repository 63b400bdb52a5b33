"""The files in which the dbt project describes its tables, read as dbt reads them."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

DBT_PROJECT = Path(__file__).parents[1] / "dbt_project"
# where dbt writes what it compiled, when somebody runs it by hand
TARGET = "target"


@cache
def described(path: str) -> dict[str, Any]:
    """The content of a YAML file of the dbt project, by its path below `models/`; not to be changed."""
    # written in C, without the line numbers that nobody needs of these files
    with (DBT_PROJECT / "models" / path).open("rb") as file:
        content: dict[str, Any] = yaml.load(file, Loader=yaml.CSafeLoader)
    return content
