"""The name of the rules that decided, so that every row can be traced to the configuration behind it."""

import hashlib

from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels


def policy_id(catalogue: ActionCatalogue, channels: Channels) -> str:
    """`rules-` and a hash that changes whenever an action or a channel changes."""
    rules = catalogue.model_dump_json() + "\n" + channels.model_dump_json()
    return "rules-" + hashlib.sha256(rules.encode()).hexdigest()[:12]
