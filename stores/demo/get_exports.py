"""Simulates the exports of the demo store, unless they are there. `make exports` runs this."""

from pathlib import Path

from regulars.orchestration.cli import app

if __name__ == "__main__":
    app(["simulate", "--store", str(Path(__file__).parent)])
