"""What must be true of customers, orders, features, segments and permissions before anybody decides on them.

Not here: types and columns, which the contracts of the dbt models hold.
"""

from collections.abc import Iterator
from itertools import pairwise

from regulars.data_quality.checks import AnyRows, Between, Check, Filled, Night, NoRows, OneOf, Unique

_OWNER = "analytics"
_PRIVACY = "privacy"
_CRM = "crm"
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


def checks(night: Night) -> tuple[Check, ...]:
    """Every check of the border, in the order the tables are built."""
    return (
        *_customer_checks(night),
        *_identifier_checks(),
        *_order_checks(night),
        *_feature_checks(night),
        *_reconciliation_checks(),
        *_segment_checks(night),
        *_history_checks(night),
        *_permission_checks(),
        *_touchpoint_checks(night),
    )


def _customer_exists(table: str, owner: str = _OWNER, *, rows: str = "true") -> Check:
    return Check(
        table=table,
        name="customer_exists",
        rule=NoRows(
            f"""
            select distinct facts.customer_id from {table} as facts
            where {rows}
                and not exists (select 1 from marts.customers where customers.customer_id = facts.customer_id)
            """,
            ("customer_id",),
        ),
        meaning=f"Everybody in {table} has a row in marts.customers.",
        owner=owner,
    )


def _is_of_the_night(table: str, column: str, night: Night) -> Check:
    return Check(
        table=table,
        name="is_of_the_night",
        rule=NoRows(
            f"select customer_id from {table} where {column} is distinct from {night.date_sql}",
            (column,),
        ),
        meaning=f"Every row of {table} is of the night that is being run.",
        owner=_OWNER,
    )


def _filled(table: str, columns: tuple[str, ...], key: str, owner: str = _OWNER) -> Check:
    return Check(
        table=table,
        name="required_columns_filled",
        rule=NoRows(
            f"select {key} from {table} where {' or '.join(f'{name} is null' for name in columns)}", columns
        ),
        meaning=f"What every row of {table} must say is said.",
        owner=owner,
    )


def _customer_checks(night: Night) -> Iterator[Check]:
    table = "marts.customers"
    yield Check(
        table=table, name="any_customer", rule=AnyRows(), meaning="There are customers.", owner=_OWNER
    )
    yield Check(
        table=table,
        name="customer_id_filled",
        rule=Filled("customer_id"),
        meaning="Every profile says whose it is.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="one_profile_per_customer",
        rule=Unique(("customer_id",)),
        meaning="One person has one row in marts.customers.",
        owner=_OWNER,
    )
    yield _is_of_the_night(table, "data_as_of", night)
    yield Check(
        table=table,
        name="same_people_as_features",
        rule=NoRows(
            """
            select coalesce(customers.customer_id, features.customer_id) as customer_id
            from marts.customers full join marts.customer_features as features using (customer_id)
            where customers.customer_id is null or features.customer_id is null
            """,
            ("customer_id",),
        ),
        meaning="Everybody with a profile has features, and everybody with features has a profile.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="buyers_are_in_a_segment",
        rule=NoRows(
            """
            select customer_id from marts.customers
            where order_count > 0
                and not exists (
                    select 1 from marts.customer_segments as members
                    where members.customer_id = customers.customer_id
                )
            """,
            ("segments",),
        ),
        severity="warn",
        meaning="Everybody who has ordered falls into at least one segment; others are never considered.",
        owner=_CRM,
    )


def _identifier_checks() -> Iterator[Check]:
    table = "marts.customer_identifiers"
    key = ("source", "identifier_kind", "identifier")
    yield Check(
        table=table,
        name="maps_to_one_customer",
        rule=Unique(key),
        meaning="An identifier belongs to exactly one customer.",
        owner=_OWNER,
    )
    yield _filled(table, ("customer_id", *key), "customer_id")
    yield Check(
        table=table,
        name="known_kind",
        rule=OneOf("identifier_kind", ("account", "email", "phone", "anonymous")),
        meaning="An identifier is an account, an e-mail address, a phone number or an anonymous id.",
        owner=_OWNER,
    )
    yield _customer_exists(table)
    yield Check(
        table=table,
        name="every_customer_has_one",
        rule=NoRows(
            """
            select customer_id from marts.customers
            where not exists (
                select 1 from marts.customer_identifiers as identifiers
                where identifiers.customer_id = customers.customer_id
            )
            """,
            ("customer_id",),
        ),
        meaning="Every customer can be traced to at least one identifier of a source.",
        owner=_OWNER,
    )


