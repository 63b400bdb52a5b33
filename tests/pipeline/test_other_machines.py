"""A night is made of its store and its day: where and in which language it runs is of no account."""

import os
import subprocess
import sys
from pathlib import Path

from regulars.orchestration.nightly import nightly_of
from regulars.warehouse.published import PUBLISHED
from regulars.warehouse.versions import Version
from tests.shops import HEADER, write_shop

PROGRAM = str(Path(sys.executable).with_name("regulars"))
# names that upper case, sorting and formatting treat otherwise in Turkish, and hours of a changed clock
ORDERS = (
    HEADER
    + "1,2024-06-01 23:30:00,9.50,İpek\n2,2024-06-02 00:30:00,3,ipek\n3,2024-04-01,1.5,Ilse\n"
    + "4,2024-05-05 12:00:00,1234.5,\u0131lgaz\n5,soon,1,Zoë\n"
)


def published_where(machine: dict[str, str], folder: Path) -> Version:
    """The version of a night on a machine with other settings."""
    write_shop(folder, {"exports/orders.csv": ORDERS})
    done = subprocess.run(
        [PROGRAM, "run", "--store", str(folder), "--day", "2024-06-02"],
        env={**os.environ, **machine},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (version,) = nightly_of(folder).published.versions()
    return version


def test_zone_and_language_of_the_machine_change_no_byte_of_a_night(tmp_path: Path) -> None:
    here = published_where({"TZ": "UTC", "LC_ALL": "C.UTF-8"}, tmp_path / "here" / "shop")
    there = published_where(
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8"}, tmp_path / "there" / "shop"
    )
    files = [
        *(f"parquet/{table.name}.parquet" for table in PUBLISHED),
        *(f"action_lists/{path.name}" for path in (here.folder / "action_lists").glob("*.csv")),
    ]
    assert [
        name for name in files if (here.folder / name).read_bytes() != (there.folder / name).read_bytes()
    ] == []
    assert any(len((here.folder / name).read_bytes().splitlines()) > 1 for name in files if ".csv" in name)
