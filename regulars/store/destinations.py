"""destinations.yml: the tools to which a store hands files over, and what each may know of a person.

Without the file, every channel has its generic list and nothing else. What a tool takes is its contract
(`tools`). Not here: how a file is written (`models/action_lists`), and how it gets there (`delivery`).
"""

import re
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from regulars.store.actions import Action, Mistake
from regulars.store.channels import AddressKind, Channels, Identifier
from regulars.store.errors import PlacedError, nearest
from regulars.store.features import features
from regulars.store.model import StoreModel
from regulars.store.profile import profile_columns
from regulars.store.tools import FIELDS, KEY, PRODUCTS, Kind, Tool, ToolFile, tool, tool_names

DESTINATIONS = "destinations.yml"

# ids, other addresses, free text, consent, and what support hears: no tool needs them to write to somebody
NEVER_SENT = frozenset(
    {
        "customer_id",
        "customer_ref",
        "source",
        "email",
        "phone",
        "name",
        "masked_email",
        "masked_phone",
        "attributes",
        "permissions",
        "refusals",
        "patterns",
        "last_feedback_text",
        "last_feedback_text_date",
        "last_complaint_topic",
        "last_complaint_date",
        "open_complaint_since_date",
        "data_as_of",
    }
)
# the word of a destination that asks for a kind of file, where it is another
ASKED_BY: Mapping[Kind, str] = MappingProxyType(
    {"action_list": "channels", "segment": "segments", "default": "default_action"}
)
ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
CREDENTIALS_IN_URL = re.compile(r"^[a-z0-9+]+://[^/]*@")


