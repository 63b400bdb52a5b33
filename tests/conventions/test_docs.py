"""Documents and code say the same: what a document lists is what the program has."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from regulars.data_quality import suites
from regulars.data_quality.report import CheckResult
from regulars.data_quality.suites import SUITES
from regulars.landing.ledger import DEAD_LETTERS, FILES
from regulars.models.action_lists import handed_over, ledger
from regulars.models.action_lists.cells import KeptOut
from regulars.models.action_lists.people import WHY
from regulars.models.action_lists.write import COLUMNS
from regulars.models.decisions.reason_codes import Reason, Stage
from regulars.models.decisions.tables import TABLES
from regulars.models.experiments.measure import NAMES as MEASURED
from regulars.models.experiments.outcomes import METRICS
from regulars.models.experiments.states import State
from regulars.orchestration.cli import app
from regulars.store.actions import Action, ActionCatalogue, DecisionPolicy, OfferTerms
from regulars.store.channels import AcrossChannels, Channel, QuietHours
from regulars.store.contracts import FORMATS, Contract, Stream
from regulars.store.destinations import Destination
from regulars.store.entities import entities, system_columns
from regulars.store.identity import Probable
from regulars.store.model import StoreModel
from regulars.store.patterns import Pattern
from regulars.store.segments import Segment
from regulars.store.settings import Alerts, Permission, StoreSettings
from regulars.store.tools import tool_names
from regulars.warehouse.carried import CARRIED
from regulars.warehouse.published import PUBLISHED
from tests.conventions.source import ROOT

README = ROOT / "README.md"
DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
MODELS = ROOT / "regulars" / "models"
CARDS = sorted(MODELS.glob("*/README.md"))
DOCUMENTS = [README, ROOT / "regulars" / "dbt_project" / "README.md", *CARDS, *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
LONGEST, LONGEST_CARD = 180, 60
SECTIONS_OF_A_CARD = ["Grades", "Limits", "For what it is, and for what not", "Care"]


def text(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def rows(document: str, heading: str) -> Iterator[list[str]]:
    """The rows of the first Markdown table whose header begins with `heading`, without backticks and bold."""
    lines = iter(document.splitlines())
    for line in lines:
        if line.startswith(f"| {heading} |"):
            next(lines)
            break
    else:
        raise AssertionError(f"no table begins with '{heading}'")
    for line in lines:
        if not line.startswith("|"):
            return
        cells = re.split(r"(?<!\\)\|", line.strip("|"))
        yield [cell.strip().replace("`", "").replace("**", "") for cell in cells]


def section(document: str, heading: str) -> str:
    """What stands below a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", document, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


