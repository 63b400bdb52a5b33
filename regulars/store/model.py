"""The base of everything a user writes in YAML: immutable, and without room for a misspelt key."""

from pydantic import BaseModel, ConfigDict


class StoreModel(BaseModel):
    """A part of a store's configuration; an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
