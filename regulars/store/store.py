"""A store is a folder: everything about one company, read and checked before anything runs."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

from regulars.store import cross_checks
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from regulars.store.contracts import Contract
from regulars.store.delivery_words import DELIVERY_WORDS, DeliveryWords
from regulars.store.destinations import DESTINATIONS, Destination, Destinations
from regulars.store.errors import UserError
from regulars.store.experiments import Experiment, load_experiments
from regulars.store.hold_words import HOLD_WORDS, HoldWords
from regulars.store.identity import IDENTITY_WORDS, IdentityWords
from regulars.store.identity_model import IDENTITY_MODEL, TRAIN, IdentityModel, load_model
from regulars.store.model_words import MODEL_WORDS, ModelWord, ModelWords
from regulars.store.patterns import PATTERNS, Patterns
from regulars.store.presets import load_contract
from regulars.store.rule_words import RULE_WORDS, RuleWords
from regulars.store.segments import SEGMENTS, Segments
from regulars.store.settings import StoreSettings
from regulars.store.suppressions import SuppressionFile, read_suppressions, suppressed
from regulars.store.yaml_file import YamlFile, load


@dataclass(frozen=True)
class Store:
    """One company's folder; see docs/stores.md for its layout."""

    folder: Path
    settings_file: YamlFile[StoreSettings]
    contract_files: tuple[YamlFile[Contract], ...]
    segments_file: YamlFile[Segments]
    actions_file: YamlFile[ActionCatalogue]
    channels_file: YamlFile[Channels]
    patterns_file: YamlFile[Patterns]
    identity_words_file: YamlFile[IdentityWords] | None = None
    identity_model: IdentityModel | None = None
    model_words_file: YamlFile[ModelWords] | None = None
    rule_words_file: YamlFile[RuleWords] | None = None
    hold_words_file: YamlFile[HoldWords] | None = None
    destinations_file: YamlFile[Destinations] | None = None
    delivery_words_file: YamlFile[DeliveryWords] | None = None
    experiment_files: tuple[YamlFile[Experiment], ...] = ()
    suppression_files: tuple[SuppressionFile, ...] = ()

    @property
    def settings(self) -> StoreSettings:
        """The content of store.yml."""
        return self.settings_file.content

    @property
    def exports(self) -> Path:
        """Where the systems drop their files; never written by us."""
        return self.folder / "exports"

    @property
    def state(self) -> Path:
        """Everything that is ours and can be built again from exports and configuration."""
        return self.folder / "state"

    @cached_property
    def configuration(self) -> dict[str, str]:
        """What every file of the configuration held as it was read, by its path below the folder, in order.

        Files that the store leaves to the program are there under the names that its own would have.
        """
        files = {file.path: file.text for file in self.contract_files}
        files |= {file.path: file.text for file in self.experiment_files}
        files |= {file.path: file.text for file in self.suppression_files}
        for file in (self.settings_file, self.actions_file, self.channels_file):
            files[file.path] = file.text
        # in the store's folder or the program's
        files[self.folder / SEGMENTS] = self.segments_file.text
        files[self.folder / PATTERNS] = self.patterns_file.text
        for optional in (
            self.identity_words_file,
            self.model_words_file,
            self.rule_words_file,
            self.hold_words_file,
            self.identity_model,
            self.destinations_file,
            self.delivery_words_file,
        ):
            if optional:
                files[optional.path] = optional.text
        return {path.relative_to(self.folder).as_posix(): files[path] for path in sorted(files)}

    @cached_property
    def naming_people(self) -> frozenset[str]:
        """The files of the configuration in which addresses and accounts of people stand."""
        words = (self.hold_words_file, self.identity_words_file)
        paths = [file.path for file in (*words, *self.suppression_files) if file]
        return frozenset(path.relative_to(self.folder).as_posix() for path in paths)

    @cached_property
    def config_hash(self) -> str:
        """Changes whenever any file of the configuration changes."""
        parts = [f"{name}\0{text}\0" for name, text in self.configuration.items()]
        return hashlib.sha256("".join(parts).encode()).hexdigest()[:16]

    @property
    def model_words(self) -> dict[str, ModelWord]:
        """The versions that humans named, by model."""
        return self.model_words_file.content.in_force if self.model_words_file else {}

    @property
    def rules(self) -> tuple[str, ...]:
        """What `regulars review` may name: every segment, action and channel, and the journeys as a whole."""
        return (
            *(f"segment:{segment.id}" for segment in self.segments_file.content.segments),
            *(f"action:{action.id}" for action in self.actions_file.content.actions),
            *(f"channel:{channel}" for channel in self.channels_file.content.ids),
            "journeys",
        )

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """What is, was or will be tried, by name; none if the store has no folder experiments."""
        return tuple(file.content for file in self.experiment_files)

    @property
    def destinations(self) -> tuple[Destination, ...]:
        """The tools to which files go; none if the store has no destinations.yml."""
        return self.destinations_file.content.destinations if self.destinations_file else ()

    def declared_receiver(self, destination: Destination) -> dict[str, object]:
        """What a gate must know of a destination, and the nights on which many may leave its audiences."""
        words = self.delivery_words_file.content.words if self.delivery_words_file else ()
        heard = (*destination.channels, *([destination.permitted_by] if destination.permitted_by else ()))
        return {
            "id": destination.id,
            "channels": sorted(set(heard)),
            "permitted_by": destination.permitted_by if destination.has_people else "",
            "purpose": destination.purpose,
            "segments": list(destination.segments),
            "suppression_hours": destination.suppression_hours,
            "confirmed": [word.day.isoformat() for word in words if word.destination == destination.id],
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but should be looked at."""
        untrained = [self.untrained] if self.untrained else []
        unverified = self.destinations_file.content.warnings if self.destinations_file else ()
        return (*self.segments_file.content.warnings, *untrained, *unverified)

    @property
    def untrained(self) -> str | None:
        """Why nothing is linked by likeness yet, though the store asks for it."""
        if not self.settings.identity.probable or self.identity_model:
            return None
        return (
            f"identity.probable is set, but {IDENTITY_MODEL} is not there yet: nothing is linked by likeness"
            f" until `{TRAIN}` has written it"
        )

    @cached_property
    def last_day(self) -> date | None:
        """The last day of a history that has ended, or that a simulated clock has reached.

        Raises:
            UserError: The file that should hold the day is missing or holds none.
        """
        if not self.settings.last_day_file:
            return self.settings.last_day
        path = self.folder / self.settings.last_day_file
        try:
            return date.fromisoformat(path.read_text("utf-8").strip())
        except (OSError, ValueError) as error:
            raise UserError(
                f"cannot be read as the store's last day: {error}",
                file=path,
                remedy=f"`regulars simulate --store {self.folder}` writes it; else remove last_day_file",
            ) from error

    def day_end(self, day: date) -> datetime:
        """The first moment after `day` in the store's time zone, as a UTC time without a zone."""
        midnight = datetime.combine(day + timedelta(days=1), time(), self.settings.zone)
        return midnight.astimezone(UTC).replace(tzinfo=None)

    def check_day(self, day: date, *, newest: date) -> None:
        """Refuse a day outside the store's history.

        Raises:
            UserError: The day lies before the first day of the store or after `newest`.
        """
        first = self.settings.first_day
        if not first <= day <= newest:
            raise UserError(
                f"there is no night {day}: the nights of this store are {first} to {newest}",
                file=self.settings_file.path,
                remedy="name a day in between, or change first_day or last_day",
            )


def open_store(folder: Path, *, is_planning: bool = False) -> Store:
    """Read and check every file of a store's folder.

    While somebody `is_planning`, experiments may lack their sample size, which is what is looked for.

    Raises:
        UserError: The first mistake found, with file, line and remedy.
    """
    if not (folder / "store.yml").is_file():
        raise UserError(
            "not a store: it has no store.yml",
            file=folder,
            remedy="name a folder such as stores/complete_journey, or make one with `regulars init`",
        )
    contracts = tuple(load_contract(path) for path in sorted((folder / "sources").glob("*.y*ml")))
    if not contracts:
        raise UserError(
            "the store has no contract", file=folder / "sources", remedy="add sources/<system>.yml"
        )
    destinations = folder / DESTINATIONS
    store = Store(
        folder=folder,
        settings_file=load(folder / "store.yml", StoreSettings),
        contract_files=contracts,
        segments_file=load(_own_or_packaged(folder, SEGMENTS), Segments),
        actions_file=load(folder / "actions.yml", ActionCatalogue),
        channels_file=load(folder / "channels.yml", Channels),
        patterns_file=load(_own_or_packaged(folder, PATTERNS), Patterns),
        identity_words_file=IDENTITY_WORDS.of(folder),
        identity_model=load_model(folder),
        model_words_file=MODEL_WORDS.of(folder),
        rule_words_file=RULE_WORDS.of(folder),
        hold_words_file=HOLD_WORDS.of(folder),
        destinations_file=load(destinations, Destinations) if destinations.exists() else None,
        delivery_words_file=DELIVERY_WORDS.of(folder),
        experiment_files=load_experiments(folder),
        suppression_files=read_suppressions(folder),
    )
    for mistake in _mistakes(store, is_planning=is_planning):
        raise mistake
    return store


def _own_or_packaged(folder: Path, name: str) -> Path:
    """The store's file of a name, or the program's where the store has none."""
    return folder / name if (folder / name).exists() else Path(__file__).with_name(name)


def _mistakes(store: Store, *, is_planning: bool) -> Iterator[UserError]:
    channels = store.channels_file.content
    if store.identity_model and (probable := store.settings.identity.probable):
        yield from store.identity_model.mistakes(probable)
    yield from cross_checks.systems(store.contract_files)
    yield from cross_checks.account_systems(store.settings_file, store.contract_files)
    yield from cross_checks.permissions(store.settings_file, channels)
    yield from cross_checks.training(store.settings_file)
    yield from cross_checks.metric_goals(store.settings_file, store.segments_file.content)
    if store.segments_file.path.parent != store.folder:
        yield from cross_checks.packaged_segments(store.segments_file.content, store.actions_file)
    yield from cross_checks.segments(store.segments_file, store.actions_file.content)
    yield from cross_checks.patterns(store.patterns_file, store.settings.timeline_days)
    yield from cross_checks.actions(store.actions_file, store.segments_file.content, channels)
    if store.destinations_file:
        yield from cross_checks.destinations(
            store.destinations_file, store.segments_file.content, channels, store.actions_file.content
        )
    if store.delivery_words_file:
        yield from cross_checks.delivery_words(store.delivery_words_file, store.destinations)
    for listed in store.suppression_files:
        suppressed(listed, channels.ids)
    yield from cross_checks.experiments(
        store.experiment_files,
        store.segments_file.content,
        store.actions_file.content,
        is_planning=is_planning,
    )
