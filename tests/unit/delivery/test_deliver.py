"""Files of published versions arrive once, whole, and in the order of their nights."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from regulars.delivery import carry
from regulars.delivery.due import due_files, in_words
from regulars.store.errors import UserError
from tests.unit.delivery.shop import Shop, destination, publish


def test_files_arrive_once(shop: Shop) -> None:
    assert shop.deliver() == ["2024-05-01/letter.csv", "2024-05-01/profile.csv"]
    assert shop.arrived() == {
        "2024-05-01/letter.csv": "Email\na\n",
        "2024-05-01/profile.csv": "Email\na\n",
    }
    (shop.folder / "inbox" / "2024-05-01" / "letter.csv").unlink()
    assert shop.deliver() == []


def test_a_night_run_again_with_the_same_bytes_delivers_nothing_new(shop: Shop) -> None:
    shop.deliver()
    files = {"letter": "Email\na\n", "profile": "Email\nb\n"}
    publish(shop.folder / "published", "2024-05-01_0002", files)
    assert shop.deliver() == ["2024-05-01/profile.csv"]
    assert shop.arrived()["2024-05-01/profile.csv"] == "Email\nb\n"


def test_of_nights_that_were_not_delivered_comes_what_is_told_once_but_no_old_list(shop: Shop) -> None:
    shop.deliver()
    for day in (2, 3):
        publish(
            shop.folder / "published",
            f"2024-05-0{day}_0001",
            {"letter": f"Email\n{day}\n", "profile": "E\nx\n"},
        )
    assert shop.deliver() == ["2024-05-02/profile.csv", "2024-05-03/letter.csv", "2024-05-03/profile.csv"]


def test_a_dry_run_says_how_a_file_differs_from_the_last(shop: Shop) -> None:
    shop.deliver()
    publish(
        shop.folder / "published", "2024-05-02_0001", {"letter": "Email\nb\nc\n", "profile": "Email\na\n"}
    )
    told = [
        in_words(due, shop.receipts, shop.published)
        for due in due_files(shop.published, destination(), shop.receipts)
    ]
    assert told == [
        "2024-05-02/letter.csv: 2 rows; 1 on 2024-05-01: 2 are new, 1 of it are gone",
        "2024-05-02/profile.csv: 1 row; 1 on 2024-05-01: 0 are new, 0 of it are gone",
    ]


def test_a_damaged_file_is_not_delivered(shop: Shop) -> None:
    damaged = shop.published.versions()[0].folder / "action_lists" / "out" / "letter.csv"
    damaged.write_text("Email\nz\n")
    with pytest.raises(UserError, match="is not as it was published"):
        shop.deliver()
    assert not (shop.folder / "inbox").exists()


class Breaking:
    """Breaks the disk of the inbox at the n-th file, half-way through it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, times: int) -> None:
        self.puts, self._at, self._times = 0, at, times
        self._real = carry.LocalFileSystem.put_file
        monkeypatch.setattr(carry.LocalFileSystem, "put_file", self._patched())

    def _patched(self) -> Callable[..., None]:
        def put_file(system: carry.LocalFileSystem, path: str, target: str) -> None:
            self._put(system, path, target)

        return put_file

    def _put(self, system: carry.LocalFileSystem, path: str, target: str) -> None:
        self.puts += 1
        if self._at <= self.puts < self._at + self._times:
            Path(target).write_text(Path(path).read_text()[:3])
            raise OSError(28, "No space left on device")
        self._real(system, path, target)


def test_a_disk_that_is_full_half_way_shows_no_partial_file_and_the_next_run_completes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        Breaking(broken, at=2, times=carry.ATTEMPTS)
        with pytest.raises(UserError, match=r"profile\.csv could not be delivered: OSError.*No space left"):
            shop.deliver()
    assert shop.arrived() == {"2024-05-01/letter.csv": "Email\na\n"}
    assert shop.deliver() == ["2024-05-01/profile.csv"]


def test_a_passing_fault_is_tried_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Breaking(monkeypatch, at=1, times=2)
    assert len(shop.deliver()) == 2
    assert disk.puts == 4


def test_a_place_that_cannot_be_written_is_named(shop: Shop) -> None:
    (shop.folder / "inbox").write_text("a file where a folder should be")
    with pytest.raises(UserError, match=r"2024-05-01/letter\.csv could not be delivered: NotADirectoryError"):
        shop.deliver()


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    system = MemoryFileSystem()
    yield system
    system.store.clear()


def test_any_place_with_a_driver_takes_files(shop: Shop, memory: MemoryFileSystem) -> None:
    shop.deliver(destination(deliver_to="memory://in"))
    assert memory.cat_file("/in/2024-05-01/letter.csv") == b"Email\na\n"
    assert [name for name in memory.find("/in") if name.endswith(".part")] == []


def test_credentials_come_from_the_environment_and_stand_in_no_message(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = destination(deliver_to="memory://in", credentials={"password": "SHOP_SFTP_PASSWORD"})
    with pytest.raises(UserError, match="environment variable SHOP_SFTP_PASSWORD is not set"):
        shop.deliver(to)
    monkeypatch.setenv("SHOP_SFTP_PASSWORD", "hunter2")

    def refuses(*_: object) -> None:
        raise OSError("login with hunter2 failed")

    monkeypatch.setattr(MemoryFileSystem, "put_file", refuses)
    with pytest.raises(UserError) as caught:
        shop.deliver(to)
    assert "hunter2" not in str(caught.value)
    assert "login with *** failed" in str(caught.value)


def test_a_place_without_a_driver_is_named(shop: Shop) -> None:
    with pytest.raises(UserError, match="destination 'out': nowhere cannot be opened"):
        shop.deliver(destination(deliver_to="nowhere://in"))


def test_damaged_receipts_are_named(shop: Shop) -> None:
    shop.deliver()
    (shop.folder / "state" / "out.json").write_text('[{"name": 1')
    with pytest.raises(UserError, match="cannot be read as receipts"):
        shop.deliver()


def test_receipts_say_which_file_of_which_version_arrived(shop: Shop) -> None:
    shop.deliver()
    assert shop.receipts.last_day == date(2024, 5, 1)
    receipt = shop.receipts.of("2024-05-01/letter.csv")
    assert receipt
    assert (receipt.version, receipt.rows, receipt.about) == ("2024-05-01_0001", 1, "letter")
