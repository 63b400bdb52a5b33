"""Who may be contacted: nothing without a permission granted for that channel and purpose."""

import polars as pl

from regulars.models.decisions.reason_codes import Reason, Stage, coded

# were a pair ever stated twice, the strictest would win
PERMISSIONS = """
select
    customer_id,
    channel,
    purpose,
    case
        when bool_and(coalesce(status, 'unknown') = 'granted') then 'granted'
        when bool_or(coalesce(status, 'unknown') = 'withdrawn') then 'withdrawn'
        when bool_or(coalesce(status, 'unknown') = 'denied') then 'denied'
        else 'unknown'
    end as status
from marts.customer_permissions
group by customer_id, channel, purpose
"""


def stop_unpermitted(candidates: pl.LazyFrame, permissions: pl.LazyFrame) -> pl.LazyFrame:
    """Stop candidates whose permission is not 'granted'.

    `permissions` has one row per customer_id, channel and purpose with its status; a customer without
    a row is unknown, and unknown is not granted.
    """
    status = pl.col("permission_status")
    code = (
        pl.when(status == "denied")
        .then(coded(Reason.PERMISSION_DENIED))
        .when(status == "withdrawn")
        .then(coded(Reason.PERMISSION_WITHDRAWN))
        .when(status.ne_missing(pl.lit("granted")))
        .then(coded(Reason.PERMISSION_UNKNOWN))
    )
    known = permissions.rename({"status": "permission_status"})
    return (
        candidates.join(known, on=["customer_id", "channel", "purpose"], how="left", maintain_order="left")
        .with_columns(code.alias(Stage.PERMISSION))
        .drop("permission_status")
    )
