"""The streams of contracts: which files belong to each, and what it is called."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regulars.store.contracts import Contract, Stream
from regulars.store.errors import UserError
from regulars.store.yaml_file import Location, YamlFile


@dataclass(frozen=True)
class StreamFile:
    """A file, and the stream of a contract that reads it."""

    contract: YamlFile[Contract]
    stream_index: int
    path: Path

    @property
    def stream(self) -> Stream:
        """The stream that the file belongs to."""
        return self.contract.content.streams[self.stream_index]

    @property
    def source(self) -> str:
        """The system that delivered it."""
        return self.contract.content.system

    @property
    def time_zone(self) -> str:
        """The zone of times that do not state one."""
        return self.stream.time_zone or self.contract.content.time_zone

    def error(self, message: str, place: Location = (), *, remedy: str) -> UserError:
        """A mistake at the line where `place`, a path of keys in the stream, stands in the contract."""
        return self.contract.error(message, ("streams", self.stream_index, *place), remedy=remedy)


def stream_files(contract: YamlFile[Contract], index: int, exports: Path) -> list[Path]:
    """The files that a stream's pattern matches, in order of path."""
    stream = contract.content.streams[index]
    paths = matching(exports, stream.files)
    if not paths and not stream.optional:
        raise contract.error(
            f"no file matches '{stream.files}' in {exports}",
            ("streams", index, "files"),
            remedy="put the export there, mend the pattern, or say `optional: true`",
        )
    return paths


def matching(exports: Path, pattern: str) -> list[Path]:
    """The files below `exports` that a pattern matches, in order of path.

    Raises:
        UserError: One of them lies elsewhere, where a link leads, or has a name that is no text.
    """
    paths = sorted(path for path in exports.glob(pattern) if path.is_file())
    root = exports.resolve()
    # a folder is asked once for all of its files, because finding out where a path leads takes long
    folders = {path.parent for path in paths} | _linked_folders(exports, pattern)
    for place in (*sorted(folders), *(path for path in paths if path.is_symlink())):
        if not place.resolve().is_relative_to(root):
            raise UserError(
                "a link leads out of the exports",
                file=place,
                remedy="put there what it leads to, so that nobody's files are read but those delivered",
            )
    for path in paths:
        try:
            str(path).encode()
        except UnicodeEncodeError:
            readable = os.fsencode(path).decode("utf-8", "backslashreplace")
            raise UserError("the name is not UTF-8", file=readable, remedy="rename the file") from None
    return paths


def _linked_folders(exports: Path, pattern: str) -> set[Path]:
    """The links to folders where ** looks for files; it does not enter them, and would say nothing of it."""
    before, found, _ = pattern.partition("**")
    if not found:
        return set()
    start = exports / before if not set(before) & set("*?[") else exports
    return {
        Path(folder) / name
        for folder, names, _ in os.walk(start)
        for name in names
        if (Path(folder) / name).is_symlink()
    }


def stamps(files: Sequence[StreamFile]) -> dict[Path, tuple[int, int]]:
    """The size and the time of the last change of each file."""
    found = {file.path: file.path.stat() for file in files}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in found.items()}


def check_unchanged(files: Sequence[StreamFile], before: dict[Path, tuple[int, int]]) -> None:
    """Refuse what was read of files while somebody wrote them.

    Raises:
        UserError: A file has another stamp than `before`.
    """
    for path, stamp in stamps(files).items():
        if before[path] != stamp:
            raise UserError(
                "the file changed while it was read", file=path, remedy="run again when it is complete"
            )


def stream_name(contract: YamlFile[Contract], index: int) -> str:
    """What the ledger calls a stream; those that read one file twice, for two events a row, are numbered."""
    names = [
        f"{contract.content.system}/{stream.entity}/{stream.files}"
        for stream in contract.content.streams[: index + 1]
    ]
    earlier = names[:-1].count(names[-1])
    return f"{names[-1]}#{earlier + 1}" if earlier else names[-1]
