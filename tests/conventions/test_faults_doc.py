"""The fault matrix keeps its word: whatever it says of a fault, a test that is there says too."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from tests.conventions.source import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text("utf-8")
NOT_BUILT = "## Not built yet"
FAULT = re.compile(r"^\| (\d+) \|(.*)\|$", re.MULTILINE)
MISSING = re.compile(r"missing: [^,]+")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


class Fault(NamedTuple):
    """A row of the matrix: what may go wrong, what happens then, and the cell that names the tests."""

    number: int
    cells: list[str]

    @property
    def tests(self) -> list[tuple[str, str]]:
        """File and function of every test that the last cell names."""
        return TEST.findall(self.cells[-1])


def faults(text: str) -> list[Fault]:
    """The rows of every table whose first cell is a number."""
    return [
        Fault(int(number), [cell.strip() for cell in re.split(r"(?<!\\)\|", cells)])
        for number, cells in FAULT.findall(text)
    ]


HANDLED, LATER = map(faults, PAGE.split(NOT_BUILT))


@cache
def names_in(file: str) -> set[str]:
    """The names of the tests of a file, in classes or not; none if there is no such file."""
    path = ROOT / file
    tree = ast.parse(path.read_text("utf-8") if path.is_file() else "")
    return {node.name for node in _functions(tree) if node.name.startswith("test_")}


def _functions(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node)


def test_every_fault_stands_once_and_none_is_left_out() -> None:
    numbers = [fault.number for fault in (*HANDLED, *LATER)]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 66


@pytest.mark.parametrize("fault", HANDLED, ids=lambda fault: str(fault.number))
def test_a_fault_says_what_happens_and_names_tests_that_exist(fault: Fault) -> None:
    assert len(fault.cells) == 3
    assert all(fault.cells)
    assert [f"{file}::{name}" for file, name in fault.tests if name not in names_in(file)] == []
    # nothing but tests stands there, so that nothing that looks like one is overlooked
    others = MISSING.sub("", TEST.sub("", fault.cells[-1]))
    assert others.replace("<br>", "").strip(", ") == ""


@pytest.mark.parametrize("fault", LATER, ids=lambda fault: str(fault.number))
def test_a_fault_that_is_not_handled_yet_says_why_in_a_sentence(fault: Fault) -> None:
    assert len(fault.cells) == 2
    assert fault.cells[-1].endswith(".")


def test_every_fault_that_is_handled_has_a_test_and_none_is_still_missing() -> None:
    missing = [f"{fault.number} {text}" for fault in HANDLED for text in MISSING.findall(fault.cells[-1])]
    assert missing + [f"{fault.number} names no test" for fault in HANDLED if not fault.tests] == []
