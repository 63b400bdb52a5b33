import pytest

from regulars.models.churn.model import churn
from regulars.models.learning import scoring
from regulars.models.learning.scoring import customers_tonight, reasons
from regulars.store.training import Training
from tests.unit.models.made_up_shop import Shop

CHURN = churn(Training())


@pytest.mark.parametrize("most", [1_000_000, 500])
def test_everybody_with_orders_is_there_once_in_frames_of_a_bounded_size(
    first_night: tuple[Shop, list[str]], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(scoring, "MOST_CUSTOMERS", most)
    with first_night[0].warehouse.connect() as connection:
        frames = list(customers_tonight(connection, CHURN, ["visit_count_30d"]))
        ((count,),) = connection.sql("select count(*) from marts.customer_features").fetchall()
    ids = [customer for frame in frames for customer in frame["customer_id"]]
    assert len(set(ids)) == len(ids) == count
    assert all(frame["customer_id"].is_sorted() for frame in frames)
    assert max(frame.height for frame in frames) < 1.2 * min(most, count)


def test_who_is_asked_for_is_said_of_everybody(first_night: tuple[Shop, list[str]]) -> None:
    with first_night[0].warehouse.connect() as connection:
        (frame,) = customers_tonight(connection, CHURN, ())
    assert (frame["is_in_population"] == (frame["days_since_last_order"] < 90)).all()
    assert 0 < frame["is_in_population"].sum() < frame.height


def test_without_trees_there_are_no_reasons(first_night: tuple[Shop, list[str]]) -> None:
    with first_night[0].warehouse.connect() as connection:
        (frame,) = customers_tonight(connection, CHURN, ())
    told = reasons(None, frame)
    assert told.height == frame.height
    assert told.null_count().row(0) == (frame.height, frame.height)
