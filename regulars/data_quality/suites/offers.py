"""Whether promises are kept: no offer is forgotten, and nobody has two prices for the same.

Part of the border of the action lists.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows

_OWNER = "crm"
_LEDGER = "decisions.offer_ledger"
_EARLIER = "previous.offer_ledger"
_ACTIVE = "decisions.active_offers"
_OFFER = "decision_id, customer_id, action_id, offer, kind, value, categories, granted_date, valid_from"


def checks(night: Night) -> Iterator[Check]:
    """The checks of both tables."""
    yield Check(
        table=_LEDGER,
        name="earlier_offers_kept",
        rule=NoRows(
            f"""
            select decision_id
            from (
                select {_OFFER}, valid_until from {_EARLIER}
                except
                select {_OFFER}, valid_until from {_LEDGER}
            ) as lost
            """,
            ("decision_id",),
        ),
        meaning="No offer that was given is forgotten, or changed afterwards.",
        owner=_OWNER,
    )
    yield Check(
        table=_ACTIVE,
        name="one_price",
        rule=NoRows(
            f"""
            select tonight.decision_id
            from {_ACTIVE} as tonight
            inner join {_ACTIVE} as other
                on tonight.customer_id = other.customer_id and tonight.action_id <> other.action_id
            where tonight.valid_from = {night.date_sql} + 1
                and (
                    tonight.categories is null
                    or other.categories is null
                    or list_has_any(
                        cast(cast(tonight.categories as json) as varchar[]),
                        cast(cast(other.categories as json) as varchar[])
                    )
                )
            """,
            ("decision_id",),
        ),
        meaning="Nobody is given an offer on what another offer of hers is for.",
        owner=_OWNER,
    )
