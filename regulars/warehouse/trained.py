"""Which versions of models a published night knows.

Not here: what is in a version, and who decides which one scores.
"""

import duckdb

from regulars.store.errors import UserError, nearest
from regulars.store.sql import literal
from regulars.warehouse.versions import Version


def version_before(published: Version, model: str, named: str | None) -> str:
    """The version of `model` that is `named`, or else the one that scored before the champion.

    Raises:
        UserError: There is no such model or version, or none scored before.
    """
    with duckdb.connect(published.database, read_only=True) as connection:
        known = [row[0] for row in connection.sql("select distinct model from model_versions").fetchall()]
        if model not in known:
            raise UserError(f"there is no model '{model}'; {nearest(model, known)}")
        rows = connection.sql(
            f"""
            select version, status from model_versions
            where model = {literal(model)} and status <> 'off'
            order by since_date desc, version desc
            """
        ).fetchall()
    versions = [version for version, _ in rows]
    if named:
        if named not in versions:
            raise UserError(f"{model} has no version '{named}'; {nearest(named, versions or ['none'])}")
        return named
    retired = [version for version, status in rows if status == "retired"]
    if not retired:
        raise UserError(f"no version of {model} scored before the one that does", remedy="name one with --to")
    return str(retired[0])
