"""What a source is expected to deliver: how new, and how much of it."""

from typing import Literal

from pydantic import Field, model_validator

from regulars.store.errors import PlacedError
from regulars.store.model import StoreModel


class UsualVolume(StoreModel):
    """How much a source may say of a day, as a multiple of what it usually says of that weekday."""

    lowest: float = Field(0.1, ge=0, lt=1, description="Less than this multiple stops the night")
    highest: float = Field(10, gt=1, description="More than this multiple is a warning")


class Freshness(StoreModel):
    """How many days may pass without a new row, the night's own day included."""

    warn_after_days: int | None = Field(None, ge=1, description="Days without a new row that are a warning")
    stop_after_days: int | None = Field(None, ge=1, description="Days without a new row that stop the night")

    @model_validator(mode="after")
    def _says_something(self) -> "Freshness":
        if self.warn_after_days is None and self.stop_after_days is None:
            raise ValueError("freshness needs warn_after_days, stop_after_days or both")
        if self.warn_after_days and self.stop_after_days and self.stop_after_days <= self.warn_after_days:
            raise PlacedError("the night would stop before it warns; give more days", "stop_after_days")
        return self

    @property
    def days(self) -> dict[Literal["warn", "stop"], int | None]:
        """The days by what happens after them."""
        return {"warn": self.warn_after_days, "stop": self.stop_after_days}
