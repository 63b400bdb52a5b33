import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML

from regulars.store.schemas import SCHEMAS, write

ROOT = Path(__file__).parents[3]
SCHEMAS_FOLDER = ROOT / "schemas"
STORE = ROOT / "stores" / "complete_journey"
FILES = [
    ("store", STORE / "store.yml"),
    ("segments", STORE / "segments.yml"),
    ("actions", STORE / "actions.yml"),
    ("channels", STORE / "channels.yml"),
    *(("source", path) for path in sorted((STORE / "sources").glob("*.yml"))),
]


def plain(path: Path) -> object:
    """The YAML as an editor's checker sees it: dates and times are text."""
    return json.loads(json.dumps(YAML(typ="safe").load(path), default=str))


def test_every_kind_of_file_gets_a_valid_schema(tmp_path: Path) -> None:
    assert {path.name for path in write(tmp_path)} == {f"{name}.schema.json" for name in SCHEMAS}
    for path in tmp_path.iterdir():
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))


def test_the_schemas_of_the_repository_are_those_of_the_program(tmp_path: Path) -> None:
    for path in write(tmp_path):
        assert (SCHEMAS_FOLDER / path.name).read_text("utf-8") == path.read_text("utf-8")


@pytest.mark.parametrize(("name", "path"), FILES, ids=[path.name for _, path in FILES])
def test_the_example_store_fits_its_schemas(name: str, path: Path) -> None:
    checker = jsonschema.Draft202012Validator(SCHEMAS[name].model_json_schema())
    assert list(checker.iter_errors(plain(path))) == []


def test_a_schema_refuses_an_unknown_key() -> None:
    with pytest.raises(jsonschema.ValidationError, match="titel"):
        jsonschema.validate({"titel": "x"}, SCHEMAS["store"].model_json_schema() | {"required": []})
