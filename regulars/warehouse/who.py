"""Whose an identifier is, as a published version knows it."""

import duckdb

from regulars.store.errors import UserError
from regulars.store.identity import parsed
from regulars.store.sql import literal
from regulars.warehouse.versions import Version

OWNER = """
select customer_id from customer_identifiers
where identifier_kind = {kind} and source = {system} and identifier = {value}
"""
SET_ASIDE = """
select 'nobody in particular: ' || reason from identity_review
where identifier_kind = {kind} and source = {system} and identifier = {value}
"""


def owner_of(version: Version, identifier: str) -> str:
    """The customer_id behind an identifier, or why it is nobody's.

    Raises:
        UserError: No fact has the identifier.
    """
    named = parsed(identifier)
    names = {
        "kind": literal(named.kind),
        "system": literal(named.system),
        "value": literal(named.value),
    }
    with duckdb.connect(version.database, read_only=True) as connection:
        for query in (OWNER, SET_ASIDE):
            if row := connection.execute(query.format(**names)).fetchone():
                return str(row[0])
    raise UserError(
        f"no fact up to {version.day} has the identifier {identifier}",
        remedy="look it up in customer_identifiers, which has phone numbers as +18025550127",
    )
