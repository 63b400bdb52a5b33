"""identity_words.yml as `regulars link` and `regulars unmerge` write it: words are added at its end."""

import json
from pathlib import Path

from regulars.store.identity import IdentityWords, Word
from regulars.store.yaml_file import YamlFile, read

IDENTITY_WORDS = "identity_words.yml"
HEAD = """\
# What humans say of who is who; each word outranks all evidence for as long as it stands here.
# `regulars link` and `regulars unmerge` add words; take one back by removing its lines.
words:
"""


def add_word(folder: Path, word: Word) -> YamlFile[IdentityWords]:
    """Add a word to the file of a store's folder, which is made if there is none.

    Raises:
        UserError: The word contradicts those that stand in the file; the file stays as it is.
    """
    path = folder / IDENTITY_WORDS
    known = path.read_text("utf-8") if path.exists() else HEAD
    if known and not known.endswith("\n"):
        known += "\n"
    first, second, because, by = map(_quoted, (*word.identifiers, word.because, word.by))
    text = known + (
        f"  - word: {word.word}\n    identifiers: [{first}, {second}]\n    because: {because}\n    by: {by}\n"
    )
    file = read(path, text, IdentityWords)
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(path)
    return file


def _quoted(text: str) -> str:
    """A text in double quotes, as YAML and JSON write it."""
    return json.dumps(text, ensure_ascii=False)
