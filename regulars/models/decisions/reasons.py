"""Reason codes as sentences, and sentences filled with a customer's own numbers.

Slots become SQL, so that one query renders a million sentences. What a stage says does not depend on the
customer: those sentences are a small table, joined by option and code.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.reason_codes import Reason
from regulars.store.actions import Slot, sentence_parts
from regulars.store.sql import literal, quoted

if TYPE_CHECKING:
    from regulars.store.actions import Action, ActionCatalogue
    from regulars.store.channels import Channels

STOP_SENTENCES = pl.Schema(
    {
        "option_number": pl.UInt16(),
        "reason_code": pl.String(),
        "reason": pl.String(),
        "customer_reason": pl.String(),
    }
)

DRAWN = " (drawn by lot, to learn what it brings)"
NOTHING_TODAY = "We have nothing for you today."
NO_PERMISSION = "You have not told us that we may contact you about this, so we do not."
NOT_SURE = "We cannot be sure that we may contact you about this, so we do not."
LATELY = "We were in touch not long ago and do not want to crowd you."
NOT_CHOSEN = "This was not our choice for you today."
NO_ADDRESS = "We have no address at which we could reach you about this."

CUSTOMER_SENTENCES: Mapping[Reason, str] = {
    Reason.NOT_ELIGIBLE: "This would not have suited you today.",
    Reason.NO_ADDRESS: NO_ADDRESS,
    Reason.MALFORMED_ADDRESS: NO_ADDRESS,
    Reason.PERMISSION_DENIED: NO_PERMISSION,
    Reason.PERMISSION_WITHDRAWN: "You have asked us not to contact you about this, so we do not.",
    Reason.PERMISSION_UNKNOWN: NOT_SURE,
    Reason.SUPPRESSED: "You are on a list of people whom we do not contact this way.",
    Reason.HOLDOUT: NOTHING_TODAY,
    Reason.GENERIC_GROUP: NOT_CHOSEN,
    Reason.OTHER_ARM: NOT_CHOSEN,
    Reason.OFFER_NOT_GIVEN: NOTHING_TODAY,
    Reason.OFFER_RUNNING: "You have an offer of ours already.",
    Reason.CHANNEL_CLOSED: "We do not contact anyone this way at the moment.",
    Reason.CHANNEL_CAP: LATELY,
    Reason.ACROSS_CHANNELS_CAP: LATELY,
    Reason.TOO_CLOSE_TO_ANOTHER_CHANNEL: LATELY,
    Reason.ACTION_COOLDOWN: LATELY,
    Reason.ALREADY_HANDED_OVER: LATELY,
    Reason.SCORE_NOT_POSITIVE: NOTHING_TODAY,
    Reason.NOT_DRAWN: NOT_CHOSEN,
    Reason.OUTRANKED: "We chose something else for you today.",
    Reason.NIGHTLY_LIMIT: NOTHING_TODAY,
}


def stop_sentences(
    options: pl.DataFrame, catalogue: "ActionCatalogue", channels: "Channels", tried: Mapping[str, str]
) -> pl.DataFrame:
    """What to say when an option is stopped: one row per option and reason code.

    `tried` is what to say of actions that an experiment keeps from somebody, by action.
    """
    rows = [
        {
            "option_number": option["option_number"],
            "reason_code": code.value,
            "reason": reason,
            "customer_reason": CUSTOMER_SENTENCES[code],
        }
        for option in options.iter_rows(named=True)
        for code, reason in _stops(option, catalogue, channels, tried)
    ]
    return pl.DataFrame(rows, schema=STOP_SENTENCES, orient="row")


def _stops(
    option: Mapping[str, str | int],
    catalogue: "ActionCatalogue",
    channels: "Channels",
    tried: Mapping[str, str],
) -> Iterator[tuple[Reason, str]]:
    action = catalogue.actions[int(option["action_number"])]
    channel, across = channels.channel(str(option["channel"])), channels.across_channels
    pair = f"{channel.id}/{action.purpose}"
    yield Reason.NOT_ELIGIBLE, f"{action.id} is only for customers with {action.eligible_when}"
    yield Reason.NO_ADDRESS, f"no {channel.address} for {channel.id}"
    yield Reason.MALFORMED_ADDRESS, f"malformed {channel.address} for {channel.id}"
    yield Reason.PERMISSION_DENIED, f"no permission for {pair}: denied"
    yield Reason.PERMISSION_WITHDRAWN, f"no permission for {pair}: withdrawn"
    yield Reason.PERMISSION_UNKNOWN, f"no permission for {pair}"
    yield Reason.SUPPRESSED, f"she is on a suppression list for {channel.id}"
    yield Reason.HOLDOUT, "she is in the holdout, which gets no marketing"
    yield Reason.GENERIC_GROUP, f"she is in the generic group, and {action.id} is not generic"
    if action.id in tried:
        yield Reason.OTHER_ARM, tried[action.id]
    yield Reason.OFFER_NOT_GIVEN, f"the offer of {action.id} is not given on this day"
    yield (
        Reason.OFFER_RUNNING,
        f"another offer of hers still runs, which that of {action.id} would contradict",
    )
    yield Reason.CHANNEL_CLOSED, f"the cap of {channel.id} or of all channels is 0"
    yield Reason.CHANNEL_CAP, f"{channel.id} had its {_cap(channel.max_touchpoints, channel.per_days)}"
    yield (
        Reason.ACROSS_CHANNELS_CAP,
        f"all channels had their {_cap(across.max_touchpoints, across.per_days)}",
    )
    rest = f"less than {across.hours_between_channels} hours since another channel than {channel.id}"
    yield Reason.TOO_CLOSE_TO_ANOTHER_CHANNEL, rest
    yield Reason.ACTION_COOLDOWN, f"{action.id} was given within {action.cooldown_days} days"
    crowded = f"{action.id} by {channel.id} is one too many beside what an earlier list of this night has"
    yield Reason.ALREADY_HANDED_OVER, crowded
    yield Reason.SCORE_NOT_POSITIVE, f"{action.id} by {channel.id} is expected to win no more than it costs"
    drawn = f"she is left to chance this month, and tonight it fell not on {action.id} by {channel.id}"
    yield Reason.NOT_DRAWN, drawn
    yield Reason.OUTRANKED, f"another action or channel scores above {action.id} by {channel.id}"
    yield (
        Reason.NIGHTLY_LIMIT,
        f"what a night may use is worth more elsewhere than in {action.id} by {channel.id}",
    )


def _cap(touchpoints: int, days: int) -> str:
    return f"{touchpoints} touchpoint{'s' * (touchpoints != 1)} in {days} day{'s' * (days != 1)}"


def by_action(
    catalogue: "ActionCatalogue", expression: Callable[["Action"], str], *, number: str = "action_number"
) -> str:
    """A SQL case that evaluates the expression of the row's own action only."""
    cases = " ".join(
        f"when {position} then {expression(action)}" for position, action in enumerate(catalogue.actions)
    )
    return f"case {number} {cases} end"


