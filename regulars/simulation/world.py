"""What a simulated world is: its size, seed and days, and the parameters of its people.

A world is written once, to `<store>/simulation/world.json`, and never changes: `advance` goes on with it. So
everything that depends on the number of days (drift, the vendor's update, who joins when) is fixed here when
the world is made, and days that are added in parts are the same as at once.
"""

import math
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from regulars.simulation.choices import Dirt
from regulars.simulation.saved import read_saved
from regulars.store.errors import UserError

FIRST_DAY = date(2024, 1, 1)
# as far as identifiers, dates and births go
MOST_CUSTOMERS, MOST_DAYS, MOST_SEED = 5_000_000, 3_650, 2**63 - 1
FIRST_POSSIBLE_DAY, LAST_POSSIBLE_DAY = date(1970, 1, 1), date(2100, 12, 31)


class World(BaseModel):
    """Frozen settings of one world; parameters of behaviour are constants beside the behaviour they drive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    customers: int
    days: int
    seed: int = 1
    first_day: date = FIRST_DAY
    dirt: Dirt = "standard"
    time_zone: str = "America/New_York"
    currency: str = "USD"
    drift_day: int = Field(default_factory=lambda given: math.floor(0.7 * given["days"]))
    """From this day number on the relation between signals and drop-out is another one."""
    update_day: int = Field(default_factory=lambda given: given["days"] // 2)
    """From this day number on the vendor of the point of sale names a column differently."""
    joining_days: int = Field(default_factory=lambda given: math.ceil(1.2 * given["days"]))
    """Newcomers arrive up to this day number; the rest of the people were there before day 0."""

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        possible: list[tuple[str, Any, Any, Any]] = [
            ("--customers", 1, self.customers, MOST_CUSTOMERS),
            ("--days", 1, self.days, MOST_DAYS),
            ("--seed", 0, self.seed, MOST_SEED),
            ("--from", FIRST_POSSIBLE_DAY, self.first_day, LAST_POSSIBLE_DAY),
        ]
        for option, least, value, most in possible:
            if not least <= value <= most:
                raise UserError(f"{option} {value} is not possible", remedy=f"from {least} to {most} is")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the people live and a day begins."""
        return ZoneInfo(self.time_zone)

    def date_of(self, day_number: int) -> date:
        """The date of a day; day 0 is the first."""
        return self.first_day + timedelta(days=day_number)

    def day_number(self, day: date) -> int:
        """The number of a date; the first day is 0."""
        return (day - self.first_day).days

    def midnight(self, day_number: int) -> np.datetime64:
        """The moment at which a day begins, as naive UTC of millisecond precision."""
        local = datetime.combine(self.date_of(day_number), time(), self.zone)
        return np.datetime64(round(local.timestamp() * 1000), "ms")

    def save(self, file: Path) -> None:
        """Write the world; the text is the same for the same world."""
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(file.name + ".part")
        part.write_text(self.model_dump_json(indent=2) + "\n", "utf-8")
        part.replace(file)


def load_world(file: Path) -> World:
    """Read a world that was saved.

    Raises:
        UserError: There is none, or the file is not one.
    """
    if not file.exists():
        raise UserError("no world was simulated here", file=file, remedy="run `regulars simulate` first")
    return read_saved(file, lambda path: World.model_validate_json(path.read_text("utf-8")))
