"""The one door to statistical models: they are trained and score in a process beside the night's.

LightGBM takes a second to import and brings pandas with it, and its memory is given back when the night ends.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.models.learning.registry import Registry
from regulars.models.predictions.readiness import is_silent
from regulars.store.model_words import ModelWord
from regulars.warehouse.beside import Beside, beside
from regulars.warehouse.connection import Warehouse

if TYPE_CHECKING:
    from regulars.store.training import Training


def warm_up() -> Beside:
    """Start the process, unless it runs already; returns at once, while it imports."""
    return beside("regulars.models.predictions.worker")


def predict(  # noqa: PLR0913 (two folders, and what a version depends on)
    warehouse: Warehouse,
    registry: Path,
    training: "Training",
    *,
    reports: Path,
    program: str,
    words: Mapping[str, ModelWord],
) -> Iterator[str]:
    """Replace every table of schema `predictions`, and draw its pictures; says what became of each model.

    Nobody may have the warehouse open. `registry` is the folder of trained models, `reports` that of pictures
    for people, `program` a hash of ours, `words` what humans said of models.

    Raises:
        BesideError: It could not be done, whatever the reason.
    """
    with warehouse.connect() as connection:
        if is_silent(connection):
            from regulars.models.predictions.predict import predict as say_why  # noqa: PLC0415

            yield from say_why(connection, Registry(registry), training, program=program)
            return
    request = {
        "warehouse": str(warehouse.path),
        "memory_limit": warehouse.memory_limit,
        "registry": str(registry),
        "reports": str(reports),
        "training": training.model_dump(mode="json"),
        "program": program,
        "words": {model: word.model_dump(mode="json") for model, word in words.items()},
    }
    yield from warm_up().ask(request).answers()