class Destination(StoreModel):
    """One tool, or one account of it."""

    id: Identifier
    tool: str = Field(description="A contract by its name, such as klaviyo")
    channels: tuple[Identifier, ...] = Field(
        (), description="Whose action lists go there; one place a channel"
    )
    key: AddressKind | None = Field(
        None, description="The address with which the tool finds people; its contract's first if not said"
    )
    permission: Identifier | None = Field(
        None, description="Channel whose permission lets a person into its files; the first of channels"
    )
    purpose: Identifier = Field("marketing", description="Purpose of that permission")
    profile: tuple[str, ...] = Field((), description="Fields of the profile that are sent when they change")
    whole_profile: Annotated[bool, Field(description="Send every person and field, changed or not")] = False
    segments: tuple[str, ...] = Field((), description="Segments whose joiners and leavers are sent")
    opt_outs: Annotated[bool, Field(description="Send who refused, in a file of its own")] = False
    cards: Annotated[bool, Field(description="Send the cards of the support desk")] = False
    offers: Annotated[bool, Field(description="Send every offer that a customer may use, for the shop")] = (
        False
    )
    recommendations: Annotated[
        bool, Field(description="Send the products that suit each customer best, for the shop")
    ] = False
    default_action: Identifier | None = Field(
        None, description="The action that the shop shows to whoever no file names, such as new visitors"
    )
    send_times: Annotated[bool, Field(description="Say in lists when each touchpoint is to begin")] = False
    account: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]{1,63}$",
        description="What the tool calls us, where a file's name says so",
    )
    suppression_hours: int = Field(
        48, ge=1, description="How old the newest word on who opted out may be before nothing is handed over"
    )
    deliver_to: str | None = Field(
        None, min_length=1, description="A folder, or an address such as sftp://host/in or s3://bucket/in"
    )
    credentials: dict[str, str] = Field(
        {}, description="Options of the connection, each with the environment variable that holds it"
    )

    @field_validator("deliver_to")
    @classmethod
    def _no_credentials(cls, address: str | None) -> str | None:
        if address and CREDENTIALS_IN_URL.match(address):
            raise ValueError("it holds a user or password; name environment variables under `credentials`")
        return address

    @field_validator("credentials")
    @classmethod
    def _names_of_variables(cls, credentials: dict[str, str]) -> dict[str, str]:
        if wrong := [option for option, name in credentials.items() if not ENVIRONMENT_NAME.fullmatch(name)]:
            raise ValueError(f"{wrong[0]}: name an environment variable, in capitals, that holds the value")
        return credentials

    @property
    def contract(self) -> Tool:
        """What its tool takes."""
        return tool(self.tool)

    @property
    def found_by(self) -> AddressKind:
        """The kind of address with which the tool finds people, action lists aside."""
        first: AddressKind = next(iter(self.contract.keys))
        return self.key or first

    @property
    def permitted_by(self) -> str:
        """The channel whose permission lets a person into its files; none if it has no such files."""
        return self.permission or next(iter(self.channels), "")

    @property
    def has_people(self) -> bool:
        """Whether it gets anything of people besides action lists and cards."""
        return bool(self.profile or self.segments or self.opt_outs)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of files that it gets."""
        asked: dict[Kind, object] = {
            "action_list": self.channels,
            "profile": self.profile,
            "segment": self.segments,
            "opt_outs": self.opt_outs,
            "cards": self.cards,
            "offers": self.offers,
            "recommendations": self.recommendations,
            "default": self.default_action,
        }
        return tuple(kind for kind, is_asked in asked.items() if is_asked)


class Destinations(StoreModel):
    """The content of destinations.yml."""

    destinations: tuple[Destination, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_place_each(self) -> "Destinations":
        ids: set[str] = set()
        taken: dict[str, str] = {}
        for index, destination in enumerate(self.destinations):
            place = ("destinations", index)
            if destination.id in ids:
                raise PlacedError(f"destination '{destination.id}' is declared twice", *place, "id")
            ids.add(destination.id)
            for position, channel in enumerate(destination.channels):
                if channel in taken:
                    raise PlacedError(
                        f"channel '{channel}' goes to '{taken[channel]}' already; people would hear twice",
                        *place,
                        "channels",
                        position,
                    )
                taken[channel] = destination.id
        return self

    @property
    def of_channel(self) -> dict[str, Destination]:
        """The destination of each channel that has one."""
        return {channel: one for one in self.destinations for channel in one.channels}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Fields that are sent in a form of which the tool's documents say nothing."""
        return tuple(
            f"{DESTINATIONS}: '{one.id}' sends {field}; how {one.contract.title} reads {kind} is not verified"
            for one in self.destinations
            for field in one.profile
            for kind in (_unverified(one.contract, profile_columns().get(field, "")),)
            if kind
        )


def headers(
    destination: Destination, kind: Kind, *, key: AddressKind, products: Collection[str] = ()
) -> dict[str, str]:
    """Header and value of each column of a file; fields of the profile as `field:<name>`.

    `products` are the columns of recommended products, product_1 and so on.
    """
    contract = destination.contract
    found = {}
    for header, value in contract.files[kind].columns.items():
        if header == FIELDS:
            found.update({contract.header_of(field): f"field:{field}" for field in destination.profile})
        elif value == PRODUCTS:
            found.update({f"{header}{name}": name for name in products})
        else:
            found[contract.keys[key] if header == KEY else header] = value
    if kind == "action_list" and destination.send_times:
        found[contract.files[kind].send_at] = "send_at"
    return found


def check_destinations(
    content: Destinations, channels: Channels, segments: Collection[str], actions: Collection[Action]
) -> Iterator[Mistake]:
    """What a destination names and nobody knows, or its tool does not take."""
    for index, destination in enumerate(content.destinations):
        for mistake in (
            *_mistakes(destination, channels, segments),
            *_default_mistakes(destination, actions),
        ):
            yield Mistake(mistake.message, ("destinations", index, *mistake.location))


