"""The name of the rules that decided, so that every row can be traced to the configuration behind it."""

import hashlib

from regulars.models.decisions.scores import Knowledge
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels


def policy_id(catalogue: ActionCatalogue, channels: Channels, knowledge: Knowledge | None) -> str:
    """`rules-` or `model-` and a hash that changes whenever an action, a channel or a model changes."""
    rules = "\n".join(
        [
            catalogue.model_dump_json(),
            channels.model_dump_json(),
            *([knowledge.versions] if knowledge else []),
        ]
    )
    return f"{catalogue.policy.scores}-" + hashlib.sha256(rules.encode()).hexdigest()[:12]
