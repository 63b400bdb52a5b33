from datetime import date, datetime, timedelta

import polars as pl
import pytest

from regulars.models.channel_response.model import (
    MOST_CHANNELS,
    Response,
    channel_response,
    channels,
    responses,
)
from regulars.models.learning.examples import examples
from regulars.models.learning.training import TooLittleError, train
from regulars.store.training import Response as Settings
from regulars.store.training import Training
from tests.unit.models.made_up_shop import NIGHT, Shop, execute, rows

AS_OF = date(2025, 3, 31)
NOON = datetime.fromisoformat("2025-03-31T12:00:00")
FEATURES = ("days_since_last_order", "order_count_365d", "messages_opened_365d", "messages_sent_365d")
SETTINGS = Training()


def learned(shop: Shop, response: Response, channel: str = "email") -> pl.DataFrame:
    with shop.warehouse.connect() as connection:
        return examples(connection, channel_response(SETTINGS, channel, response), FEATURES, [AS_OF])


def somebody(shop: Shop) -> str:
    (row,) = rows(
        shop,
        "select min(customer_id) as customer_id from intermediate.past_customer_features"
        f" where as_of_date = date '{AS_OF}'",
    )
    return str(row["customer_id"])


def touch(shop: Shop, customer: str, day: int, *, channel: str = "email", hours: int = 0) -> str:
    """A message to her so many days after AS_OF, at noon; its ref."""
    at, ref = NOON + timedelta(days=day, hours=hours), f"{channel} {day} {hours}"
    execute(
        shop,
        "insert into marts.customer_touchpoints"
        f" values ('{customer}', 'tool', '{ref}', '{channel}', timestamp '{at}', date '{at.date()}')",
    )
    return ref


def answer(shop: Shop, ref: str, day: int, *, hours: int = 1, by: str = "person") -> None:
    """Somebody opens the message so many days after AS_OF."""
    at = NOON + timedelta(days=day, hours=hours)
    execute(
        shop,
        f"insert into staging.stg_messages values ('tool', '{ref}', 'email', 'opened', {by != 'person'},"
        f" timestamp '{at}', date '{at.date()}')",
    )


def order(shop: Shop, customer: str, day: int, *, hours: int = 1) -> None:
    """The only order of the shop."""
    at = NOON + timedelta(days=day, hours=hours)
    execute(shop, "delete from marts.orders")
    execute(
        shop,
        "insert into marts.orders by name"
        f" select '{customer}' as customer_id, date '{at.date()}' as order_date,"
        f" timestamp '{at}' as ordered_at",
    )


@pytest.mark.parametrize(("day", "examples_of_her"), [(0, 0), (1, 1), (28, 1), (29, 0)])
def test_who_is_touched_in_the_28_days_after_is_an_example(
    shop: Shop, day: int, examples_of_her: int
) -> None:
    customer = somebody(shop)
    touch(shop, customer, day)
    touch(shop, customer, 5, channel="sms")
    assert learned(shop, "opened")["customer_id"].to_list() == [customer] * examples_of_her


@pytest.mark.parametrize(
    ("day", "hours", "found"),
    [(20, -1, (0, 0)), (20, 0, (1, 1)), (27, 1, (1, 1)), (28, 1, (0, 0))],
)
def test_an_answer_counts_from_the_touch_to_the_last_day_of_the_horizon(
    shop: Shop, day: int, hours: int, found: tuple[float, float]
) -> None:
    answer(shop, touch(shop, somebody(shop), 20), day, hours=hours)
    assert learned(shop, "opened").select("outcome", "early_outcome").rows() == [found]


def test_what_comes_after_the_28_days_is_not_early(shop: Shop) -> None:
    answer(shop, touch(shop, somebody(shop), 26), 29)
    assert learned(shop, "opened").select("outcome", "early_outcome").rows() == [(1, 0)]


def test_a_machine_does_not_open(shop: Shop) -> None:
    answer(shop, touch(shop, somebody(shop), 3), 4, by="machine")
    assert learned(shop, "opened")["outcome"].to_list() == [0]


def test_opening_is_not_clicking(shop: Shop) -> None:
    answer(shop, touch(shop, somebody(shop), 3), 4)
    assert learned(shop, "clicked")["outcome"].to_list() == [0]


