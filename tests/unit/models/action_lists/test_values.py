"""Hashes of fixed people, each vendor by its own rule; the expected ones are of sha256sum, not of our SQL."""

import duckdb
import pytest

from regulars.models.action_lists import values
from regulars.store.sql import literal

TEST_EMAIL = "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"
DOTTED_EMAIL = "e7824da9ecd8c9d3b5c7af9db4876347efd23f0fa94290ea26bdafb98f6fa541"
PHONE_WITH_PLUS = "8a59780bb8cd2ba022bfa5ba2ea3b6e07af17a7d8b30c1f9b3390e36f69019e4"
PHONE_OF_DIGITS = "d6736136ea896c1bfdc553e0e86e702c70d060d805696ca3e4e9e0961353860a"
VECTORS = [
    (values.google_text_sql, " Test@Example.COM\t", TEST_EMAIL),
    (values.google_text_sql, "te st@example.com", TEST_EMAIL),
    (values.google_text_sql, "Ann.Lee@gmail.com", DOTTED_EMAIL),
    (values.google_text_sql, "Ann Marie", "2322d03565a46ece1e31e5ef0d5f79f5a0ee0dc96ff666e52948e52e0298850e"),
    (values.google_text_sql, "O'Neil", "eb1aed4f494ca276a88d3161252e48e0fe703f32666fe44fe4652f660b82cda4"),
    (values.google_text_sql, "Ünver", "865252b30e8149ec7fc7c4eeb6cfb9affcf70b678b4df3f3b437d3eed9c557da"),
    (values.google_phone_sql, "+15551234567", PHONE_WITH_PLUS),
    (values.google_phone_sql, "555-1234", None),
    (values.google_text_sql, "  ", None),
    (values.meta_text_sql, " Test@Example.COM ", TEST_EMAIL),
    (values.meta_text_sql, "Ann.Lee@gmail.com", DOTTED_EMAIL),
    (values.meta_text_sql, "US", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
    (values.meta_name_sql, "O'Neil", "67a42a846e98e3c1a96cd6ba14883a5ea05990cd93964ce8b832aa9497ca785c"),
    (values.meta_name_sql, "Mary-Ann", "16b3f07f0ec2f9dd127b71dc2e6c791b7d93116a1c3bc99d057eaa7a8a077e73"),
    (values.meta_name_sql, "Ann Marie", "79f902813a6a59515b1ed66bf8acd9b5205516298f13ad2686b9846de281f1ed"),
    (values.meta_phone_sql, "+15551234567", PHONE_OF_DIGITS),
    (values.meta_phone_sql, "+0555", None),
    (values.meta_name_sql, "...", None),
]


@pytest.mark.parametrize("number", range(len(VECTORS)))
def test_a_cell_is_hashed_by_its_vendors_own_rule(number: int) -> None:
    hashed, text, expected = VECTORS[number]
    with duckdb.connect() as connection:
        assert connection.sql(f"select {hashed(literal(text))}").fetchall() == [(expected,)]


def test_one_phone_has_another_hash_for_each_ad_platform() -> None:
    assert PHONE_WITH_PLUS != PHONE_OF_DIGITS
