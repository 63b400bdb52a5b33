"""Stores of their own for whole nights."""

from collections.abc import Callable

import pytest

from regulars.orchestration.nightly import Nightly
from tests.stores import cut_store_in

CutStore = Callable[..., Nightly]


@pytest.fixture(scope="module")
def cut_store(tmp_path_factory: pytest.TempPathFactory) -> CutStore:
    """Make a store cut from the real data; `until` drops later facts."""

    def make(name: str, until: str = "2018-02-01") -> Nightly:
        return cut_store_in(tmp_path_factory.mktemp("stores") / name, until)

    return make
