"""Makes a world's days one after the other: facts to its systems, truth to its folder, the state kept.

`simulate` begins at day 0 under the company's old habits; `advance` goes on from the last day under a policy.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from regulars.simulation import truth
from regulars.simulation.behaviour.step import SimulatedDay, step
from regulars.simulation.catalogue import draw_catalogue
from regulars.simulation.choices import PolicyName
from regulars.simulation.day import Day
from regulars.simulation.dirt.damaged import DAMAGED_DAY
from regulars.simulation.dirt.late import forget
from regulars.simulation.people import draw_people
from regulars.simulation.policies import HABITS, Policy, StoreAction, listed_rows
from regulars.simulation.saved import read_saved
from regulars.simulation.state import State, disown, first_state, load_state, save_state
from regulars.simulation.systems import write_day
from regulars.simulation.truth import DayOutcome
from regulars.simulation.world import MOST_DAYS, World, load_world
from regulars.store.actions import ActionCatalogue
from regulars.store.errors import UserError
from regulars.store.yaml_file import load

Progress = Callable[[int], None]  # called with 1 after every day
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")  # in the name of each file that is of one day


@dataclass
class Summary:
    """What a run of the simulator did."""

    customers: int
    outcomes: list[DayOutcome] = field(default_factory=list)
    events: int = 0
    messages: int = 0
    files: int = 0
    has_lists: bool = True

    def add(self, simulated: SimulatedDay) -> None:
        """Count a simulated day; its files are counted when they are written."""
        self.outcomes.append(simulated.outcome)
        self.events += simulated.facts.web_events.height
        self.messages += simulated.facts.messages.height

    @property
    def orders(self) -> int:
        """Orders of all simulated days."""
        return sum(outcome.orders for outcome in self.outcomes)


def simulate(
    store: Path, world: World, progress: Progress = lambda _: None, *, replaces: bool = False
) -> Summary | None:
    """Simulate every day of a new world into `<store>/exports`, or return none when it is there already.

    Nothing is removed or written before all that can be refused is read. `replaces` discards what was
    simulated before, the same world too.

    Raises:
        UserError: The exports are of another world, or not of a simulation at all.
    """
    file = _world_file(store)
    refuse_foreign_exports(store)
    if not replaces and file.is_file():
        _refuse_other_world(file, world)
        if load_state(_state_folder(store)):
            return None
    policy = Policy("legacy", store, store_actions(store))
    discard(store)
    world.save(file)
    return _run(world, first_state(draw_people(world)), policy=policy, days=world.days, progress=progress)


def advance(
    store: Path, days: int, policy: PolicyName = "lists", progress: Progress = lambda _: None
) -> Summary:
    """Let the store's world go on by `days` days under a policy.

    Raises:
        UserError: There is no finished simulation to go on from, or too many days would be.
    """
    world, state = load_world(_world_file(store)), load_state(_state_folder(store))
    if state is None:
        raise UserError(
            "this world has no last day to go on from",
            file=_state_folder(store),
            remedy="run `regulars simulate` again; it was interrupted",
        )
    if len(state.mood) != world.customers:
        raise UserError(
            f"this state is one of {len(state.mood)} people, and the world has {world.customers}",
            file=_state_folder(store),
            remedy="bring both back from one copy, or simulate anew with --replace",
        )
    if state.day + 1 + days > MOST_DAYS:
        raise UserError(
            f"{state.day + 1 + days} days are more than a world has", remedy=f"it has {MOST_DAYS} at most"
        )
    chosen = Policy(policy, store, store_actions(store))
    forget_days_after(store, world, state.day)
    return _run(world, state, policy=chosen, days=days, progress=progress)


def discard(store: Path) -> None:
    """Remove everything that a simulation wrote: what says that it is whole, the exports, then the rest.

    Raises:
        UserError: Something cannot be removed; what says that the exports were simulated is still there.
    """
    if _world_file(store).is_file():
        with _removing():
            disown(_state_folder(store))
        _empty(store / "exports")
    _empty(store / "simulation")


def forget_days_after(store: Path, world: World, last: int) -> None:
    """Remove what a run that did not come to its end left of the days after the last one, and go on from it.

    Raises:
        UserError: Something cannot be removed.
    """
    ours, end = store / "simulation", world.date_of(last).isoformat()
    with _removing():
        for folder in (store / "exports", truth.folder_of(store)):
            for file in list(folder.rglob("*")):
                if (day := _DAY.search(file.name)) and day.group() > end:
                    file.unlink()
        if last < DAMAGED_DAY:
            shutil.rmtree(ours / "damaged", ignore_errors=True)
        forget(ours / "late", last)
    _write_last_day(store, world.date_of(last))


def _empty(folder: Path) -> None:
    """Remove what is in a folder, which may be a link to another disk."""
    with _removing():
        for path in folder.iterdir() if folder.is_dir() else ():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


@contextmanager
def _removing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            f"what was simulated before cannot be removed: {error.strerror}",
            file=error.filename,
            remedy="remove it yourself, and run again",
        ) from error


def last_day(store: Path) -> date | None:
    """The last simulated day of a store."""
    file = store / "simulation" / "last_day"
    if not file.is_file():
        return None
    return read_saved(file, lambda path: date.fromisoformat(path.read_text("utf-8").strip()))


def store_actions(store: Path) -> Sequence[StoreAction]:
    """The actions of the store's actions.yml, none where it has no such file."""
    path = store / "actions.yml"
    if not path.is_file():
        return ()
    catalogue = load(path, ActionCatalogue).content
    return [
        StoreAction(action.id, carries_offer=bool(action.offer), channels=action.channels)
        for action in catalogue.actions
    ]


