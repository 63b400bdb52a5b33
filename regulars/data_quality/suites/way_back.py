"""Whether what came back agrees with what was handed over, and whether any file was lost on the way.

Part of the border of the action lists. Not here: what an answer means (`models/way_back`).
"""

from collections.abc import Iterator

from regulars.data_quality.checks import Check, Night, NoRows, Unique

_OWNER = "crm"
_OUTCOMES = "decisions.action_outcomes"
_FILES = "decisions.delivery_reconciliation"
_COUNTS = ("accepted_count", "sent_count", "failed_count", "guessed_count", "unanswered_count")
# a file that is lost is said so for a week after it should have been answered
_SAID_DAYS = 10


def checks(night: Night) -> Iterator[Check]:
    """The checks of both tables."""
    yield from _outcome_checks()
    yield _counts_are_possible()
    yield _files_are_answered(night)


def _outcome_checks() -> Iterator[Check]:
    yield Check(
        table=_OUTCOMES,
        name="decision_has_one_outcome",
        rule=Unique(("decision_id",)),
        meaning="What became of a decision is said once.",
        owner=_OWNER,
    )
    yield Check(
        table=_OUTCOMES,
        name="what_came_back_was_handed_over",
        rule=NoRows(
            f"""
            select decision_id from {_OUTCOMES} as outcomes
            where kept_out is null and not exists (
                    select 1 from decisions.planned_touchpoints as plans
                    where plans.decision_id = outcomes.decision_id
                )
                or kept_out is not null and (matched_by is not null or is_accepted)
            """,
            ("decision_id",),
        ),
        meaning="Only what was planned counts as handed over, and nothing came back of what was kept out.",
        owner=_OWNER,
    )


def _counts_are_possible() -> Check:
    return Check(
        table=_FILES,
        name="counts_are_possible",
        rule=NoRows(
            f"""
            select file from {_FILES}
            where not (
                least({", ".join(_COUNTS)}) >= 0 and handed_over_count > 0
                and greatest({", ".join(_COUNTS)}) <= handed_over_count
                and accepted_count + unanswered_count <= handed_over_count
            )
            """,
            ("file",),
        ),
        meaning="No more came back of a file than it handed over.",
        owner=_OWNER,
    )


def _files_are_answered(night: Night) -> Check:
    return Check(
        table=_FILES,
        name="files_are_answered",
        rule=NoRows(
            f"""
            select
                file,
                concat(
                    file, ' of ', planned_date, ': nothing was heard of ', unanswered_count, ' of ',
                    handed_over_count,
                    case when destination <> '' and delivered_count is null then ', and it was not delivered'
                        else '' end
                ) as told
            from {_FILES}
            where is_missing and planned_date > {night.date_sql} - {_SAID_DAYS}
            """,
            ("unanswered_count",),
            told="told",
        ),
        severity="warn",
        meaning="Where a channel reports, most of each file is heard of within three days; otherwise it may "
        "not have been imported.",
        owner=_OWNER,
    )
