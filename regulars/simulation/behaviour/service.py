"""Parcels and returns: what happens after an order, how it leaves people, and what they get back."""

import numpy as np
import polars as pl

from regulars.simulation.behaviour.orders import PricedOrders
from regulars.simulation.day import Day
from regulars.simulation.draws import Floats, Ints
from regulars.simulation.facts import ORDER_LINES, ORDERS_AGAIN, REFUND_LINES, REFUNDS, shaped
from regulars.simulation.state import State

# ours
SHARE_LATE, SHARE_DEFECT = 0.11, 0.04
SHARE_RETURNED_AFTER_DEFECT, SHARE_RETURNED = 0.6, 0.035
MOOD_LATE, MOOD_DEFECT, MOOD_FINE = -0.55, -0.9, 0.04
MOOD_RECOVERS_A_DAY = 0.015
FIRST_PARCEL_DAY, PARCEL_DAYS, LATE_DAYS = 2, 4, 5
FIRST_RETURN_DAY, RETURN_DAYS = 8, 30
_LOWEST, _HIGHEST = -3.0, 1.5


def expect(day: Day, state: State, priced: PricedOrders) -> None:
    """Plan the parcels of today's shop orders and the returns of all of today's orders."""
    positions = priced.from_shop
    who, ids = priced.who[positions], priced.ids[positions]
    is_late = day.chance("late", who) < SHARE_LATE
    days = FIRST_PARCEL_DAY + np.floor(day.chance("parcel", who) * PARCEL_DAYS) + LATE_DAYS * is_late
    parcels = {
        "due": day.number + days,
        "order_id": ids,
        "person": who,
        "is_late": is_late,
        "is_defect": day.chance("defect", who) < SHARE_DEFECT,
    }
    state.plan("parcels", pl.DataFrame(parcels))
    chance = day.chance("returns", priced.who)
    is_defect = ~priced.at_store & (day.chance("defect", priced.who) < SHARE_DEFECT)
    share = np.where(is_defect, SHARE_RETURNED_AFTER_DEFECT, SHARE_RETURNED)
    after = FIRST_RETURN_DAY + np.floor(day.chance("return day", priced.who) * RETURN_DAYS)
    returns = pl.DataFrame(
        {
            "due": day.number + after,
            "order_id": priced.ids,
            "person": priced.who,
            "ordered": np.full(len(chance), day.number),
            "is_whole": day.chance("whole", priced.who) < 0.55,
        }
    )
    state.plan("returns", returns.filter(pl.Series(chance < share)))


def arrivals(day: Day, state: State) -> pl.DataFrame:
    """Take today's parcels from the agenda; how they were is how people feel."""
    parcels = state.take_due("parcels", day.number)
    who = parcels["person"].to_numpy()
    late, defect = parcels["is_late"].to_numpy(), parcels["is_defect"].to_numpy()
    change_mood(state, who, np.where(defect, MOOD_DEFECT, np.where(late, MOOD_LATE, MOOD_FINE)))
    return parcels


def change_mood(state: State, who: Ints, by: object) -> None:
    """Add to the moods of people, within bounds."""
    np.add.at(state.mood, who, np.asarray(by, dtype=np.float32))
    state.mood[who] = state.mood[who].clip(_LOWEST, _HIGHEST)


def recover(state: State, usual_mood: Floats) -> None:
    """A day passes: every mood goes a little of its way back to what it usually is."""
    state.mood += np.float32(MOOD_RECOVERS_A_DAY) * (usual_mood - state.mood)


def _refunded() -> pl.Expr:
    """All that was paid where everything comes back, else the goods and their tax."""
    goods = pl.col("subtotal_cents") - pl.col("discount_cents")
    part = pl.col("goods_back") + pl.col("goods_back") * pl.col("tax_cents") // goods
    return pl.when(pl.col("goods_back") == goods).then("total_cents").otherwise(part)


def refunds(day: Day, state: State) -> dict[str, pl.DataFrame]:
    """Today's refunds: frames refunds, refund_lines, orders_again and order_lines_again."""
    due = state.take_due("returns", day.number)
    if due.is_empty():
        return {}
    known = {ordered: (orders, lines) for ordered, orders, lines in state.recent}
    days = [ordered for ordered in due["ordered"].unique().sort() if ordered in known]
    orders = pl.concat(
        [known[ordered][0].filter(pl.col("order_id").is_in(due["order_id"].implode())) for ordered in days]
    )
    lines = pl.concat(
        [known[ordered][1].filter(pl.col("order_id").is_in(due["order_id"].implode())) for ordered in days]
    )
    lines = lines.sort("order_id", "line_number")
    back = lines.join(due.select("order_id", "is_whole"), on="order_id", maintain_order="left")
    back = back.filter(pl.col("is_whole") | (pl.col("line_number") == 1))
    net = pl.col("quantity") * pl.col("unit_price_cents") - pl.col("discount_cents")
    cents = back.group_by("order_id").agg(goods_back=net.sum())
    again = orders.join(cents, on="order_id").sort("at", "order_id").with_columns(refunded_cents=_refunded())
    who = again["person"].to_numpy()
    at = pl.Series("at", day.at(9 * 3600 + day.chance("refund hour", who) * 8 * 3600))
    paid = again.with_columns(at.cast(REFUNDS["at"])).sort("at", "order_id")
    return {
        "refunds": shaped(paid, REFUNDS),
        "refund_lines": shaped(back, REFUND_LINES),
        "orders_again": again.select(ORDERS_AGAIN.names()),
        "order_lines_again": lines.select(ORDER_LINES.names()),
    }
