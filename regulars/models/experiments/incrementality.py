"""What the whole of it brings: the orchestrated beside the holdout and beside the generic group, by quarter.

Rows of `incrementality`. Not here: who is in which group, and what a single action brings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import hypot
from typing import Any

from regulars.models.experiments.cohorts import Quarter
from regulars.models.experiments.outcomes import HORIZONS, METRICS, Moments, Part
from regulars.models.experiments.readout import Reading, adjusted, compare, in_words

Row = dict[str, Any]

ORCHESTRATED, OTHERS = "orchestrated", ("holdout", "generic")
ALPHA = 0.05
# of smaller groups a quarter tells nothing
LEAST_UNITS = 100
MONTH_DAYS = 30
TOLD = ("revenue", "orders", "conversion", "average_order_value", "retention", "unsubscribes", "contact_cost")


@dataclass(frozen=True)
class Compared:
    """One metric of a quarter, of the orchestrated beside another group."""

    other: str
    metric: str
    horizon_days: int
    control: Moments
    treatment: Moments
    reading: Reading | None


def quarter_rows(  # noqa: PLR0913 (what is measured, and what is known of the night)
    quarter: Quarter,
    moments: Mapping[Part, Moments],
    *,
    night: date,
    outcomes_until: date,
    running_cost: Decimal | None,
    before: Mapping[tuple[str, str, int], Row],
) -> list[Row]:
    """The rows of one quarter: a row per group beside the orchestrated, metric and horizon that has units.

    Figures are null while either group has fewer than LEAST_UNITS whose horizon is over. `running_cost` is
    that of a month in the store's currency, `before` the rows of the quarter before by group, metric and
    horizon. A quarter is settled once everybody who could join it has had the longest horizon.
    """
    is_settled = quarter.next.first_day + timedelta(days=max(HORIZONS)) <= outcomes_until
    compared = list(_compared(quarter, moments))
    ps = iter(adjusted([one.reading.p for one in compared if one.reading], is_family=False))
    rows = []
    for one in compared:
        p = next(ps) if one.reading else None
        rows.append(
            {
                "as_of_date": night,
                "quarter": quarter.name,
                "compared_with": one.other,
                "metric": one.metric,
                "horizon_days": one.horizon_days,
                "unit_count": one.treatment.units,
                "control_unit_count": one.control.units,
                **(one.reading.figures() if one.reading else {}),
                "p_value_adjusted": None if p is None else round(p, 6),
                "reading": in_words(
                    one.reading,
                    METRICS[one.metric],
                    p=p,
                    alpha=ALPHA,
                    is_final=is_settled,
                    is_large=min(one.control.units, one.treatment.units) >= LEAST_UNITS,
                ),
                "read_by": "fixed" if is_settled else "sequential",
                "trend": trend(one.reading, before.get((one.other, one.metric, one.horizon_days))),
                **_money(one, compared, running_cost),
                "is_settled": is_settled,
            }
        )
    return rows


def trend(reading: Reading | None, before: Row | None) -> str | None:
    """How the lift changed since the quarter before: rising or falling beyond chance, else steady.

    None where either has no lift.
    """
    if reading is None or before is None or reading.lift is None or before["lift"] is None:
        return None
    change = reading.lift - before["lift"]
    now_width = (reading.lift_high or 0.0) - (reading.lift_low or 0.0)
    spread = hypot(now_width / 2, (before["lift_high"] - before["lift_low"]) / 2)
    if abs(change) <= spread:
        return "steady"
    return "rising" if change > 0 else "falling"


def _compared(quarter: Quarter, moments: Mapping[Part, Moments]) -> Iterator[Compared]:
    for other in OTHERS:
        for days in HORIZONS:
            groups = [moments.get(Part(quarter.name, days, "", group)) for group in (other, ORCHESTRATED)]
            control, treatment = groups
            if control is None or treatment is None:
                continue
            is_large = min(control.units, treatment.units) >= LEAST_UNITS
            for metric in TOLD:
                reading = (
                    compare(
                        control,
                        treatment,
                        METRICS[metric],
                        alpha=ALPHA,
                        planned_units=control.units + treatment.units,
                    )
                    if is_large
                    else None
                )
                yield Compared(other, metric, days, control, treatment, reading)


def _money(one: Compared, compared: list[Compared], running_cost: Decimal | None) -> Row:
    """Of revenue: what the orchestrated brought more than the others, and what that cost.

    Contact costs are those beyond what the other group got. The return is what is gained less what it cost,
    per unit of cost; None where nothing was spent.
    """
    if one.metric != "revenue" or one.reading is None:
        return {}
    units = one.treatment.units
    contacts = next(
        other.treatment.mean("contact_cost") - other.control.mean("contact_cost")
        for other in compared
        if (other.other, other.horizon_days, other.metric) == (one.other, one.horizon_days, "contact_cost")
    )
    running = float((running_cost or 0) * one.horizon_days / MONTH_DAYS)
    cost = contacts * units + running
    gains = {
        "": one.reading.difference,
        "_low": one.reading.difference_low,
        "_high": one.reading.difference_high,
    }
    return {
        "gained_amount": round(one.reading.difference * units, 4),
        "contact_cost_amount": round(contacts * units, 4),
        "running_cost_amount": round(running, 4),
        **{
            f"return_on_cost{suffix}": round((gain * units - cost) / cost, 6) if cost > 0 else None
            for suffix, gain in gains.items()
        },
    }
