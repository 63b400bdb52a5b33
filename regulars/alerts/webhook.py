"""A POST to the webhook of a store, such as one of Slack, Mattermost or Teams.

Its address is a credential: it is read from the environment and said nowhere. Exceptions like to quote
addresses, and replies may too, so neither is repeated.
"""

import json
import os
import time
from collections.abc import Mapping
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

TIMEOUT_SECONDS = 10
# one attempt more than there are pauses
PAUSES_SECONDS = (1, 3)


def problem(variable: str) -> str | None:
    """Why the address that an environment variable holds cannot be used, if so."""
    address = os.environ.get(variable, "").strip()
    if not address:
        return f"the environment variable {variable} is not set"
    try:
        parts = urlsplit(address)
        # of a name and password before the host, Python would make a part of the host
        is_usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    except ValueError:
        is_usable = False
    return (
        None if is_usable else f"the environment variable {variable} holds no address like https://host/path"
    )


def deliver(variable: str, message: Mapping[str, object]) -> str | None:
    """POST the message as JSON to the address that `variable` holds; why it did not arrive, if so."""
    if unusable := problem(variable):
        return unusable
    address, body = os.environ[variable].strip(), json.dumps(message).encode()
    reason = _post(address, body)
    for pause in PAUSES_SECONDS:
        if not reason:
            return None
        time.sleep(pause)
        reason = _post(address, body)
    return reason and f"the webhook says {reason}, {len(PAUSES_SECONDS) + 1} times"


def _post(address: str, body: bytes) -> str | None:
    """Why the receiver did not take the message, if so."""
    try:
        request = Request(address, body, {"content-type": "application/json"})  # noqa: S310 (see `problem`)
        with build_opener(_NoRedirect).open(request, timeout=TIMEOUT_SECONDS):
            return None
    except HTTPError as error:
        return f"HTTP {error.code}"
    except Exception as error:  # noqa: BLE001 (whatever it is, the night does not end for it)
        cause = error.reason if isinstance(error, URLError) else error
        # the name says what happened, such as ConnectionRefusedError
        return type(cause if isinstance(cause, Exception) else error).__name__


class _NoRedirect(HTTPRedirectHandler):
    """Python would follow with a GET, which loses the message, to an address that nobody configured."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nowhere."""
