"""Puts files where a destination picks them up: a folder, or whatever fsspec has a driver for.

A file appears whole or not at all: under a temporary name that is renamed, or, in object storage, by an
upload that appears when it is complete. Credentials come from the environment and stand in no message.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from regulars.delivery.due import due_files
from regulars.store.errors import UserError
from regulars.store.sql import literal
from regulars.warehouse.receipts import Receipts
from regulars.warehouse.versions import sync

if TYPE_CHECKING:
    from regulars.delivery.due import Due
    from regulars.store.destinations import Destination
    from regulars.warehouse.versions import Published

# where a rename is one step; elsewhere an upload is
RENAMES = {"file", "local", "sftp", "ssh", "ftp", "smb", "memory"}
# there a folder is made by making a bucket, so that a slip in its name would take people's data to a new one
HAS_NO_FOLDERS = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss"}
ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 1.0


class Place:
    """Where a destination picks files up.

    Args:
        destination: One with `deliver_to`.
        folder: The store's, from which a relative folder counts.

    Raises:
        UserError: A variable that should hold a credential is not set, or the place has no driver here.
    """

    def __init__(self, destination: "Destination", folder: Path) -> None:
        self._id = destination.id
        self._secrets = _credentials(destination, os.environ)
        address = destination.deliver_to or ""
        self._address = address if "://" in address else str(folder / address)
        try:
            self._open()
        except Exception as error:  # noqa: BLE001 (each driver has errors of its own)
            raise self._failure(f"{address.split('://')[0]} cannot be opened", error) from None

    def _open(self) -> None:
        # a connection that is kept may be one that broke off
        self._system, self._root = fsspec.core.url_to_fs(
            self._address, skip_instance_cache=True, **self._secrets
        )

    def put(self, path: Path, name: str, *, pause: Callable[[float], None] = time.sleep) -> None:
        """Put a file there as `name`, in several attempts; whatever of that name was there is replaced.

        Raises:
            UserError: It could not be put there; nothing half is there under that name.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if attempt > 1:
                    self._open()
                self._put(path, f"{self._root.rstrip('/')}/{name}")
            except Exception as error:  # noqa: BLE001 (as above)
                if attempt == ATTEMPTS:
                    raise self._failure(f"{name} could not be delivered", error) from None
                pause(FIRST_PAUSE_SECONDS * 4 ** (attempt - 1))
            else:
                return

    def _put(self, path: Path, target: str) -> None:
        parent, _, name = target.rpartition("/")
        is_renamed = self._is_any_of(RENAMES)
        if not self._is_any_of(HAS_NO_FOLDERS):
            self._system.makedirs(parent, exist_ok=True)
        draft = f"{parent}/.{name}.part" if is_renamed else target
        try:
            self._upload(path, draft)
            if is_renamed:
                self._rename(draft, target)
        except BaseException:
            # in object storage nothing is there under an upload that failed
            if is_renamed:
                with suppress(Exception):
                    self._system.rm_file(draft)
            raise

    def _is_any_of(self, protocols: set[str]) -> bool:
        protocol = self._system.protocol
        return bool(protocols.intersection([protocol] if isinstance(protocol, str) else protocol))

    def _upload(self, path: Path, draft: str) -> None:
        # and not a file opened for writing, whose end would complete what broke off
        self._system.put_file(str(path), draft)
        self._system.invalidate_cache()
        arrived, size = self._system.info(draft)["size"], path.stat().st_size
        if arrived != size:
            raise OSError(f"{arrived} of {size} bytes arrived")

    def _rename(self, draft: str, target: str) -> None:
        if isinstance(self._system, LocalFileSystem):
            sync(Path(draft))
            Path(draft).replace(target)
            sync(Path(target).parent)
            return
        if self._system.exists(target):
            self._system.rm_file(target)
        self._system.mv(draft, target)

    def _failure(self, what: str, error: Exception) -> UserError:
        said = f"{type(error).__name__}: {error}"
        for secret in self._secrets.values():
            said = said.replace(secret, "***")
        return UserError(
            f"destination {literal(self._id)}: {what}: {said}",
            remedy="mend the place or its credentials, and deliver again: what arrived is not sent twice",
        )


def deliver(
    published: "Published", destination: "Destination", folder: Path, receipts: Receipts
) -> Iterator["Due"]:
    """Put every file there that the destination has not got, and yield it with its receipt noted.

    Raises:
        UserError: A file could not be delivered; those before it were, and are not sent twice.
    """
    place = Place(destination, folder)
    for due in due_files(published, destination, receipts):
        place.put(due.path, due.receipt.name)
        receipts.add(due.receipt)
        yield due


def _credentials(destination: "Destination", environment: Mapping[str, str]) -> dict[str, Any]:
    missing = [name for name in destination.credentials.values() if not environment.get(name)]
    if missing:
        raise UserError(
            f"destination '{destination.id}': the environment variable {missing[0]} is not set",
            remedy="set it to the credential wherever `regulars deliver` runs",
        )
    return {option: environment[name] for option, name in destination.credentials.items()}
