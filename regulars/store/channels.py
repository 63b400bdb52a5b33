"""channels.yml: the ways to reach a customer, what each costs and how often it may be used.

Also here: what a well-formed address of each kind looks like, for decisions and action lists alike.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from regulars.store.errors import PlacedError, nearest
from regulars.store.model import StoreModel

AddressKind = Literal["customer_ref", "email", "phone"]
ADDRESS_KINDS: tuple[AddressKind, ...] = get_args(AddressKind)

# RE2 patterns that the whole address must match; none admits a separator, a quote or a control character
ADDRESS_PATTERNS: Mapping[AddressKind, str] = MappingProxyType(
    {
        "customer_ref": r"[A-Za-z0-9][A-Za-z0-9 ._:/@|-]*",
        "email": r"[A-Za-z0-9_][A-Za-z0-9._%+'-]{0,63}@([A-Za-z0-9-]+\.)+[A-Za-z]{2,63}",
        "phone": r"\+[1-9][0-9]{6,14}",
    }
)


def _stated(number: object) -> object:
    if number is None or number == "":
        raise ValueError("the cap is blank; write a whole number, where 0 means no touchpoint at all")
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError(f"{number!r} is no whole number; write one, where 0 means no touchpoint at all")  # noqa: TRY004
    return number


def _not_blank(amount: object) -> object:
    if amount is None or amount == "":
        raise ValueError("the budget is blank; write an amount, where 0 means that nothing may cost anything")
    return amount


Cap = Annotated[int, BeforeValidator(_stated), Field(ge=0, description="0 means none")]
# what may be left out, but not be left blank
Capacity = Annotated[int | None, BeforeValidator(_stated), Field(ge=0)]
Days = Annotated[int, BeforeValidator(_stated), Field(ge=1)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


def _an_hour(hour: object) -> object:
    if isinstance(hour, bool) or not isinstance(hour, int):
        raise ValueError(f"{hour!r} is no hour; write a whole number from 0 to 23, such as 21 for 9 p.m.")  # noqa: TRY004
    return hour


Hour = Annotated[int, BeforeValidator(_an_hour), Field(ge=0, le=23)]
HOURS = 24


class QuietHours(StoreModel):
    """Hours of the customer's own clock in which no touchpoint begins."""

    from_hour: Hour = Field(description="The first quiet hour, such as 21")
    until_hour: Hour = Field(description="The first hour after, such as 9")

    @model_validator(mode="after")
    def _some_are_left(self) -> "QuietHours":
        if self.from_hour == self.until_hour:
            raise ValueError(
                f"quiet hours from {self.from_hour} until {self.until_hour} are all of them or none; "
                "leave quiet_hours out, or close the channels by a cap of 0"
            )
        return self

    def holds(self, hour: int) -> bool:
        """Whether an hour is quiet."""
        since = (hour - self.from_hour) % HOURS
        return since < (self.until_hour - self.from_hour) % HOURS


class AcrossChannels(StoreModel):
    """What one customer may receive over all channels together."""

    max_touchpoints: Cap
    per_days: Days
    hours_between_channels: Cap = Field(description="Rest between touchpoints of different channels")


class Channel(StoreModel):
    """One way to reach a customer."""

    id: Identifier
    role: Identifier = Field(description="What the channel is for, such as letters or onboarding")
    address: AddressKind = Field(description="The profile's column with which the channel finds a customer")
    cost_per_send: Decimal = Field(ge=0, decimal_places=4, description="In the store's currency")
    max_touchpoints: Cap
    per_days: Days
    nightly_capacity: Capacity = Field(
        None, description="The most touchpoints of one night, over all customers; no limit if not said"
    )
    send_hour: Hour = Field(
        10, description="When to send to whom no habit is known of, by the customer's own clock"
    )


class Channels(StoreModel):
    """The content of channels.yml."""

    across_channels: AcrossChannels
    quiet_hours: QuietHours | None = Field(
        None, description="When no touchpoint begins; no such hours if not said"
    )
    nightly_budget: Annotated[Decimal | None, BeforeValidator(_not_blank)] = Field(
        None,
        ge=0,
        decimal_places=4,
        description="The most that the touchpoints of one night may cost, in the store's currency; no limit"
        " if not said",
    )
    channels: tuple[Channel, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique_ids(self) -> "Channels":
        if twice := sorted({name for name in self.ids if self.ids.count(name) > 1}):
            raise ValueError(f"channel '{twice[0]}' is declared twice; rename or remove one")
        return self

    @model_validator(mode="after")
    def _sent_when_it_is_not_quiet(self) -> "Channels":
        for index, channel in enumerate(self.channels):
            if self.quiet_hours and self.quiet_hours.holds(channel.send_hour):
                raise PlacedError(
                    f"channel '{channel.id}' sends at {channel.send_hour}, which is a quiet hour; "
                    f"send from {self.quiet_hours.until_hour} on",
                    "channels",
                    index,
                    "send_hour",
                )
        return self

    def allowed_hour(self, hour: int) -> int:
        """The hour itself, or the nearest that is not quiet; of two the later."""
        if not self.quiet_hours or not self.quiet_hours.holds(hour):
            return hour
        quiet = self.quiet_hours
        on, back = (quiet.until_hour - hour) % HOURS, (hour - quiet.from_hour + 1) % HOURS
        return quiet.until_hour if on <= back else (quiet.from_hour - 1) % HOURS

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the channels, as declared."""
        return tuple(channel.id for channel in self.channels)

    def channel(self, channel_id: str) -> Channel:
        """The channel of that id.

        Raises:
            ValueError: No channel has the id.
        """
        for channel in self.channels:
            if channel.id == channel_id:
                return channel
        raise ValueError(f"channels.yml has no channel '{channel_id}'; {nearest(channel_id, self.ids)}")
