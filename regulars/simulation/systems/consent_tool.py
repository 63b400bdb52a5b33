"""The consent tool's exports: statements, preferences and requests to be forgotten.

No vendor's CSV layout is documented well enough to copy, so this is the generic one: an identifier, an
additional one where the statement is about a phone, the purpose, and when it was stated.
"""

import polars as pl

from regulars.simulation.export import Export, Reading
from regulars.simulation.facts import DayFacts
from regulars.simulation.systems.cells import utc_second
from regulars.simulation.world import World


def exports(facts: DayFacts, _world: World) -> tuple[Export, ...]:
    """The files that the consent tool drops at the end of a day."""
    day = facts.day
    return (
        Export("consents", f"consents/consents_{day}.csv", _consents(facts.consents), (Reading("consents"),)),
        Export(
            "preferences",
            f"consents/preferences_{day}.csv",
            _preferences(facts.preferences),
            (Reading("preferences"),),
        ),
        Export(
            "erasure requests",
            f"consents/erasure_requests_{day}.csv",
            _erasure_requests(facts.erasures),
            (Reading("erasure_requests"),),
        ),
    )


def _consents(consents: pl.DataFrame) -> pl.DataFrame:
    return consents.select(
        pl.coalesce("email", "phone").alias("identifier"),
        pl.when(pl.col("channel") == "sms").then(pl.col("phone")).alias("additional_identifier"),
        "channel",
        "purpose",
        "status",
        utc_second("at").alias("effective_at"),
        "source",
        "jurisdiction",
    )


def _preferences(preferences: pl.DataFrame) -> pl.DataFrame:
    return preferences.select(
        pl.col("email").alias("identifier"),
        "key",
        "value",
        utc_second("at").alias("stated_at"),
        utc_second("expires_at").alias("expires_at"),
    )


def _erasure_requests(erasures: pl.DataFrame) -> pl.DataFrame:
    return erasures.select(
        pl.col("email").alias("identifier"),
        pl.col("phone").alias("additional_identifier"),
        utc_second("at").alias("requested_at"),
    )
