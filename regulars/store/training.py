"""What store.yml says of statistical models: whom they are about, what they learn from, and when."""

from typing import Literal

from pydantic import Field

from regulars.store.features import Context
from regulars.store.model import StoreModel

# four whole weeks, after which one sees first whether a prediction holds
EARLY_DAYS = 28
Every = Literal["month", "quarter", "year"]
ChurnOf = Literal["orders", "subscriptions"]


class Churn(StoreModel):
    """Who counts as a customer who may leave, and when she has."""

    of: ChurnOf = Field(
        "orders",
        description="Whether who leaves is who orders no more, or whose subscription ends",
    )
    horizon_days: int = Field(
        90,
        ge=7,
        le=365,
        description="Who does not order for so many days, or whose subscription ends in them, has left",
    )
    active_days: int = Field(
        90,
        ge=7,
        le=730,
        description="Whoever ordered in so many days is a customer; who subscribes is one anyway",
    )
    cold_start_days: int = Field(
        30,
        ge=0,
        description="Whose first order, or subscription, is not older than so many days gets no score yet",
    )


class Propensity(StoreModel):
    """In which product categories a purchase is predicted, and how far ahead."""

    horizon_days: int = Field(
        30, ge=7, le=365, description="For how many days it is said whether she buys in a category"
    )
    categories: int = Field(
        3,
        ge=0,
        le=20,
        description="Of how many categories it is said, those with the most customers; 0: none",
    )
    most_rows: int = Field(
        50_000, ge=1_000, description="The most customers, counted at every month's end, to learn one from"
    )


class Response(StoreModel):
    """What counts as a response to a touch on a channel, and how many touches tell who responds."""

    horizon_days: int = Field(
        7, ge=1, le=90, description="Until how many days after a touch opening, clicking or ordering responds"
    )
    least_touches: int = Field(
        2_000,
        ge=0,
        le=5_000,
        description="Fewer customers with a touch, counted at every month's end, are too few to learn from",
    )
    most_rows: int = Field(
        50_000, ge=10_000, description="The most of them to learn from, for each channel and response"
    )


class Training(StoreModel):
    """From what statistical models learn, and when."""

    month_ends: int = Field(
        12, ge=0, le=36, description="At how many ends of past months the features of everybody are computed"
    )
    every: Every = Field("quarter", description="On the last night of what models are trained anew")
    contexts: tuple[Context, ...] = Field(
        ("commerce", "web", "message", "survey", "stated"),
        min_length=1,
        description="Where facts may come from whose features enter a model; support is left out, because"
        " who asks for help does not expect offers for it",
    )
    features: tuple[str, ...] = Field(
        (),
        description="The only features that models learn from; all of the allowed contexts if none is named",
    )
    most_rows: int = Field(
        250_000, ge=1_000, description="The most customers, counted at every month's end, to learn from"
    )
    least_active_customers: int = Field(
        5_000, ge=0, description="Fewer customers who ordered in the horizon are too few to learn from"
    )
    least_outcomes: int = Field(
        100, ge=2, description="Fewer who stayed, or who left, are too few to learn from"
    )
    least_horizons: int = Field(
        3, ge=3, description="A history shorter than so many horizons is too short to learn from"
    )
    tuning_trials: int = Field(
        0,
        ge=0,
        le=50,
        description="How many ways to grow trees are tried whenever models are trained; 0: the usual one",
    )
    churn: Churn = Churn()
    propensity: Propensity = Propensity()
    response: Response = Response()
