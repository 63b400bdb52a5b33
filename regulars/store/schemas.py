"""The JSON schema of every YAML file of a store, for editors that complete and check while one types."""

import json
from pathlib import Path

from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from regulars.store.contracts import Contract
from regulars.store.destinations import Destinations
from regulars.store.experiments import Experiment
from regulars.store.identity import IdentityWords
from regulars.store.model import StoreModel
from regulars.store.patterns import Patterns
from regulars.store.presets import PresetContract
from regulars.store.segments import Segments
from regulars.store.settings import StoreSettings

SCHEMAS: dict[str, type[StoreModel]] = {
    "store": StoreSettings,
    "source": Contract,
    "preset_source": PresetContract,
    "patterns": Patterns,
    "segments": Segments,
    "actions": ActionCatalogue,
    "channels": Channels,
    "destinations": Destinations,
    "experiment": Experiment,
    "identity_words": IdentityWords,
}


def write(folder: Path) -> list[Path]:
    """Write one `<name>.schema.json` per kind of file; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, model in SCHEMAS.items():
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(model.model_json_schema(), indent=2) + "\n", "utf-8")
        paths.append(path)
    return paths
