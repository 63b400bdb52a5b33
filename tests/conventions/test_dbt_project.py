"""Conventions of the SQL in the dbt project, each with its reason."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from regulars.data_quality.suites import landing
from regulars.store.dbt_files import DBT_PROJECT

MODELS = sorted((DBT_PROJECT / "models").rglob("*.sql"))
SQL_FILES = [*MODELS, *sorted((DBT_PROJECT / "macros").rglob("*.sql"))]
COMMENTS = re.compile(r"--[^\n]*|\{#.*?#\}|/\*.*?\*/", re.DOTALL)
UNSTEADY = re.compile(
    r"\b(now|random|uuid|gen_random_uuid|get_current_timestamp|today)\s*\(|\bcurrent_(date|time|timestamp|localtime)\b"
    r"|\b(run_started_at|invocation_id)\b"
)


def without_comments(path: Path) -> str:
    return COMMENTS.sub("", path.read_text("utf-8").lower())


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_sql_reads_neither_the_clock_nor_chance_so_that_a_night_can_be_run_again(path: Path) -> None:
    assert UNSTEADY.search(without_comments(path)) is None


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_is_described_in_a_file_of_its_name_beside_it(path: Path) -> None:
    assert path.with_suffix(".yml").is_file()


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_described_column_has_a_type_because_the_web_ui_shows_it(path: Path) -> None:
    (model,) = YAML(typ="safe").load(path.with_suffix(".yml"))["models"]
    assert [column["name"] for column in model["columns"] if "data_type" not in column] == []


def test_only_staging_reads_sources_so_that_the_seam_is_in_one_place() -> None:
    readers = {path.parent.name for path in MODELS if "source(" in without_comments(path)}
    assert readers == {"staging"}


def test_every_folder_names_its_models_by_its_layer() -> None:
    staging = [path.stem for path in MODELS if path.parent.name == "staging"]
    marts = [path.stem for path in MODELS if path.parent.name == "marts"]
    assert [name for name in staging if not name.startswith("stg_")] == []
    assert [name for name in marts if name.startswith(("stg_", "int_"))] == []


def test_staging_says_the_same_every_night_because_only_changed_sql_is_built_again() -> None:
    asking = {path.stem for path in SQL_FILES if "run_query" in without_comments(path)}
    staging = [path for path in MODELS if path.parent.name == "staging"]
    calls = {call for path in staging for call in re.findall(r"\b(\w+)\(", without_comments(path))}
    assert asking
    assert asking & calls == set()
    # a table is built anew every night, so that it may say something else
    assert [path.stem for path in staging if "materialized" in without_comments(path)] == ["stg_hours"]


def test_the_gate_warns_of_the_scores_that_staging_leaves_out() -> None:
    scales = re.compile(r"when '(\w+)' then (?:survey_responses\.)?score between (\d+) and (\d+)")
    staging = (DBT_PROJECT / "models" / "staging" / "stg_survey_responses.sql").read_text("utf-8")
    gate = Path(str(landing.__file__)).read_text("utf-8")
    assert len(scales.findall(staging)) == len({"nps", "csat", "ces"})
    assert scales.findall(staging) == scales.findall(gate)
