import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.store.sql import literal, quoted

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(TEXT)
def test_any_text_survives_as_a_literal_and_as_a_name(text: str) -> None:
    result = duckdb.sql(f"select {literal(text)} as {quoted(text)}")
    assert (result.columns, result.fetchall()) == ([text], [(text,)])


@pytest.mark.parametrize(("text", "written"), [("a", '"a"'), ('a"b', '"a""b"'), ("select", '"select"')])
def test_a_name_is_always_quoted(text: str, written: str) -> None:
    assert quoted(text) == written
