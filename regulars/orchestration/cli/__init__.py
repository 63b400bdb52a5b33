"""The `regulars` command. Heavy imports wait until a command needs them."""

import os
import sys
from io import TextIOWrapper

from regulars.orchestration.cli import experiments, nights, reading, stores, words  # noqa: F401 (they join the app)
from regulars.orchestration.cli.shared import app
from regulars.warehouse.beside import spare_the_collector

__all__ = ["app", "main"]


def main() -> None:
    """Entry point of the `regulars` command."""
    # what we write is about people: the user's group may read it, nobody else
    os.umask(os.umask(0o077) | 0o027)
    spare_the_collector()
    for stream in (sys.stdout, sys.stderr):
        # a terminal without the characters that we print must not stop a night
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
