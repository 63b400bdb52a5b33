"""What the files of a store must agree on with each other and with the profile."""

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec

import duckdb

from regulars.store.actions import ActionCatalogue, check_actions
from regulars.store.channels import Channels
from regulars.store.contracts import Contract
from regulars.store.delivery_words import DeliveryWords
from regulars.store.destinations import Destination, Destinations, check_destinations
from regulars.store.errors import UserError, nearest
from regulars.store.experiments import Experiment, check_experiment, check_together
from regulars.store.expressions import columns_in
from regulars.store.features import features, what_forbids
from regulars.store.patterns import PATTERN_SHOWN_DAYS, Patterns
from regulars.store.profile import profile_columns, segment_columns, timeline_columns
from regulars.store.segments import Segments
from regulars.store.settings import StoreSettings
from regulars.store.yaml_file import Location, YamlFile


def metric_goals(settings: YamlFile[StoreSettings], segments: Segments) -> Iterator[UserError]:
    """Goals for a segment that does not exist."""
    known = [segment.id for segment in segments.segments]
    for position, goal in enumerate(settings.content.metrics.goals):
        if goal.breakdown == "segment" and goal.breakdown_id not in known:
            yield settings.error(
                f"goal for {goal.metric} names segment '{goal.breakdown_id}', which segments.yml"
                f" does not have; {nearest(goal.breakdown_id, known)}",
                ("metrics", "goals", position, "breakdown_id"),
            )


def systems(contracts: tuple[YamlFile[Contract], ...]) -> Iterator[UserError]:
    """Two contracts of one system."""
    seen: dict[str, str] = {}
    for contract in contracts:
        system = contract.content.system
        if system in seen:
            yield contract.error(f"system '{system}' is also declared in {seen[system]}", ("system",))
        seen[system] = contract.path.name


def account_systems(
    settings: YamlFile[StoreSettings], contracts: tuple[YamlFile[Contract], ...]
) -> Iterator[UserError]:
    """Accounts or anonymous ids of a system that has no contract."""
    known = [contract.content.system for contract in contracts]
    named: list[tuple[YamlFile[Contract] | YamlFile[StoreSettings], str | None, Location]] = [
        (settings, settings.content.identity.accounts, ("identity", "accounts"))
    ]
    for contract in contracts:
        named.append((contract, contract.content.accounts, ("accounts",)))
        named.append((contract, contract.content.anonymous_ids, ("anonymous_ids",)))
    for file, system, place in named:
        if system is not None and system not in known:
            yield file.error(
                f"{place[-1]} of unknown system '{system}'; {nearest(system, known)}",
                place,
                remedy="name the system of a contract",
            )


def permissions(settings: YamlFile[StoreSettings], channels: Channels) -> Iterator[UserError]:
    """A permission for a channel that does not exist."""
    for index, permission in enumerate(settings.content.permissions):
        if permission.channel not in channels.ids:
            yield settings.error(
                f"permission for unknown channel '{permission.channel}'; "
                f"{nearest(permission.channel, channels.ids)}",
                ("permissions", index, "channel"),
                remedy="name a channel of channels.yml",
            )


def training(settings: YamlFile[StoreSettings]) -> Iterator[UserError]:
    """A feature that does not exist, or that may not enter a model; trials without what tries them."""
    declared = settings.content.training
    if declared.tuning_trials and find_spec("optuna") is None:
        yield settings.error(
            f"{declared.tuning_trials} trials need the library optuna, which is not installed",
            ("training", "tuning_trials"),
            remedy="pip install 'regulars[tuning]', or set it to 0",
        )
    for index, name in enumerate(declared.features):
        place: Location = ("training", "features", index)
        if name not in features():
            yield settings.error(
                f"there is no feature '{name}'; {nearest(name, features())}",
                place,
                remedy="name a column of customer_features",
            )
        elif why := what_forbids(features()[name], declared.contexts):
            yield settings.error(
                f"'{name}' may not enter a model: {why}",
                place,
                remedy="leave it out, or allow its context in training.contexts",
            )


def packaged_segments(segments: Segments, catalogue: YamlFile[ActionCatalogue]) -> Iterator[UserError]:
    """An action that the program's own segments name, and a store that has no others does not declare."""
    actions = {action.id for action in catalogue.content.actions}
    for segment in segments.segments:
        for action in segment.actions:
            if action not in actions:
                yield catalogue.error(
                    "the store has no segments.yml, so that it has the program's segments, and"
                    f" '{segment.id}' of these names action '{action}', which is not here",
                    ("actions",),
                    remedy="add the action, or a segments.yml beside this file",
                )


