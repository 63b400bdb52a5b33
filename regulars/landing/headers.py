"""Which column of a file a contract means by a name, however the file spells it.

Not here: where a format keeps its names; that is `readers`.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from regulars.store.contracts import Stream
from regulars.store.errors import UserError
from regulars.store.naming import normal_form

# SQL's names have no case
OUR_OWN = re.compile(r" as (read|text|told|landed)$", re.IGNORECASE)


@dataclass(frozen=True)
class Names:
    """The names by which a contract calls the columns of a file, and what other vendor versions call them.

    `others_matter` says whether it matters what else the file has.
    """

    read: frozenset[str]
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others_matter: bool = True

    @classmethod
    def of(cls, stream: Stream) -> "Names":
        """What `stream` asks of its files."""
        # one version of a column may come long after another
        others_matter = stream.unknown_columns != "ignore" or bool(stream.aliases)
        return cls(frozenset(stream.file_names), stream.aliases, others_matter=others_matter)

    def spellings(self, name: str) -> tuple[str, ...]:
        """Every name under which the column `name` may be delivered, the contract's own first."""
        own = {normal_form(called): others for called, others in self.aliases.items()}
        return (name, *own.get(normal_form(name), ()))

    def are_found(self, delivered: Collection[str]) -> bool:
        """Whether the file has every column that the contract reads."""
        forms = set(map(normal_form, delivered))
        return all(forms.intersection(map(normal_form, self.spellings(name))) for name in self.read)

    def called(self, delivered: Collection[str], path: Path) -> dict[str, str]:
        """What the contract calls each delivered column; those that it does not read keep their names.

        Raises:
            UserError: The file has one column of the contract under two names, or one named as ours are.
        """
        names = {column: column for column in delivered}
        if ours := [column for column in delivered if OUR_OWN.search(column)]:
            raise UserError(
                f"the name of column '{ours[0]}' is one that reading uses itself",
                file=path,
                remedy="rename it, not ending in 'as read', 'as text', 'as told' or 'as landed'",
            )
        for name in sorted(self.read):
            forms = set(map(normal_form, self.spellings(name)))
            present = [column for column in delivered if normal_form(column) in forms]
            if len(present) > 1:
                raise _two_at_once(path, name, present)
            names |= dict.fromkeys(present, name)
        return names


def refuse_unclear(names: Collection[str], path: Path, line: int | None = None) -> None:
    """See that every column of a file has a name of its own.

    Raises:
        UserError: Two have one name, or one has none.
    """
    if twice := [name for name, count in Counter(map(normal_form, names)).items() if count > 1]:
        message = f"the file names column '{twice[0]}' twice"
        raise UserError(message, file=path, line=line, remedy="rename one")
    if not all(names):
        raise UserError("the file has a column without a name", file=path, line=line, remedy="name it")


def _two_at_once(path: Path, name: str, present: list[str]) -> UserError:
    return UserError(
        f"the file has both '{present[0]}' and '{present[1]}',"
        f" which the contract takes for one column, '{name}'",
        file=path,
        remedy="deliver one of them, or mend `aliases` in the contract",
    )
