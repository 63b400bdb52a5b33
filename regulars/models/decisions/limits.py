"""What one night may use in all: money, touchpoints of a channel and an action, what is left of an offer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from regulars.models.decisions.allocation import Integers

if TYPE_CHECKING:
    from regulars.models.decisions.arbitration import Arbitration
    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels

# the smallest part of the currency that channels.yml can name
PARTS = 10_000
ALLOCATION_LIMITS = pl.Schema(
    {
        "limit_kind": pl.String(),
        "limit_id": pl.String(),
        "allowed": pl.Float64(),
        "used": pl.Float64(),
        "shadow_price": pl.Float64(),
        "expected_gain": pl.Float64(),
        "possible_gain": pl.Float64(),
    }
)


@dataclass(frozen=True)
class Limit:
    """One limit of a night, in whole units: ten-thousandths of the currency, or touchpoints."""

    kind: str
    id: str
    allowed: int

    @property
    def per_unit(self) -> int:
        """How many of these units are one as people count."""
        return PARTS if self.kind == "budget" else 1


@dataclass(frozen=True)
class Limits:
    """All limits of a night, and what a touchpoint of each option uses of them: options x limits."""

    limits: tuple[Limit, ...]
    uses: Integers

    @property
    def allowed(self) -> Integers:
        """One number per limit."""
        return np.array([limit.allowed for limit in self.limits], dtype=np.int64)

    def used(self, option_numbers: Integers) -> Integers:
        """What touchpoints of these options use of each limit."""
        return np.bincount(option_numbers, minlength=len(self.uses)) @ self.uses


def nightly_limits(
    options: pl.DataFrame, catalogue: "ActionCatalogue", channels: "Channels", given: Mapping[str, int]
) -> Limits:
    """The limits that the store declares; none where it declares none.

    `options` is what `candidate_options` gives, `given` how often the offer of an action was given before.
    """
    limits = tuple(_limits(catalogue, channels, given))
    cost = {channel.id: _parts(channel.cost_per_send) for channel in channels.channels}
    uses = [
        [
            cost[option["channel"]]
            if limit.kind == "budget"
            else int(limit.id == (option["channel"] if limit.kind == "channel" else option["action_id"]))
            for limit in limits
        ]
        for option in options.iter_rows(named=True)
    ]
    return Limits(limits, np.array(uses, dtype=np.int64).reshape(options.height, len(limits)))


def _limits(catalogue: "ActionCatalogue", channels: "Channels", given: Mapping[str, int]) -> Iterator[Limit]:
    if channels.nightly_budget is not None:
        yield Limit("budget", "all channels", _parts(channels.nightly_budget))
    for channel in channels.channels:
        if channel.nightly_capacity is not None:
            yield Limit("channel", channel.id, channel.nightly_capacity)
    for action in catalogue.actions:
        if action.nightly_capacity is not None:
            yield Limit("action", action.id, action.nightly_capacity)
        if action.offer_terms and action.offer_terms.stock is not None:
            yield Limit("offer", action.id, max(action.offer_terms.stock - given.get(action.id, 0), 0))


def _parts(amount: Decimal) -> int:
    return int(amount * PARTS)


def allocation_limits(limits: Limits, arbitration: "Arbitration") -> pl.DataFrame:
    """One row per limit: what was allowed and used, and what one more of it would have won.

    What is used counts what earlier runs of the night handed over, too.
    """
    prices = arbitration.allocation.prices.tolist() if arbitration.allocation else []
    rows = [
        {
            "limit_kind": limit.kind,
            "limit_id": limit.id,
            "allowed": limit.allowed / limit.per_unit,
            "used": count / limit.per_unit,
            "shadow_price": round(price * limit.per_unit, 6),
            "expected_gain": round(arbitration.gain, 4),
            "possible_gain": round(arbitration.possible_gain, 4),
        }
        for limit, count, price in zip(limits.limits, arbitration.used.tolist(), prices, strict=True)
    ]
    return pl.DataFrame(rows, schema=ALLOCATION_LIMITS, orient="row")
