"""actions.yml: what we may do for a customer in each lifecycle stage, and the sentences that explain it.

Does not belong here: who gets which action; that is `models/decisions`.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import sqlglot
from pydantic import AfterValidator, Field, model_validator
from sqlglot import exp

from regulars.store.channels import Cap, Capacity, Channels, Days, Hour, Identifier
from regulars.store.errors import PlacedError, nearest
from regulars.store.expressions import SqlExpression, columns_in
from regulars.store.model import StoreModel
from regulars.store.yaml_file import Location

SLOT = re.compile(r"\{([a-z_][a-z0-9_]*)(?:\|([^{}|]+))?\}")

# the state of an action that is for whoever is in any
ANY_STATE = "any"

# what a spreadsheet may take for a formula, in its full-width forms too
FORMULA_STARTS = "=+-@＝＋－＠"  # noqa: RUF001

# these name or classify a person to whoever opens the letter, whatever the store declares
NEVER_READ_BY_CUSTOMERS = frozenset(
    {"customer_id", "customer_ref", "email", "phone", "attributes", "lifecycle_stage", "segments"}
)


@dataclass(frozen=True)
class Slot:
    """A place in a sentence that the profile fills: `{column}` or `{column|words when it is empty}`."""

    column: str
    fallback: str | None


@dataclass(frozen=True)
class Mistake:
    """Something that the catalogue names and nobody knows, with the keys that lead to it in the file."""

    message: str
    location: Location


def sentence_parts(sentence: str) -> Iterator[str | Slot]:
    """The literal stretches and the slots of a sentence, in order."""
    position = 0
    for match in SLOT.finditer(sentence):
        if match.start() > position:
            yield sentence[position : match.start()]
        yield Slot(match[1], match[2])
        position = match.end()
    if position < len(sentence):
        yield sentence[position:]


def said_to_strangers(sentence: str) -> str:
    """The sentence for somebody of whom nothing is known: each slot says its words for that."""
    return "".join(
        part if isinstance(part, str) else part.fallback or "" for part in sentence_parts(sentence)
    )


def slots(sentence: str) -> tuple[Slot, ...]:
    """The slots of a sentence, in order."""
    return tuple(part for part in sentence_parts(sentence) if isinstance(part, Slot))


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{text!r} holds a line break or another control character; write one line")
    return text


def _no_formula(text: str) -> str:
    if text.startswith(tuple(FORMULA_STARTS)):
        raise ValueError(
            f"{text!r} begins with {text[0]!r}, which a spreadsheet takes for a formula; begin with a word"
        )
    return text


def _known_slots(text: str) -> str:
    if stray := re.search(r"[{}]", SLOT.sub("", text)):
        raise ValueError(
            f"{text!r} holds a stray '{stray[0]}'; a slot is {{column}} or {{column|words when it is empty}}"
        )
    return text


def _of_one_customer(text: str) -> str:
    if sqlglot.parse_one(text, dialect="duckdb").find(exp.AggFunc, exp.Window):
        raise ValueError(f"'{text}' looks at other customers; a predicate reads one customer's profile")
    return text


Text = Annotated[str, AfterValidator(_one_line), AfterValidator(_no_formula)]
Sentence = Annotated[Text, Field(min_length=10), AfterValidator(_known_slots)]
Predicate = Annotated[SqlExpression, AfterValidator(_of_one_customer)]


ActionClass = Literal["transactional", "service", "marketing"]
Outcome = Literal["order", "visit", "answer"]


def _a_share_of_a_group(share: Decimal) -> Decimal:
    if share and not SMALLEST_GROUP <= share <= LARGEST_GROUP:
        raise ValueError(
            f"a group of {share} is too small to tell anything, or larger than we may spare;"
            f" write 0, or {SMALLEST_GROUP} to {LARGEST_GROUP}"
        )
    return share


SMALLEST_GROUP, LARGEST_GROUP = Decimal("0.01"), Decimal("0.15")
GroupShare = Annotated[Decimal, Field(ge=0, decimal_places=4), AfterValidator(_a_share_of_a_group)]


class DecisionPolicy(StoreModel):
    """How candidates are scored, and how much is left to chance so that scores can be learned."""

    scores: Literal["rules", "model"] = Field(
        "rules",
        description="rules: the response rate of the action for everybody; model: what draws showed of it,"
        " shared out by what each customer is expected to spend and how she answers on the channel",
    )
    because: str | None = Field(
        None,
        min_length=10,
        description="Why the model decides though no draws say yet that it wins more; with `by`",
    )
    by: str | None = Field(None, min_length=1, description="Who answers for that")
    exploration_share: Decimal = Field(
        Decimal("0.02"),
        ge=0,
        le=Decimal("0.2"),
        decimal_places=4,
        description="Share of the customers of a month, and of each limit of a night, left to a draw",
    )
    holdout_share: GroupShare = Field(
        Decimal(), description="Share of the customers who get no marketing, to know what all of it brings"
    )
    generic_share: GroupShare = Field(
        Decimal(), description="Share of the customers whose marketing is generic actions only"
    )

    @model_validator(mode="after")
    def _said_by_somebody(self) -> "DecisionPolicy":
        if (self.because is None) != (self.by is None):
            missing = "by" if self.by is None else "because"
            raise PlacedError(f"an override needs because and by; {missing} is missing", missing)
        if self.because and self.scores == "rules":
            raise PlacedError(
                "rules need no override; remove because and by, or set scores: model", "because"
            )
        return self


OfferKind = Literal["percent", "amount", "gift", "delivery", "access"]
MEASURED = ("percent", "amount")


class OfferTerms(StoreModel):
    """What an offer is worth, on what, and for how long, so that every channel and the shop show the same."""

    kind: OfferKind = Field(description="percent or amount off, or a gift, free delivery, early access")
    value: Decimal | None = Field(
        None, gt=0, decimal_places=4, description="Of percent and amount: how much, at most 100 percent"
    )
    categories: tuple[Text, ...] = Field((), description="The product categories it is for; else the order")
    valid_days: Days = Field(description="Days from its delivery on which it may be used")
    from_date: date | None = Field(None, description="The first day on which it is delivered")
    until_date: date | None = Field(None, description="The last day on which it is delivered")
    stock: Capacity = Field(None, description="How often it is given in all; no limit if not said")

    @model_validator(mode="after")
    def _worth_something(self) -> "OfferTerms":
        if (self.kind in MEASURED) != (self.value is not None):
            says = "needs a value" if self.kind in MEASURED else "has no value"
            raise ValueError(
                f"an offer of kind '{self.kind}' {says}; percent and amount have one, others none"
            )
        if self.kind == "percent" and self.value and self.value > 100:  # noqa: PLR2004 (of a hundred)
            raise ValueError(f"{self.value} percent off is more than all; write at most 100")
        if self.from_date and self.until_date and self.until_date < self.from_date:
            raise ValueError(f"until_date {self.until_date} is before from_date {self.from_date}; swap them")
        return self

    def is_given_on(self, day: date) -> bool:
        """Whether it is delivered on a day."""
        return (self.from_date or day) <= day <= (self.until_date or day)

    def overlaps(self, other: "OfferTerms") -> bool:
        """Whether one product could have both."""
        return (
            not self.categories or not other.categories or not {*self.categories}.isdisjoint(other.categories)
        )


class Hold(StoreModel):
    """A state of a customer in which she is left alone, until it is over."""

    id: Identifier
    when: Predicate = Field(description="SQL over the profile; the hold lasts while it is true")
    action_classes: tuple[ActionClass, ...] = Field(
        ("marketing",), min_length=1, description="The classes of actions that it stops"
    )
    until: Text = Field(min_length=5, description="What ends it, for the analyst")
    reason: Sentence = Field(description="Why, for the analyst; {column} slots of the profile")
    customer_reason: Sentence = Field(description="Why, in words that the customer may read")


class ContextWeight(StoreModel):
    """What an action is worth more, or less, for whoever is in a context."""

    when: Predicate = Field(description="SQL over the profile; the weight counts where it is true")
    weight: Decimal = Field(
        gt=0, le=10, decimal_places=4, description="What the expected win is multiplied by; 1 changes nothing"
    )


class Action(StoreModel):
    """Something we may do for a customer of one lifecycle stage."""

    id: Identifier
    name: Text
    state: str = Field(description="The lifecycle stage it is for: a segment of kind stage, or any of them")
    channels: tuple[str, ...] = Field(min_length=1, description="In order of preference")
    purpose: Identifier = Field(description="What the permission must be for, such as marketing")
    action_class: ActionClass
    offer: Text = ""
    offer_terms: OfferTerms | None = Field(None, description="What the offer is worth, and for how long")
    eligible_when: Predicate | None = Field(None, description="SQL over the profile; else everyone")
    evidence: tuple[str, ...] = Field((), description="Columns of the profile shown beside the decision")
    response_rate: Decimal = Field(
        ge=0, le=1, decimal_places=6, description="Share that responds: an assumption"
    )
    value: Decimal = Field(ge=0, decimal_places=4, max_digits=18, description="Money won when one responds")
    weights: tuple[ContextWeight, ...] = Field(
        (), description="When it is worth more or less than value says; several that hold are multiplied"
    )
    outcome: Outcome = Field("order", description="What a response is")
    outcome_days: Days = Field(14, description="Within how many days after the night a response comes")
    cooldown_days: Cap = Field(description="Days before the same customer may get it again")
    generic: bool = Field(
        default=False, description="Whether it is what everybody would get; all that a generic group gets"
    )
    send_hour: Hour | None = Field(None, description="The hour at which it is sent, whatever her habit is")
    nightly_capacity: Capacity = Field(
        None, description="The most customers who may get it in one night; no limit if not said"
    )
    recommend: int = Field(
        0, ge=0, le=5, description="How many products that suit her stand beside it in the list"
    )
    reason: Sentence = Field(description="Why, for the analyst; {column} slots of the profile")
    customer_reason: Sentence = Field(description="Why, in words that the customer may read")

    @model_validator(mode="after")
    def _named_for_something(self) -> "Action":
        if self.id == "none":
            raise ValueError("action id 'none' is taken: it says that a customer gets nothing; rename it")
        if self.offer_terms and not self.offer:
            raise ValueError(
                f"action '{self.id}' has offer_terms and no offer; write what she gets, in words"
            )
        if twice := sorted({name for name in self.channels if self.channels.count(name) > 1}):
            raise ValueError(f"action '{self.id}' names channel '{twice[0]}' twice; name it once")
        return self


class ActionCatalogue(StoreModel):
    """The content of actions.yml."""

    columns_customers_may_read: tuple[str, ...] = Field(
        ("first_name",), description="Columns of the profile that may stand in a customer_reason"
    )
    holds: tuple[Hold, ...] = Field(
        (), description="When customers are left alone; the first that holds says so"
    )
    policy: DecisionPolicy = DecisionPolicy()
    actions: tuple[Action, ...] = Field(min_length=1)

    def action(self, action_id: str) -> Action:
        """The action of that id; KeyError if there is none."""
        return {action.id: action for action in self.actions}[action_id]

    @model_validator(mode="after")
    def _unique_ids(self) -> "ActionCatalogue":
        for kind, named in (("action", self.actions), ("hold", self.holds)):
            ids = [each.id for each in named]
            if twice := sorted({name for name in ids if ids.count(name) > 1}):
                raise ValueError(f"{kind} '{twice[0]}' is declared twice; rename one")
        return self

    @model_validator(mode="after")
    def _something_generic(self) -> "ActionCatalogue":
        if self.policy.generic_share and not any(action.generic for action in self.actions):
            raise PlacedError(
                "generic_share is set, but no action says `generic: true`, so that the group would get"
                " nothing; mark what everybody would get, or leave the share out",
                "policy",
                "generic_share",
            )
        return self

    @model_validator(mode="after")
    def _nothing_sensitive(self) -> "ActionCatalogue":
        if sensitive := sorted(NEVER_READ_BY_CUSTOMERS.intersection(self.columns_customers_may_read)):
            raise ValueError(f"columns_customers_may_read holds '{sensitive[0]}', which no letter may show")
        for kind, named in (("action", self.actions), ("hold", self.holds)):
            for each in named:
                for slot in slots(each.customer_reason):
                    _check_customer_slot(f"{kind} '{each.id}'", slot, self.columns_customers_may_read)
        return self


def _check_customer_slot(whose: str, slot: Slot, readable: Collection[str]) -> None:
    where = f"{whose}: customer_reason shows '{slot.column}'"
    if slot.column not in readable:
        raise ValueError(
            f"{where}, but customers may read only {', '.join(sorted(readable)) or 'no column'}; "
            "drop the slot, or judge the column and add it to columns_customers_may_read"
        )
    if slot.fallback is None:
        raise ValueError(
            f"{where} without words for a customer who has none; write {{{slot.column}|dear customer}}"
        )


def check_actions(
    catalogue: ActionCatalogue,
    channels: Channels,
    *,
    stage_ids: Collection[str],
    profile_columns: Collection[str],
) -> tuple[Mistake, ...]:
    """Every stage, channel and column that the catalogue names and that does not exist, with the nearest one.

    `profile_columns` are the columns of marts.customers. Empty when all is well.
    """
    return (
        *(
            mistake
            for position, action in enumerate(catalogue.actions)
            for key, found, known in (
                ("state", (action.state,), (*stage_ids, ANY_STATE)),
                ("channels", action.channels, channels.ids),
                ("evidence", action.evidence, profile_columns),
                ("reason", _columns(action.reason), profile_columns),
                ("customer_reason", _columns(action.customer_reason), profile_columns),
                ("eligible_when", _asked(action.eligible_when), profile_columns),
            )
            for mistake in _unknown(f"action '{action.id}'", ("actions", position, key), found, known)
        ),
        *(
            mistake
            for position, action in enumerate(catalogue.actions)
            for number, weight in enumerate(action.weights)
            for mistake in _unknown(
                f"action '{action.id}'",
                ("actions", position, "weights", number, "when"),
                _asked(weight.when),
                profile_columns,
            )
        ),
        *(
            mistake
            for position, hold in enumerate(catalogue.holds)
            for key, found in (
                ("when", _asked(hold.when)),
                ("reason", _columns(hold.reason)),
                ("customer_reason", _columns(hold.customer_reason)),
            )
            for mistake in _unknown(f"hold '{hold.id}'", ("holds", position, key), found, profile_columns)
        ),
    )


def _asked(predicate: str | None) -> tuple[str, ...]:
    return tuple(sorted(columns_in(predicate))) if predicate else ()


def _columns(sentence: str) -> tuple[str, ...]:
    return tuple(slot.column for slot in slots(sentence))


_KINDS = {"state": "lifecycle stage", "channels": "channel"}


def _unknown(
    whose: str, location: Location, found: Collection[str], known: Collection[str]
) -> Iterator[Mistake]:
    key = str(location[-1])
    kind = _KINDS.get(key, "column of the profile")
    for name in found:
        if name not in known:
            yield Mistake(
                f"{whose}: {key} names '{name}', which is no {kind}; {nearest(name, known)}", location
            )
