"""An expression gives the same value whenever a night is run again."""

from pathlib import Path

import pytest

from regulars.store.errors import UserError
from regulars.store.steadiness import unsteady_part
from regulars.store.store import open_store
from tests.shops import changed, write_shop

UNSTEADY = {
    "random()": "random",
    "RANDOM ( ) * amount": "random",
    '"random"()': "random",
    "main.now()": "now",
    "now() - placed": "now",
    "current_date": "current_date",
    "Current_Timestamp": "current_timestamp",
    "coalesce(placed, current_localtimestamp())": "current_localtimestamp",
    "localtimestamp": "localtimestamp",
    "today()": "today",
    "uuid()": "uuid",
    "gen_random_uuid()::varchar": "gen_random_uuid",
    "case when amount > 1 then transaction_timestamp() end": "transaction_timestamp",
    "ago(interval 1 day)": "ago",
    "age(placed)": "age",
    "list_transform([1], lambda x: x + random())": "random",
    "nextval('numbers')": "nextval",
    "current_setting('TimeZone')": "current_setting",
    "getvariable('x')": "getvariable",
    "version()": "version",
    "pg_conf_load_time()": "pg_conf_load_time",
    "current_user": "current_user",
}


@pytest.mark.parametrize("expression", UNSTEADY)
def test_what_depends_on_clock_chance_or_machine_is_found(expression: str) -> None:
    assert unsteady_part(expression, set()) == UNSTEADY[expression]


@pytest.mark.parametrize(
    "expression",
    [
        "amount",
        "lower(trim(who)) || '-' || id",
        "try_strptime(placed, '%d/%m/%Y %H:%M')",
        "timezone('Europe/Berlin', placed::timestamp)",
        "json_extract_string(properties, '$.price')::decimal(9, 2)",
        "coalesce(nullif(who, ''), split_part(id, '-', 2))",
        "list_transform(string_split(who, ','), lambda name: trim(name))[1]",
        "md5(id)",
        "hash(id)",
        "age(placed, paid)",
        "date_diff('day', placed, paid) between 1 and 3",
        "extract(year from placed)",
        "'now() is a word in a text'",
        "row_number() over (partition by id order by placed)",
        "case when who ilike '%random()%' then 1 end",
    ],
)
def test_what_depends_on_the_row_alone_is_steady(expression: str) -> None:
    assert unsteady_part(expression, {"amount", "placed", "who", "id"}) is None


def test_a_column_may_be_called_like_a_word_of_the_machine() -> None:
    assert unsteady_part('"user" || "current_date"', {"user", "current_date"}) is None


@pytest.mark.parametrize(
    "case",
    [
        ("sources/pos.yml", "amount: amount", "amount: amount + random()", 11),
        ("sources/pos.yml", "amount: amount", "amount: amount\n    where: placed < current_date", 12),
        ("sources/pos.yml", "amount: amount", "amount: amount\n    key: [id, uuid()]", 12),
        ("segments.yml", "order_count <= 1", "last_order_date < today()", 4),
        ("actions.yml", "state: new", "state: new\n    eligible_when: random() < 0.5", 5),
    ],
)
def test_an_unsteady_expression_is_refused_with_its_line_wherever_it_stands(
    tmp_path: Path, case: tuple[str, str, str, int]
) -> None:
    file, old, new, line = case
    with pytest.raises(UserError, match="reads the clock, chance or the machine") as caught:
        open_store(write_shop(tmp_path, changed(file, old, new)))
    assert (caught.value.file, caught.value.line) == (tmp_path / file, line)


def test_a_query_inside_an_expression_is_refused(tmp_path: Path) -> None:
    files = changed("sources/pos.yml", "amount: amount", "amount: coalesce(amount, (select max(a) from b))")
    with pytest.raises(UserError, match="holds a query"):
        open_store(write_shop(tmp_path, files))
