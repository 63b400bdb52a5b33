"""Who is left out of marketing, or of all that is personal, so that we know what the whole of it brings.

A group is a function of the unit and the shares of actions.yml. The log keeps the unit under which somebody
was first drawn, so that her group stays what it is for as long as the shares do.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from regulars.store.actions import DecisionPolicy
from regulars.store.sql import date_literal, draw_sql
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    from datetime import date

    import duckdb

GROUPS = pl.Schema(
    {
        "customer_id": pl.String(),
        "unit_id": pl.String(),
        "program_group": pl.String(),
        "since_date": pl.Date(),
        "until_date": pl.Date(),
    }
)

# whose log is whose tonight: her own, that of an id which is hers now, or of whom she parted from
HEIRS = """
    select customer_id, customer_id as logged_id, 0 as distance from marts.customers
    union all
    select customer_id, alias_id as logged_id, 0 as distance from marts.customer_aliases
    union all
    select other_customer_id as customer_id, customer_id as logged_id, 1 as distance
    from marts.identity_changes
    where change = 'split' and as_of_date = {as_of_date}
"""

PROGRAM_GROUPS = f"""
with

heirs as ({HEIRS}),

logged as (

    select
        heirs.customer_id,
        log.unit_id,
        {{group}} as program_group,
        log.since_date,
        log.customer_id as logged_id
    from previous.program_groups as log
    inner join heirs on log.customer_id = heirs.logged_id
    where log.until_date is null
    qualify heirs.distance = min(heirs.distance) over (partition by heirs.customer_id)

),

-- of two that became one, the stricter group holds
standing as (

    select * from logged
    qualify row_number() over (partition by customer_id order by {{strictest}}, since_date, logged_id) = 1

),

-- a newcomer is in the group of those whose address she shares
households as (

    select units.unit_id as household_id, standing.unit_id
    from shared_units as units
    inner join standing on units.customer_id = standing.customer_id
    qualify row_number() over (
        partition by units.unit_id order by {{strictest}}, standing.since_date, standing.unit_id
    ) = 1

),

tonight as (

    select
        customers.customer_id,
        coalesce(standing.unit_id, households.unit_id, units.unit_id, customers.customer_id) as unit_id,
        standing.since_date,
        standing.logged_id
    from marts.customers as customers
    left join standing on customers.customer_id = standing.customer_id
    left join shared_units as units on customers.customer_id = units.customer_id
    left join households on units.unit_id = households.household_id

),

grouped as (

    select *, {{group}} as program_group from tonight as log

),

known as (

    select * from previous.program_groups
    where customer_id in (select customer_id from marts.customers)

),

open_rows as (select * from known where until_date is null),

rows_of_all as (

    select * from known where until_date is not null
    union all by name
    select open_rows.* replace (cast({{as_of_date}} - 1 as date) as until_date)
    from open_rows
    inner join grouped on open_rows.customer_id = grouped.customer_id
    where open_rows.program_group <> grouped.program_group
    union all by name
    select
        grouped.customer_id,
        grouped.unit_id,
        grouped.program_group,
        case
            when open_rows.program_group = grouped.program_group then open_rows.since_date
            when open_rows.customer_id is null and parents.program_group = grouped.program_group
                then grouped.since_date
            else {{as_of_date}}
        end as since_date,
        cast(null as date) as until_date
    from grouped
    left join open_rows on grouped.customer_id = open_rows.customer_id
    left join previous.program_groups as parents
        on grouped.logged_id = parents.customer_id and parents.until_date is null

)

select customer_id, unit_id, program_group, since_date, until_date
from rows_of_all
order by customer_id, since_date
"""

STRICTEST = "case program_group when 'holdout' then 0 when 'generic' then 1 else 2 end"


def group_sql(unit: str, holdout_share: Decimal, generic_share: Decimal) -> str:
    """SQL for the group of the unit that the SQL `unit` names; the two groups are at either end of a draw."""
    drawn = draw_sql("'program'", unit)
    return f"""
    case
        when {drawn} < {holdout_share} then 'holdout'
        when {drawn} >= {1 - generic_share} and {generic_share} > 0 then 'generic'
        else 'orchestrated'
    end
    """


def program_groups(
    connection: "duckdb.DuckDBPyConnection", policy: DecisionPolicy, night: "date", units: pl.DataFrame
) -> pl.DataFrame:
    """The group of every customer since when, and those that she was in before: one row per stay.

    Nobody is in one where the store has never declared a share. Reads marts.customers, customer_aliases and
    identity_changes, and previous.program_groups; `units` is what `shared_units` gives.
    """
    shares = policy.holdout_share, policy.generic_share
    ((logged,),) = connection.sql("select count(*) from previous.program_groups").fetchall()
    if not any(shares) and not logged:
        return pl.DataFrame(schema=GROUPS)
    query = PROGRAM_GROUPS.format(
        as_of_date=date_literal(night),
        group=group_sql("log.unit_id", *shares),
        strictest=STRICTEST,
    )
    with lent(connection, shared_units=units):
        return pl.DataFrame(connection.sql(query)).match_to_schema(GROUPS)