def _run(world: World, state: State, *, policy: Policy, days: int, progress: Progress) -> Summary:
    store = policy.store
    people, catalogue = draw_people(world), draw_catalogue(world)
    summary = Summary(customers=world.customers)
    before = truth.outcomes_before(store, world.date_of(state.day + 1))
    if policy.name == "lists":
        summary.has_lists = listed_rows(store, world.date_of(state.day)) is not None
    truth.write_drift(store, world)
    truth.write_identifiers(store, world, people)
    truth.write_effects(store, world, people, sorted({each.action for each in (*HABITS, *policy.actions)}))
    with ThreadPoolExecutor(max_workers=1) as writer:
        written: Future[int] | None = None
        for number in range(state.day + 1, state.day + 1 + days):
            simulated = step(Day(world, people, catalogue, number), state, policy)
            # one day is written while the next is simulated, and never two, which bounds memory
            if written:
                summary.files += written.result()
            written = writer.submit(_write, store, world, simulated)
            summary.add(simulated)
            progress(1)
        if written:
            summary.files += written.result()
    truth.write_people(store, world, people, state)
    truth.append_outcomes(store, before, summary.outcomes)
    # the state last: whoever is killed before it goes on from the day before, to the same bytes
    _write_last_day(store, world.date_of(state.day))
    save_state(state, _state_folder(store))
    forget(store / "simulation" / "late", state.day)
    return summary


def _write(store: Path, world: World, simulated: SimulatedDay) -> int:
    """Write a day's exports and its touches, and return the number of files."""
    files = write_day(simulated.facts, world, store / "exports")
    day = simulated.facts.day
    truth.write(simulated.touches, truth.folder_of(store) / "touches" / f"{day}.parquet")
    return len(files)


def refuse_foreign_exports(store: Path) -> None:
    """Keep a simulation, and `--replace`, away from exports that real systems dropped.

    Raises:
        UserError: There are exports, and no world that wrote them.
    """
    exports = store / "exports"
    if _world_file(store).is_file() or not exports.is_dir() or not any(exports.iterdir()):
        return
    raise UserError(
        "the exports of this store were not simulated, so they are not overwritten",
        file=exports,
        remedy="name another store, or move the folder away yourself",
    )


def _refuse_other_world(file: Path, world: World) -> None:
    if load_world(file) != world:
        raise UserError(
            "the exports of this store are of another world",
            file=file,
            remedy="add --replace to discard it, or --advance to go on with it",
        )


def _write_last_day(store: Path, day: date) -> None:
    target = store / "simulation" / "last_day"
    part = target.with_suffix(".part")
    part.write_text(f"{day.isoformat()}\n", "utf-8")
    part.replace(target)


def _world_file(store: Path) -> Path:
    return store / "simulation" / "world.json"


def _state_folder(store: Path) -> Path:
    return store / "simulation" / "state"
