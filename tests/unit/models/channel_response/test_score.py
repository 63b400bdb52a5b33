from tests.unit.models.made_up_shop import Shop, be_ready, predicted, rows, what_breaks_the_gate

RESPONSES = "select distinct response from predictions.response_scores order by response"


def test_each_response_is_scored_of_whoever_ever_got_a_touch(answered: Shop) -> None:
    assert [row["response"] for row in rows(answered, RESPONSES)] == ["clicked", "opened", "ordered"]
    (found,) = rows(
        answered,
        """
        select count(*) as scores, count(distinct customer_id) as customers,
            count(response_probability) as numbers,
            (select count(distinct customer_id) from marts.customer_touchpoints) as touched,
            count(*) filter (basis not in ('model', 'rule')) as others
        from predictions.response_scores
        """,
    )
    assert found["customers"] == found["touched"] > 1_000
    assert found["scores"] == found["numbers"] == 3 * found["touched"]
    assert found["others"] == 0


def test_readers_are_likelier_to_open(answered: Shop) -> None:
    """One in three who get the newsletter reads it."""
    (found,) = rows(
        answered,
        """
        select avg(response_probability) filter (hash(customer_id) % 3 = 0) as readers,
            avg(response_probability) filter (hash(customer_id) % 3 > 0) as others
        from predictions.response_scores where response = 'opened'
        """,
    )
    assert found["readers"] > 2 * found["others"]


def test_what_is_said_passes_the_gate(answered: Shop) -> None:
    assert what_breaks_the_gate(answered) == set()


def test_without_answers_nobody_learns_and_the_night_says_why(written_to: Shop) -> None:
    with written_to.warehouse.connect() as connection:
        be_ready(connection, missing="messages answered")
    said = [line for line in predicted(written_to) if line.startswith("channel_response")]
    assert [line.split(" (")[0] for line in said] == [
        f"channel_response_email_{response}: off" for response in ("opened", "clicked", "ordered")
    ]
    assert "too little to learn from: messages answered: 10 of 100 needed" in said[0]
    assert rows(written_to, RESPONSES) == []
    assert rows(written_to, "select count(*) > 0 as some from predictions.churn_scores") == [{"some": True}]
