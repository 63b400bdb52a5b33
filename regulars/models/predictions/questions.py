"""Every question that tonight's models answer."""

from regulars.models.churn.model import churn
from regulars.models.learning.model import Model
from regulars.models.lifetime_value.model import HORIZONS, lifetime_value
from regulars.store.training import Training


def questions(settings: Training) -> tuple[Model, ...]:
    """The models of a store."""
    return (churn(settings), *(lifetime_value(settings, days) for days in HORIZONS))
