"""patterns.yml: what several signals of one person say together, as rules over the timeline."""

import hashlib
from typing import Literal, Self

from pydantic import Field, model_validator

from regulars.store.errors import PlacedError, nearest
from regulars.store.expressions import SqlExpression, columns_in
from regulars.store.model import StoreModel
from regulars.store.profile import timeline_columns

PATTERNS = "patterns.yml"
# for so long a pattern that has become complete stands in the profile
PATTERN_SHOWN_DAYS = 30
Kind = Literal["order", "visit", "message", "ticket", "survey_response", "consent", "preference"]


class Entry(StoreModel):
    """Entries of the timeline: of one kind, and those of them for which an expression holds."""

    kind: Kind
    where: SqlExpression = Field("true", description="SQL over the columns of customer_timeline")

    @model_validator(mode="after")
    def _known_columns(self) -> Self:
        known = timeline_columns()
        for column in sorted(columns_in(self.where) - set(known)):
            raise PlacedError(
                f"customer_timeline has no column '{column}'; {nearest(column, set(known))}", "where"
            )
        return self


class Pattern(StoreModel):
    """An entry that something follows within some days, or nothing does, or that says enough alone."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    description: str = Field(min_length=5, description="What it means, for whoever meets the person")
    owner: str = Field(min_length=3)
    when: Entry
    then: Entry | None = Field(None, description="What follows; the first of several")
    without: Entry | None = Field(None, description="What does not follow")
    within_days: int | None = Field(None, ge=1, le=90, description="Until how many days after the first")

    @property
    def definition_hash(self) -> str:
        """Changes whenever the meaning of the pattern may have changed."""
        meaning = self.model_dump_json(include={"when", "then", "without", "within_days"})
        return hashlib.sha256(meaning.encode()).hexdigest()[:12]

    @model_validator(mode="after")
    def _one_way_to_go_on(self) -> Self:
        if self.then and self.without:
            raise PlacedError(
                "then and without exclude each other; keep one, or make two patterns", "without"
            )
        sequel = "then" if self.then else "without" if self.without else None
        if sequel and self.within_days is None:
            raise PlacedError(
                f"within_days is missing: until how many days after does {sequel} count?", sequel
            )
        if self.within_days is not None and not sequel:
            raise PlacedError("within_days belongs to then or without, and neither is here", "within_days")
        return self


class Patterns(StoreModel):
    """The content of patterns.yml."""

    patterns: tuple[Pattern, ...]

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        ids = [pattern.id for pattern in self.patterns]
        for index, name in enumerate(ids):
            if name in ids[:index]:
                raise PlacedError(f"pattern '{name}' is declared twice; rename one", "patterns", index, "id")
        return self
