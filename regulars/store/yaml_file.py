"""Reads one YAML file into a model, and turns every mistake into a message with file and line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase, CommentedMap
from ruamel.yaml.error import YAMLError

from regulars.store.errors import PlacedError, UserError, nearest
from regulars.store.model import StoreModel

Location = tuple[int | str, ...]
T = TypeVar("T", bound=StoreModel)

MEND_IT = "mend the value; `regulars schemas` writes schemas with which an editor checks it"
REMEDIES = {"extra_forbidden": "rename the key or remove it", "missing": "add the key below this line"}


@dataclass(frozen=True)
class Document:
    """A YAML file as it was written, before anything is known of its content."""

    path: Path
    text: str
    root: CommentedMap

    def error(self, message: str, location: Location = (), *, remedy: str = "") -> UserError:
        """A `UserError` at the line where `location`, a path of keys and indexes, stands in the file."""
        return UserError(message, file=self.path, line=line_of(self.root, location), remedy=remedy)

    def places_of(self, value: str) -> Iterator[Location]:
        """The paths of keys and indexes at which exactly the text `value` stands."""
        return _places(self.root, value)


@dataclass(frozen=True)
class YamlFile(Generic[T]):
    """A model together with the file it was read from, so that later checks can name the line.

    `base` is the file that this one builds on, which has the lines of keys that this one has not.
    """

    path: Path
    text: str
    content: T
    document: CommentedBase
    base: Document | None = None

    def error(self, message: str, location: Location = (), *, remedy: str = "") -> UserError:
        """A `UserError` at the line where `location`, a path of keys and indexes, stands in the file."""
        if self.base and location and location[0] in self.base.root:
            remedy = f"{remedy}; change a copy of its streams in {self.path.name}, never the preset"
            return self.base.error(f"{message} (for {self.path})", location, remedy=remedy)
        return UserError(message, file=self.path, line=line_of(self.document, location), remedy=remedy)


class _LineColumn(Protocol):
    line: int

    def key(self, key: str) -> tuple[int, int]: ...

    def item(self, index: int) -> tuple[int, int]: ...


def load(path: Path, model: type[T]) -> YamlFile[T]:
    """Read `path` as `model`.

    Raises:
        UserError: The file is missing, is not YAML, or does not fit the model; names the line.
    """
    return fitted(opened(path), model)


def opened(path: Path) -> Document:
    """What stands in `path`.

    Raises:
        UserError: The file is missing or is not YAML; names the line.
    """
    text = _text(path)
    return Document(path, text, _parse(path, text))


def read(path: Path, text: str, model: type[T]) -> YamlFile[T]:
    """Read `text` as `model`, as if it were what `path` holds.

    Raises:
        UserError: It is not YAML, or does not fit the model; names the line.
    """
    return fitted(Document(path, text, _parse(path, text)), model)


def fitted(document: Document, model: type[T], content: object = None) -> YamlFile[T]:
    """`document` as `model`; `content` is what it says if that is more than stands in it.

    Raises:
        UserError: It does not fit the model; names the line.
    """
    try:
        valid = model.model_validate(document.root if content is None else content)
    except ValidationError as error:
        raise _first_mistake(document.path, document.root, model, error) from error
    return YamlFile(document.path, document.text, valid, document.root)


def line_of(document: CommentedBase, location: Location) -> int:
    """The 1-based line of the deepest part of `location` that the document has."""
    node, line = document, cast("_LineColumn", document.lc).line
    for step in location:
        if not isinstance(node, CommentedBase):
            break
        try:
            marks = cast("_LineColumn", node.lc)
            line = (marks.item(step) if isinstance(step, int) else marks.key(step))[0]
            node = cast("Any", node)[step]
        except (KeyError, IndexError, TypeError):
            break
    return line + 1


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise UserError("the file is missing", file=path, remedy="add it, or name another store") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(
            f"not UTF-8: {error.reason}", file=path, line=line, remedy="save it as UTF-8"
        ) from error
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", file=path, remedy="let us read it") from error


def _places(node: object, value: str, *above: int | str) -> Iterator[Location]:
    if node == value:
        yield above
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in children:
        yield from _places(child, value, *above, step)


def _parse(path: Path, text: str) -> CommentedMap:
    try:
        document = YAML(typ="rt").load(text)
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise UserError(
            f"not YAML: {problem}",
            file=path,
            line=mark.line + 1 if mark else None,
            remedy="mend that line, or the one above it",
        ) from error
    if not isinstance(document, CommentedMap):
        raise UserError(
            "the file is empty or not a mapping",
            file=path,
            line=1,
            remedy="write it as lines of `key: value`",
        )
    return document


def _first_mistake(
    path: Path, document: CommentedBase, model: type[StoreModel], error: ValidationError
) -> UserError:
    # a list whose items are wrong counts as empty, which is no mistake of its own
    mistakes = error.errors(include_url=False)
    distinct = [mistake for mistake in mistakes if mistake["type"] != "too_short"] or mistakes
    more = f" (and {len(distinct) - 1} more)" if len(distinct) > 1 else ""
    # a misspelt key is also a missing one; the misspelling explains both
    first = min(distinct, key=lambda mistake: mistake["type"] != "extra_forbidden")
    cause = first.get("ctx", {}).get("error")
    location = (*first["loc"], *(cause.location if isinstance(cause, PlacedError) else ()))
    return UserError(
        f"{_words(first, location, model)}{more}",
        file=path,
        line=line_of(document, location),
        remedy=REMEDIES.get(first["type"], MEND_IT),
    )


def _words(mistake: ErrorDetails, location: Location, model: type[StoreModel]) -> str:
    *parents, name = location
    where = ".".join(map(str, parents))
    prefix = f"{where}: " if where else ""
    if mistake["type"] == "extra_forbidden":
        return f"{prefix}unknown key '{name}'; {nearest(str(name), _keys_at(model, parents))}"
    if mistake["type"] == "missing":
        return f"{prefix}the key '{name}' is missing"
    value = str(mistake["input"])
    is_said = isinstance(mistake["input"], dict | list) or mistake["type"] == "value_error"
    # an address may be a credential
    found = "" if is_said or "://" in value else f"; found {value!r}"
    return f"{'.'.join(map(str, location))}: {mistake['msg'].removeprefix('Value error, ')}{found}"


def _keys_at(model: type[StoreModel], parents: list[int | str]) -> list[str]:
    """The keys that the JSON schema of `model` allows below `parents`."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def resolved(node: dict[str, Any]) -> dict[str, Any]:
        for option in (node, *node.get("anyOf", [])):
            if "$ref" in option:
                return cast("dict[str, Any]", definitions[option["$ref"].rsplit("/", 1)[1]])
        return node

    node = schema
    for step in parents:
        node = resolved(node)
        child = node.get("items", {}) if isinstance(step, int) else node.get("properties", {}).get(step)
        node = child if child is not None else node.get("additionalProperties", {})
    return list(resolved(node).get("properties", {}))
