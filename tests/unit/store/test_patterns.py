"""Rules of several signals, and what is wrong with one."""

from pathlib import Path

import pytest

from regulars.store import cross_checks, patterns
from regulars.store.errors import UserError
from regulars.store.patterns import PATTERNS, Patterns
from regulars.store.yaml_file import load

WHEN = "when: {kind: ticket, where: is_complaint}"


def read(folder: Path, *lines: str) -> Patterns:
    """The content of a file with one pattern of these lines."""
    file = folder / PATTERNS
    head = ["patterns:", "  - id: a", "    description: What it says.", "    owner: team:service"]
    file.write_text("\n".join([*head, *(f"    {line}" for line in lines)]) + "\n", "utf-8")
    return load(file, Patterns).content


def own_patterns() -> Path:
    """The program's own file."""
    return Path(str(patterns.__file__)).with_name(PATTERNS)


def test_the_programs_own_patterns_can_be_read() -> None:
    found = load(own_patterns(), Patterns).content.patterns
    assert {"complaint_then_silence", "returned_after_discount"} <= {pattern.id for pattern in found}
    assert {bool(pattern.then) for pattern in found} == {True, False}


def test_the_hash_of_a_pattern_is_that_of_its_meaning(tmp_path: Path) -> None:
    (first,) = read(tmp_path, WHEN).patterns
    (second,) = read(tmp_path, WHEN, "without: {kind: order}", "within_days: 7").patterns
    (same,) = read(tmp_path, "when: {where: is_complaint, kind: ticket}").patterns
    assert first.definition_hash == same.definition_hash != second.definition_hash


@pytest.mark.parametrize(
    ("lines", "days", "problem"),
    [
        ([WHEN, "without: {kind: order}", "within_days: 30"], 59, "takes 30 days and is shown for 30"),
        (["when: {kind: survey_response, where: max(score) > 3}"], 180, "aggregate"),
    ],
)
def test_a_pattern_must_fit_the_timeline(tmp_path: Path, lines: list[str], days: int, problem: str) -> None:
    read(tmp_path, *lines)
    file = load(tmp_path / PATTERNS, Patterns)
    (mistake,) = cross_checks.patterns(file, days)
    assert problem in str(mistake)
    assert list(cross_checks.patterns(load(own_patterns(), Patterns), 180)) == []


@pytest.mark.parametrize(
    ("lines", "line", "problem"),
    [
        (
            ["when: {kind: ticket, where: is_complain}"],
            5,
            "no column 'is_complain'; did you mean 'is_complaint'",
        ),
        (["when: {kind: tickets}"], 5, "ticket"),
        ([WHEN, "then: {kind: order}", "without: {kind: visit}", "within_days: 7"], 7, "exclude each other"),
        ([WHEN, "without: {kind: visit}"], 6, "within_days is missing"),
        ([WHEN, "within_days: 7"], 6, "belongs to then or without"),
        ([WHEN, "then: {kind: order, where: amount > now()}", "within_days: 7"], 6, "reads the clock"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, lines: list[str], line: int, problem: str) -> None:
    with pytest.raises(UserError, match=problem) as error:
        read(tmp_path, *lines)
    assert error.value.line == line
