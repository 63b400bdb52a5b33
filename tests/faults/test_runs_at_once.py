"""Runs of one store that start at once: one runs, and the others say so and end."""

import re
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.faults.machines import Machine
from tests.faults.nights import NightProcess
from tests.faults.shops import Undisturbed
from tests.faults.wholeness import assert_as_if_undisturbed


@pytest.mark.parametrize("runs", [2, pytest.param(5, marks=pytest.mark.campaign)])
def test_of_runs_started_at_once_all_over_the_world_one_runs_and_the_others_are_refused(
    shop: Path, the_undisturbed: Undisturbed, places: dict[str, Machine], runs: int
) -> None:
    nights = [NightProcess(shop, machine=place) for place in islice(cycle(places.values()), runs)]
    ended = sorted(night.end() for night in nights)
    assert [code for code, _ in ended] == [0] + [2] * (runs - 1), ended
    refused = rf"error: {re.escape(str(shop))}: another run of this store is in progress( \(process \d+\))?"
    for _, said in ended[1:]:
        assert re.search(rf"{refused}\n  remedy: wait until it ends", said), said
        assert "Traceback" not in said
    assert_as_if_undisturbed(shop, the_undisturbed)
