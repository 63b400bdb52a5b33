"""What no export says: who the people are, what actions do to them, who has left, what a day earned.

`<store>/simulation/truth/` holds `people.parquet`, `drift.parquet`, `daily_outcomes.parquet`, and folders
with one file per part: `identifiers/<kind>`, `action_effects/<action>`, `touches/<day>`; `systems` adds
`dirt/<day>`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from regulars.simulation import identity
from regulars.simulation.behaviour.departure import (
    COOLING_DAYS,
    MOOD_SLOPE,
    MOOD_SLOPE_AFTER_DRIFT,
    PRICE_SLOPE_AFTER_DRIFT,
)
from regulars.simulation.behaviour.effects import action_effects
from regulars.simulation.draws import Ints
from regulars.simulation.people import People
from regulars.simulation.saved import read_saved
from regulars.simulation.state import State
from regulars.simulation.world import World

_WHY = ("own", "after a move", "mistyped", "second account")
_OF_PARTNER = "partner's"
_ADDRESSES = ("email", "phone", "account_id")
_READERS = (
    "person",
    "decision_id",
    "channel",
    "address",
    "action_id",
    "offer",
    "version",
    "is_dead",
    "is_addressee",
)


@dataclass(frozen=True)
class DayOutcome:
    """What one day came to."""

    day: date
    policy: str
    orders: int
    revenue_cents: int
    margin_cents: int
    messages: int
    unsubscribes: int
    complaints: int
    active_people: int
    drop_outs: int


def folder_of(store: Path) -> Path:
    """Where the truth of a store's simulation is."""
    return store / "simulation" / "truth"


