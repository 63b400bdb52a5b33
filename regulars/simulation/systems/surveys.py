"""The survey tool's exports, in the CSV of Typeform: one file per survey, questions as column names."""

import polars as pl

from regulars.simulation.export import Export, Reading
from regulars.simulation.facts import DayFacts
from regulars.simulation.systems.cells import bare_utc_time
from regulars.simulation.world import World

SCORE_QUESTIONS = {
    "nps": "How likely are you to recommend us to a friend?",
    "csat": "How satisfied were you with our help?",
}
TEXT_QUESTIONS = {
    "nps": "What is the main reason for your score?",
    "csat": "What could we have done better?",
    "visit_reason": "What brought you here today?",
}


def exports(facts: DayFacts, _world: World) -> tuple[Export, ...]:
    """The files of a day's answers, one per survey."""
    return tuple(
        Export(
            "survey answers",
            f"surveys/{survey}_{facts.day}.csv",
            _answers(facts.survey_answers.filter(pl.col("survey") == survey), survey),
            (Reading("survey_responses"),),
        )
        for survey in TEXT_QUESTIONS
    )


def _answers(answers: pl.DataFrame, survey: str) -> pl.DataFrame:
    score = (
        [pl.col("score").cast(pl.String).alias(SCORE_QUESTIONS[survey])] if survey in SCORE_QUESTIONS else []
    )
    return answers.select(
        pl.col("response_id").alias("#"),
        *score,
        pl.col("text").alias(TEXT_QUESTIONS[survey]),
        "email",
        "account_id",
        pl.col("about_ref").alias("about"),
        pl.lit("completed").alias("Response Type"),
        bare_utc_time("started_at").alias("Start Date (UTC)"),
        pl.lit(None, pl.String).alias("Stage Date (UTC)"),
        bare_utc_time("at").alias("Submit Date (UTC)"),
        pl.col("response_id").str.reverse().str.head(10).alias("Network ID"),
        pl.lit(None, pl.String).alias("Tags"),
        pl.lit("Default ending").alias("Ending"),
    )
