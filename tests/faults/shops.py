"""A shop with a published night and files that came after it: where every fault strikes the next night."""

import shutil
from datetime import date
from pathlib import Path
from typing import NamedTuple

from regulars.orchestration.nightly import Nightly, nightly_of
from regulars.warehouse.beside import close_all
from regulars.warehouse.versions import Version
from tests.parsed import with_parsed_project
from tests.shops import write_shop
from tests.stores import run

EARLIER, DAY = date(2024, 6, 28), date(2024, 6, 29)
FIRST = ("id", "placed", "amount", "who")
# another shape of the same stream, which lands in a transaction of its own
LATER = ("who", "amount", "id", "placed")
LETTERS = Path("action_lists") / "letter.csv"


class Undisturbed(NamedTuple):
    """A shop as it was before the night of DAY, and what that night published with nobody in its way."""

    shop: Path
    before: Version
    night: Version


def orders(numbers: range, columns: tuple[str, ...], people: int) -> str:
    """Orders of May and June, the last of each of some people; every hundredth has no readable time."""
    rows = [
        {
            "id": str(number),
            "placed": "İleride"
            if number % 100 == 7
            else f"2024-{5 + number // 30 % 2:02}-{1 + number % 28:02} 1{number % 10}:00:00",
            "amount": f"{number * 37 % 1000 / 10:.2f}",
            "who": f"person{number * 13 % people:03}",
        }
        for number in numbers
    ]
    lines = [columns, *([row[name] for name in columns] for row in rows)]
    return "".join(",".join(cells) + "\n" for cells in lines)


def undisturbed(folder: Path) -> Undisturbed:
    """Publish EARLIER, let files arrive, keep a copy of the shop, and publish DAY."""
    shop, kept = folder / "undisturbed", folder / "shop"
    write_shop(shop, {"exports/orders_1.csv": orders(range(300), FIRST, people=200)})
    nightly = nightly_of(with_parsed_project(shop))
    run(nightly, EARLIER.isoformat())
    for name, numbers, columns in (
        ("orders_2.csv", range(300, 600), FIRST),
        ("orders_3.csv", range(600, 900), LATER),
    ):
        (nightly.store.exports / name).write_text(orders(numbers, columns, people=400), "utf-8")
    copy(shop, kept)
    run(nightly, DAY.isoformat())
    close_all()
    return found(kept, nightly)


def found(kept: Path, nightly: Nightly) -> Undisturbed:
    """The same, of a folder in which it was made before."""
    (night,), (before,) = nightly.published.of(DAY), nightly_of(kept).published.versions()
    listed = (night.folder / LETTERS).read_text("utf-8")
    assert len(listed.splitlines()) > 1, "nobody is listed, so equal lists would prove nothing"
    return Undisturbed(kept, before, night)


def copy(shop: Path, target: Path) -> Path:
    """The shop at another place, with the times of its files, by which a night knows exports."""
    return shutil.copytree(shop, target, symlinks=True, ignore=shutil.ignore_patterns("data_quality"))
