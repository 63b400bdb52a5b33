"""Who answers which question, and what they say: scores follow moods, with noise."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from regulars.simulation import draws, identity
from regulars.simulation.behaviour.web import Sessions
from regulars.simulation.day import Day
from regulars.simulation.draws import Floats, Ints
from regulars.simulation.facts import SURVEY_ANSWERS, shaped
from regulars.simulation.state import State

# ours: invitations a day times the share that answers
NPS_ANSWERS_A_DAY, CSAT_ANSWERS_PER_PARCEL, REASONS_PER_SESSION = 0.0011, 0.05, 0.012
NPS_USUAL, NPS_PER_MOOD, NPS_NOISE = 8.1, 2.0, 1.7
CSAT_USUAL, CSAT_PER_MOOD, CSAT_NOISE = 4.2, 1.0, 0.7
_GOOD = pl.Series(["Love it", "Always fresh, quick delivery", "Kind people", None, None, None])
_MIDDLING = pl.Series(["It is fine", "A bit expensive; quality is ok", "Could be faster", None, None, None])
_BAD = pl.Series(
    ["Parcel late again, nobody cares", 'They said "tomorrow", it took a week', "Broken on arrival", None]
)
_REASONS = pl.Series(
    [
        "Looking for a gift",
        "Just browsing",
        "To reorder what I always buy",
        "Comparing prices",
        "Saw your e-mail",
        "I want to return something",
    ]
)
_WORDS = (_GOOD, _MIDDLING, _BAD, _REASONS)
_NOTHING = pl.Series("about", [None], dtype=pl.String)
_HIGHEST_NPS, _HIGHEST_CSAT = 10, 5
FIRST_SECONDS = 30.0  # of a visit, in which its reason is asked


@dataclass(frozen=True)
class Answers:
    """Who answers one survey today; `score` and `about` have NaN and null where there is none."""

    survey: str
    who: Ints
    score: Floats
    about: pl.Series
    seconds: Floats | None = None  # when it is asked; else at some hour


def survey_answers(
    day: Day, state: State, who: Ints, *, parcels: pl.DataFrame, visits: Sessions
) -> pl.DataFrame:
    """The frame `survey_answers` of facts: NPS by mail, CSAT after a parcel, the question on the site."""
    asked = who[day.chance("nps", who) < NPS_ANSWERS_A_DAY]
    asked = asked[(state.orders[asked] > 0) & day.people.gives_email[asked]]
    parcels = parcels.unique("person", keep="first", maintain_order=True)  # one question a person
    got, order = parcels["person"].to_numpy(), parcels["order_id"].cast(pl.String)
    answers_csat = day.chance("csat", got) < CSAT_ANSWERS_PER_PARCEL
    rated = got[answers_csat]
    seen, visit = np.unique(visits.who, return_index=True)
    is_asked = day.chance("reason", seen) < REASONS_PER_SESSION
    seen, visit = seen[is_asked], visit[is_asked]
    asked_at = visits.seconds[visit] + FIRST_SECONDS * day.chance("reason at", seen)
    answers = [
        Answers("nps", asked, _nps(day, state, asked), _NOTHING.new_from_index(0, len(asked))),
        Answers("csat", rated, _csat(day, state, rated), order.filter(pl.Series(answers_csat))),
        Answers(
            "visit_reason",
            seen,
            np.full(len(seen), np.nan),
            _NOTHING.new_from_index(0, len(seen)),
            asked_at,
        ),
    ]
    return _frame(day, answers)


def _nps(day: Day, state: State, who: Ints) -> Floats:
    noise = day.normal("nps score", who)
    return np.round(NPS_USUAL + NPS_PER_MOOD * state.mood[who] + NPS_NOISE * noise).clip(0, _HIGHEST_NPS)


def _csat(day: Day, state: State, who: Ints) -> Floats:
    noise = day.normal("csat score", who)
    return np.round(CSAT_USUAL + CSAT_PER_MOOD * state.mood[who] + CSAT_NOISE * noise).clip(1, _HIGHEST_CSAT)


def _frame(day: Day, answers: list[Answers]) -> pl.DataFrame:
    people, counts = day.people, [len(each.who) for each in answers]
    who = np.concatenate([each.who for each in answers]).astype(np.int32)
    kind = np.repeat(np.arange(len(answers)), counts)
    drawer = who.astype(np.int64) * len(answers) + kind
    hour = 8.5 * 3600 + day.chance("survey hour", drawer) * 13 * 3600
    start = np.concatenate(
        [
            hour[kind == position] if each.seconds is None else each.seconds
            for position, each in enumerate(answers)
        ]
    )
    names = pl.Series("survey", [each.survey for each in answers])[kind]
    halves = [draws.bits(day.world.seed, "response", drawer, day.number, half) for half in (0, 1)]
    is_asked_on_site = kind == len(answers) - 1
    frame = pl.DataFrame(
        {
            "person": who,
            "response_id": pl.Series(identity.hexadecimal(np.stack(halves, axis=1)), dtype=pl.String),
            "survey": names,
            "score": np.concatenate([each.score for each in answers]),
            "text": _texts(day, answers, drawer),
            "email": identity.emails(people, who, identity.present_version(people, who, day.number)),
            "account_id": identity.account_ids(people, who),
            "about_ref": pl.concat([each.about for each in answers]),
            "started_at": day.at(start),
            "at": day.at(start + 20 + day.chance("survey seconds", drawer) * 160),
            "has_account": people.has_account[who],
            "is_known": ~is_asked_on_site | (day.chance("logged in to answer", who) < 0.4),
        }
    )
    frame = frame.with_columns(
        score=pl.col("score").fill_nan(None),
        email=pl.when("is_known").then("email"),
        account_id=pl.when(pl.col("is_known") & pl.col("has_account")).then("account_id"),
    )
    return shaped(frame, SURVEY_ANSWERS).sort("at", "response_id")


def _texts(day: Day, answers: list[Answers], drawer: Ints) -> pl.Series:
    """Words that fit the score, or a reason where there is none."""
    drawn = day.chance("survey words", drawer)
    highest = {"nps": _HIGHEST_NPS, "csat": _HIGHEST_CSAT}
    share = np.concatenate([each.score / highest.get(each.survey, 1) for each in answers])
    mood = np.select([np.isnan(share), share > 0.85, share > 0.6], [3, 0, 1], 2)
    lengths = np.array([len(words) for words in _WORDS])
    starts = np.cumsum(lengths) - lengths
    chosen: pl.Series = pl.concat(_WORDS)[starts[mood] + np.floor(drawn * lengths[mood]).astype(np.int64)]
    return chosen
