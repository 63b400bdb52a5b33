import re
from itertools import chain

import regulars.models.action_lists.handed_over
import regulars.models.action_lists.last_look
import regulars.models.evaluation.evaluate
import regulars.models.evaluation.log
import regulars.models.experiments.assignment
import regulars.models.experiments.groups
import regulars.models.experiments.units
from regulars.models.decisions.inputs import INPUTS
from tests.conventions.source import modules

TABLE = r"((?:settings|previous|landing|staging|intermediate|marts|predictions)\.\w+)"
READ = re.compile(rf"\b(?:from|join)\s+{TABLE}|\"{TABLE}\"")
READERS = (
    regulars.models.action_lists.handed_over.__name__,
    regulars.models.action_lists.last_look.__name__,
    regulars.models.evaluation.evaluate.__name__,
    regulars.models.evaluation.log.__name__,
    regulars.models.experiments.assignment.__name__,
    regulars.models.experiments.groups.__name__,
    regulars.models.experiments.units.__name__,
)
IMPORTED = re.compile(r"^from (regulars\.models\.(?:experiments|evaluation)\.\w+) import", re.MULTILINE)


def texts() -> dict[str, str]:
    """What decides and looks at lists last, by module."""
    return {
        module.name: module.path.read_text("utf-8")
        for module in modules()
        if module.name in READERS
        or (module.name.startswith("regulars.models.decisions.") and not module.name.endswith(".inputs"))
    }


def test_decisions_and_what_is_handed_over_read_what_is_declared_and_all_of_that() -> None:
    found = chain.from_iterable(map(READ.findall, texts().values()))
    assert {one or other for one, other in found} == set(INPUTS)


def test_every_room_from_which_decisions_borrow_is_looked_at() -> None:
    borrowed = set(chain.from_iterable(map(IMPORTED.findall, texts().values())))
    assert {name for name in borrowed if not name.endswith(".estimates")} <= set(READERS)
