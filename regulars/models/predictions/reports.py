"""The pictures of a night for people, in the store's folder of reports.

    state/reports/churn/graded.png, drift.png

Each shows the newest that there is of a model: how its last trained version was graded, and its drift up to
the last night that looked. What they show is in the registry and in the table drift.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.learning.registry import PICTURE, Registry

if TYPE_CHECKING:
    import duckdb

DRIFT_PICTURE = "drift.png"
# whole models have limits, and features theirs, which would be hundreds of lines
OF_MODELS = """
    select as_of_date, model, version, kind, subject, value, limit_value, is_alarm from predictions.drift
    where limit_value is not null and subject in ('all features', 'score', 'matured')
    order by model, as_of_date, kind, subject
"""


def report(connection: "duckdb.DuckDBPyConnection", registry: Registry, folder: Path) -> None:
    """Draw the drift of every model that was looked at tonight, and copy how those trained were graded."""
    looks = pl.DataFrame(connection.sql(OF_MODELS))
    for model in _looked_at(connection):
        from regulars.models.learning.pictures import drift_picture  # noqa: PLC0415 (scipy, on such nights)

        of_model = looks.filter(model=model)
        newest = of_model["as_of_date"][-1]
        title = f"drift of {model}, up to the night of {newest}"
        _write(folder / model / DRIFT_PICTURE, drift_picture(of_model, title))
    for model, version in _graded(connection).items():
        _write(folder / model / PICTURE, registry.picture(model, version).read_bytes())


def pictures(connection: "duckdb.DuckDBPyConnection", folder: Path) -> dict[str, dict[str, Path]]:
    """Tonight's pictures by the table that they show, and by model."""
    return {
        "model_versions": {model: folder / model / PICTURE for model in _graded(connection)},
        "drift": {model: folder / model / DRIFT_PICTURE for model in _looked_at(connection)},
    }


def _looked_at(connection: "duckdb.DuckDBPyConnection") -> list[str]:
    rows = connection.sql(
        f"""
        select distinct model from ({OF_MODELS})
        where as_of_date = (select as_of_date from settings.night)
        order by model
        """
    ).fetchall()
    return [model for (model,) in rows]


def _graded(connection: "duckdb.DuckDBPyConnection") -> dict[str, str]:
    """The versions that were trained and graded tonight, by model."""
    rows = connection.sql(
        """
        select model, version from predictions.model_versions
        where graded_date is not null and trained_date = (select as_of_date from settings.night)
        order by model
        """
    ).fetchall()
    return dict(rows)


def _write(file: Path, picture: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(picture)
    part.replace(file)