def _order_checks(night: Night) -> Iterator[Check]:
    table = "marts.orders"
    yield Check(
        table=table,
        name="order_listed_once",
        rule=NoRows(f"select order_id from {table} group by order_id having count(*) > 1", ("order_id",)),
        meaning="An order is there once.",
        owner=_OWNER,
    )
    yield _filled(table, ("order_id", "source", "ordered_at", "order_date", "amount"), "order_id")
    yield _customer_exists(table, rows="facts.customer_id is not null")
    yield from _orders_of_nobody_checks(table)
    yield Check(
        table=table,
        name="nothing_after_the_night",
        rule=NoRows(
            f"""
            select order_id from {table}
            where (ordered_at < (select max(as_of_end_at) from settings.night)) is not true
                or (order_date <= {night.date_sql}) is not true
            """,
            ("ordered_at", "order_date"),
        ),
        meaning="No order lies after the night, so nothing can be known that was not known then.",
        owner=_OWNER,
    )


def _orders_of_nobody_checks(table: str) -> Iterator[Check]:
    facts = " union all ".join(
        f"""
        select source, order_ref from landing.{entity}
        where {time} < (select max(as_of_end_at) from settings.night)
            and ({" or ".join(f"trim({name}) <> ''" for name in identifiers)})
        """
        for entity, time, identifiers in (
            ("orders", "ordered_at", ("customer_ref", "email", "phone", "anonymous_ref")),
            ("order_lines", "occurred_at", ("customer_ref", "email")),
        )
    )
    yield Check(
        table=table,
        name="identified_orders_have_customer",
        rule=NoRows(
            f"""
            select distinct nobodys.order_id
            from (select order_id, source, order_ref from {table} where customer_id is null) as nobodys
            inner join ({facts}) as facts using (source, order_ref)
            """,
            ("customer_id",),
        ),
        meaning="An order belongs to nobody only if neither it nor its lines carry an identifier.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="most_orders_have_customer",
        rule=NoRows(
            f"""
            select order_id from {table}
            where customer_id is null
                and (select count(*) > 2 * count(customer_id) from {table})
            """,
            ("customer_id",),
        ),
        severity="warn",
        meaning="At most half of the orders belong to nobody; else map customer_ref, email or phone.",
        owner=_OWNER,
    )


def _feature_checks(night: Night) -> Iterator[Check]:
    table = "marts.customer_features"
    yield Check(
        table=table,
        name="one_row_per_customer",
        rule=Unique(("as_of_date", "customer_id")),
        meaning="A customer has one row of features a day.",
        owner=_OWNER,
    )
    yield _is_of_the_night(table, "as_of_date", night)
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
        owner=_OWNER,
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
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="windows_nested",
        rule=NoRows(
            f"select customer_id from {table} where ({' and '.join(_nested())}) is not true",
            (*_ORDER_COUNTS, "order_count", *_SENT, *_REDEEMED),
        ),
        meaning="A longer window never counts less than a shorter one.",
        owner=_OWNER,
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
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="favourite_weekday_exists",
        rule=Between("favourite_weekday", 1, 7),
        meaning="The favourite weekday is a day from 1, Monday, to 7, Sunday.",
        owner=_OWNER,
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
            owner=_OWNER,
        )


