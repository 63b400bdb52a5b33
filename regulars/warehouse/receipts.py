"""What was delivered to a destination: one JSON file each, written anew after every file that arrived."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from regulars.store.errors import UserError
from regulars.warehouse.versions import sync


@dataclass(frozen=True)
class Receipt:
    """One file that arrived: its name there, and which file of which version it is."""

    name: str
    sha256: str
    rows: int
    about: str
    version: str
    day: date


def receipts_of(state: Path, destination: str) -> "Receipts":
    """The receipts of a destination of the store whose `state` folder that is."""
    return Receipts(state / "deliveries" / f"{destination}.json")


class Receipts:
    """The receipts of one destination, by name there; `path` is ours and need not exist yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._by_name = {receipt.name: receipt for receipt in _read(path)} if path.exists() else {}

    @property
    def last_day(self) -> date | None:
        """The newest night of which anything arrived."""
        return max((receipt.day for receipt in self._by_name.values()), default=None)

    @property
    def all(self) -> tuple[Receipt, ...]:
        """Every receipt, by night and name."""
        return tuple(sorted(self._by_name.values(), key=lambda one: (one.day, one.name)))

    def has(self, name: str, sha256: str) -> bool:
        """Whether exactly that arrived."""
        return name in self._by_name and self._by_name[name].sha256 == sha256

    def newest(self, about: str, *, but: str) -> Receipt | None:
        """The newest file about the same, of another name."""
        found = [one for one in self._by_name.values() if one.about == about and one.name != but]
        return max(found, key=lambda one: (one.day, one.name), default=None)

    def of(self, name: str) -> Receipt | None:
        """What arrived under that name, if anything."""
        return self._by_name.get(name)

    def add(self, receipt: Receipt) -> None:
        """Note that a file arrived, so that it survives whatever comes next."""
        self._by_name[receipt.name] = receipt
        ordered = [asdict(one) | {"day": one.day.isoformat()} for one in self.all]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".part")
        draft.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", "utf-8")
        sync(draft)
        draft.replace(self._path)
        sync(self._path.parent)


def _read(path: Path) -> list[Receipt]:
    try:
        rows = json.loads(path.read_text("utf-8"))
        return [Receipt(**{**row, "day": date.fromisoformat(row["day"])}) for row in rows]
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"cannot be read as receipts: {error}",
            file=path,
            remedy="put it back from a backup, or remove it: then all that is kept is delivered again",
        ) from error
