"""What the store declares, as the caller of a gate passes it on, because it stands in no table."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import TypeAdapter

from regulars.data_quality.checks import Night
from regulars.store.channels import Channels
from regulars.store.deliveries import Freshness, UsualVolume
from regulars.store.model import StoreModel


class Cadence(StoreModel):
    """How old the newest row of a stream may be."""

    source: str
    stream: str
    entity: str
    freshness: Freshness


class DeclaredSegment(StoreModel):
    """What a gate asks of a segment."""

    id: str
    owner: str
    all_or_none: Literal["warn", "stop", "allow"]


class Delivery(StoreModel):
    """A file that a destination may get: the table it is read back into, and what it must agree with."""

    table: str
    destination: str
    kind: str
    channel: str = ""
    segment: str = ""
    change: str = ""
    key: str = ""
    is_whole: bool = False
    consent_columns: tuple[str, ...] = ()


class Receiver(StoreModel):
    """A destination: whose permission counts, how fresh refusals must be, on which nights many may leave."""

    id: str
    channels: tuple[str, ...]
    permitted_by: str
    purpose: str
    segments: tuple[str, ...]
    suppression_hours: int
    confirmed: tuple[date, ...] = ()


DELIVERIES = TypeAdapter(tuple[Delivery, ...])
RECEIVERS = TypeAdapter(tuple[Receiver, ...])
CADENCES = TypeAdapter(tuple[Cadence, ...])
SEGMENTS = TypeAdapter(tuple[DeclaredSegment, ...])
SYSTEMS = TypeAdapter(tuple[str, ...])
NUMBERS_OF_ACTIONS = TypeAdapter(dict[str, int])


def channels_of(night: Night) -> Channels:
    """The content of channels.yml.

    Raises:
        TypeError: The context has none; a gate that cannot count has not passed.
    """
    channels = night.context.get("channels")
    if not isinstance(channels, Mapping):
        raise TypeError(
            f"context of the gate: channels is {channels!r}, and needs the content of channels.yml"
        )
    return Channels.model_validate(channels)


def action_capacities_of(night: Night) -> dict[str, int]:
    """How many customers may get an action in one night, of the actions of which actions.yml says so."""
    return NUMBERS_OF_ACTIONS.validate_python(night.context.get("action_capacities") or {})


def cooldowns_of(night: Night) -> dict[str, int]:
    """Within how many days a customer gets an action once, by action."""
    return NUMBERS_OF_ACTIONS.validate_python(night.context.get("cooldown_days") or {})


def usual_volume_of(night: Night) -> UsualVolume:
    """How far store.yml lets a day's rows be from what is usual; its defaults if it says nothing."""
    return UsualVolume.model_validate(night.context.get("usual_volume") or {})


def cadences_of(night: Night) -> tuple[Cadence, ...]:
    """What the contracts say of how often their streams have something new; of most nothing."""
    return CADENCES.validate_python(night.context.get("cadences") or ())


def preset_systems_of(night: Night) -> tuple[str, ...]:
    """The systems whose contract is a preset."""
    return SYSTEMS.validate_python(night.context.get("preset_systems") or ())


def segments_of(night: Night) -> tuple[DeclaredSegment, ...]:
    """The segments of segments.yml, in their order."""
    return SEGMENTS.validate_python(night.context.get("segments") or ())


def deliveries_of(night: Night) -> tuple[Delivery, ...]:
    """The files that destinations may get; none in a store without destinations.yml."""
    return DELIVERIES.validate_python(night.context.get("deliveries") or ())


def receivers_of(night: Night) -> tuple[Receiver, ...]:
    """The destinations of destinations.yml; none in a store without it."""
    return RECEIVERS.validate_python(night.context.get("receivers") or ())
