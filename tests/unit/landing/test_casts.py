"""Text loses the blanks around it, of whichever script, and nothing else."""

import unicodedata

import duckdb

from regulars.landing.casts import trimmed

# no text can hold a half of a pair of surrogates
LETTERS = [chr(code) for code in range(1, 0x110000) if unicodedata.category(chr(code)) != "Cs"]


def test_every_letter_on_either_side_is_kept_or_trimmed_as_duckdb_trims() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table letters (letter varchar)")
        connection.execute("insert into letters select unnest(?)", [LETTERS])
        connection.execute(
            "create table texts as select unnest([letter, letter || 'a', 'a' || letter, 'a' || letter || 'a',"
            " letter || ' ', ' ' || letter]) as text from letters"
            " union all from (values (''), (' '), (null), ('a b'), ('  a'), ('a  '), ('~'), ('~a'))"
        )
        others = connection.execute(
            f"select text from texts where {trimmed('text')} is distinct from nullif(trim(text), '')"
        ).fetchall()
    assert others == []
