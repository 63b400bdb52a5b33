"""What must be true of permissions, and of the messages that people were sent already.

Not here: whom we decide to contact (decisions).
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows, OneOf, Unique
from regulars.data_quality.suites.marts.any_table import ANALYTICS, PRIVACY, customer_exists, filled


def checks(night: Night) -> Iterator[Check]:
    """The checks of both tables."""
    yield from _permission_checks()
    yield from _touchpoint_checks(night)


def _permission_checks() -> Iterator[Check]:
    table = "marts.customer_permissions"
    key = ("customer_id", "channel", "purpose")
    yield Check(
        table=table,
        name="one_answer_per_person",
        rule=Unique(key),
        meaning="There is one answer to whether a person may be contacted through a channel for a purpose.",
        owner=PRIVACY,
    )
    yield filled(table, (*key, "status"), "customer_id", PRIVACY)
    yield Check(
        table=table,
        name="known_status",
        rule=OneOf("status", ("granted", "denied", "withdrawn", "unknown")),
        meaning="A permission is granted, denied, withdrawn or unknown; only the first allows contact.",
        owner=PRIVACY,
    )
    yield Check(
        table=table,
        name="known_decider",
        rule=OneOf("decided_by", ("person", "store", "bounce")),
        meaning="A permission was decided by the person, by the store for everybody, or by a bounce.",
        owner=PRIVACY,
    )
    yield customer_exists(table, PRIVACY)
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
        owner=PRIVACY,
    )


def _touchpoint_checks(night: Night) -> Iterator[Check]:
    table = "marts.customer_touchpoints"
    yield customer_exists(table)
    yield Check(
        table=table,
        name="touchpoint_listed_once",
        rule=Unique(("touchpoint_id",)),
        meaning="A contact is listed once, or caps would count it twice.",
        owner=ANALYTICS,
    )
    yield Check(
        table=table,
        name="nothing_after_the_night",
        rule=NoRows(
            f"select customer_id from {table} where (sent_date <= {night.date_sql}) is not true",
            ("sent_date",),
        ),
        meaning="No message was sent after the night.",
        owner=ANALYTICS,
    )
