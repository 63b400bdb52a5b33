"""model_words.yml as `regulars rollback` writes it: which version of a model a human says must score."""

from pydantic import Field

from regulars.store.words import Word, WordFile, Words


class ModelWord(Word):
    """What a human says of a model: that one version of it scores."""

    model: str = Field(description="Such as churn; as in model_versions")
    version: str = Field(description="A version of it, as in model_versions")


class ModelWords(Words):
    """The content of model_words.yml."""

    words: tuple[ModelWord, ...] = Field(description="The last word on a model holds")

    @property
    def in_force(self) -> dict[str, ModelWord]:
        """The last word on each model."""
        return {word.model: word for word in self.words}


MODEL_WORDS = WordFile(
    "model_words.yml",
    "# Which version of a model must score, whatever is trained; the last word on a model holds.\n"
    "# `regulars rollback` adds words; take one back by removing its lines.\n",
    ModelWords,
)
