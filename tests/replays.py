"""Nights that are decided again of what they published."""

from pathlib import Path

from regulars.models.replay.replay import Replay, replay
from regulars.orchestration.nightly import Nightly
from regulars.warehouse.versions import Version

ALWAYS_THERE = {"decision_trace", "next_actions", "exploration_log", "offer_ledger", "allocation_limits"}


def replayed(nightly: Nightly, version: Version, scratch: Path) -> Replay:
    """What comes of deciding the night of a version again, in a folder that this makes."""
    scratch.mkdir(parents=True)
    runs = nightly.published.of(version.day)
    return replay(version, runs, scratch=scratch, memory_limit=nightly.store.settings.memory_limit)


def assert_that_nights_come_out_again(nightly: Nightly, scratch: Path) -> None:
    """Every row of every table that decisions publish, of every version that is kept."""
    for version in nightly.published.versions():
        found = replayed(nightly, version, scratch / version.name)
        assert [str(one) for one in found.comparisons if not one.is_same] == []
        assert {one.table for one in found.comparisons} >= ALWAYS_THERE
        assert sum(one.rows for one in found.comparisons) > 0
        assert not [one.absent for one in found.comparisons if one.absent]
