"""Conventions of the Python source, each with its reason."""

import ast
import re

from tests.conventions.source import PACKAGE, modules

LONGEST_BODY = 60

# a night is a function of its day; these read the clock for another purpose
CLOCK_READERS = {
    "regulars.orchestration.cli.nights": "says how many seconds a command took",
    "regulars.orchestration.cli.stores": "says on which day a store was made",
    "regulars.orchestration.nightly": "finds out which day is over, before a night has its day",
}
CLOCKS = {"now", "today", "utcnow"}
SQL = re.compile(
    r"\b(select\b.+\bfrom|insert\s+into|create\s+(or\s+replace\s+)?(table|view)|delete\s+from)\b",
    re.DOTALL,
)

# facts about tables, not about customers
CATALOGUE = {"regulars.orchestration.tables": "names and types of columns, for the web UI"}


def test_every_module_says_what_lives_in_it() -> None:
    assert [module.name for module in modules() if not ast.get_docstring(module.tree)] == []


def test_no_function_is_longer_than_a_screen() -> None:
    """A function that defines others is as long as they are together, and each of them is measured."""
    long = [
        f"{module.name}.{function.name}"
        for module in modules()
        for function in module.functions()
        if (function.body[-1].end_lineno or 0) - function.body[0].lineno >= LONGEST_BODY
        and not any(isinstance(node, ast.FunctionDef) for node in function.body)
    ]
    assert long == []


def test_a_run_depends_on_its_day_and_never_on_the_clock() -> None:
    calls = (
        (module.name, node.func)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
    )
    readers = {name for name, called in calls if isinstance(called, ast.Attribute) and called.attr in CLOCKS}
    assert readers == set(CLOCK_READERS)


def test_orchestration_holds_no_sql_because_it_says_when_and_never_what() -> None:
    texts = [
        (module.name, node.value)
        for module in modules()
        if module.room == "orchestration" and module.name not in CATALOGUE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [(name, text) for name, text in texts if SQL.search(text.lower())] == []


def test_only_the_warehouse_and_its_readers_open_a_database() -> None:
    """A DuckDB file is locked by whoever has it open, so few places may do that."""
    openers = {
        module.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "duckdb.connect"
        and (node.args or node.keywords)
    }
    assert openers <= {
        "regulars.warehouse.connection",
        "regulars.warehouse.trained",
        "regulars.warehouse.versions",
        "regulars.warehouse.explanation",
        "regulars.warehouse.first_look",
        "regulars.warehouse.learned",
        "regulars.warehouse.who",
        "regulars.warehouse.standing",
        "regulars.orchestration.cli.experiments",
        "regulars.orchestration.cli.reading",
        "regulars.orchestration.cli.stores",
        "regulars.data_quality.validation",
        "regulars.data_quality.worker",
        "regulars.data_quality.door",
        "regulars.report.site",
    }


def test_nothing_is_called_utils_because_a_helper_with_a_subject_has_a_home() -> None:
    names = {path.stem for path in PACKAGE.rglob("*.py")}
    assert names & {"utils", "util", "helpers", "helper", "common", "misc"} == set()
