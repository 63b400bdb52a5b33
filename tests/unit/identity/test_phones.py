"""Phone numbers in the one form in which they are compared."""

import pytest

from regulars.identity.phones import international


@pytest.mark.parametrize(
    ("written", "country", "compared"),
    [
        ("+18025550127", "US", "+18025550127"),
        ("(802) 555-0127", "US", "+18025550127"),
        ("1 802 555 0127", "US", "+18025550127"),
        ("001 802 555 0127", "US", "+18025550127"),
        ("+1 (802) 555-0127", None, "+18025550127"),
        ("0171 2345678", "DE", "+491712345678"),
        ("+49 (0)171 2345678", "US", "+491712345678"),
        ("+4901712345678", "DE", "+491712345678"),
        ("+9991234567", "DE", ""),
        # nobody knows of which country it is, so it is compared by its digits alone
        ("0171 2345678", None, "1712345678"),
        ("0000000000", "US", ""),
        ("+10000000000", "US", ""),
        ("123 456 7890", "US", ""),
        ("0123456789", None, ""),
        ("110", "DE", ""),
        ("none", "US", ""),
        ("", "US", ""),
    ],
)
def test_a_number_has_one_form_however_it_is_written(
    written: str, country: str | None, compared: str
) -> None:
    assert international([written], country) == [compared]


def test_as_many_numbers_come_back_as_were_given() -> None:
    assert international(["+18025550127", "x", "+18025550127"], "US") == ["+18025550127", "", "+18025550127"]
