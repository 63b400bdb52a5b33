"""What the store declares, as the caller of a gate passes it on, because it stands in no table."""

from collections.abc import Mapping
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


CADENCES = TypeAdapter(tuple[Cadence, ...])
SEGMENTS = TypeAdapter(tuple[DeclaredSegment, ...])
ACTION_CAPACITIES = TypeAdapter(dict[str, int])


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
    return ACTION_CAPACITIES.validate_python(night.context.get("action_capacities") or {})


def usual_volume_of(night: Night) -> UsualVolume:
    """How far store.yml lets a day's rows be from what is usual; its defaults if it says nothing."""
    return UsualVolume.model_validate(night.context.get("usual_volume") or {})


def cadences_of(night: Night) -> tuple[Cadence, ...]:
    """What the contracts say of how often their streams have something new; of most nothing."""
    return CADENCES.validate_python(night.context.get("cadences") or ())


def segments_of(night: Night) -> tuple[DeclaredSegment, ...]:
    """The segments of segments.yml, in their order."""
    return SEGMENTS.validate_python(night.context.get("segments") or ())