def _mistakes(destination: Destination, channels: Channels, segments: Collection[str]) -> Iterator[Mistake]:
    if destination.tool not in tool_names():
        message = f"there is no tool '{destination.tool}'; {nearest(destination.tool, tool_names())}"
        yield Mistake(message, ("tool",))
        return
    contract = destination.contract
    for kind in destination.kinds:
        if kind not in contract.files:
            taken = ", ".join(contract.files)
            asked = ASKED_BY.get(kind, kind)
            yield Mistake(f"{contract.title} takes no files of {kind}, or we know of none; {taken}", (asked,))
            return
    if destination.send_times and not (destination.channels and contract.files["action_list"].send_at):
        message = f"{contract.title} takes no list with times, or none whose form is verified"
        yield Mistake(message, ("send_times",))
    yield from _channel_mistakes(destination, channels)
    if destination.key and destination.key not in contract.keys:
        yield Mistake(
            f"{contract.title} finds nobody by {destination.key}; {nearest(destination.key, contract.keys)}",
            ("key",),
        )
    yield from _field_mistakes(destination)
    for position, segment in enumerate(destination.segments):
        if segment not in segments:
            message = f"there is no segment '{segment}'; {nearest(segment, segments)}"
            yield Mistake(message, ("segments", position))
    if not destination.account and any(
        "{account}" in _file(contract, kind).name for kind in destination.kinds
    ):
        yield Mistake(f"{contract.title} wants our name there in the names of files; add `account`", ("id",))


def _default_mistakes(destination: Destination, actions: Collection[Action]) -> Iterator[Mistake]:
    """Why its default action cannot be shown to somebody of whom nothing is known."""
    if (wanted := destination.default_action) is None:
        return
    action = next((action for action in actions if action.id == wanted), None)
    problem = ""
    if action is None:
        problem = f"there is no action '{wanted}'; {nearest(wanted, [action.id for action in actions])}"
    elif action.offer:
        problem = f"'{wanted}' has an offer, which is promised to customers by name; name one without"
    if problem:
        yield Mistake(problem, ("default_action",))


def _file(contract: Tool, kind: Kind) -> ToolFile:
    return contract.files[kind]


def _channel_mistakes(destination: Destination, channels: Channels) -> Iterator[Mistake]:
    contract = destination.contract
    named = [(channel, ("channels", position)) for position, channel in enumerate(destination.channels)]
    for channel, place in [
        *named,
        *([(destination.permission, ("permission",))] if destination.permission else []),
    ]:
        if channel not in channels.ids:
            yield Mistake(f"there is no channel '{channel}'; {nearest(channel, channels.ids)}", place)
            return
    for channel, place in named:
        address = channels.channel(channel).address
        if address not in contract.keys:
            taken = ", ".join(contract.keys)
            message = f"channel '{channel}' finds people by {address}; {contract.title} finds them by {taken}"
            yield Mistake(message, place)
    if destination.has_people and not destination.permitted_by:
        yield Mistake(
            "say with `permission` the channel whose permission lets people into its files", ("id",)
        )


def _field_mistakes(destination: Destination) -> Iterator[Mistake]:
    contract, columns = destination.contract, profile_columns()
    taken = {value: value for value in contract.keys.values()}
    for position, field in enumerate(destination.profile):
        header, problem = contract.header_of(field), ""
        if field not in columns:
            problem = f"the profile has no '{field}'; {nearest(field, columns)}"
        elif field in NEVER_SENT:
            problem = f"'{field}' is never sent to a tool"
        elif field in features() and features()[field].sensitivity == "restricted":
            problem = f"'{field}' is restricted, and never sent to a tool"
        elif contract.changes_consent(header):
            problem = f"'{field}' is a statement of consent to {contract.title}"
        elif header in taken:
            problem = f"'{field}' would be a second column '{header}'"
        elif contract.header_pattern and not re.fullmatch(contract.header_pattern, header):
            problem = f"'{header}' is no header that {contract.title} takes"
        if problem:
            yield Mistake(problem, ("profile", position))
        taken[header] = field


def _unverified(contract: Tool, data_type: str) -> str:
    """What of a tool's spelling of a type nobody has verified, if anything."""
    if data_type in ("date", "timestamp") and not contract.dates.verified:
        return "dates"
    return "true and false" if data_type == "boolean" and not contract.booleans_verified else ""
