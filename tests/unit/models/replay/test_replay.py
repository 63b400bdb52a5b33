import hashlib
import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from regulars.models.replay.replay import replay
from regulars.store.errors import UserError
from regulars.warehouse.versions import Version

DAY = date(2024, 6, 29)


def test_a_night_of_a_release_that_kept_no_configuration_says_what_to_do(tmp_path: Path) -> None:
    version = Version(DAY, 1, tmp_path / f"{DAY}_0001")
    version.folder.mkdir()
    with duckdb.connect(version.database) as connection:
        connection.execute("create table customers (customer_id varchar)")
    sha256 = hashlib.sha256(version.database.read_bytes()).hexdigest()
    manifest = {"sha256": {version.database.name: sha256}}
    (version.folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(UserError, match=f"(?s)no configuration.*regulars run --day {DAY} --again"):
        replay(version, [version], scratch=tmp_path / "scratch", memory_limit="1GB")


def test_a_version_that_is_not_as_it_was_published_is_not_replayed(tmp_path: Path) -> None:
    version = Version(DAY, 1, tmp_path)
    with duckdb.connect(version.database):
        pass
    (tmp_path / "manifest.json").write_text(json.dumps({"sha256": {version.database.name: "0"}}), "utf-8")
    with pytest.raises(UserError, match="not as it was published"):
        replay(version, [version], scratch=tmp_path / "scratch", memory_limit="1GB")
