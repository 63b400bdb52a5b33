"""Every question that tonight's models answer, and why one of an earlier night is asked no more."""

from typing import TYPE_CHECKING

from regulars.models.channel_response import model as response
from regulars.models.churn.model import churn
from regulars.models.learning.model import Model
from regulars.models.lifetime_value.model import HORIZONS, lifetime_value
from regulars.models.purchase_propensity import model as propensity
from regulars.store.training import Training

if TYPE_CHECKING:
    import duckdb

NOT_ASKED = {
    propensity.NAME: "its category is not among the {categories} with the most customers any more"
    " (training.propensity)",
    response.NAME: "its channel is not among those with touches any more",
}


def questions(connection: "duckdb.DuckDBPyConnection", settings: Training) -> tuple[Model, ...]:
    """The models of a store tonight, of its categories and channels."""
    categories = propensity.top_categories(connection, settings.propensity.categories)
    models = (
        churn(settings),
        *(lifetime_value(settings, days) for days in HORIZONS),
        *(propensity.purchase_propensity(settings, category) for category in categories),
        *(
            response.channel_response(settings, channel, act)
            for channel in response.channels(connection)
            for act in response.responses(channel)
        ),
    )
    # of categories, or channels, whose names are all but the same the first is spoken of
    named = {model.name: model for model in reversed(models)}
    return tuple(reversed(named.values()))


def why_not_asked(model: str, settings: Training) -> str:
    """Why nobody asks a model that spoke on an earlier night."""
    for name, why in NOT_ASKED.items():
        if model.startswith(name):
            return why.format(categories=settings.propensity.categories)
    return "this release has no such model"
