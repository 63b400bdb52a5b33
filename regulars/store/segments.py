"""segments.yml: groups of customers with a goal, each a predicate over features and last night's scores."""

import hashlib
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from regulars.store.errors import PlacedError
from regulars.store.expressions import SqlExpression, columns_in, same_sql
from regulars.store.model import StoreModel
from regulars.store.profile import score_columns

SEGMENTS = "segments.yml"
FEWEST, MOST = 10, 15
Depth = Literal["attribute", "behaviour", "predictive"]


class Segment(StoreModel):
    """A group of customers with a goal, an owner and something to do for them."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Literal["stage", "intent"] = Field(
        description="stage: exclusive, first match wins; intent: may overlap"
    )
    depth: Depth = Field(
        description="attribute: who she is; behaviour: what she did; predictive: what a model expects of her"
    )
    predicate: SqlExpression
    leave_when: SqlExpression | None = Field(
        None, description="Who is in stays until this is true, even if the predicate no longer is"
    )
    description: str
    goal: str = Field(min_length=5)
    owner: str = Field(min_length=3)
    actions: tuple[str, ...] = Field(min_length=1)
    review_date: date
    all_or_none: Literal["warn", "stop", "allow"] = Field(
        "warn", description="What the gate says of a night on which everybody is in it, or nobody"
    )

    @model_validator(mode="after")
    def _not_every_stage(self) -> Self:
        if self.id == "any":
            raise PlacedError("segment id 'any' is taken: in actions.yml it is every stage; rename it", "id")
        return self

    @model_validator(mode="after")
    def _predictive_if_it_reads_a_score(self) -> Self:
        scores = ", ".join(sorted(score_columns().keys() & set(self.evidence_columns)))
        if scores and self.depth != "predictive":
            raise PlacedError(
                f"segment '{self.id}' reads {scores}, which a model says, but its depth is {self.depth};"
                " say predictive",
                "depth",
            )
        if not scores and self.depth == "predictive":
            raise PlacedError(
                f"segment '{self.id}' is predictive, but reads no score; use one of"
                f" {', '.join(score_columns())}, or say attribute or behaviour",
                "depth",
            )
        return self

    @model_validator(mode="after")
    def _leaves_not_as_she_comes(self) -> Self:
        if self.leave_when and same_sql(self.leave_when, self.predicate):
            raise PlacedError(
                f"segment '{self.id}': leave_when is the predicate itself, so that nobody could stay;"
                " say when she leaves, or leave it out",
                "leave_when",
            )
        return self

    @property
    def evidence_columns(self) -> tuple[str, ...]:
        """The features and scores that the predicate and leave_when read, in alphabetical order."""
        return tuple(sorted(columns_in(self.predicate) | columns_in(self.leave_when or "true")))

    @property
    def definition_hash(self) -> str:
        """Changes whenever the meaning of the segment may have changed."""
        meaning = [self.kind, self.predicate, *([self.leave_when] if self.leave_when else [])]
        return hashlib.sha256(":".join(meaning).encode()).hexdigest()[:12]


class Segments(StoreModel):
    """The content of segments.yml."""

    segments: tuple[Segment, ...]

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
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
