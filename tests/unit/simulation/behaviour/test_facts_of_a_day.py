"""What a day brings fits together: kinds, times, money and references."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from regulars.simulation import identity
from regulars.simulation.facts import SCHEMAS
from regulars.simulation.systems import shop
from tests.unit.simulation.behaviour.conftest import History

TIMED = sorted(
    kind for kind, schema in SCHEMAS.items() if "at" in schema and kind not in ("orders_again", "erasures")
)


@pytest.mark.parametrize("kind", sorted(set(SCHEMAS) - {"erasures"}))
def test_every_kind_of_fact_happens(history: History, kind: str) -> None:
    assert history.all(kind).height > 0


@pytest.mark.parametrize("kind", TIMED)
def test_facts_lie_in_their_day_and_are_in_order(history: History, kind: str) -> None:
    for day in history.days:
        at = getattr(day.facts, kind)["at"]
        start = history.world.midnight(day.facts.day_number).astype(object)
        assert at.is_sorted()
        assert at.is_between(start, start + timedelta(days=1), closed="left").all()


def test_ids_are_used_once(history: History) -> None:
    for kind, key in (("orders", "order_id"), ("web_events", "event_id"), ("survey_answers", "response_id")):
        assert history.all(kind)[key].is_unique().all()
    lines = history.all("order_lines")
    assert lines.select("order_id", "line_number").is_unique().all()


def test_the_money_of_an_order_is_that_of_its_lines(history: History) -> None:
    lines = (
        history.all("order_lines")
        .group_by("order_id")
        .agg(
            value=(pl.col("quantity") * pl.col("unit_price_cents")).sum(),
            discount=pl.col("discount_cents").sum(),
        )
    )
    orders = history.all("orders").join(lines, on="order_id", how="full")
    assert (orders["subtotal_cents"] == orders["value"]).all()
    assert (orders["discount_cents"] == orders["discount"]).all()
    total = (
        pl.col("subtotal_cents") - pl.col("discount_cents") + pl.col("shipping_cents") + pl.col("tax_cents")
    )
    assert orders.filter(pl.col("total_cents") != total).is_empty()
    assert orders.filter((pl.col("discount_cents") > 0) != pl.col("coupon").is_not_null()).is_empty()


def test_a_point_of_sale_knows_cards_and_a_shop_accounts(history: History) -> None:
    orders = history.all("orders")
    shop, till = orders.filter(pl.col("place") == "shop"), orders.filter(pl.col("place") == "pos")
    assert shop["card_number"].is_null().all()
    assert shop["anonymous_id"].is_not_null().all()
    assert shop["email"].is_not_null().all()
    assert till["account_id"].is_null().all()
    assert till["shipping_zip"].is_null().all()
    is_gift = shop["is_gift"]
    assert (shop["billing_street"] == shop["shipping_street"]).filter(~is_gift).all()
    assert (shop["billing_street"] != shop["shipping_street"]).filter(is_gift).any()
    assert till["store_number"].is_not_null().all()
    assert "0000000000" in till["phone"]
    assert "noemail@example.com" in till["email"]


def test_an_order_of_the_shop_is_completed_once_on_the_site(history: History) -> None:
    shop = history.all("orders").filter(pl.col("place") == "shop")
    done = history.all("web_events").filter(pl.col("name") == "Order Completed")
    assert sorted(done["order_id"]) == sorted(shop["order_id"])
    both = done.join(shop, on="order_id", suffix="_ordered")
    assert (both["anonymous_id"] == both["anonymous_id_ordered"]).all()
    assert (both["at"] < both["at_ordered"]).all()


def test_an_account_is_known_before_or_when_it_orders(history: History) -> None:
    first = history.all("shop_customers").group_by("account_id").agg(known=pl.col("at").dt.date().min())
    orders = history.all("orders").drop_nulls("account_id").join(first, on="account_id", how="left")
    assert orders["known"].is_not_null().all()
    assert (orders["known"] <= orders["at"].dt.date()).all()


def test_a_refund_repeats_its_order_and_never_exceeds_it(history: History) -> None:
    again, orders = history.all("orders_again"), history.all("orders")
    same = again.drop("refunded_cents").join(orders, on=orders.columns, nulls_equal=True)
    assert same.height == again.height == history.all("refunds").height
    assert (again["refunded_cents"] <= again["total_cents"]).all()
    assert (again["refunded_cents"] > 0).all()
    lines = set(history.all("order_lines_again").select("order_id", "line_number").iter_rows())
    assert lines >= set(history.all("refund_lines").select("order_id", "line_number").iter_rows())


def test_what_comes_back_whole_is_refunded_whole_and_the_shop_says_so(history: History) -> None:
    again, returned = history.all("orders_again"), history.all("refund_lines")
    lines = history.all("order_lines_again").join(returned, on=["order_id", "line_number"], how="left")
    kept = lines.filter(pl.col("quantity_right").is_null())["order_id"].unique()
    is_whole = ~again["order_id"].is_in(kept.implode())
    assert set(is_whole) == {True, False}
    assert is_whole.to_list() == (again["refunded_cents"] == again["total_cents"]).to_list()
    files = [shop.exports(day.facts, history.world)[1].frame for day in history.days]
    told = pl.concat(file.filter(pl.col("Total").is_not_null()) for file in files)
    status = told.group_by("Name").agg(pl.col("Financial Status").last())
    whole = again.filter(is_whole & (again["place"] == "shop"))["order_id"]
    assert set(status.filter(pl.col("Financial Status") == "refunded")["Name"]) == {
        f"#{order}" for order in whole
    }
    assert "partially_refunded" in status["Financial Status"]


def test_a_ticket_is_opened_before_it_is_solved_and_rated_at_last(history: History) -> None:
    tickets = history.all("tickets").sort("at")
    assert (tickets.group_by("ticket_id", maintain_order=True).first()["status"] == "new").all()
    assert tickets.filter((pl.col("status") == "new") & pl.col("solved_at").is_not_null()).is_empty()
    rated = tickets.filter(pl.col("satisfaction").is_in(["good", "bad"]))
    assert (rated["solved_at"] < rated["at"]).all()
    users = set(history.all("ticket_users")["requester_id"])
    assert set(tickets["requester_id"]) <= users


def test_scores_stay_on_their_scales(history: History) -> None:
    answers = history.all("survey_answers")
    for survey, lowest, highest in (("nps", 0, 10), ("csat", 1, 5)):
        assert answers.filter(survey=survey)["score"].is_between(lowest, highest).all()
    assert answers.filter(survey="visit_reason")["score"].is_null().all()
    assert answers.filter(survey="visit_reason")["text"].is_not_null().all()


def test_the_reason_of_a_visit_is_asked_during_a_visit_of_that_person(history: History) -> None:
    answers = history.all("survey_answers").filter(survey="visit_reason")
    who = history.people.number
    devices = pl.concat(
        pl.DataFrame(
            {
                "person": who,
                "anonymous_id": identity.anonymous_ids(
                    history.world.seed,
                    identity.device_numbers(history.people, who, np.full(len(who), device)),
                ),
            }
        )
        for device in range(3)
    )
    starts = (
        history.all("web_events")
        .group_by("session_id")
        .agg(pl.col("anonymous_id").first(), begins=pl.col("at").min(), ends=pl.col("at").max())
    )
    visits = starts.join(devices, on="anonymous_id").select("person", "begins", "ends")
    during = answers.join(visits, on="person").filter(
        (pl.col("begins") <= pl.col("started_at"))
        & (pl.col("started_at") <= pl.max_horizontal("ends", pl.col("begins") + timedelta(seconds=30)))
    )
    assert answers.height > 20
    assert set(during["response_id"]) == set(answers["response_id"])
    assert (answers["started_at"] < answers["at"]).all()


def test_people_wish_to_hear_of_us_more_or_less_often(history: History) -> None:
    wishes = history.all("preferences").group_by("key").agg(pl.col("value").n_unique())
    assert dict(wishes.rows())["contact_frequency"] > 1
    assert dict(wishes.rows())["preferred_channel"] > 1


def test_guests_and_second_accounts_and_family_tablets_blur_who_is_who(history: History) -> None:
    accounts = history.all("shop_customers").group_by("person").agg(pl.col("account_id").n_unique())
    assert (accounts["account_id"] == 2).any()
    cookies = history.all("web_events").drop_nulls("user_id").group_by("anonymous_id")
    assert (cookies.agg(pl.col("user_id").n_unique())["user_id"] > 1).any()
    shop = history.all("orders").filter(pl.col("place") == "shop")
    assert shop["account_id"].is_null().any()
    assert (shop.group_by("person").agg(pl.col("email").n_unique())["email"] > 1).any()
