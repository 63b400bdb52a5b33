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
    # every JSON text is a YAML one
    first, second = map(json.dumps, word.identifiers)
    text = known + (
        f"  - word: {word.word}\n    identifiers: [{first}, {second}]\n"
        f"    because: {json.dumps(word.because)}\n    by: {json.dumps(word.by)}\n"
    )
    file = read(path, text, IdentityWords)
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(path)
    return file
