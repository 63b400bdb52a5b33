"""The site of a night: every page, beside the last one, then switched to in one rename.

    state/reports/
      site -> sites/2017-12-31_0002-1f0c5a2b
      sites/2017-12-31_0002-1f0c5a2b/index.html, ..., data/*.csv, site.css, site.js, vega-1.9.0.js

A site is whole if its folder has its final name, which says of which version it is and hashes what is in
it. The one before stays, for whoever reads it at the moment.
"""

import hashlib
import shutil
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path

import duckdb

from regulars.report.pages import PAGES
from regulars.report.render import STATIC, Frame, render
from regulars.store.errors import UserError
from regulars.warehouse.versions import Version, switch, sync, sync_tree

FILES = ("icon.svg", "site.css", "site.js")
HASH_DIGITS = 8


@dataclass(frozen=True)
class Site:
    """The folder of reports of a store, and what pages say of the store."""

    folder: Path
    title: str
    currency: str

    @property
    def link(self) -> Path:
        """The site in force."""
        return self.folder / "site"

    @property
    def index(self) -> Path:
        """The page on which a reader begins."""
        return self.link / "index.html"

    @property
    def _sites(self) -> Path:
        return self.folder / "sites"

    def is_of(self, version: Version) -> bool:
        """Whether the site in force shows this version."""
        return self.index.is_file() and self.link.resolve().name.startswith(f"{version.name}-")

    def follow(self, version: Version) -> None:
        """Write the site of a version, unless it is the one in force."""
        if not self.is_of(version):
            self.write(version)

    def write(self, version: Version) -> Path:
        """Write the site of a published version, make it the one in force, and return its folder.

        Nobody else may write it meanwhile. The same version gives the same bytes.

        Raises:
            UserError: The version lacks tables of which the pages tell.
        """
        draft = self._sites / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        (draft / "data").mkdir(parents=True)
        scripts = self._write_scripts(draft)
        frame = Frame(self.title, self.currency, version.day, version.name, PAGES, scripts)
        try:
            with duckdb.connect(version.database, read_only=True) as connection:
                for page in PAGES:
                    render(page, frame, connection, draft)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise UserError(
                f"it was published by another release of the program: {error}",
                file=version.database,
                remedy=f"run its day again: regulars run --day {version.day} --again",
            ) from error
        return self._publish(draft, version)

    def _write_scripts(self, draft: Path) -> list[str]:
        for name in FILES:
            shutil.copyfile(STATIC / name, draft / name)
        charts = f"vega-{version_of('vl-convert-python')}.js"
        written = self.link / charts
        if written.is_file() and _is_whole(self.link.resolve()):
            # it takes a second and a half to make, and is the same every night
            shutil.copyfile(written, draft / charts)
        else:
            import vl_convert  # noqa: PLC0415 (once per release of it)

            # its types ask for a snippet, which may be left out
            bundle = vl_convert.javascript_bundle()  # type: ignore[call-arg]
            (draft / charts).write_text(bundle, "utf-8")
        return [charts, "site.js"]

    def _publish(self, draft: Path, version: Version) -> Path:
        whole = self._sites / f"{version.name}-{_hash(draft)}"
        kept = {whole.name, self.link.resolve().name}
        if not (whole.is_dir() and _is_whole(whole)):
            sync_tree(draft)
            shutil.rmtree(whole, ignore_errors=True)
            draft.rename(whole)
            sync(self._sites)
        switch(self.link, whole)
        for other in self._sites.iterdir():
            if other.name not in kept:
                shutil.rmtree(other)
        return whole


def _is_whole(site: Path) -> bool:
    """Whether a site is as it was written."""
    return site.name.endswith(f"-{_hash(site)}")


def _hash(folder: Path) -> str:
    """Of every file's name and content."""
    hashed = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        hashed.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return hashed.hexdigest()[:HASH_DIGITS]
