"""A webhook's receiver: an HTTP server on this machine that keeps what it is sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

# whoever knows it may write to the channel
SECRET = "T0P53CR3T"  # noqa: S105 (of nothing)


@dataclass
class Receiver:
    """What came, and what it answers: the codes in order, then 200."""

    port: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/{SECRET}"

    def taken(self) -> list[dict[str, Any]]:
        """What came since this was asked last."""
        messages = list(self.messages)
        self.messages.clear()
        return messages


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver, for as long as this lasts."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.requests.append(f"{self.command} {self.headers['content-type']}")
            body = self.rfile.read(int(self.headers["content-length"]))
            code = receiver.answers.pop(0) if receiver.answers else 200
            if code == 200:
                receiver.messages.append(json.loads(body))
            self.send_response(code)
            self.send_header("location", receiver.address)
            self.end_headers()

        def do_GET(self) -> None:
            receiver.requests.append(self.command)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the terminal clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_port
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield receiver
        server.shutdown()
