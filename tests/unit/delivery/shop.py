"""A store's folder, of which published nights are delivered."""

import hashlib
import json
from pathlib import Path

from regulars.delivery import carry
from regulars.store.destinations import Destination
from regulars.warehouse.receipts import Receipts
from regulars.warehouse.versions import Published

KINDS = {"letter": "action_list", "profile": "profile"}


def publish(folder: Path, name: str, files: dict[str, str], *, destination: str = "out") -> None:
    """A version with these files of a destination, by what they are about; it is in force."""
    lists = folder / "versions" / name / "action_lists"
    (lists / destination).mkdir(parents=True)
    entries = []
    for about, text in files.items():
        (lists / destination / f"{about}.csv").write_text(text)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        entries.append(
            {"name": f"{destination}/{about}.csv", "destination": destination, "kind": KINDS[about]}
            | {"about": about, "rows": text.count("\n") - 1, "sha256": sha256}
        )
    (lists / "manifest.json").write_text(json.dumps({"destinations": entries}))
    (folder / "current").unlink(missing_ok=True)
    (folder / "current").symlink_to(Path("versions") / name)


def destination(**more: object) -> Destination:
    declared = {"id": "out", "tool": "klaviyo", "channels": ["letter"], "deliver_to": "inbox"}
    return Destination.model_validate(declared | more)


class Shop:
    """A store's folder, of which nights are delivered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.published = Published(folder / "published")

    @property
    def receipts(self) -> Receipts:
        return Receipts(self.folder / "state" / "out.json")

    def deliver(self, to: Destination | None = None) -> list[str]:
        """Deliver, and say what arrived."""
        found = carry.deliver(self.published, to or destination(), self.folder, self.receipts)
        return [due.receipt.name for due in found]

    def arrived(self) -> dict[str, str]:
        inbox = self.folder / "inbox"
        return {
            path.relative_to(inbox).as_posix(): path.read_text()
            for path in sorted(inbox.rglob("*"))
            if path.is_file()
        }
