"""What the marts gate must stop or warn of."""

from tests.unit.data_quality.broken.case import ORDERS_OF_NOBODY, Broken

CASES = [
    Broken(
        "marts",
        "marts.customers",
        "any_customer",
        """
        delete from marts.customers; delete from marts.customer_features; delete from marts.orders;
        delete from marts.customer_identifiers; delete from marts.customer_segments;
        delete from marts.customer_segment_history; delete from marts.customer_permissions;
        delete from marts.customer_touchpoints; delete from marts.customer_aliases
        """,
        alone=True,
    ),
    Broken(
        "marts",
        "marts.customers",
        "customer_id_filled",
        "insert into marts.customers by name select date '2024-05-10' as data_as_of",
        also=("every_customer_has_one", "everybody_has_an_answer", "same_people_as_features"),
    ),
    Broken(
        "marts",
        "marts.customers",
        "one_profile_per_customer",
        "insert into marts.customers from marts.customers where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customers",
        "is_of_the_night",
        "update marts.customers set data_as_of = '2024-05-09' where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customers",
        "same_people_as_features",
        "insert into marts.customer_features by name select * replace ('c_9' as customer_id,"
        " 0 as order_count,"
        " 0 as order_count_365d, 0 as order_count_90d, 0 as order_count_30d, 0 as order_amount)"
        " from marts.customer_features where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customers",
        "buyers_are_in_a_segment",
        "delete from marts.customer_segments where customer_id = 'c_2';"
        "delete from marts.customer_segment_history where customer_id = 'c_2';"
        "update marts.customers set lifecycle_stage = null where customer_id = 'c_2'",
        "warn",
    ),
    Broken(
        "marts",
        "marts.customers",
        "stage_agrees_with_segments",
        "update marts.customers set lifecycle_stage = 'new' where customer_id = 'c_2'",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "maps_to_one_customer",
        "insert into marts.customer_identifiers by name"
        " select * replace ('c_2' as customer_id) from marts.customer_identifiers where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "nobody_grows_too_fast",
        "insert into marts.customer_identifiers by name select 'c_1' as customer_id, '' as source,"
        " 'email' as identifier_kind, 'e' || i || '@shop.example' as identifier"
        " from range(3) as numbers(i)",
    ),
    # who was somebody else yesterday, and is nobody else tonight, brings all that she is known by
    Broken(
        "marts",
        "marts.customer_identifiers",
        "nobody_grows_too_fast",
        "insert into marts.customer_identifiers by name select 'c_1' as customer_id, '' as source,"
        " 'email' as identifier_kind, 'e' || i || '@shop.example' as identifier"
        " from range(3) as numbers(i);"
        "insert into previous.customer_identifiers by name select 'c_gone' as customer_id, '' as source,"
        " 'email' as identifier_kind, 'e' || i || '@shop.example' as identifier"
        " from range(3) as numbers(i)",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "nobody_is_a_crowd",
        "insert into marts.customer_identifiers by name select 'c_1' as customer_id, '' as source,"
        " 'email' as identifier_kind, 'e' || i || '@shop.example' as identifier"
        " from range(9) as numbers(i);"
        "insert into previous.customer_identifiers by name select 'c_1' as customer_id, '' as source,"
        " 'email' as identifier_kind, 'e' || i || '@shop.example' as identifier"
        " from range(9) as numbers(i)",
        severity="warn",
    ),
    Broken(
        "marts",
        "marts.customer_aliases",
        "alias_of_one_customer",
        "insert into marts.customer_aliases values ('c_old', 'c_2', date '2024-05-10')",
    ),
    Broken(
        "marts",
        "marts.customer_aliases",
        "aliases_lead_to_customers",
        "insert into marts.customer_aliases values ('c_2', 'c_3', date '2024-05-10')",
    ),
    Broken(
        "marts",
        "marts.customer_aliases",
        "aliases_lead_to_customers",
        "update marts.customer_aliases set customer_id = 'c_gone'",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "required_columns_filled",
        "insert into marts.customer_identifiers by name select 'c_1' as customer_id, 'shop' as source,"
        " 'email' as identifier_kind",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "known_kind",
        "update marts.customer_identifiers set identifier_kind = 'shoe' where customer_id = 'c_3'",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "customer_exists",
        "insert into marts.customer_identifiers values ('c_9', 'shop', 'account', 'k9')",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "every_customer_has_one",
        "delete from marts.customer_identifiers where customer_id = 'c_1'",
        alone=True,
    ),
    Broken(
        "marts",
        "marts.orders",
        "order_listed_once",
        "update marts.orders set order_id = 'o1' where order_id = 'o2'",
    ),
    Broken(
        "marts",
        "marts.orders",
        "required_columns_filled",
        "update marts.orders set source = null where order_id = 'o1'",
    ),
    Broken(
        "marts",
        "marts.orders",
        "customer_exists",
        "update marts.orders set customer_id = 'c_9' where order_id = 'o1'",
    ),
    Broken(
        "marts",
        "marts.orders",
        "identified_orders_have_customer",
        "update marts.orders set customer_id = null where order_id = 'o1'",
        also=("order_count_reconciles", "order_amount_reconciles"),
        alone=True,
    ),
    Broken(
        "marts",
        "marts.orders",
        "identified_orders_have_customer",
        f"{ORDERS_OF_NOBODY.format(orders=1)};"
        "insert into landing.order_lines by name select 'shop' as source, 'cash 0' as order_ref,"
        " ' k1 ' as customer_ref, timestamp '2024-05-01' as occurred_at",
    ),
    Broken(
        "marts",
        "marts.orders",
        "most_orders_have_customer",
        ORDERS_OF_NOBODY.format(orders=4),
        "warn",
        alone=True,
    ),
    Broken(
        "marts",
        "marts.orders",
        "nothing_after_the_night",
        "update marts.orders set ordered_at = '2024-05-11 04:00:00' where order_id = 'o1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "one_row_per_customer",
        "insert into marts.customer_features by name select * replace (0 as order_count,"
        " 0 as order_count_365d,"
        " 0 as order_count_90d, 0 as order_count_30d, 0 as order_amount)"
        " from marts.customer_features where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "is_of_the_night",
        "update marts.customer_features set as_of_date = null where customer_id = 'c_1'",
        alone=True,
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "counts_not_negative",
        "update marts.customer_features set category_count_365d = null where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "counts_not_negative",
        "update marts.customer_features set days_since_last_order = -1 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "shares_are_shares",
        "update marts.customer_features set discount_share_90d = 1.01 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "windows_nested",
        "update marts.customer_features set order_count_7d = 2 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "numbers_are_finite",
        "update marts.customer_features set overdue_ratio = 'nan' where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "favourite_weekday_exists",
        "update marts.customer_features set favourite_weekday = 0 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "order_count_reconciles",
        "update marts.customer_features set order_count = 2 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "order_amount_reconciles",
        "update marts.customer_features set order_amount = 10.0001 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "member_once",
        "insert into marts.customer_segments from marts.customer_segments where segment_id = 'big'",
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "one_stage_per_customer",
        "insert into marts.customer_segments values ('2024-05-10', 'c_1', 'alpha', 'stage', 'h4');"
        "insert into settings.segments values ('alpha', 'stage', 4, 'h4');"
        "insert into marts.customer_segment_history values ('c_1', 'alpha', '2024-05-10', null)",
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "customer_exists",
        "insert into marts.customer_segments values ('2024-05-10', 'c_9', 'loyal', 'stage', 'h2');"
        "insert into marts.customer_segment_history values ('c_9', 'loyal', '2024-05-10', null)",
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "is_of_the_night",
        "update marts.customer_segments set as_of_date = '2024-05-09' where segment_id = 'big'",
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "big_divides_people",
        "delete from marts.customer_segments where segment_id = 'big';"
        "delete from marts.customer_segment_history where segment_id = 'big'",
        "warn",
        alone=True,
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "few_divides_people",
        "insert into marts.customer_segments select as_of_date, customer_id, 'few', 'intent', 'h5'"
        " from marts.customer_segments where segment_id = 'loyal' and customer_id <> 'c_1';"
        "insert into marts.customer_segment_history select customer_id, 'few', as_of_date, null"
        " from marts.customer_segments where segment_id = 'few' and customer_id <> 'c_1'",
        alone=True,
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "segment_is_defined",
        "update marts.customer_segments set definition_hash = 'old' where segment_id = 'big'",
    ),
    Broken(
        "marts",
        "marts.customer_segment_history",
        "open_stays_are_memberships",
        "update marts.customer_segment_history set exited_date = '2024-05-10' where segment_id = 'big'",
    ),
    Broken(
        "marts",
        "marts.customer_segment_history",
        "stays_in_order",
        "update marts.customer_segment_history set exited_date = '2024-04-30' where segment_id = 'new'",
    ),
    Broken(
        "marts",
        "marts.customer_segment_history",
        "stay_listed_once",
        "insert into marts.customer_segment_history from marts.customer_segment_history "
        "where segment_id = 'new'",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "one_answer_per_person",
        "insert into marts.customer_permissions values ('c_1', 'post', 'marketing', 'denied', 'person')",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "required_columns_filled",
        "update marts.customer_permissions set status = null where customer_id = 'c_1' and channel = 'post'",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "known_status",
        "update marts.customer_permissions set status = 'Granted' "
        "where customer_id = 'c_3' and channel = 'email'",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "known_decider",
        "update marts.customer_permissions set decided_by = 'nobody' where channel = 'post'",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "customer_exists",
        "insert into marts.customer_permissions values ('c_9', 'post', 'marketing', 'granted', 'store')",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "everybody_has_an_answer",
        "delete from marts.customer_permissions where customer_id = 'c_1' and channel = 'email'",
    ),
    Broken(
        "marts",
        "marts.customer_touchpoints",
        "customer_exists",
        "update marts.customer_touchpoints set customer_id = 'c_9'",
    ),
    Broken(
        "marts",
        "marts.customer_touchpoints",
        "touchpoint_listed_once",
        "insert into marts.customer_touchpoints from marts.customer_touchpoints",
    ),
    Broken(
        "marts",
        "marts.customer_touchpoints",
        "nothing_after_the_night",
        "update marts.customer_touchpoints set sent_date = '2024-05-11'",
    ),
]