def test_only_the_first_touch_counts(shop: Shop) -> None:
    customer = somebody(shop)
    touch(shop, customer, 3)
    answer(shop, touch(shop, customer, 9), 9)
    touch(shop, customer, 2, channel="sms")
    assert learned(shop, "opened")["outcome"].to_list() == [0]


@pytest.mark.parametrize(("day", "hours", "outcome"), [(20, -1, 0), (20, 0, 1), (27, 0, 1), (28, 0, 0)])
def test_an_order_counts_from_the_moment_of_the_touch_on(
    shop: Shop, day: int, hours: int, outcome: float
) -> None:
    customer = somebody(shop)
    touch(shop, customer, 20)
    order(shop, customer, day, hours=hours)
    assert learned(shop, "ordered")["outcome"].to_list() == [outcome]


def test_nothing_of_a_touch_or_an_answer_is_a_feature_of_the_day_before_it(shop: Shop) -> None:
    customer = somebody(shop)
    ref = touch(shop, customer, 3)
    before = learned(shop, "opened").drop("outcome", "early_outcome")
    answer(shop, ref, 4)
    order(shop, customer, 4)
    assert learned(shop, "opened").drop("outcome", "early_outcome").equals(before)


def test_no_outcome_is_unknown_on_the_night_that_grades_it(written_to: Shop) -> None:
    """28 days until the touch and 7 after it: of month ends before 30 June, 30 April is the newest over."""
    model = channel_response(SETTINGS, "email", "opened")
    assert model.over_after_days == 35
    with written_to.warehouse.connect() as connection:
        trained = train(connection, model, FEATURES, tonight=NIGHT)
    assert trained.graded.grading == date(2025, 4, 30)
    assert (trained.graded.grading - trained.graded.choosing).days >= 35


def test_who_read_before_reads_again(written_to: Shop) -> None:
    """Of those who get the newsletter one in three opens half; the others one in twenty."""
    with written_to.warehouse.connect() as connection:
        trained = train(connection, channel_response(SETTINGS, "email", "opened"), FEATURES, tonight=NIGHT)
    losses = {grade.method: grade.metrics["log_loss"].value for grade in trained.result.grades}
    assert list(losses) == ["trees", "past_rate", "recency"]
    assert losses["past_rate"] < losses["recency"]
    assert trained.grading["outcome"].mean() == pytest.approx((0.5 + 2 * 0.05) / 3, abs=0.03)


def test_too_few_touches_or_answers_are_counted(written_to: Shop) -> None:
    few = Training(response=Settings(least_touches=5_000))
    execute(written_to, "delete from marts.customer_touchpoints where hash(customer_id) % 8 > 0")
    with written_to.warehouse.connect() as connection:
        with pytest.raises(TooLittleError, match=r"^[\d,]+ examples of 5,000 needed$"):
            train(connection, channel_response(few, "email", "opened"), FEATURES, tonight=NIGHT)
        connection.execute("delete from staging.stg_messages where event = 'clicked'")
        few = Training(response=Settings(least_touches=1_000))
        with pytest.raises(
            TooLittleError, match=r"^0 of [\d,]+ examples have the rarer outcome; 100 needed$"
        ):
            train(connection, channel_response(few, "email", "clicked"), FEATURES, tonight=NIGHT)


def test_only_of_email_openings_are_predicted() -> None:
    assert responses("email") == ("opened", "clicked", "ordered")
    assert responses("sms") == ("clicked", "ordered")


def test_channels_are_those_with_touches_and_not_more_than_one_can_look_at(shop: Shop) -> None:
    for number in range(MOST_CHANNELS + 2):
        for day in range(number + 1):
            touch(shop, "c_0001", day, channel=f"ch{number:02}")
    with shop.warehouse.connect() as connection:
        assert channels(connection) == [f"ch{number:02}" for number in range(2, MOST_CHANNELS + 2)]


@pytest.mark.parametrize(
    ("channel", "response", "rules"),
    [
        ("email", "opened", ["past_rate", "recency"]),
        ("sms", "clicked", ["past_rate", "recency"]),
        ("direct_mail", "ordered", ["recency", "rfm"]),
    ],
)
def test_the_rules_to_beat_are_those_of_the_documents(
    channel: str, response: Response, rules: list[str]
) -> None:
    model = channel_response(SETTINGS, channel, response)
    assert model.name == f"channel_response_{channel}_{response}"
    assert list(model.methods(FEATURES, pl.DataFrame)) == ["trees", *rules]
