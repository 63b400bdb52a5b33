"""How people are told apart: what store.yml says of identifiers, and what humans say, which outranks it."""

import re
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from regulars.store.errors import PlacedError, UserError
from regulars.store.model import StoreModel
from regulars.store.words import Word, WordFile, Words

KINDS = ("account", "email", "phone", "anonymous")
# the kinds whose values mean something only within the system that gave them
SYSTEM_KINDS = ("account", "anonymous")
# what keys of the attributes are called where they are compared begins with this
CHOSEN = "attribute_"
KEY = r"^[A-Za-z_][A-Za-z0-9_]*$"
NOTATION = "account:<system>:<id>, email:<address>, phone:<number> or anonymous:<system>:<id>"

# what forms and staff type where nothing is known
PLACEHOLDERS = (
    "0", "-", ".", "?", "x", "xx", "xxx", "n/a", "na", "none", "null", "nil", "nan", "undefined",
    "unknown", "unbekannt", "anonymous", "guest", "test", "tester", "testing", "dummy", "example",
    "sample", "email", "mail", "customer", "kunde", "walkin", "walk-in", "walk in", "cash",
    "cash-customer", "cash customer", "gast", "no name", "noname", "keine angabe", "-1", "false", "true",
    "[deleted]", "deleted", "redacted",
)  # fmt: skip
# the same as the part of an e-mail address before the @, where mail@ and guest@ may well be somebody
PLACEHOLDER_LOCAL_PARTS = (
    "n/a", "na", "none", "null", "nil", "nan", "undefined", "unknown", "unbekannt", "noemail", "no-email",
    "no.email", "no_email", "none.given", "not-provided", "not_provided", "notprovided", "not-given",
    "notgiven", "keine", "keineangabe", "keine-angabe", "keine_angabe", "sansemail", "sinemail", "asdf",
    "asdfasdf", "asd", "qwer", "qwerty", "qwertz", "aaa", "xxx", "nomail", "no-mail", "no.mail",
    "noreply", "no-reply", "donotreply", "do-not-reply", "test", "tester", "testing", "dummy", "deleted",
    "redacted",
)  # fmt: skip


class Identifier(NamedTuple):
    """One identifier: its kind, the system that gave it (empty for an address), and its value."""

    kind: str
    system: str
    value: str

    def __str__(self) -> str:
        return ":".join(part for part in self if part)


def parsed(text: str) -> Identifier:
    """The identifier that `text` names.

    Raises:
        ValueError: It is written otherwise.
    """
    kind, _, rest = text.partition(":")
    system, _, value = rest.partition(":") if kind in SYSTEM_KINDS else ("", "", rest)
    if kind not in KINDS or not value.strip() or (kind in SYSTEM_KINDS and not system):
        raise ValueError(f"'{text}' names no identifier; write {NOTATION}")
    value = value.strip().lower() if kind == "email" else value.strip()
    if kind == "phone" and not re.fullmatch(r"\+?[0-9]+", value):
        raise ValueError(f"'{text}' names no phone number; write it as customer_identifiers has it")
    return Identifier(kind, system, value)


def _named(text: str) -> str:
    return str(parsed(text))


Named = Annotated[str, AfterValidator(_named)]


class Probable(StoreModel):
    """When records are linked by their likeness, which is estimated and never sure."""

    link_above: float = Field(
        ge=0.5, le=1, description="Accounts whose records are as probably one person's as this are linked"
    )
    review_above: float = Field(
        gt=0, le=1, description="Those that are less probable, but as this, are listed in probable_links"
    )
    compare: tuple[Annotated[str, Field(pattern=KEY)], ...] = Field(
        (), description="Keys of customers.attributes that are compared, too"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.review_above > self.link_above:
            raise PlacedError(
                f"{self.review_above} is more than link_above, {self.link_above}; give it less",
                "review_above",
            )
        return self

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [key.lower() for key in self.compare]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise PlacedError(f"'{self.compare[index]}' is named twice; keep one", "compare", index)
        return self

    @property
    def attributes(self) -> dict[str, str]:
        """What each further key is called where it is compared."""
        return {f"{CHOSEN}{key.lower()}": key for key in self.compare}


class Identity(StoreModel):
    """What store.yml says of identifiers."""

    accounts: str | None = Field(
        None, description="The system whose account ids are customer_ref in the profile and the lists"
    )
    blocked: tuple[str, ...] = Field(
        (), description="Values that say nothing of a person, besides the usual placeholders"
    )
    most_accounts: int = Field(
        5,
        ge=1,
        description="An address with more accounts of one system than this, or an account, address or number"
        " with more addresses or numbers than this, is nobody's in particular",
    )
    most_growth: int = Field(
        20, ge=1, description="More identifiers than this that join one customer in one night stop the night"
    )
    probable: Probable | None = Field(
        None, description="Links by likeness, with the weights of identity_model.json; else there are none"
    )


class IdentityWord(Word):
    """What a human says of two identifiers: that they are one person, or that they are not."""

    word: Literal["link", "keep_apart"]
    identifiers: tuple[Named, Named]

    @property
    def device(self) -> str | None:
        """The one of them that is a device, which is somebody's and never makes one person of two."""
        return next((name for name in self.identifiers if parsed(name).kind == "anonymous"), None)

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.identifiers[0] == self.identifiers[1]:
            raise PlacedError("both are the same identifier; name two", "identifiers", 1)
        if all(parsed(identifier).kind == "anonymous" for identifier in self.identifiers):
            raise PlacedError(
                "both are devices; say of each whose it is, by an account or address", "identifiers", 1
            )
        return self


class IdentityWords(Words):
    """The content of identity_words.yml."""

    words: tuple[IdentityWord, ...] = Field(
        description="Each outranks all evidence, for as long as it stands here"
    )

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        """Nobody may be said to be one person, directly or by way of others, and two."""
        person: dict[str, str] = {}

        def root(identifier: str) -> str:
            while (above := person.setdefault(identifier, identifier)) != identifier:
                identifier = above
            return identifier

        for word in self.words:
            if word.word == "link" and word.device is None:
                first, second = map(root, word.identifiers)
                person[second] = first
        for index, word in enumerate(self.words):
            first, second = word.identifiers
            if word.word == "link" and word.device is not None:
                owner = first if word.device == second else second
                known = person.setdefault(word.device, root(owner))
                if root(known) != root(owner):
                    raise PlacedError(
                        f"{word.device} is said to be {owner}'s here and {known}'s by another word;"
                        f" remove one of them, or link {owner} and {known} first",
                        "words",
                        index,
                    )
        for index, word in enumerate(self.words):
            first, second = word.identifiers
            if word.word == "keep_apart" and root(first) == root(second):
                raise PlacedError(
                    f"{first} and {second} are kept apart here and linked by other words; remove one of them",
                    "words",
                    index,
                )
        return self


def said(
    word: Literal["link", "keep_apart"], identifiers: tuple[str, str], because: str, by: str
) -> IdentityWord:
    """A word of a human.

    Raises:
        UserError: It names no two identifiers, or not why and who says so.
    """
    try:
        return IdentityWord(word=word, identifiers=identifiers, because=because, by=by)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "".join(f"{step}: " for step in first["loc"][:1] if step != "identifiers")
        raise UserError(
            where + first["msg"].removeprefix("Value error, "), remedy=f"write identifiers as {NOTATION}"
        ) from error


IDENTITY_WORDS = WordFile(
    "identity_words.yml",
    "# What humans say of who is who; each word outranks all evidence for as long as it stands here.\n"
    "# `regulars link` and `regulars unmerge` add words; take one back by removing its lines.\n",
    IdentityWords,
)