def sentence_sql(sentence: str, column_types: Mapping[str, str], *, table: str = "customers") -> str:
    """SQL that fills the slots of a sentence from `table`, whose columns have `column_types`."""
    return " || ".join(
        _slot_sql(part, column_types[part.column], table) if isinstance(part, Slot) else literal(part)
        for part in sentence_parts(sentence)
    )


def evidence_sql(action: "Action", column_types: Mapping[str, str], *, table: str = "customers") -> str:
    """SQL for the JSON object of the columns that the action shows as evidence."""
    pairs = ", ".join(
        f"{literal(name)}, {_json_value(f'{table}.{quoted(name)}', column_types[name])}"
        for name in action.evidence
    )
    return f"cast(json_object({pairs}) as varchar)"


def _json_value(value: str, column_type: str) -> str:
    # JSON knows neither NaN nor infinity
    is_float = column_type in {"DOUBLE", "FLOAT"}
    return f"case when isfinite({value}) then {value} end" if is_float else value


def _slot_sql(slot: Slot, column_type: str, table: str) -> str:
    value = f"{table}.{quoted(slot.column)}"
    if column_type.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
        # a number is for reading: two decimals, and none if they are zero
        value = f"regexp_replace(cast(try_cast({value} as decimal(18, 2)) as varchar), '\\.00$', '')"
    # a value is one line, whatever it held: a line break would start a new row in some tools
    one_line = f"trim(regexp_replace(cast({value} as varchar), '[\\p{{Z}}\\p{{C}}]+', ' ', 'g'))"
    return f"coalesce(nullif({one_line}, ''), {literal(slot.fallback or 'unknown')})"
