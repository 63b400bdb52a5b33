"""Data and imports go one way; each fence says why it stands."""

import pytest

from tests.conventions.source import Module, modules


def offenders(imported: str, *, allowed: tuple[str, ...]) -> list[str]:
    """Modules outside the packages `allowed` that import `imported` or something in it."""
    return [
        f"{module.name} imports {name}"
        for module in modules()
        for name in module.imports()
        if _is_in(name, imported) and not any(_is_in(module.name, package) for package in allowed)
    ]


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize(
    ("imported", "allowed", "reason"),
    [
        (
            "regulars.orchestration",
            ("regulars.orchestration",),
            "when and in which order is nobody else's matter",
        ),
        ("dagster", ("regulars.orchestration",), "rooms stay usable and testable without the orchestrator"),
        ("dagster_dbt", ("regulars.orchestration",), "as above"),
        ("dbt", ("regulars.facts.worker",), "seconds to import, so a process beside the night does it"),
        ("great_expectations", ("regulars.data_quality",), "it costs seconds to import, so it has one door"),
        ("pandas", (), "a full table in pandas is what makes a night outgrow its machine"),
        ("lightgbm", ("regulars.models.learning",), "it brings pandas, so a process beside the night trains"),
        ("optuna", ("regulars.models.learning",), "an extra, imported by who tries ways to grow trees"),
        ("splink", ("regulars.identity",), "weights are learned and used in one room"),
        ("tea_tasting", ("regulars.models.experiments",), "statistics of experiments have one room"),
        ("ibis", (), "tea-tasting brings it, and nobody else needs it"),
        ("jinja2", ("regulars.report.render",), "one way to write a page"),
        (
            "vl_convert",
            ("regulars.report.site",),
            "it holds a browser's engine, which only one script is asked of",
        ),
        ("fsspec", ("regulars.delivery.carry",), "one way to where files are picked up"),
        ("typer", ("regulars.orchestration.cli",), "one command line"),
        ("ruamel", ("regulars.store.yaml_file",), "only the store says what a user's YAML means"),
        ("yaml", ("regulars.store.dbt_files",), "it takes 12:30 for a number; dbt does so too"),
    ],
)
def test_a_fence_stands(imported: str, allowed: tuple[str, ...], reason: str) -> None:
    assert offenders(imported, allowed=allowed) == [], reason


@pytest.mark.parametrize(
    ("room", "allowed"),
    [
        ("store", ("store",)),
        ("identity", ("identity",)),
        ("alerts", ("alerts",)),
        ("landing", ("landing", "store", "warehouse")),
        ("warehouse", ("warehouse", "store", "landing")),
        ("facts", ("facts", "store", "warehouse")),
        ("models", ("models", "store", "warehouse")),
        ("data_quality", ("data_quality", "store", "warehouse")),
        ("simulation", ("simulation", "store")),
        ("report", ("report", "store", "warehouse")),
        ("delivery", ("delivery", "store", "warehouse")),
    ],
)
def test_a_room_imports_only_rooms_before_it(room: str, allowed: tuple[str, ...]) -> None:
    def is_foreign(module: Module, name: str) -> bool:
        return module.room == room and name.startswith("regulars.") and name.split(".")[1] not in allowed

    assert [
        (module.name, name) for module in modules() for name in module.imports() if is_foreign(module, name)
    ] == []