def write(frame: pl.DataFrame, target: Path) -> None:
    """Write one Parquet file of the truth, by a temporary name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    frame.write_parquet(part)
    part.replace(target)


def write_people(store: Path, world: World, people: People, state: State) -> None:
    """One row per person: traits, and the day of leaving where it has come."""
    first = pl.lit(world.first_day)
    buys = ~people.never_buys
    frame = pl.DataFrame(
        {
            "person": people.number,
            "household": people.household,
            "joined_day": people.joined,
            "left_day": state.left_on,
            "never_buys": people.never_buys,
            "buys_once": people.buys_once,
            "orders_a_day": people.rate * buys,
            "drop_outs_a_day": people.hazard,
            "order_value_cents": people.order_value_cents,
            "expected_daily_value_cents": people.rate * people.order_value_cents * (buys & ~people.buys_once),
            "price_sensitivity": people.price_sensitivity,
            "responsiveness": people.responsiveness,
            "hour": people.hour,
            "store_share": people.store_share,
            "category": people.category.astype(np.int32),
            "mood": state.mood,
            "is_erased": state.is_erased,
        }
    ).with_columns(
        joined=first + pl.duration(days="joined_day"),
        dropped_out_on=pl.when(pl.col("left_day") >= 0).then(first + pl.duration(days="left_day")),
    )
    write(frame.drop("joined_day", "left_day"), folder_of(store) / "people.parquet")


def write_drift(store: Path, world: World) -> None:
    """When the planted drift begins and what it changes."""
    what = (
        f"slope of leaving on bad mood {MOOD_SLOPE} -> {MOOD_SLOPE_AFTER_DRIFT}; on price sensitivity 0 -> "
        f"{PRICE_SLOPE_AFTER_DRIFT}; visits fall {COOLING_DAYS:.0f} days before leaving -> they do not"
    )
    frame = pl.DataFrame({"day": [world.date_of(world.drift_day)], "what": [what]})
    write(frame, folder_of(store) / "drift.parquet")


def write_identifiers(store: Path, world: World, people: People) -> None:
    """Every identifier by which a person can appear, and why; one file per kind.

    One that is not their own they only state: what it reaches is somebody else.
    """
    folder, who = folder_of(store) / "identifiers", people.number
    for kind, parts in {
        "email": _emails(people),
        "phone": _phones(people),
        "account_id": _accounts(people),
        "card_number": [
            _identifiers(who[people.has_card], identity.card_numbers(people, who[people.has_card]), "own")
        ],
        "requester_id": [
            _identifiers(who, pl.Series(identity.requester_ids(people, who)).cast(pl.String), "own")
        ],
        "anonymous_id": _cookies(world, people),
    }.items():
        frame = (
            pl.concat(parts)
            .with_columns(kind=pl.lit(kind), is_own=pl.col("why") != _OF_PARTNER)
            .select("person", "kind", "value", "why", "is_own")
        )
        write(
            frame.unique(["person", "value"], keep="first", maintain_order=True), folder / f"{kind}.parquet"
        )


def _identifiers(who: Ints, values: pl.Series, why: str) -> pl.DataFrame:
    return pl.DataFrame({"person": who.astype(np.int32), "value": values}).with_columns(why=pl.lit(why))


def _emails(people: People) -> list[pl.DataFrame]:
    numbers = people.number
    owners = {
        identity.ON_FILE: numbers,
        identity.MOVED: numbers[people.new_email_day >= 0],
        identity.MISTYPED: numbers[people.types_badly | people.account_mistyped],
        identity.SECOND: numbers[people.second_account_day >= 0],
    }
    return [
        _identifiers(who, identity.emails(people, who, np.full(len(who), version)), _WHY[version])
        for version, who in owners.items()
    ]


def _phones(people: People) -> list[pl.DataFrame]:
    """Everybody's own, and the partner's that some loyalty cards state."""
    who = people.number
    stated = who[people.has_card & people.card_partner_phone & people.gives_phone]
    of_partner = identity.phones(people, identity.partner(people, stated))
    return [
        _identifiers(who, identity.phones(people, who), _WHY[identity.ON_FILE]),
        _identifiers(stated, of_partner, _OF_PARTNER),
    ]


def _accounts(people: People) -> list[pl.DataFrame]:
    first = people.number[people.has_account]
    second = first[people.second_account_day[first] >= 0]
    return [
        _identifiers(first, identity.account_ids(people, first), _WHY[identity.ON_FILE]),
        _identifiers(second, identity.account_ids(people, second, second=True), _WHY[identity.SECOND]),
    ]


def _cookies(world: World, people: People) -> list[pl.DataFrame]:
    parts = []
    for device, why in enumerate(("own", "own", "own or family tablet")):
        uses = people.devices > device
        who = people.number[uses | people.uses_family_tablet if device == len(identity.DEVICES) - 1 else uses]
        number = identity.device_numbers(people, who, np.full(len(who), device))
        parts.append(_identifiers(who, identity.anonymous_ids(world.seed, number), why))
    return parts


def write_effects(store: Path, world: World, people: People, actions: Sequence[str]) -> None:
    """What each action does to each person whom it does not leave as they are, without an offer and with one.

    One file per action.
    """
    for action in actions:
        frame = pl.concat(_effects(world, people, action, carries_offer=offer) for offer in (False, True))
        write(frame, folder_of(store) / "action_effects" / f"{action}.parquet")


def _effects(world: World, people: People, action: str, *, carries_offer: bool) -> pl.DataFrame:
    on_rate, on_hazard = action_effects(
        world.seed, people, people.number, action=action, carries_offer=carries_offer
    )
    moved = (on_rate != 0) | (on_hazard != 0)
    frame = pl.DataFrame(
        {
            "person": people.number[moved],
            "effect_on_rate": on_rate[moved],
            "effect_on_hazard": on_hazard[moved],
        }
    )
    return frame.with_columns(action=pl.lit(action), carries_offer=pl.lit(carries_offer))


def outcomes_before(store: Path, day: date) -> pl.DataFrame | None:
    """The daily outcomes of the days before, none where nothing was simulated."""
    file = folder_of(store) / "daily_outcomes.parquet"
    return (
        read_saved(file, lambda path: pl.read_parquet(path).filter(pl.col("day") < day))
        if file.exists()
        else None
    )


def append_outcomes(store: Path, before: pl.DataFrame | None, outcomes: Sequence[DayOutcome]) -> None:
    """Write the daily outcomes of the days before and of new ones."""
    new = pl.DataFrame([asdict(outcome) for outcome in outcomes])
    write(new if before is None else pl.concat([before, new]), folder_of(store) / "daily_outcomes.parquet")


def readers_of(store: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """Whom the address of each row of a list reaches: a row per reader, the first of whom is the addressee.

    Rows whose address is nobody's are left out.
    """
    wanted = rows.with_columns(value=pl.col("address").str.to_lowercase())
    reached = [
        read_saved(
            folder_of(store) / "identifiers" / f"{kind}.parquet",
            lambda file: pl.scan_parquet(file).filter("is_own").join(wanted.lazy(), on="value").collect(),
        )
        for kind in _ADDRESSES
    ]
    found = pl.concat(reached).sort("channel", "decision_id", "person")
    found = found.unique(["channel", "decision_id", "person"], keep="first", maintain_order=True)
    return found.with_columns(
        version=pl.col("why").replace_strict(_WHY, range(len(_WHY)), return_dtype=pl.Int8),
        is_dead=(pl.col("why") == _WHY[identity.MISTYPED]) & (pl.col("channel") == "email"),
        is_addressee=pl.int_range(pl.len()).over("channel", "decision_id") == 0,
    ).select(*_READERS)