def _segment_checks(night: Night) -> Iterator[Check]:
    table = "marts.customer_segments"
    yield Check(
        table=table,
        name="member_once",
        rule=Unique(("as_of_date", "customer_id", "segment_id")),
        meaning="A customer is in a segment once.",
        owner=_CRM,
    )
    yield Check(
        table=table,
        name="one_stage_per_customer",
        rule=NoRows(
            f"select customer_id from {table} where kind = 'stage' group by customer_id having count(*) > 1",
            ("kind",),
        ),
        meaning="Nobody is in two stages of life at once.",
        owner=_CRM,
    )
    yield _customer_exists(table, _CRM)
    yield _is_of_the_night(table, "as_of_date", night)
    yield Check(
        table=table,
        name="segment_is_defined",
        rule=NoRows(
            f"""
            select distinct members.segment_id from {table} as members
            where not exists (
                select 1 from settings.segments
                where segments.segment_id = members.segment_id
                    and segments.kind = members.kind
                    and segments.definition_hash = members.definition_hash
            )
            """,
            ("segment_id", "kind", "definition_hash"),
        ),
        meaning="Every segment somebody is in is one of the store's, as it is defined tonight.",
        owner=_CRM,
    )
    yield Check(
        table="marts.customers",
        name="stage_agrees_with_segments",
        rule=NoRows(
            """
            select customers.customer_id from marts.customers
            left join (
                select customer_id, max(segment_id) as segment_id
                from marts.customer_segments where kind = 'stage' group by customer_id
            ) as stages using (customer_id)
            where customers.lifecycle_stage is distinct from stages.segment_id
            """,
            ("lifecycle_stage",),
        ),
        meaning="The stage in the profile is the stage the customer is a member of.",
        owner=_CRM,
    )


def _history_checks(night: Night) -> Iterator[Check]:
    table = "marts.customer_segment_history"
    yield Check(
        table=table,
        name="open_stays_are_memberships",
        rule=NoRows(
            f"""
            select coalesce(stays.customer_id, members.customer_id) as customer_id
            from (select customer_id, segment_id from {table} where exited_date is null) as stays
            full join marts.customer_segments as members using (customer_id, segment_id)
            where stays.customer_id is null or members.customer_id is null
            """,
            ("customer_id", "segment_id", "exited_date"),
        ),
        meaning="A stay that has not ended is a membership tonight, and the other way round.",
        owner=_CRM,
    )
    yield Check(
        table=table,
        name="stays_in_order",
        rule=NoRows(
            f"""
            select customer_id from {table}
            where (entered_date <= coalesce(exited_date, {night.date_sql})) is not true
                or exited_date > {night.date_sql}
            """,
            ("entered_date", "exited_date"),
        ),
        meaning="A stay ends after it began, and neither lies after the night.",
        owner=_CRM,
    )
    yield Check(
        table=table,
        name="stay_listed_once",
        rule=Unique(("customer_id", "segment_id", "entered_date")),
        meaning="A stay in a segment is listed once.",
        owner=_CRM,
    )


def _permission_checks() -> Iterator[Check]:
    table = "marts.customer_permissions"
    key = ("customer_id", "channel", "purpose")
    yield Check(
        table=table,
        name="one_answer_per_person",
        rule=Unique(key),
        meaning="There is one answer to whether a person may be contacted through a channel for a purpose.",
        owner=_PRIVACY,
    )
    yield _filled(table, (*key, "status"), "customer_id", _PRIVACY)
    yield Check(
        table=table,
        name="known_status",
        rule=OneOf("status", ("granted", "denied", "withdrawn", "unknown")),
        meaning="A permission is granted, denied, withdrawn or unknown; only the first allows contact.",
        owner=_PRIVACY,
    )
    yield _customer_exists(table, _PRIVACY)
    yield Check(
        table=table,
        name="everybody_has_an_answer",
        rule=NoRows(
            f"""
            select customers.customer_id
            from marts.customers
            cross join (select distinct channel, purpose from {table}) as uses
            where not exists (
                select 1 from {table} as answers
                where answers.customer_id = customers.customer_id
                    and answers.channel = uses.channel
                    and answers.purpose = uses.purpose
            )
            """,
            key,
        ),
        meaning="Everybody has an answer for every channel and purpose, if only that it is unknown.",
        owner=_PRIVACY,
    )


def _touchpoint_checks(night: Night) -> Iterator[Check]:
    table = "marts.customer_touchpoints"
    yield _customer_exists(table)
    yield Check(
        table=table,
        name="nothing_after_the_night",
        rule=NoRows(
            f"select customer_id from {table} where (sent_date <= {night.date_sql}) is not true",
            ("sent_date",),
        ),
        meaning="No message was sent after the night.",
        owner=_OWNER,
    )
