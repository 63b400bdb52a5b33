"""What people said of themselves: survey answers and consents."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

Cells = Callable[..., pl.DataFrame]


def test_each_survey_has_a_file_with_its_question_as_a_column(cells: Cells) -> None:
    nps, csat, reason = (
        cells(f"surveys/{survey}_2024-01-08.csv") for survey in ("nps", "csat", "visit_reason")
    )
    assert nps.columns[:3] == [
        "#",
        "How likely are you to recommend us to a friend?",
        "What is the main reason for your score?",
    ]
    assert csat.columns[1] == "How satisfied were you with our help?"
    assert reason.columns[:2] == ["#", "What brought you here today?"]
    assert nps["Submit Date (UTC)"].str.contains(r"^2024-01-08 \d\d:\d\d:\d\d$").all()


def test_a_statement_about_sms_names_the_number_beside_the_account(cells: Cells) -> None:
    consents = cells("consents/consents_2024-01-08.csv")
    has_number = consents["additional_identifier"].is_not_null()
    assert has_number.to_list() == (consents["channel"] == "sms").to_list()
    assert consents["identifier"].str.contains("@").all()


def test_a_kind_without_rows_leaves_no_file(exports: Path) -> None:
    assert not list(exports.glob("consents/preferences_*"))
    assert not list(exports.glob("consents/erasure_requests_*"))
