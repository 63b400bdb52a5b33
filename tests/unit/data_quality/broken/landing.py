"""What the landing gate must stop or warn of."""

from tests.unit.data_quality.broken.case import EMPTY_STORE, Broken, orders_of_days, orders_of_weeks

CASES = [
    Broken(
        "landing", "settings.night", "is_this_night", "update settings.night set as_of_date = '2024-05-09'"
    ),
    Broken("landing", "landing.files", "store_has_facts", EMPTY_STORE, alone=True),
    Broken(
        "landing",
        "landing.files",
        "any_file_landed",
        "delete from landing.files; delete from landing.dead_letters",
        also=("rows_come_from_files", "streams_in_time", "streams_not_stale"),
        alone=True,
    ),
    Broken(
        "landing",
        "landing.files",
        "file_listed_once",
        "insert into landing.files select * replace ('sha9' as sha256) from landing.files where file_id = 2",
    ),
    Broken(
        "landing",
        "landing.files",
        "content_landed_once",
        "insert into landing.files select * replace (9 as file_id) from landing.files where file_id = 2",
    ),
    Broken(
        "landing",
        "landing.files",
        "content_landed_once",
        "insert into landing.files select * replace (9 as file_id, 'copy.csv' as path)"
        " from landing.files where file_id = 2",
        alone=True,
    ),
    Broken(
        "landing", "landing.files", "rows_add_up", "update landing.files set rows_read = 4 where file_id = 2"
    ),
    Broken(
        "landing",
        "landing.files",
        "rows_add_up",
        "update landing.files set rows_skipped = 1 where file_id = 2",
    ),
    Broken(
        "landing",
        "landing.files",
        "rows_add_up",
        "update landing.files set rows_unreadable = 1 where file_id = 2",
    ),
    Broken(
        "landing",
        "landing.files",
        "stream_takes_rows",
        "insert into landing.files select * replace (9 as file_id, 'people#2' as stream, 3 as rows_skipped,"
        " 0 as rows_loaded) from landing.files where file_id = 2",
        "warn",
    ),
    # a preset's streams may be silent, but not all of them
    Broken(
        "landing",
        "landing.files",
        "stream_takes_rows",
        "insert into landing.files select * replace (9 as file_id, 'mailer' as source, 3 as rows_skipped,"
        " 0 as rows_loaded) from landing.files where file_id = 2",
        "warn",
        alone=True,
    ),
    # of the thousand rows that are the stream's 12 are dead, though few of the file's hundred thousand
    Broken(
        "landing",
        "landing.files",
        "few_dead_letters",
        "update landing.files set rows_read = 100000, rows_skipped = 99000, rows_loaded = 988,"
        " rows_duplicate = 0, rows_dead = 12 where file_id = 1;"
        "insert into landing.dead_letters by name select 1 as file_id, i as row_number, 'torn' as reason"
        " from range(10, 20) as numbers(i)",
        alone=True,
    ),
    Broken(
        "landing",
        "landing.files",
        "few_dead_letters",
        "update landing.files set rows_read = 1099, rows_loaded = 1088, rows_duplicate = 0, rows_dead = 11"
        " where file_id = 1;"
        "insert into landing.dead_letters by name select 1 as file_id, i as row_number, 'torn' as reason"
        " from range(10, 19) as numbers(i)",
        alone=True,
    ),
    Broken(
        "landing",
        "landing.files",
        "hardly_any_dead_letters",
        "update landing.files set rows_read = 199, rows_loaded = 197, rows_duplicate = 0 where file_id = 1",
        "warn",
    ),
    Broken(
        "landing",
        "landing.dead_letters",
        "belongs_to_a_file",
        "insert into landing.dead_letters by name select 99 as file_id, 1 as row_number, 'torn' as reason",
    ),
    Broken(
        "landing",
        "landing.dead_letters",
        "counted_by_its_file",
        "delete from landing.dead_letters where row_number = 8",
    ),
    Broken("landing", "landing.dead_letters", "has_a_reason", "update landing.dead_letters set reason = ' '"),
    Broken(
        "landing",
        "landing.files",
        "rows_come_from_files",
        "update landing.orders set file_id = 2 where order_ref = 'o1'",
    ),
    Broken("landing", "landing.files", "loaded_rows_are_there", "delete from landing.messages", alone=True),
    Broken(
        "landing",
        "landing.orders",
        "record_landed_once",
        "update landing.orders set record_key = 'o1' where record_key = 'o2'",
    ),
    Broken(
        "landing",
        "landing.orders",
        "required_columns_filled",
        "update landing.orders set ordered_at = null where order_ref = 'o1'",
    ),
    Broken("landing", "landing.messages", "known_values", "update landing.messages set event = 'Sent'"),
    Broken("landing", "landing.consents", "known_values", "update landing.consents set status = 'yes'"),
    Broken(
        "landing",
        "landing.orders",
        "plausible_dates",
        "update landing.orders set ordered_at = '2099-01-01' where order_ref = 'o0'",
        "warn",
    ),
    *(
        Broken(
            "landing",
            "landing.survey_responses",
            "scores_on_their_scales",
            "insert into landing.files select * replace (9 as file_id, 'survey_responses' as entity,"
            " 's' as stream, 's.csv' as path) from landing.files where file_id = 3;"
            "insert into landing.survey_responses by name select 'shop' as source, 9 as file_id,"
            " 1 as row_number, date '2024-05-10' as loaded_date, 's1' as record_key, 's1' as response_ref,"
            f" '{kind}' as kind, {score} as score, timestamp '2024-05-09 12:00:00' as answered_at",
            "warn",
            alone=True,
        )
        for kind, score in (("nps", 11), ("nps", -1), ("csat", 0), ("ces", 8))
    ),
    Broken(
        "landing",
        "landing.consents",
        "streams_in_time",
        "update landing.consents set stated_at = '2023-08-01'",
        "warn",
    ),
    Broken(
        "landing",
        "landing.consents",
        "streams_not_stale",
        "update landing.consents set stated_at = '2023-01-01'",
        also=("streams_in_time",),
    ),
    Broken(
        "landing",
        "landing.consents",
        "streams_not_stale",
        # a day to come is no news
        "update landing.consents set stated_at = '2024-05-12'",
        also=("streams_in_time",),
    ),
    Broken(
        "landing",
        "landing.orders",
        "columns_as_usual",
        orders_of_days(
            usually="'k' || i as customer_ref, 'a@b.c' as email", today="'k' || i as customer_ref"
        ),
        "warn",
        alone=True,
    ),
    Broken(
        "landing",
        "landing.orders",
        "columns_as_usual",
        orders_of_days(usually="'k' || i as customer_ref", today="'guest' as customer_ref"),
        "warn",
        alone=True,
    ),
    Broken(
        "landing",
        "landing.orders",
        "columns_as_usual",
        # a column that changes from one row to the next may name nobody in the end
        orders_of_days(
            usually="case i % 2 when 0 then 'k' || i end as customer_ref,"
            " case i % 2 when 1 then 'a' || i end as email",
            today="case i % 2 when 0 then 'k' || i end as customer_ref,"
            " case i % 3 when 0 then 'a' || i end as email",
        ),
        "warn",
        alone=True,
    ),
    Broken("landing", "landing.orders", "volume_as_usual", orders_of_weeks(3), alone=True),
    Broken("landing", "landing.orders", "volume_not_multiplied", orders_of_weeks(401), "warn", alone=True),
    Broken("landing", "landing.orders", "volume_as_usual", orders_of_weeks(3, days_ago=1), alone=True),
]
