"""What must be true of features: possible numbers, and the sums of the facts they count.

Not here: types and columns, which the contract of the dbt model holds.
"""

from collections.abc import Iterator
from itertools import pairwise

from regulars.data_quality.checks import Between, Check, Night, NoRows, Unique
from regulars.data_quality.suites.marts.any_table import ANALYTICS, is_of_the_night

_DAYS = (7, 30, 90, 365)
_FLOATS = ("DOUBLE", "FLOAT")
_ORDER_COUNTS = tuple(f"order_count_{days}d" for days in _DAYS)
_SENT = tuple(f"messages_sent_{days}d" for days in _DAYS[1:])
_REDEEMED = tuple(f"messages_redeemed_{days}d" for days in _DAYS[1:])
_COUNTS = (*_ORDER_COUNTS, "order_count", "category_count_365d", *_SENT, *_REDEEMED)
_SINCE = tuple(
    f"days_since_{event}" for event in ("first_order", "last_order", "last_message", "last_redemption")
)
_SHARES = ("top_category_share_365d", "discount_share_90d", "discount_share_365d", "weekend_order_share_365d")


def checks(night: Night) -> Iterator[Check]:
    """The checks of the table."""
    yield from _feature_checks(night)
    yield from _reconciliation_checks()


def _feature_checks(night: Night) -> Iterator[Check]:
    table = "marts.customer_features"
    yield Check(
        table=table,
        name="one_row_per_customer",
        rule=Unique(("as_of_date", "customer_id")),
        meaning="A customer has one row of features a day.",
        owner=ANALYTICS,
    )
    yield is_of_the_night(table, "as_of_date", night)
    yield Check(
        table=table,
        name="counts_not_negative",
        rule=NoRows(
            f"""
            select customer_id from {table}
            where {" or ".join(f"({name} >= 0) is not true" for name in _COUNTS)}
                or {" or ".join(f"{name} < 0" for name in _SINCE)}
            """,
            _COUNTS + _SINCE,
        ),
        meaning="Counts are filled and not negative, and nothing happened a negative number of days ago.",
        owner=ANALYTICS,
    )
    yield Check(
        table=table,
        name="shares_are_shares",
        rule=NoRows(
            f"select customer_id from {table} where "
            + " or ".join(f"not {name} between 0 and 1" for name in _SHARES),
            _SHARES,
        ),
        meaning="A share lies between 0 and 1, or is missing.",
        owner=ANALYTICS,
    )
    yield Check(
        table=table,
        name="windows_nested",
        rule=NoRows(
            f"select customer_id from {table} where ({' and '.join(_nested())}) is not true",
            (*_ORDER_COUNTS, "order_count", *_SENT, *_REDEEMED),
        ),
        meaning="A longer window never counts less than a shorter one.",
        owner=ANALYTICS,
    )
    yield from _number_checks(table, night)


def _nested() -> list[str]:
    chains = ((*_ORDER_COUNTS, "order_count"), _SENT, _REDEEMED)
    return [f"{short} <= {long}" for chain in chains for short, long in pairwise(chain)]


def _number_checks(table: str, night: Night) -> Iterator[Check]:
    floats = tuple(name for name, kind in night.catalog.get(table, {}).items() if kind in _FLOATS)
    infinite = " or ".join(f"not isfinite({name})" for name in floats)
    yield Check(
        table=table,
        name="numbers_are_finite",
        rule=NoRows(
            f"select customer_id from {table} where {infinite or 'false'}",
            floats,
        ),
        meaning="No feature is infinite or not a number; what cannot be computed is missing.",
        owner=ANALYTICS,
    )
    yield Check(
        table=table,
        name="favourite_weekday_exists",
        rule=Between("favourite_weekday", 1, 7),
        meaning="The favourite weekday is a day from 1, Monday, to 7, Sunday.",
        owner=ANALYTICS,
    )


def _reconciliation_checks() -> Iterator[Check]:
    for name, feature, fact in (
        ("order_count_reconciles", "order_count", "count(*)"),
        ("order_amount_reconciles", "order_amount", "sum(amount)"),
    ):
        yield Check(
            table="marts.customer_features",
            name=name,
            rule=NoRows(
                f"""
                select '{feature}' as feature
                where coalesce((select sum({feature}) from marts.customer_features), 0)
                    is distinct from coalesce(
                        (select {fact} from marts.orders where customer_id is not null), 0
                    )
                """,
                (feature,),
            ),
            meaning=f"The sum of {feature} over all customers is that of their orders themselves.",
            owner=ANALYTICS,
        )
