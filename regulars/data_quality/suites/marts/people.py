"""What must be true of customers and the identifiers they are known by.

Not here: what they did (orders, features) and which group they are in (segments).
"""

from collections.abc import Iterator

from regulars.data_quality.checks import AnyRows, Check, Filled, Night, NoRows, OneOf, Unique
from regulars.data_quality.suites.marts.any_table import (
    ANALYTICS,
    CRM,
    customer_exists,
    filled,
    is_of_the_night,
)

# how many nights of the most growth there may be together
CROWD = 3


def checks(night: Night) -> Iterator[Check]:
    """The checks of customers, identifiers and aliases."""
    yield from _customer_checks(night)
    yield from _identifier_checks()
    yield from _growth_checks()
    yield from _alias_checks()


def _customer_checks(night: Night) -> Iterator[Check]:
    table = "marts.customers"
    yield Check(
        table=table, name="any_customer", rule=AnyRows(), meaning="There are customers.", owner=ANALYTICS
    )
    yield Check(
        table=table,
        name="customer_id_filled",
        rule=Filled("customer_id"),
        meaning="Every profile says whose it is.",
        owner=ANALYTICS,
    )
    yield Check(
        table=table,
        name="one_profile_per_customer",
        rule=Unique(("customer_id",)),
        meaning="One person has one row in marts.customers.",
        owner=ANALYTICS,
    )
    yield is_of_the_night(table, "data_as_of", night)
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
        owner=ANALYTICS,
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
        owner=CRM,
    )


def _identifier_checks() -> Iterator[Check]:
    table = "marts.customer_identifiers"
    key = ("source", "identifier_kind", "identifier")
    yield Check(
        table=table,
        name="maps_to_one_customer",
        rule=Unique(key),
        meaning="An identifier belongs to exactly one customer.",
        owner=ANALYTICS,
    )
    yield filled(table, ("customer_id", *key), "customer_id")
    yield Check(
        table=table,
        name="known_kind",
        rule=OneOf("identifier_kind", ("account", "email", "phone", "anonymous")),
        meaning="An identifier is an account, an e-mail address, a phone number or an anonymous id.",
        owner=ANALYTICS,
    )
    yield customer_exists(table)
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
        owner=ANALYTICS,
    )


def _growth_checks() -> Iterator[Check]:
    yield Check(
        table="marts.customer_identifiers",
        name="nobody_grows_too_fast",
        rule=NoRows(
            """
            select identifiers.customer_id
            from marts.customer_identifiers as identifiers
            left join previous.customer_identifiers as known
                on identifiers.source = known.source
                and identifiers.identifier_kind = known.identifier_kind
                and identifiers.identifier = known.identifier
            where identifiers.identifier_kind <> 'anonymous'
                and known.customer_id is distinct from identifiers.customer_id
            group by identifiers.customer_id
            -- those who were parted from one customer of yesterday, who is still there, are one
            having count(distinct case
                when known.customer_id in (select customer_id from marts.customers) then known.customer_id
                else concat_ws(' ', identifiers.source, identifiers.identifier)
            end) > (select max(most_growth) from settings.identity)
            """,
            ("customer_id",),
        ),
        meaning="No customer gains more accounts, addresses and numbers in one night than store.yml allows; "
        "else people may be merged by a value that says nothing: block it there, part them by "
        "`regulars unmerge`, or allow more.",
        owner=ANALYTICS,
    )
    yield Check(
        table="marts.customer_identifiers",
        name="nobody_is_a_crowd",
        rule=NoRows(
            f"""
            select customer_id from marts.customer_identifiers
            where identifier_kind <> 'anonymous'
            group by customer_id
            having count(*) > (select {CROWD} * max(most_growth) from settings.identity)
            """,
            ("customer_id",),
        ),
        severity="warn",
        meaning=f"No customer has more than {CROWD} times as many accounts, addresses and numbers as one may"
        " gain in a night, also where they came night by night.",
        owner=ANALYTICS,
    )


def _alias_checks() -> Iterator[Check]:
    yield Check(
        table="marts.customer_aliases",
        name="alias_of_one_customer",
        rule=Unique(("alias_id",)),
        meaning="An id that stands for nobody any more leads to one customer, so that no plan counts twice.",
        owner=ANALYTICS,
    )
    yield Check(
        table="marts.customer_aliases",
        name="aliases_lead_to_customers",
        rule=NoRows(
            """
            select alias_id from marts.customer_aliases as aliases
            where customer_id not in (select customer_id from marts.customers)
                or alias_id in (select customer_id from marts.customers)
            """,
            ("alias_id", "customer_id"),
        ),
        meaning="An id that stands for nobody any more leads to a customer, and is none itself.",
        owner=ANALYTICS,
    )
