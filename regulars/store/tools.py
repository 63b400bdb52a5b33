"""What the tools that send take: one contract a tool, as data, in `tools/<tool>.yml`.

A contract holds only what was read in the tool's own documents, or in two independent sources that agree;
what was looked for and not found stands in `unverified`, and nothing relies on it.
Not here: the SQL of a value (`models/action_lists`), and which tools a store has (`destinations`).
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from regulars.store.channels import AddressKind
from regulars.store.model import StoreModel
from regulars.store.naming import normal_form
from regulars.store.yaml_file import load

TOOLS = Path(__file__).parent / "tools"
Kind = Literal[
    "action_list", "profile", "segment", "opt_outs", "cards", "offers", "recommendations", "default"
]
KINDS: tuple[Kind, ...] = get_args(Kind)

# a header that the destination fills: the key's own, and the fields of the profile that it names
KEY, FIELDS = "{key}", "{fields}"
# a value that is as many columns as the actions of a list recommend, each with the header before its name
PRODUCTS = "products"

# what a column of each kind of file may hold
PERSON_VALUES = frozenset(
    {
        "address",
        "customer_id",
        "customer_ref",
        "google_email",
        "google_phone",
        "google_first_name",
        "google_last_name",
        "google_country",
        "google_zip",
        "meta_email",
        "meta_phone",
        "meta_first_name",
        "meta_last_name",
        "meta_country",
    }
)
VALUES: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        "action_list": frozenset(
            {
                "address",
                "customer_id",
                "customer_ref",
                "decision_id",
                "as_of_date",
                "channel",
                "action_id",
                "dated_action",
                "offer",
                "customer_reason",
                "send_at",
                "products",
            }
        ),
        "profile": frozenset({"address", "customer_id", "customer_ref", "fields"}),
        "segment": PERSON_VALUES | {"segment_id"},
        "opt_outs": frozenset({"address", "customer_id", "customer_ref"}),
        "cards": frozenset(),
        "offers": frozenset(
            {
                "address",
                "decision_id",
                "action_id",
                "offer",
                "kind",
                "value",
                "categories",
                "valid_from",
                "valid_until",
            }
        ),
        "recommendations": frozenset(
            {"address", "as_of_date", "rank", "source", "product_ref", "score", "why"}
        ),
        "default": frozenset({"as_of_date", "action_id", "customer_reason", "products"}),
    }
)


class Spelling(StoreModel):
    """How a tool reads cells of one type, and whether its own documents say so."""

    form: str = Field(min_length=1)
    verified: bool


class ToolFile(StoreModel):
    """One kind of file that a tool takes."""

    columns: dict[str, str] = Field({}, description="Header and value, in the order of the file")
    constants: dict[str, str] = Field(
        {}, description="Further columns, with the one word in each of their cells"
    )
    name: str = Field("", description="How the tool wants the file named; our own names if not said")
    send_at: str = Field(
        "", description="Header of when a touchpoint is to begin, if the tool reads ISO 8601 in UTC"
    )
    replaces: Annotated[bool, Field(description="The file is the whole audience, not its changes")] = False
    note: str = Field("", description="How a human imports it")


class Tool(StoreModel):
    """The contract of one tool."""

    title: str
    sources: tuple[str, ...] = Field(description="Where the facts stand")
    keys: dict[AddressKind, str] = Field(description="The header of each kind of address that finds a person")
    header: bool = True
    formats: tuple[Literal["csv", "jsonl", "parquet"], ...] = ("csv",)
    dates: Spelling = Spelling(form="%Y-%m-%d", verified=False)
    booleans: tuple[str, str] = Field(("true", "false"), description="The words for yes and no")
    booleans_verified: bool = False
    blank: Literal["keeps", "unknown"] = Field(
        "unknown", description="What a blank cell does to what is there"
    )
    cleared: str | None = Field(None, description="The word that stands for a text that is no more")
    max_bytes: int | None = None
    max_rows: int | None = None
    text_max_bytes: int | None = None
    header_pattern: str | None = Field(None, description="What a header must look like")
    phone_digits_only: bool = False
    field_headers: dict[str, str] = Field({}, description="The tool's own name of a field of the profile")
    consent_columns: tuple[str, ...] = Field((), description="Headers that change what a person consented to")
    files: dict[Kind, ToolFile]
    unverified: tuple[str, ...] = Field((), description="What was looked for and not found")

    @model_validator(mode="after")
    def _known_values(self) -> "Tool":
        for kind, file in self.files.items():
            if unknown := sorted(set(file.columns.values()) - VALUES[kind]):
                raise ValueError(f"files.{kind}: there is no value '{unknown[0]}'")
        return self

    @model_validator(mode="after")
    def _consent_only_in_opt_outs(self) -> "Tool":
        for kind, file in self.files.items():
            if kind == "opt_outs":
                continue
            for header in (*file.columns, *file.constants):
                if self.changes_consent(header):
                    raise ValueError(f"files.{kind}: '{header}' changes consent; only opt_outs may hold it")
        return self

    def changes_consent(self, header: str) -> bool:
        """Whether the tool takes a column of this header for a statement of consent."""
        return normal_form(header) in {normal_form(name) for name in self.consent_columns}

    def header_of(self, field: str) -> str:
        """The header under which a field of the profile is sent."""
        return self.field_headers.get(field, field)


@cache
def tool_names() -> tuple[str, ...]:
    """The tools that there is a contract for, sorted."""
    return tuple(sorted(path.stem for path in TOOLS.glob("*.yml")))


@cache
def tool(name: str) -> Tool:
    """The contract of a tool of `tool_names`.

    Raises:
        UserError: There is none of that name.
    """
    return load(TOOLS / f"{name}.yml", Tool).content
