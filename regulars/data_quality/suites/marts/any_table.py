"""Checks that several tables of the border have, worded alike.

Not here: what only one table must fulfil.
"""

from regulars.data_quality.checks import Check, Night, NoRows

ANALYTICS = "analytics"
PRIVACY = "privacy"
CRM = "crm"


def customer_exists(table: str, owner: str = ANALYTICS, *, rows: str = "true") -> Check:
    """Whoever is named in the rows of the table that fulfil `rows` has a profile."""
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


def is_of_the_night(table: str, column: str, night: Night) -> Check:
    """The date column of every row is the night's day."""
    return Check(
        table=table,
        name="is_of_the_night",
        rule=NoRows(
            f"select customer_id from {table} where {column} is distinct from {night.date_sql}",
            (column,),
        ),
        meaning=f"Every row of {table} is of the night that is being run.",
        owner=ANALYTICS,
    )


def filled(table: str, columns: tuple[str, ...], key: str, owner: str = ANALYTICS) -> Check:
    """None of the columns is null; what breaks this is told by the column `key`."""
    return Check(
        table=table,
        name="required_columns_filled",
        rule=NoRows(
            f"select {key} from {table} where {' or '.join(f'{name} is null' for name in columns)}", columns
        ),
        meaning=f"What every row of {table} must say is said.",
        owner=owner,
    )
