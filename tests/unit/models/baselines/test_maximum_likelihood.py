import numpy as np
import pytest

from regulars.models.baselines.maximum_likelihood import Floats, maximise


def hill(parameters: Floats) -> tuple[float, Floats]:
    """Highest at 2 and 3."""
    distance = np.log(parameters) - np.log([2, 3])
    return -float(distance @ distance), -2 * distance / parameters


def test_the_top_is_found() -> None:
    assert maximise(hill, [(0.1, 10), (0.1, 10)]).tolist() == pytest.approx([2, 3], rel=1e-4)


def test_where_it_rises_for_ever_the_bound_is_the_answer() -> None:
    assert maximise(hill, [(0.1, 10), (0.1, 1.5)]).tolist() == pytest.approx([2, 1.5], rel=1e-4)


def test_a_search_that_ends_on_a_slope_is_an_error() -> None:
    def misleading(parameters: Floats) -> tuple[float, Floats]:
        value, derivatives = hill(parameters)
        return value, -derivatives

    with pytest.raises(ValueError, match=r"still rises .* expected a maximum: look for outliers"):
        maximise(misleading, [(0.1, 10), (0.1, 10)])
