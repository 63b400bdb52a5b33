from tests.unit.models.made_up_shop import Shop, rows


def test_who_likes_a_category_is_likelier_to_buy_in_it(first_night: tuple[Shop, list[str]]) -> None:
    """One customer in three likes tea, and of five orders of hers four are tea."""
    likely = "avg(purchase_probability) filter"
    found = rows(
        first_night[0],
        f"""
        select category, {likely} (right(customer_id, 4)::integer % 3 = 0)
            > 1.5 * {likely} (right(customer_id, 4)::integer % 3 > 0) as by_who_likes_tea
        from predictions.propensity_scores group by category order by category
        """,
    )
    assert found == [
        {"category": "Bread", "by_who_likes_tea": False},
        {"category": "Tea", "by_who_likes_tea": True},
    ]


def test_its_reasons_speak_of_the_category_in_plain_words(first_night: tuple[Shop, list[str]]) -> None:
    (found,) = rows(
        first_night[0],
        """
        select
            count(*) filter (reasons like '%category order%: %') > 500 as some,
            count(*) filter (reasons like '%last category order: unknown%') > 5 as some_never_bought
        from (select concat(raised_by, lowered_by) as reasons from predictions.propensity_scores)
        """,
    )
    assert found == {"some": True, "some_never_bought": True}


def test_who_is_new_or_did_not_order_in_a_year_has_no_number(first_night: tuple[Shop, list[str]]) -> None:
    wrong = rows(
        first_night[0],
        """
        select customer_id
        from predictions.propensity_scores inner join marts.customer_features using (customer_id)
        where (purchase_probability is null) <> (days_since_last_order >= 365 or days_since_first_order < 30)
            or basis <> case
                when days_since_last_order >= 365 then 'not_active'
                when days_since_first_order < 30 then 'cold_start'
                else 'model'
            end
        """,
    )
    assert wrong == []
