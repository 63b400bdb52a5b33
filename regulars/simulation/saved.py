"""Reads what a simulation wrote for itself; a file that was damaged since is said by its name."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

from polars.exceptions import PolarsError

from regulars.store.errors import UserError

Content = TypeVar("Content")
_DAMAGE = (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, PolarsError, UserError)


def read_saved(file: Path, read: Callable[[Path], Content]) -> Content:
    """What `read` makes of a file.

    Raises:
        UserError: The file cannot be read, or holds something else.
    """
    try:
        return read(file)
    except _DAMAGE as error:
        reason = error.message if isinstance(error, UserError) else " ".join(str(error).split())
        raise UserError(
            f"this file of the simulation cannot be read: {reason or type(error).__name__}",
            file=file,
            remedy="bring it back from a copy, or simulate anew with --replace",
        ) from error
