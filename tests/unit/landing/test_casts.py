"""Text loses the blanks around it, of whichever script, and nothing else."""

import unicodedata

import duckdb

from regulars.landing.casts import trimmed

# no text can hold a half of a pair of surrogates
LETTERS = [chr(code) for code in range(1, 0x110000) if unicodedata.category(chr(code)) != "Cs"]
# the byte order mark, and what has no width, as copied from a page
UNSEEN = "\ufeff\u200b\u200c\u200d\u2060"
BLANKS = {letter for letter in LETTERS if unicodedata.category(letter) in {"Zs", "Zl", "Zp"}}.union(
    "\t\n\r\x85", UNSEEN
)


def test_every_letter_on_either_side_is_kept_unless_it_is_a_blank() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table letters (letter varchar, kept varchar)")
        kept = [None if letter in BLANKS else letter for letter in LETTERS]
        connection.execute("insert into letters select unnest(?), unnest(?)", [LETTERS, kept])
        others = connection.execute(
            f"""
            select text, expected
            from (
                select
                    unnest([
                        letter, letter || ' ', '\t' || letter,
                        letter || 'a', 'a' || letter, 'a' || letter || 'a'
                    ]) as text,
                    unnest([kept, kept, kept, concat(kept, 'a'), concat('a', kept), 'a' || letter || 'a'])
                        as expected
                from letters
                union all
                from (values
                    ('', null), (' ', null), (null, null), ('a b', 'a b'), ('  a', 'a'), ('a  ', 'a'),
                    ('~', '~'), ('~a', '~a'), ('a\tb', 'a\tb'), ('\r\n a@b.example\t\r\n', 'a@b.example'),
                    ('\ufeff\u200b+1 802\u2060', '+1 802'), ('Zo\u00eb\t \n', 'Zo\u00eb')
                )
            ) as texts
            where {trimmed("text")} is distinct from expected
            """
        ).fetchall()
    assert others == []