def segments(file: YamlFile[Segments], catalogue: ActionCatalogue) -> Iterator[UserError]:
    """A segment whose action or feature does not exist, or whose predicate cannot be evaluated."""
    actions = [action.id for action in catalogue.actions]
    for index, segment in enumerate(file.content.segments):
        for position, action in enumerate(segment.actions):
            if action not in actions:
                yield file.error(
                    f"segment '{segment.id}' names unknown action '{action}'; {nearest(action, actions)}",
                    ("segments", index, "actions", position),
                    remedy="name an action of actions.yml",
                )
        for key, said in (("predicate", segment.predicate), ("leave_when", segment.leave_when)):
            place: Location = ("segments", index, key)
            for column in sorted(columns_in(said or "true") - segment_columns().keys()):
                message = (
                    f"segment '{segment.id}' uses column '{column}'; {nearest(column, segment_columns())}"
                )
                yield file.error(message, place, remedy="name a column of customer_features, or a score")
            if said and (problem := _unusable(said, segment_columns())):
                yield file.error(f"segment '{segment.id}': '{said}': {problem}", place)


def patterns(file: YamlFile[Patterns], timeline_days: int) -> Iterator[UserError]:
    """A pattern whose SQL cannot be evaluated, or that takes longer than the timeline remembers."""
    for index, pattern in enumerate(file.content.patterns):
        entries = {"when": pattern.when, "then": pattern.then, "without": pattern.without}
        for role, entry in entries.items():
            if entry and (problem := _unusable(entry.where, timeline_columns())):
                place: Location = ("patterns", index, role)
                yield file.error(f"pattern '{pattern.id}': '{entry.where}': {problem}", place)
        if (pattern.within_days or 0) + PATTERN_SHOWN_DAYS > timeline_days:
            yield file.error(
                f"pattern '{pattern.id}' takes {pattern.within_days or 0} days and is shown for"
                f" {PATTERN_SHOWN_DAYS}, but timeline_days of store.yml is {timeline_days}",
                ("patterns", index, "id"),
                remedy="raise timeline_days, or lower within_days",
            )


def actions(file: YamlFile[ActionCatalogue], segments: Segments, channels: Channels) -> Iterator[UserError]:
    """An action whose stage, channel or column does not exist, or whose condition cannot be evaluated."""
    for mistake in check_actions(
        file.content, channels, stage_ids=segments.stage_ids, profile_columns=profile_columns()
    ):
        yield file.error(mistake.message, mistake.location)
    for index, action in enumerate(file.content.actions):
        if action.eligible_when and (problem := _unusable(action.eligible_when, profile_columns())):
            message = f"action '{action.id}': '{action.eligible_when}': {problem}"
            yield file.error(message, ("actions", index, "eligible_when"))
        for number, weight in enumerate(action.weights):
            if problem := _unusable(weight.when, profile_columns()):
                message = f"action '{action.id}': '{weight.when}': {problem}"
                yield file.error(message, ("actions", index, "weights", number, "when"))


def destinations(
    file: YamlFile[Destinations], segments: Segments, channels: Channels, catalogue: ActionCatalogue
) -> Iterator[UserError]:
    """A destination whose tool, channel, field, segment or action is none, or that its tool does not take."""
    known = [segment.id for segment in segments.segments]
    for mistake in check_destinations(file.content, channels, known, catalogue.actions):
        yield file.error(mistake.message, mistake.location, remedy="name what its tool takes")


def delivery_words(file: YamlFile[DeliveryWords], known: tuple[Destination, ...]) -> Iterator[UserError]:
    """A word on a destination that does not exist."""
    ids = [destination.id for destination in known]
    for index, word in enumerate(file.content.words):
        if word.destination not in ids:
            yield file.error(
                f"a word on unknown destination '{word.destination}'; {nearest(word.destination, ids)}",
                ("words", index, "destination"),
                remedy="name one of destinations.yml, or remove the word",
            )


def experiments(
    files: tuple[YamlFile[Experiment], ...],
    segments: Segments,
    catalogue: ActionCatalogue,
    *,
    is_planning: bool,
) -> Iterator[UserError]:
    """An experiment that names what is not there, or could not be read when it is over."""
    unknown = False
    for file in files:
        for mistake in check_experiment(file.content, segments, catalogue):
            unknown = True
            yield file.error(
                mistake.message, mistake.location, remedy="mend it; docs/experiments.md says what arms may be"
            )
        if file.content.sample_size is None and not is_planning:
            yield file.error(
                "the experiment has no sample_size, so that nobody would know when it may be read",
                ("metric",),
                remedy=f"`regulars experiment plan {file.content.id}` says how many units an arm needs",
            )
    if not unknown:
        together = check_together([file.content for file in files], catalogue)
        for index, mistake in together:
            yield files[index].error(mistake.message, mistake.location, remedy="mend start_date or the end")


def _unusable(predicate: str, columns: dict[str, str]) -> str | None:
    """What DuckDB has against `predicate` over an empty table with these columns, if anything."""
    try:
        _empty_table(tuple(columns.items())).cursor().execute(f"select 1 from profile where ({predicate})")
    except duckdb.Error as error:
        return str(error).split("\n")[0]
    return None


@cache
def _empty_table(columns: tuple[tuple[str, str], ...]) -> duckdb.DuckDBPyConnection:
    """A database with an empty table `profile`."""
    connection = duckdb.connect()
    described = ", ".join(f'"{name}" {data_type}' for name, data_type in columns)
    connection.execute(f"create table profile ({described})")
    return connection
