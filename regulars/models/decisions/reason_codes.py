"""The stages that may stop a candidate, in order, and the code of every reason they give."""

from enum import StrEnum

import polars as pl


class Stage(StrEnum):
    """A stage of the decision, in the order in which they are tried."""

    ELIGIBILITY = "eligibility"
    ADDRESS = "address"
    PERMISSION = "permission"
    HOLD = "hold"
    SUPPRESSION = "suppression"
    EXPERIMENT = "experiment"
    OFFER = "offer"
    CAP = "cap"
    ARBITRATION = "arbitration"
    ALLOCATION = "allocation"


class Reason(StrEnum):
    """Why a candidate was chosen or stopped, or why a customer has no candidate."""

    CHOSEN = "chosen"
    NOT_ELIGIBLE = "not_eligible"
    NO_ADDRESS = "no_address"
    MALFORMED_ADDRESS = "malformed_address"
    PERMISSION_DENIED = "permission_denied"
    PERMISSION_WITHDRAWN = "permission_withdrawn"
    PERMISSION_UNKNOWN = "permission_unknown"
    ON_HOLD = "on_hold"
    SUPPRESSED = "suppressed"
    HOLDOUT = "holdout"
    GENERIC_GROUP = "generic_group"
    OTHER_ARM = "other_arm"
    OFFER_NOT_GIVEN = "offer_not_given"
    OFFER_RUNNING = "offer_running"
    CHANNEL_CLOSED = "channel_closed"
    CHANNEL_CAP = "channel_cap"
    ACROSS_CHANNELS_CAP = "across_channels_cap"
    TOO_CLOSE_TO_ANOTHER_CHANNEL = "too_close_to_another_channel"
    ACTION_COOLDOWN = "action_cooldown"
    ALREADY_HANDED_OVER = "already_handed_over"
    SCORE_NOT_POSITIVE = "score_not_positive"
    NOT_DRAWN = "not_drawn"
    OUTRANKED = "outranked"
    NIGHTLY_LIMIT = "nightly_limit"
    NO_STATE = "no_state"
    NO_ACTION_FOR_STATE = "no_action_for_state"


CODES, STAGES = pl.Enum(Reason), pl.Enum(Stage)


def coded(reason: Reason) -> pl.Expr:
    """A reason as a value of a column: of tens of millions of candidates each takes a byte."""
    return pl.lit(reason.value, dtype=CODES)
