"""What reaches a receiver, how often it is tried, and that nobody reads the address."""

import socket
from collections.abc import Iterator

import pytest

from regulars.alerts import webhook
from tests.receivers import SECRET, Receiver, listening

VARIABLE = "SHOP_ALERTS"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(webhook, "PAUSES_SECONDS", (0, 0))
    with listening() as receiver:
        monkeypatch.setenv(VARIABLE, receiver.address)
        yield receiver


def test_a_message_arrives_as_json(receiver: Receiver) -> None:
    assert webhook.deliver(VARIABLE, {"text": "Grüße", "rows": None}) is None
    assert receiver.messages == [{"text": "Grüße", "rows": None}]
    assert receiver.requests == ["POST application/json"]


def test_a_receiver_that_stumbles_is_asked_again(receiver: Receiver) -> None:
    receiver.answers = [500, 429]
    assert webhook.deliver(VARIABLE, {"text": "late"}) is None
    assert receiver.messages == [{"text": "late"}]


def test_after_three_attempts_it_says_why(receiver: Receiver) -> None:
    receiver.answers = [503] * 4
    assert webhook.deliver(VARIABLE, {}) == "the webhook says HTTP 503, 3 times"
    assert receiver.answers == [503]


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [302, 303, 301]
    assert webhook.deliver(VARIABLE, {}) == "the webhook says HTTP 301, 3 times"
    assert "GET" not in receiver.requests


def test_a_receiver_that_does_not_answer_is_given_up(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv(VARIABLE, receiver.address.replace(str(receiver.port), str(port)))
        assert webhook.deliver(VARIABLE, {}) == "the webhook says TimeoutError, 3 times"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "is not set"),
        ("  ", "is not set"),
        (f"file:///etc/passwd?{SECRET}", "holds no address like https://host/path"),
        (f"ftp://127.0.0.1/{SECRET}", "holds no address like https://host/path"),
        (f"hooks.example.com/{SECRET}", "holds no address like https://host/path"),
        (f"http://[{SECRET}", "holds no address like https://host/path"),
        (f"http://127.0.0.1:1/{SECRET}", "ConnectionRefusedError"),
        (f"http://127.0.0.1:1/{SECRET} and more", "InvalidURL"),
        (f"http://somebody:{SECRET}@127.0.0.1:1", "holds no address like https://host/path"),
        (f"http:///{SECRET}", "holds no address like https://host/path"),
    ],
)
def test_an_address_that_cannot_be_used_is_not_repeated(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, address: str, reason: str
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    said = webhook.deliver(VARIABLE, {})
    assert said
    assert reason in said
    assert SECRET not in said
    assert receiver.requests == []


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert webhook.problem(VARIABLE) == f"the environment variable {VARIABLE} is not set"
