"""What of the dbt project is built anew every night."""

from typing import Any

from regulars.facts.project import Result, all_but, steady_views, with_steady_views


def model(materialized: str, *, reads: tuple[str, ...] = (), macros: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "config": {"materialized": materialized},
        "depends_on": {"nodes": list(reads), "macros": list(macros)},
        "fqn": ["regulars", materialized],
    }


def macro(*used: str) -> dict[str, Any]:
    return {"depends_on": {"macros": list(used)}}


MANIFEST = {
    "nodes": {
        "second": model("view", reads=("first",), macros=("plain",)),
        "first": model("view", reads=("table",)),
        "asks": model("view", reads=("first",), macros=("plain", "definitions")),
        "table": model("table"),
        "test": {"resource_type": "test"},
    },
    "macros": {
        "plain": macro(),
        "definitions": macro("plain", "rows_of"),
        # two that use each other
        "rows_of": macro("definitions", "macro.dbt.run_query"),
        "macro.dbt.run_query": macro(),
    },
}


def test_views_that_no_query_writes_are_steady_each_after_those_it_reads() -> None:
    assert steady_views(MANIFEST) == ["first", "second"]


def test_all_else_is_built_every_night() -> None:
    assert all_but(MANIFEST, ["first", "second"]) == ["resource_type:test", "regulars.view", "regulars.table"]


def test_a_view_that_need_not_be_built_is_told_of_once_what_it_reads_is_there() -> None:
    built, failed = (Result("table", status, 1.0, None, None, 3) for status in ("success", "error"))
    told = with_steady_views(MANIFEST, ["first", "second"], [built])
    assert [result.unique_id for result in told] == ["table", "first", "second"]
    assert list(with_steady_views(MANIFEST, ["first", "second"], [failed])) == [failed]
