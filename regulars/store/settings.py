"""store.yml: the company's name, time, money, and what it may do without asking each person."""

import re
import zoneinfo
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from regulars.store.deliveries import UsualVolume
from regulars.store.errors import PlacedError, nearest
from regulars.store.identity import Identity
from regulars.store.metrics import MetricSettings
from regulars.store.model import StoreModel
from regulars.store.training import Training

SIZE = r"^\d+(\.\d+)?\s?(MB|GB)$"
BYTES = {"MB": 1000**2, "GB": 1000**3}
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


@cache
def _time_zones() -> set[str]:
    return zoneinfo.available_timezones()


def _known_time_zone(name: str) -> str:
    if name not in _time_zones():
        raise ValueError(f"'{name}' is no IANA time zone; {nearest(name, _time_zones())}")
    return name


TimeZone = Annotated[str, AfterValidator(_known_time_zone)]


def _variable_name(name: str) -> str:
    # what was found may be the address itself, and is not repeated
    if not re.fullmatch(VARIABLE, name):
        raise ValueError(
            "expected the name of an environment variable, which holds the address; never the address"
        )
    return name


class Alerts(StoreModel):
    """Who hears of a failed night or check, besides state/alerts.jsonl."""

    webhook: Annotated[str, AfterValidator(_variable_name)] = Field(
        description="Name of the environment variable that holds the address, which is a credential",
        json_schema_extra={"pattern": VARIABLE},
    )


class Permission(StoreModel):
    """What the store declares for everybody; a person's own statement outranks it."""

    channel: str
    purpose: str
    status: Literal["granted", "denied"]
    basis: str = Field(min_length=10, description="Why this holds: the legal basis, in words")


class StoreSettings(StoreModel):
    """The content of store.yml."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    time_zone: TimeZone = Field(description="IANA zone in which the store's days begin and end")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code")
    first_day: date = Field(description="First day of history; nights before it do not exist")
    last_day: date | None = Field(None, description="Last day of a history that has ended; else yesterday")
    last_day_file: str | None = Field(
        None,
        description="File of the store's folder that holds the last day, where a simulated clock moves it",
    )
    country: str | None = Field(
        None,
        pattern=r"^[A-Z]{2}$",
        description="ISO 3166-1 code of the country whose phone numbers are written without a country code",
    )
    identity: Identity = Identity()
    permissions: tuple[Permission, ...] = ()
    preference_days: int = Field(
        180, ge=1, description="After how many days a stated preference expires that does not say when"
    )
    timeline_days: int = Field(
        180, ge=1, description="How many days of what happened to each customer the timeline shows"
    )
    training: Training = Training()
    metrics: MetricSettings = MetricSettings()
    nightly_at: time = Field(time(3), description="Local time at which the nightly schedule starts")
    memory_limit: str = Field("3GB", pattern=SIZE)
    largest_file: str = Field(
        "20GB", pattern=SIZE, description="The most that one export may hold; of gzip, unpacked"
    )
    usual_volume: UsualVolume = UsualVolume()
    running_cost_per_month: Decimal | None = Field(
        None,
        ge=0,
        description="What running this costs in a month besides messages, in the store's currency; the return"
        " on cost counts it",
    )
    keep_versions: int = Field(60, ge=2, description="How many published nights are kept")
    alerts: Alerts | None = Field(
        None, description="Where a failed night or check is told of, besides a file"
    )

    @model_validator(mode="after")
    def _days_in_order(self) -> "StoreSettings":
        if self.last_day and self.last_day < self.first_day:
            raise PlacedError(f"{self.last_day} is before first_day {self.first_day}", "last_day")
        return self

    @model_validator(mode="after")
    def _one_last_day(self) -> "StoreSettings":
        if self.last_day and self.last_day_file:
            raise PlacedError("last_day and last_day_file exclude each other; keep one", "last_day_file")
        return self

    @model_validator(mode="after")
    def _one_permission_each(self) -> "StoreSettings":
        pairs = [(permission.channel, permission.purpose) for permission in self.permissions]
        for index, pair in enumerate(pairs):
            if pair in pairs[:index]:
                raise PlacedError(
                    f"permission declared twice: {' for '.join(pair)}; keep one", "permissions", index
                )
        return self

    @property
    def largest_file_bytes(self) -> int:
        """`largest_file` as a number; units as DuckDB's, powers of 1000."""
        return int(float(self.largest_file[:-2]) * BYTES[self.largest_file[-2:]])

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as Python knows it."""
        return ZoneInfo(self.time_zone)
