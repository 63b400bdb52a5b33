"""segments.yml: groups of customers with a goal, each a SQL predicate over tonight's features."""

import hashlib
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from regulars.store.errors import PlacedError
from regulars.store.expressions import SqlExpression, columns_in
from regulars.store.model import StoreModel

FEWEST, MOST = 10, 15


class Segment(StoreModel):
    """A group of customers with a goal, an owner and something to do for them."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Literal["stage", "intent"] = Field(
        description="stage: exclusive, first match wins; intent: may overlap"
    )
    predicate: SqlExpression
    description: str
    goal: str = Field(min_length=5)
    owner: str = Field(min_length=3)
    actions: tuple[str, ...] = Field(min_length=1)
    review_date: date

    @property
    def evidence_columns(self) -> tuple[str, ...]:
        """The features that the predicate reads, in alphabetical order."""
        return tuple(sorted(columns_in(self.predicate)))

    @property
    def definition_hash(self) -> str:
        """Changes whenever the meaning of the segment may have changed."""
        return hashlib.sha256(f"{self.kind}:{self.predicate}".encode()).hexdigest()[:12]


class Segments(StoreModel):
    """The content of segments.yml."""

    segments: tuple[Segment, ...]

    @model_validator(mode="after")
    def _unique_ids(self) -> "Segments":
        ids = [segment.id for segment in self.segments]
        for index, name in enumerate(ids):
            if name in ids[:index]:
                raise PlacedError(f"segment '{name}' is declared twice; rename one", "segments", index, "id")
        return self

    @property
    def stage_ids(self) -> tuple[str, ...]:
        """The exclusive lifecycle stages, in the order in which they are tried."""
        return tuple(segment.id for segment in self.segments if segment.kind == "stage")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but costs: too few or too many segments."""
        count = len(self.segments)
        if count < FEWEST:
            return (f"{count} segments: fewer than {FEWEST} lump different people together",)
        if count > MOST:
            return (f"{count} segments: each one above {MOST} needs copy, an owner and a review",)
        return ()
