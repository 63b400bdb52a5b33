"""The program of the process that trains and scores, so that the night never imports LightGBM.

Nothing imports this module; `door` starts it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from regulars.warehouse.beside import Answers, serve


def main() -> None:
    """Answer requests until standard input ends."""
    serve(_load)


def _load() -> Callable[[dict[str, Any]], Answers]:
    # a second of imports, which the thread that notices the end of the night does not wait for
    from regulars.models.learning.registry import Registry  # noqa: PLC0415
    from regulars.models.predictions.predict import predict  # noqa: PLC0415
    from regulars.models.predictions.reports import report  # noqa: PLC0415
    from regulars.store.model_words import ModelWord  # noqa: PLC0415
    from regulars.store.training import Training  # noqa: PLC0415
    from regulars.warehouse.connection import Warehouse  # noqa: PLC0415

    def results(request: dict[str, Any]) -> Answers:
        warehouse = Warehouse(Path(request["warehouse"]), request["memory_limit"])
        registry = Registry(Path(request["registry"]))
        with warehouse.connect() as connection:
            yield from predict(
                connection,
                registry,
                Training.model_validate(request["training"]),
                program=request["program"],
                words={model: ModelWord.model_validate(word) for model, word in request["words"].items()},
            )
            report(connection, registry, Path(request["reports"]))
        return None

    return results


if __name__ == "__main__":
    main()
