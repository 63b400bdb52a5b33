"""The pages that show a night's checks: the Data Docs of Great Expectations, made readable without a network.

Only the worker process imports this module. Not here: the checks and their results.
"""

import json
import re
import shutil
from datetime import date
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

import great_expectations as gx
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)
from great_expectations.render.view.view import DefaultJinjaPageView

from regulars.data_quality.suites import SUITES

_PAGES = "pages"
_RESULTS = "results"
_GATES = tuple(SUITES)
# Data Docs load their looks and scripts from seven hosts; without a network none of it arrives, so it goes
_REMOTE = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*\bhttps?://[^>]*>|<img\b[^>]*\bhttps?://[^>]*>|<footer\b.*?</footer>"
    r"|url\(['\"]?https?://[^)]*\)",
    re.DOTALL | re.IGNORECASE,
)


class PageView(DefaultJinjaPageView):
    """A page of Data Docs; theirs compiles every template anew for each kind of page of each gate."""

    _shared: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        if not self._shared:
            super().__init__()
            self._shared.update(self.__dict__)
        self.__dict__ = self._shared


def open_project(site: Path, gate: str, as_of: date) -> EphemeralDataContext:
    """The project of the night: suites and results on disk, which its gates share; the rest in memory.

    What other nights left is thrown away, their results being in `data_quality.results`; so is what this gate
    left earlier tonight.
    """
    night = site / _RESULTS / as_of.isoformat()
    if not night.is_dir():
        discard(site)
    for earlier in (
        night / "suites",
        night / "outcomes",
        site / _PAGES / "expectations",
        site / _PAGES / "validations",
    ):
        shutil.rmtree(earlier / gate, ignore_errors=True)
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
        data_docs_sites={_PAGES: _site(site)},
    )
    config.stores["expectations_store"]["store_backend"] = _folder(night / "suites")
    config.stores["validation_results_store"]["store_backend"] = _folder(night / "outcomes")
    return gx.get_context(mode="ephemeral", project_config=config)


def front_page(site: Path) -> Path:
    """The page that lists the night's gates."""
    return site / _PAGES / "index.html"


def build(project: EphemeralDataContext, site: Path, gate: str, results: list[dict[str, Any]]) -> None:
    """Write the pages of the gate and the front page of the night."""
    outcomes = [
        key
        for key in project.validation_results_store.list_keys()
        if isinstance(key, ValidationResultIdentifier) and _suite(key).name.startswith(f"{gate}.")
    ]
    # it takes both kinds in one list, whatever its annotation says
    both: list[Any] = [*outcomes, *map(_suite, outcomes)]
    project.build_data_docs(resource_identifiers=both, build_index=False)
    pages = site / _PAGES
    for page in pages.glob(f"*/{gate}/**/*.html"):
        html = _REMOTE.sub("", page.read_text(encoding="utf-8"))
        page.write_text(html.replace("</head>", f"{_style()}</head>", 1), encoding="utf-8")
    night = Path(project.validation_results_store.config["store_backend"]["base_directory"]).parent
    (night / f"{gate}.json").write_text(json.dumps(results), encoding="utf-8")
    _write_front_page(front_page(site), night)


def _suite(outcome: ValidationResultIdentifier) -> ExpectationSuiteIdentifier:
    return outcome.expectation_suite_identifier


def _style() -> str:
    return f"<style>{files(__package__).joinpath('data_docs.css').read_text(encoding='utf-8')}</style>"


def _write_front_page(front: Path, night: Path) -> None:
    """One table for each gate, failures first; without its scripts, the one of Data Docs stays empty."""
    gates = sorted(night.glob("*.json"), key=lambda path: _GATES.index(path.stem))
    body = "".join(
        _gate_section(path.stem, json.loads(path.read_text(encoding="utf-8")), front.parent) for path in gates
    )
    title = f"Data quality, {night.name}"
    front.write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{_style()}</head>'
        f"<body><h1>{title}</h1>{body}</body></html>",
        encoding="utf-8",
    )


def _gate_section(gate: str, results: list[dict[str, Any]], pages: Path) -> str:
    failed = sum(not result["success"] for result in results)
    rows = "".join(
        _result_row(result, pages) for result in sorted(results, key=lambda result: result["success"])
    )
    heads = "".join(
        f"<th>{head}</th>" for head in ("", "Table", "What must be true", "Found", "Check", "Owner")
    )
    return (
        f"<h2>{escape(gate)}: {len(results) - failed} of {len(results)} checks passed</h2>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _result_row(result: dict[str, Any], pages: Path) -> str:
    mark = "passed" if result["success"] else {"stop": "stops", "warn": "warns"}[result["severity"]]
    table = escape(result["table_name"])
    folder = pages / "validations" / result["gate"] / Path(*result["table_name"].split("."))
    for page in folder.rglob("*.html"):
        table = f'<a href="{escape(page.relative_to(pages).as_posix())}">{table}</a>'
        break
    cells = (
        table,
        *(escape(str(result[name])) for name in ("meaning", "observed_value", "check_name", "owner")),
    )
    return f'<tr class="{mark}"><td>{mark}</td>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def discard(site: Path) -> None:
    """Throw away everything this module writes, so that nothing half written is met again."""
    for folder in (_PAGES, _RESULTS):
        shutil.rmtree(site / folder, ignore_errors=True)


def _folder(path: Path) -> dict[str, str]:
    path.mkdir(parents=True, exist_ok=True)
    return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(path)}


def _site(site: Path) -> dict[str, object]:
    view = {"module_name": __name__, "class_name": PageView.__name__}
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": _folder(site / _PAGES),
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "site_section_builders": {"expectations": {"view": view}, "validations": {"view": view}},
    }