def anchors(document: Path) -> set[str]:
    """The anchors that a reader's browser makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def words_in_code(document: str) -> set[str]:
    """Every word between backticks."""
    return set(re.findall(r"`([^`\n]+)`", document))


def keys(model: type[StoreModel]) -> dict[str, str]:
    """Every key of a model, with `yes` for those that must be given."""
    return {name: "yes" if field.is_required() else "no" for name, field in model.model_fields.items()}


def decision_columns() -> dict[str, dict[str, str]]:
    """Name and type of every column of every table that the decisions write."""
    found = {}
    for statement in (*TABLES, *handed_over.TABLES, *ledger.TABLES):
        if created := re.search(r"create or replace table decisions\.(\w+) \((.*)\)", statement, re.DOTALL):
            found[created[1]] = dict(re.findall(r"^ +(\w+) (\w+)", created[2], re.MULTILINE))
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_relative_link_resolves(document: Path) -> None:
    broken = []
    for target in LINK.findall(document.read_text("utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_document_outgrows_its_reader(document: Path) -> None:
    assert len(document.read_text("utf-8").splitlines()) <= LONGEST


def test_every_statistical_model_has_a_card() -> None:
    assert [card.parent for card in CARDS] == sorted(file.parent for file in MODELS.glob("*/score.py"))


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.parent.name)
def test_a_card_says_for_what_its_model_is_and_fits_on_a_page(card: Path) -> None:
    content = card.read_text("utf-8")
    assert content.startswith("# Model card: ")
    assert re.findall(r"^## (.+)$", content, re.MULTILINE) == SECTIONS_OF_A_CARD
    assert len(content.splitlines()) <= LONGEST_CARD


def test_every_page_is_reached_from_the_readme() -> None:
    linked = LINK.findall(README.read_text("utf-8"))
    assert {f"docs/{page.name}" for page in DOCS.glob("*.md")} <= {link.partition("#")[0] for link in linked}


def test_decisions_are_numbered_without_gaps_and_say_context_choice_and_consequence() -> None:
    names = sorted(path.name for path in DECISIONS.iterdir())
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
    for name in names:
        content = (DECISIONS / name).read_text("utf-8")
        assert content.startswith(f"# {int(name[:4])}. "), name
        assert re.findall(r"^\*\*(\w+)\.\*\*", content, re.MULTILINE) == ["Context", "Choice", "Consequence"]


def test_the_commands_of_the_documents_are_those_of_the_program() -> None:
    offered = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    listed = {row[0].split()[1].strip(",") for row in rows(README.read_text("utf-8"), "command")}
    named = {
        command
        for document in DOCUMENTS
        for command in re.findall(r"(?:`|bin/|\$ )regulars ([a-z-]+)", document.read_text("utf-8"))
    }
    assert listed == offered
    assert named <= offered


def test_the_make_targets_of_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"(?:`|\$ )make ([a-z]+)", document.read_text("utf-8"))
    }
    assert {"run", "test", "ui"} <= named <= targets


@pytest.mark.parametrize(
    ("page", "heading", "model"),
    [
        ("stores.md", "store.yml", StoreSettings),
        ("stores.md", "segments.yml", Segment),
        ("actions.md", "actions.yml", Action),
        ("profile.md", "patterns.yml", Pattern),
        ("destinations.md", "Destinations: files that tools accept as they are", Destination),
        ("contracts.md", "Contracts: from files to landing tables", Contract),
    ],
)
def test_the_first_table_of_a_section_has_every_key_of_its_file(
    page: str, heading: str, model: type[StoreModel]
) -> None:
    assert {row[0]: row[1] for row in rows(section(text(page), heading), "key")} == keys(model)


@pytest.mark.parametrize(
    ("page", "introduction", "heading", "model"),
    [
        ("stores.md", "Each of `permissions`", "key", Permission),
        ("stores.md", "Under `probable`:", "key", Probable),
        ("stores.md", "Under `alerts`:", "key", Alerts),
        ("actions.md", "## channels.yml", "key of `across_channels`", AcrossChannels),
        ("actions.md", "## channels.yml", "key of `channels`", Channel),
        ("actions.md", "## channels.yml", "key of `quiet_hours`", QuietHours),
        ("actions.md", "### Offers", "key of `offer_terms`", OfferTerms),
        ("actions.md", "### Policy", "key of `policy`", DecisionPolicy),
        ("contracts.md", "Each of `streams`:", "key", Stream),
    ],
)
def test_a_table_of_parts_has_every_key_of_the_part(
    page: str, introduction: str, heading: str, model: type[StoreModel]
) -> None:
    after = text(page).split(introduction)[1]
    assert {row[0]: row[1] for row in rows(after, heading)} == keys(model)


def test_what_stands_beside_the_actions_is_documented() -> None:
    described = words_in_code(section(text("actions.md"), "actions.yml"))
    assert set(ActionCatalogue.model_fields) <= described


def test_the_documented_formats_are_those_that_are_read() -> None:
    named = {word for word in words_in_code(section(text("contracts.md"), "Files")) if word.startswith(".")}
    assert named == {f".{name}" for name in FORMATS}


def test_the_documented_landing_entities_are_those_of_the_seam() -> None:
    described = section(text("contracts.md"), "Landing entities")
    listed = {row[0]: (row[1], row[2]) for row in rows(described, "entity")}
    assert listed == {
        entity.name: (", ".join(entity.key), ", ".join(entity.column_names)) for entity in entities().values()
    }
    assert set(system_columns()) <= words_in_code(described)


def test_the_required_landing_columns_are_bold() -> None:
    required = {
        (entity.name, column.name)
        for entity in entities().values()
        for column in entity.columns
        if column.is_required
    }
    lines = section(text("contracts.md"), "Landing entities").splitlines()
    bold = {
        (line.split("`")[1], name)
        for line in lines
        if line.startswith("| `")
        for name in re.findall(r"\*\*(\w+)\*\*", line)
    }
    assert bold == required


def test_the_documented_vocabularies_are_those_of_the_seam() -> None:
    described = section(text("contracts.md"), "Landing entities")
    for entity in entities().values():
        for column in entity.columns:
            if column.values:
                assert f"`{entity.name}.{column.name}` is one of {', '.join(column.values)}." in described


def test_the_documented_tables_are_the_published_ones() -> None:
    listed = {row[0]: (row[1], row[2]) for row in rows(text("published-tables.md"), "table")}
    assert listed == {table.name: (table.grain, ", ".join(table.key)) for table in PUBLISHED}


def test_the_columns_of_the_tables_that_python_builds_are_documented() -> None:
    page, decisions = text("published-tables.md"), text("decision-tables.md")
    built = decision_columns()
    actions = {row[0]: row[1] for row in rows(section(decisions, "next_actions"), "column")}
    trace = {row[0]: row[1] for row in rows(section(decisions, "decision_trace"), "column")}
    assert actions == built["next_actions"]
    own = {"customer_ref", "send_at", "send_zone", "is_exploration"}
    shared = {name: kind for name, kind in actions.items() if name not in own}
    assert shared | trace == built["decision_trace"]
    for table in ("planned_touchpoints", "kept_out"):
        assert set(built[table]) <= words_in_code(section(decisions, table))
    for table in ("delivered_profiles", "delivered_segments", "destination_kept_out"):
        assert {table, *built[table]} <= words_in_code(section(text("destinations.md"), "The tables"))
    results = {field.name for field in fields(CheckResult)}
    assert results <= words_in_code(section(page, "data_quality_results"))
    assert {*FILES, *DEAD_LETTERS} <= words_in_code(section(page, "files and dead_letters"))
    assert set(COLUMNS) <= words_in_code(section(page, "Action lists"))


def test_what_is_measured_is_documented() -> None:
    described = words_in_code(text("measurement.md"))
    tables = [table for table in CARRIED if table.name in MEASURED]
    assert {column for table in tables for column in table.columns} <= described
    assert [row[0] for row in rows(text("measurement.md"), "metric")] == list(METRICS)
    assert sorted(row[0] for row in rows(text("measurement.md"), "state")) == sorted(State)


def test_every_reason_and_stage_is_documented() -> None:
    described = section(text("decision-tables.md"), "decision_trace")
    assert {reason.value for reason in Reason} <= words_in_code(described)
    assert ", ".join(Stage).replace(", allocation", " or allocation") in described
    kept_out = section(text("decision-tables.md"), "kept_out")
    assert {reason.value for reason in KeptOut} <= words_in_code(kept_out)
    assert set(WHY) <= words_in_code(section(text("destinations.md"), "The tables"))


def test_the_documented_tools_are_those_that_have_a_contract() -> None:
    assert sorted(row[0] for row in rows(text("destinations.md"), "tool")) == list(tool_names())


def test_the_documented_gates_are_those_that_run() -> None:
    assert [row[0] for row in rows(text("gates.md"), "gate")] == list(SUITES)


def test_the_checks_that_have_a_remedy_exist() -> None:
    folder = Path(str(suites.__file__)).parent
    sources = "".join(path.read_text("utf-8") for path in sorted(folder.rglob("*.py")))
    for row in rows(text("gates.md"), "failing check"):
        for check in re.findall(r"\w+_\w+", row[0]):
            assert f'"{check}"' in sources


def test_the_documented_carried_tables_are_those_that_one_night_hands_to_the_next() -> None:
    described = section(text("architecture.md"), "A night")
    assert {table.name for table in CARRIED} <= words_in_code(described)


def test_the_documented_rooms_are_the_packages() -> None:
    folders = [path.name for path in (ROOT / "regulars").iterdir() if path.is_dir()]
    listed = {row[0] for row in rows(text("architecture.md"), "room")}
    assert listed == {name for name in folders if not name.startswith("_")}
