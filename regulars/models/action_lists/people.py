"""Whom a destination may know of, by which address, and with which words: for files that are no action lists.

A person is in by a granted permission. An address that two of them share is one row, that of whoever ordered
more often, then of the smaller id; one that somebody refused is nobody's. A cell that could break a file or
become a formula is left out and listed, the person stays.
"""

from typing import TYPE_CHECKING

import polars as pl

from regulars.models.action_lists.cells import LIKE_FORMULA, NOT_ONE_LINE, KeptOut
from regulars.models.action_lists.last_look import comparable_sql
from regulars.models.decisions.eligibility import well_formed_sql
from regulars.models.decisions.suppression import SUPPRESSED
from regulars.store.profile import profile_columns
from regulars.store.sql import literal, quoted
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    import duckdb

    from regulars.store.destinations import Destination
    from regulars.store.tools import Tool

PEOPLE = """
create or replace temp table destination_addresses as
with

permissions as (

    select
        customer_id,
        bool_and(coalesce(status, 'unknown') = 'granted') as is_granted,
        bool_or(coalesce(status, 'unknown') in ('denied', 'withdrawn')) as is_refused
    from marts.customer_permissions
    where channel = {channel} and purpose = {purpose}
    group by customer_id

),

addressed as (

    select
        customers.customer_id,
        {address} as address,
        customers.order_count,
        {is_well_formed} as is_well_formed,
        coalesce(permissions.is_granted, false) and customers.customer_id not in (
            select customer_id from ({suppressed}) where coalesce(channel, {channel}) = {channel}
        ) as is_granted,
        coalesce(permissions.is_refused, false) as is_refused
    from (select *, {kind} as address_kind from marts.customers) as customers
    left join permissions on customers.customer_id = permissions.customer_id
    where {address} is not null

),

by_address as (

    select
        address,
        bool_or(is_refused) as is_refused_there,
        first(customer_id order by order_count desc nulls last, customer_id) filter (is_granted) as owner_id
    from addressed
    where is_well_formed
    group by address

)

select
    addressed.customer_id,
    addressed.address,
    addressed.is_granted,
    by_address.is_refused_there,
    case
        when not addressed.is_well_formed then {malformed}
        when by_address.is_refused_there and not addressed.is_refused then {refused}
        when by_address.owner_id <> addressed.customer_id then {shared}
    end as kept_out
from addressed
left join by_address on addressed.address = by_address.address
"""

# who may be known of, and whose refusal must be known
KNOWN = "(select * from destination_addresses where is_granted and kept_out is null)"
REFUSED = """(
    select address, min(customer_id) as customer_id
    from destination_addresses
    where is_refused_there
    group by address
)"""

CELLS = """
create or replace temp table destination_cells as
select
    people.customer_id,
    people.address,
    customers.customer_ref
    {cells}
from {known} as people
inner join marts.customers as customers on people.customer_id = customers.customer_id
"""

KEPT_OUT_ROWS = """
insert into decisions.destination_kept_out
select night.as_of_date, {destination}, found.customer_id, found.field, found.kept_out, sentences.reason
from (
    select customer_id, {kind} as field, kept_out
    from destination_addresses
    where is_granted and kept_out is not null
    {of_fields}
) as found
left join destination_sentences as sentences on found.kept_out = sentences.reason_code
cross join settings.night as night
order by found.customer_id, found.field
"""
OF_FIELD = """
    union all
    select people.customer_id, {name} as field, {reason} as kept_out
    from {known} as people
    inner join marts.customers as customers on people.customer_id = customers.customer_id
    where ({reason}) is not null
"""


# why a person whose permission is granted is in no file, or a field of hers is blank
WHY = {
    KeptOut.ADDRESS_MALFORMED.value: "the address is none that the tool can use",
    "address_refused": "somebody else refused at the same address",
    KeptOut.ADDRESS_SHARED.value: "the tool knows the address as another customer's",
    KeptOut.TEXT_NOT_ONE_LINE.value: "the field is not one line; it is sent blank",
    KeptOut.TEXT_LIKE_FORMULA.value: "the field is what a spreadsheet takes for a formula; it is sent blank",
    KeptOut.TEXT_TOO_LONG.value: "the field is longer than the tool takes; it is sent blank",
}


def look_at_people(connection: "duckdb.DuckDBPyConnection", destination: "Destination") -> None:
    """Fill temp.destination_addresses and temp.destination_cells, and add to decisions.destination_kept_out.

    Reads settings.night, settings.suppressions, marts.customers, marts.customer_identifiers and
    marts.customer_permissions.
    """
    kind, contract = destination.found_by, destination.contract
    address = comparable_sql(f"customers.{kind}", "customers.address_kind")
    connection.execute(
        PEOPLE.format(
            channel=literal(destination.permitted_by),
            suppressed=SUPPRESSED,
            purpose=literal(destination.purpose),
            kind=literal(kind),
            address=address,
            is_well_formed=well_formed_sql(f"customers.{kind}", "customers.address_kind"),
            malformed=literal(KeptOut.ADDRESS_MALFORMED),
            refused=literal("address_refused"),
            shared=literal(KeptOut.ADDRESS_SHARED),
        )
    )
    cells = "".join(f",\n    {cell_sql(field, contract)} as {quoted(field)}" for field in destination.profile)
    connection.execute(CELLS.format(cells=cells, known=KNOWN))
    of_fields = "".join(
        OF_FIELD.format(name=literal(field), reason=text_kept_out_sql(field, contract), known=KNOWN)
        for field in destination.profile
        if profile_columns()[field] == "varchar"
    )
    why = pl.DataFrame(
        list(WHY.items()), schema={"reason_code": pl.String, "reason": pl.String}, orient="row"
    )
    with lent(connection, destination_sentences=why):
        connection.execute(
            KEPT_OUT_ROWS.format(destination=literal(destination.id), kind=literal(kind), of_fields=of_fields)
        )


def cell_sql(field: str, contract: "Tool") -> str:
    """A field of the profile as the tool reads it, as text; null where there is nothing it could read."""
    column, kind = f"customers.{quoted(field)}", profile_columns()[field].lower()
    if kind == "varchar":
        return f"case when ({text_kept_out_sql(field, contract)}) is null then nullif({column}, '') end"
    if kind in ("date", "timestamp"):
        return f"strftime({column}, {literal(contract.dates.form)})"
    if kind == "boolean":
        yes, no = map(literal, contract.booleans)
        return f"case when {column} then {yes} when not {column} then {no} end"
    if kind == "double":
        return f"case when isfinite({column}) then cast({column} as varchar) end"
    return f"cast({column} as varchar)"


def text_kept_out_sql(field: str, contract: "Tool") -> str:
    """Why a text of the profile stays out of its cell; null if it may stand there."""
    column = f"customers.{quoted(field)}"
    too_long = (
        f"when strlen({column}) > {contract.text_max_bytes} then {literal(KeptOut.TEXT_TOO_LONG)}"
        if contract.text_max_bytes
        else ""
    )
    return f"""
    case
        when regexp_matches({column}, {literal(NOT_ONE_LINE)}) then {literal(KeptOut.TEXT_NOT_ONE_LINE)}
        when regexp_matches({column}, {literal(LIKE_FORMULA)}) then {literal(KeptOut.TEXT_LIKE_FORMULA)}
        {too_long}
    end
    """
