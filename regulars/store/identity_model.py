"""identity_model.json: how much each likeness of two records weighs, as `regulars train-links` writes it.

It is a file of Splink's settings, so that Splink's own tools can read it. Not here: how weights are learned.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regulars.store.errors import UserError
from regulars.store.identity import CHOSEN, Probable

IDENTITY_MODEL = "identity_model.json"
TRAIN = "regulars train-links"


@dataclass(frozen=True)
class IdentityModel:
    """The file of the weights, as it was read."""

    path: Path
    text: str

    def mistakes(self, probable: Probable) -> Iterator[UserError]:
        """Why the weights cannot be used for what store.yml says."""
        try:
            names = {comparison["output_column_name"] for comparison in json.loads(self.text)["comparisons"]}
        except json.JSONDecodeError as error:
            yield self._error(f"not JSON: {error.msg}", error.lineno)
            return
        except (KeyError, TypeError):
            yield self._error("no weights: it is no file of Splink's settings with comparisons")
            return
        weighed, asked = {name for name in names if name.startswith(CHOSEN)}, set(probable.attributes)
        if weighed != asked:
            yield self._error(
                f"it weighs {_keys(weighed)} of attributes, and identity.probable.compare of store.yml names"
                f" {_keys(asked)}"
            )

    def _error(self, message: str, line: int | None = None) -> UserError:
        remedy = f"remove the file, and let `{TRAIN}` write it anew"
        return UserError(message, file=self.path, line=line, remedy=remedy)


def load_model(folder: Path) -> IdentityModel | None:
    """The weights of a store, if its folder has any.

    Raises:
        UserError: The file cannot be read.
    """
    path = folder / IDENTITY_MODEL
    try:
        return IdentityModel(path, path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot be read: {error}", file=path, remedy="let us read it, as UTF-8") from error


def write_model(folder: Path, model: Mapping[str, Any]) -> Path:
    """Write the weights into the folder of a store."""
    path = folder / IDENTITY_MODEL
    part = path.with_suffix(".part")
    part.write_text(json.dumps(model, indent=2) + "\n", "utf-8")
    part.replace(path)
    return path


def _keys(names: set[str]) -> str:
    return ", ".join(sorted(name.removeprefix(CHOSEN) for name in names)) or "no keys"
