"""Files arrive at real servers: SFTP, and object storage that speaks as S3 does."""

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

from regulars.store.destinations import Destination
from regulars.store.errors import UserError
from tests.unit.delivery.sftp_server import PASSWORD, USER, Server, sftp_server
from tests.unit.delivery.shop import Shop, destination, publish

SECRET = "s3cr3t-k3y"  # noqa: S105 (of nothing)


@pytest.fixture
def sftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    (tmp_path / "inbox").mkdir()
    monkeypatch.setenv("SHOP_USER", USER)
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    with sftp_server(tmp_path / "inbox") as server:
        yield server


def by_sftp(server: Server) -> Destination:
    return destination(
        deliver_to=f"sftp://127.0.0.1:{server.port}/in",
        credentials={"username": "SHOP_USER", "password": "SHOP_PASSWORD"},
    )


def test_sftp_gets_each_file_once_and_newer_words_replace_older(shop: Shop, sftp: Server) -> None:
    assert len(shop.deliver(by_sftp(sftp))) == 2
    assert shop.deliver(by_sftp(sftp)) == []
    publish(shop.folder / "published", "2024-05-01_0002", {"letter": "Email\nb\n"})
    shop.deliver(by_sftp(sftp))
    assert shop.arrived() == {
        "in/2024-05-01/letter.csv": "Email\nb\n",
        "in/2024-05-01/profile.csv": "Email\na\n",
    }


def test_sftp_that_hangs_up_half_way_is_called_again(shop: Shop, sftp: Server) -> None:
    sftp.hang_ups = 1
    assert len(shop.deliver(by_sftp(sftp))) == 2
    assert set(shop.arrived().values()) == {"Email\na\n"}
    assert sftp.logins == 2


def test_sftp_that_keeps_hanging_up_shows_no_partial_file_and_the_next_run_completes(
    shop: Shop, sftp: Server
) -> None:
    sftp.hang_ups = 3
    with pytest.raises(UserError, match=r"letter\.csv could not be delivered"):
        shop.deliver(by_sftp(sftp))
    assert [name for name in shop.arrived() if not name.endswith(".part")] == []
    assert len(shop.deliver(by_sftp(sftp))) == 2
    assert sorted(shop.arrived()) == ["in/2024-05-01/letter.csv", "in/2024-05-01/profile.csv"]


def test_a_wrong_password_stands_in_no_message(
    shop: Shop, sftp: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SHOP_PASSWORD", "wr0ng-h0rse")
    with pytest.raises(UserError, match="sftp cannot be opened: AuthenticationException") as caught:
        shop.deliver(by_sftp(sftp))
    assert "wr0ng-h0rse" not in str(caught.value) + caplog.text


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(storage: str, monkeypatch: pytest.MonkeyPatch) -> Destination:
    monkeypatch.setenv("SHOP_KEY", "shop")
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    monkeypatch.setenv("SHOP_ENDPOINT", storage)
    _ask(storage, "POST", "/moto-api/reset")
    _ask(storage, "PUT", "/shop")
    credentials = {"key": "SHOP_KEY", "secret": "SHOP_SECRET", "endpoint_url": "SHOP_ENDPOINT"}
    return destination(deliver_to="s3://shop/in", credentials=credentials)


def _ask(storage: str, method: str, path: str) -> bytes:
    request = Request(storage + path, method=method, headers={"Authorization": "AWS4-HMAC-SHA256 x/s3/"})  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310 (this machine)
        return bytes(answer.read())


def test_object_storage_gets_each_file_once(shop: Shop, bucket: Destination, storage: str) -> None:
    assert len(shop.deliver(bucket)) == 2
    assert shop.deliver(bucket) == []
    assert _ask(storage, "GET", "/shop/in/2024-05-01/letter.csv") == b"Email\na\n"
    assert b".part" not in _ask(storage, "GET", "/shop?list-type=2")


def test_a_bucket_that_is_not_there_is_named_and_made_by_nobody(
    shop: Shop, bucket: Destination, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(UserError, match="could not be delivered") as caught:
        shop.deliver(bucket.model_copy(update={"deliver_to": "s3://typo/in"}))
    assert SECRET not in str(caught.value) + caplog.text
    assert len(shop.deliver(bucket)) == 2
