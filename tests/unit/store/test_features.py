"""What the catalogue of features says."""

from typing import get_args

from regulars.store.features import Context, Sensitivity, features


def test_every_feature_says_what_it_is_and_what_it_may_be_used_for() -> None:
    found = features()
    assert len(found) >= 100
    assert {feature.context for feature in found.values()} == set(get_args(Context))
    assert {feature.sensitivity for feature in found.values()} <= set(get_args(Sensitivity))
    assert all(feature.family and feature.description.endswith(".") for feature in found.values())


def test_what_is_learned_later_of_a_past_order_or_ticket_is_not_point_in_time() -> None:
    restated = {name for name, feature in features().items() if not feature.is_point_in_time}
    assert {"refund_share_365d", "returned_unit_count_365d", "complaint_count_90d"} <= restated
    assert not restated & {"order_count_365d", "ticket_count_365d", "visit_count_30d"}
