"""The name of the rules that decided, so that every row can be traced to the configuration behind it."""

import hashlib
from collections.abc import Sequence

from regulars.models.decisions.scores import Knowledge
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from regulars.store.experiments import Experiment


def policy_id(
    catalogue: ActionCatalogue,
    channels: Channels,
    experiments: Sequence[Experiment],
    knowledge: Knowledge | None,
) -> str:
    """`rules-`, or `model-` with `knowledge`, and a hash of actions, channels, experiments and models."""
    rules = "\n".join(
        [
            catalogue.model_dump_json(),
            channels.model_dump_json(),
            *(experiment.model_dump_json() for experiment in experiments),
            *([knowledge.versions] if knowledge else []),
        ]
    )
    return f"{'model' if knowledge else 'rules'}-" + hashlib.sha256(rules.encode()).hexdigest()[:12]
