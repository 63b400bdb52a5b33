from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from regulars.store.errors import UserError
from regulars.store.store import Store, open_store
from tests.shops import FILES, changed, write_shop
from tests.stores import demo_store_in

Files = dict[str, str | bytes]
REAL_STORE = Path(__file__).parents[3] / "stores" / "complete_journey"
STREAM = str(FILES["sources/pos.yml"]).split("streams:\n")[1]


@pytest.fixture
def shop(tmp_path: Path) -> Store:
    return open_store(write_shop(tmp_path))


def mistake(folder: Path, files: Files) -> UserError:
    with pytest.raises(UserError) as caught:
        open_store(write_shop(folder, files))
    return caught.value


@pytest.mark.parametrize(
    "case",
    [
        ("store.yml", "title:", "titel:", 2, "unknown key 'titel'; did you mean 'title'?"),
        ("store.yml", "currency: EUR\n", "", 1, "the key 'currency' is missing"),
        ("store.yml", "currency: EUR", "currency: euro", 4, "found 'euro'"),
        ("store.yml", "title: The Corner Shop", "title: 7", 2, "valid string; found '7'"),
        ("store.yml", "first_day: 2024-04-01", "first_day: soon", 5, "found 'soon'"),
        ("store.yml", "Europe/Berlin", "Europe/Berln", 3, "did you mean 'Europe/Berlin'?"),
        ("store.yml", "last_day: 2024-06-30", "last_day: 2024-03-01", 6, "is before first_day 2024-04-01"),
        (
            "store.yml",
            "last_day: 2024-06-30",
            "last_day: 2024-06-30\nlast_day_file: x",
            7,
            "exclude each other",
        ),
        ("store.yml", "currency:", "alerts: {webhok: SHOP_ALERTS}\ncurrency:", 4, "did you mean 'webhook'?"),
        (
            "store.yml",
            "currency:",
            "identity: {probable: {link_above: 0.9}}\ncurrency:",
            4,
            "identity.probable: the key 'review_above' is missing",
        ),
        (
            "store.yml",
            "currency:",
            "identity:\n  probable:\n    link_above: 0.9\n    review_above: 0.99\ncurrency:",
            7,
            "0.99 is more than link_above, 0.9; give it less",
        ),
        (
            "store.yml",
            "currency:",
            "identity:\n  probable: {link_above: 2, review_above: 0.9}\ncurrency:",
            5,
            "less than or equal to 1; found '2'",
        ),
        (
            "store.yml",
            "currency:",
            "identity:\n  probable: {link_above: 1, review_above: 0.9, compare: [a b]}\ncurrency:",
            5,
            "found 'a b'",
        ),
        (
            "store.yml",
            "currency:",
            "identity:\n  probable: {link_above: 1, review_above: 0.9, compare: [Town, town]}\ncurrency:",
            5,
            "'town' is named twice; keep one",
        ),
        ("store.yml", "channel: letter", "channel: leter", 8, "did you mean 'letter'?"),
        ("store.yml", "basis:", "bases:", 11, "permissions.0: unknown key 'bases'; did you mean 'basis'?"),
        ("sources/pos.yml", "entity: orders", "entity: oders", 6, "did you mean 'orders'?"),
        ("sources/pos.yml", "amount: amount", "amont: amount", 11, "did you mean 'amount'?"),
        ("sources/pos.yml", "      ordered_at: placed\n", "", 7, "needs 'ordered_at'"),
        ("sources/pos.yml", "amount: amount", "amount: amount +", 11, "is not a SQL expression"),
        ("sources/pos.yml", "amount: amount", "amount: drop table files", 11, "is no expression"),
        ("sources/pos.yml", "amount: amount", "amount: amount; drop table files", 11, "is no expression"),
        ("sources/pos.yml", "amount: amount", "amount: (select 1)", 11, "is no expression"),
        ("sources/pos.yml", "amount: amount", "amount: Amount Paid", 11, "stands in double quotes"),
        ("sources/pos.yml", "amount: amount", "amount: '''9'", 11, "is not a SQL expression"),
        ("sources/pos.yml", "amount: amount", "amount: amount -- net", 11, "holds a SQL comment"),
        ("sources/pos.yml", "amount: amount", "amount: unnest([1, 2])", 11, "makes several values of one"),
        ("sources/pos.yml", "amount: amount", "amount: sum(amount) over ()", 11, "looks at other rows"),
        (
            "sources/pos.yml",
            "entity: orders",
            "entity: orders\n    freshness: {}",
            7,
            "needs warn_after_days",
        ),
        (
            "sources/pos.yml",
            "entity: orders",
            "entity: orders\n    freshness: {warn_after_days: 3, stop_after_days: 3}",
            7,
            "would stop before it warns",
        ),
        (
            "sources/pos.yml",
            "entity: orders",
            "entity: orders\n    freshness: {warn_after_days: 0}",
            7,
            "greater than or equal to 1",
        ),
        ("sources/pos.yml", "orders*.csv", "../orders*.csv", 5, "leaves the exports folder"),
        ("sources/pos.yml", "orders*.csv", "/orders.csv", 5, "leaves the exports folder"),
        ("sources/pos.yml", "orders*.csv", "orders*.xlsx", 5, "of no known format; expected one of csv,"),
        ("sources/pos.yml", "orders*.csv", "'**orders.csv'", 5, "write **/ for any folder"),
        (
            "sources/pos.yml",
            "amount: amount",
            "amount: amount\n    aliases: {totl: [sum]}",
            12,
            "reads no column 'totl'",
        ),
        (
            "sources/pos.yml",
            "amount: amount",
            "amount: amount\n    aliases: {amount: [sum, Who]}",
            12,
            "'Who' already stands for column 'who'",
        ),
        (
            "sources/pos.yml",
            "amount: amount",
            "amount: amount\n    fill_down: {by: [id], columns: [who, ID]}",
            12,
            "'ID' is named twice",
        ),
        (
            "sources/pos.yml",
            STREAM,
            STREAM.replace("entity: orders", "entity: order_lines").replace("ordered_at", "occurred_at"),
            7,
            "map product_ref or give a key",
        ),
        ("segments.yml", "order_count <= 1", "order_count in (select 1)", 4, "holds a query"),
        ("segments.yml", "order_count <= 1", "order_cuont <= 1", 4, "did you mean 'order_count'?"),
        ("segments.yml", "goal: a second order", "goal: x", 6, "found 'x'"),
        ("segments.yml", "order_count <= 1", "churn_probability > 0.5", 10, "but its depth is behaviour"),
        (
            "segments.yml",
            "depth: behaviour",
            "depth: behaviour\n    leave_when: (Order_Count<=1)",
            11,
            "leave_when is the predicate itself",
        ),
        (
            "segments.yml",
            "depth: behaviour",
            "depth: behaviour\n    leave_when: order_cuont > 1",
            11,
            "did you mean 'order_count'?",
        ),
        ("segments.yml", "depth: behaviour", "depth: predictive", 10, "reads no score; use one of churn"),
        ("segments.yml", "depth: behaviour", "depth: deep", 10, "'attribute', 'behaviour' or 'predictive'"),
        ("channels.yml", "max_touchpoints: 1\n", "max_touchpoints:\n", 7, "the cap is blank"),
    ],
)
def test_a_mistake_names_its_file_its_line_and_what_would_be_right(
    tmp_path: Path, case: tuple[str, str, str, int, str]
) -> None:
    file, old, new, line, message = case
    error = mistake(tmp_path, changed(file, old, new))
    assert (error.file, error.line) == (tmp_path / file, line)
    assert message in error.message
    assert str(error).startswith(f"{tmp_path / file}:{line}: ")


@pytest.mark.parametrize(
    ("sql_type", "message"),
    [
        ("decimall(9,2)", "is not a SQL type"),
        ("int) , (1", "is not the type of one value"),
        ("'", "is not a"),
    ],
)
def test_a_wrong_type_under_file_columns_is_named(tmp_path: Path, sql_type: str, message: str) -> None:
    new = f'entity: orders\n    file_columns: {{amount: "{sql_type}"}}'
    error = mistake(tmp_path, changed("sources/pos.yml", "entity: orders", new))
    assert error.line == 7
    assert message in error.message


@pytest.mark.parametrize("delimiter", ['"\\""', '"\\n"', '""', '"ab"'])
def test_a_delimiter_is_one_character_that_csv_does_not_use_itself(tmp_path: Path, delimiter: str) -> None:
    new = f"entity: orders\n    delimiter: {delimiter}"
    error = mistake(tmp_path, changed("sources/pos.yml", "entity: orders", new))
    assert (error.line, "a delimiter is one character" in error.message) == (7, True)


def test_rows_without_a_time_are_never_late(tmp_path: Path) -> None:
    products = "  - files: p.csv\n    entity: products\n    columns: {product_ref: id}\n"
    contract = str(FILES["sources/pos.yml"]) + products + "    freshness: {warn_after_days: 3}\n"
    error = mistake(tmp_path, {"sources/pos.yml": contract})
    assert (error.line, "rows of 'products' have no time" in error.message) == (15, True)


def test_a_tab_is_a_delimiter(tmp_path: Path) -> None:
    new = 'entity: orders\n    delimiter: "\\t"'
    store = open_store(write_shop(tmp_path, changed("sources/pos.yml", "entity: orders", new)))
    assert store.contract_files[0].content.streams[0].delimiter == "\t"


def test_the_second_permission_for_a_channel_and_purpose_is_named(tmp_path: Path) -> None:
    text = str(FILES["store.yml"])
    error = mistake(tmp_path, {"store.yml": text + text.split("permissions:\n")[1]})
    assert (error.line, error.message) == (
        12,
        "permissions.1: permission declared twice: letter for marketing; keep one",
    )


@pytest.mark.parametrize(
    "given", ["{webhook: 'https://example.com/T0P53CR3T'}", "https://example.com/T0P53CR3T"]
)
def test_an_address_where_a_variable_belongs_is_refused_and_not_repeated(tmp_path: Path, given: str) -> None:
    error = mistake(tmp_path, {"store.yml": f"{FILES['store.yml']}alerts: {given}\n"})
    assert (error.line, error.message.startswith("alerts")) == (12, True)
    assert "T0P53CR3T" not in str(error)


def test_the_second_segment_of_a_name_is_named(tmp_path: Path) -> None:
    text = str(FILES["segments.yml"])
    error = mistake(tmp_path, {"segments.yml": text + text.split("segments:\n")[1]})
    assert (error.line, "segment 'new' is declared twice" in error.message) == (12, True)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"title: [1", 1, "not YAML"),
        (b"name: a\nname: b\n", 2, "not YAML"),
        (b"name: a\n\ttitle: b\n", 2, "not YAML"),
        (b"first_day: 2024-13-01\n", None, "not YAML: month must be in 1..12"),
        (b"", 1, "the file is empty or not a mapping"),
        (b"# nothing yet\n", 1, "the file is empty or not a mapping"),
        (b"- name\n", 1, "the file is empty or not a mapping"),
        (b"name: shop\ntitle: Caf\xe9\n", 2, "not UTF-8"),
    ],
)
def test_a_file_that_is_no_yaml_mapping_is_refused(
    tmp_path: Path, content: bytes, line: int | None, message: str
) -> None:
    error = mistake(tmp_path, {"store.yml": content})
    assert (error.file, error.line, message in error.message) == (tmp_path / "store.yml", line, True)
    assert error.remedy


@pytest.mark.parametrize("name", ["actions.yml", "channels.yml"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (write_shop(tmp_path) / name).unlink()
    with pytest.raises(UserError, match=rf"{name}: the file is missing"):
        open_store(tmp_path)


def test_a_store_without_segments_has_those_of_the_program(tmp_path: Path) -> None:
    (write_shop(tmp_path / "shop") / "segments.yml").unlink()
    with pytest.raises(UserError, match="'lapsed' of these names action 'win_back_offer'") as caught:
        open_store(tmp_path / "shop")
    assert (caught.value.file, caught.value.line) == (tmp_path / "shop" / "actions.yml", 1)
    demo = open_store(demo_store_in(tmp_path / "demo"))
    assert not (demo.folder / "segments.yml").exists()
    segments = demo.segments_file.content
    assert segments.stage_ids == ("lapsed", "new", "at_risk", "loyal", "engaged")
    assert (len(segments.segments), demo.warnings) == (15, ())
    hashes = {open_store(demo.folder).config_hash}
    (demo.folder / "segments.yml").write_text(demo.segments_file.text, "utf-8")
    hashes.add(open_store(demo.folder).config_hash)
    assert hashes == {demo.config_hash}


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    (write_shop(tmp_path) / "segments.yml").unlink()
    (tmp_path / "segments.yml").mkdir()
    with pytest.raises(UserError, match=r"segments.yml: cannot be read: Is a directory"):
        open_store(tmp_path)


def test_a_folder_without_store_yml_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"not a store: it has no store\.yml"):
        open_store(tmp_path)


def test_a_store_has_a_contract(tmp_path: Path) -> None:
    (write_shop(tmp_path) / "sources" / "pos.yml").unlink()
    with pytest.raises(UserError, match="the store has no contract"):
        open_store(tmp_path)


def test_a_contract_may_end_in_yaml(tmp_path: Path) -> None:
    (write_shop(tmp_path) / "sources" / "pos.yml").rename(tmp_path / "sources" / "pos.yaml")
    assert [contract.path.name for contract in open_store(tmp_path).contract_files] == ["pos.yaml"]


def test_a_system_has_one_contract(tmp_path: Path) -> None:
    error = mistake(tmp_path, {"sources/till.yml": FILES["sources/pos.yml"]})
    assert (error.file, error.line) == (tmp_path / "sources" / "till.yml", 1)
    assert "system 'pos' is also declared in pos.yml" in error.message


def test_a_lone_name_is_a_column_even_if_sql_reserves_the_word(tmp_path: Path) -> None:
    files = changed("sources/pos.yml", "amount: amount", "amount: order")
    (stream,) = open_store(write_shop(tmp_path, files)).contract_files[0].content.streams
    assert (stream.columns["amount"], stream.read_columns) == ('"order"', {"id", "who", "placed", "order"})


@pytest.mark.parametrize("file", FILES)
def test_the_configuration_hash_changes_with_any_file(shop: Store, file: str) -> None:
    path = shop.folder / file
    path.write_text(path.read_text("utf-8") + "# a note\n", "utf-8")
    assert open_store(shop.folder).config_hash != shop.config_hash


def test_the_configuration_hash_does_not_depend_on_where_the_store_is(shop: Store, tmp_path: Path) -> None:
    assert open_store(write_shop(tmp_path / "elsewhere")).config_hash == shop.config_hash


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2024, 1, 15), datetime(2024, 1, 15, 23)),  # noqa: DTZ001
        (date(2024, 3, 30), datetime(2024, 3, 30, 23)),  # noqa: DTZ001
        (date(2024, 3, 31), datetime(2024, 3, 31, 22)),  # noqa: DTZ001
        (date(2024, 10, 26), datetime(2024, 10, 26, 22)),  # noqa: DTZ001
        (date(2024, 10, 27), datetime(2024, 10, 27, 23)),  # noqa: DTZ001
    ],
)
def test_a_day_ends_at_local_midnight_in_summer_and_winter(shop: Store, day: date, end: datetime) -> None:
    assert shop.day_end(day) == end


@pytest.mark.parametrize("day", [date(2024, 3, 31), date(2024, 7, 1)])
def test_a_day_outside_the_history_is_refused(shop: Store, day: date) -> None:
    with pytest.raises(UserError, match=r"store.yml: there is no night .* are 2024-04-01 to 2024-06-30"):
        shop.check_day(day, newest=date(2024, 6, 30))


@pytest.mark.parametrize("day", [date(2024, 4, 1), date(2024, 6, 30)])
def test_the_first_and_the_newest_day_are_nights(shop: Store, day: date) -> None:
    shop.check_day(day, newest=date(2024, 6, 30))


def test_a_simulated_clock_says_which_day_is_the_last(tmp_path: Path) -> None:
    clock = changed("store.yml", "last_day: 2024-06-30", "last_day_file: clock/last_day")
    store = open_store(write_shop(tmp_path, clock))
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "last_day").write_text("2024-05-31\n", "utf-8")
    assert store.last_day == date(2024, 5, 31)


@pytest.mark.parametrize("text", [None, "soon"])
def test_a_clock_that_shows_no_day_is_named(tmp_path: Path, text: str | None) -> None:
    clock = changed("store.yml", "last_day: 2024-06-30", "last_day_file: last_day")
    store = open_store(write_shop(tmp_path, clock))
    if text:
        (tmp_path / "last_day").write_text(text, "utf-8")
    with pytest.raises(UserError, match="regulars simulate") as caught:
        _ = store.last_day
    assert caught.value.file == tmp_path / "last_day"


def test_a_store_is_immutable(shop: Store) -> None:
    assert replace(shop) == shop
    with pytest.raises(Exception, match="frozen"):
        shop.settings.__setattr__("name", "other")


def test_the_example_store_has_no_mistake() -> None:
    assert open_store(REAL_STORE).warnings == ()


PROBABLE = "identity: {probable: {link_above: 0.99, review_above: 0.9, compare: [suburb]}}\ncurrency:"
MODEL = '{"comparisons": [{"output_column_name": "first_name"}, {"output_column_name": "attribute_suburb"}]}'


def test_a_store_without_weights_warns_and_names_the_command(tmp_path: Path) -> None:
    files = changed("store.yml", "currency:", PROBABLE)
    without = open_store(write_shop(tmp_path, files))
    assert without.untrained
    assert "regulars train-links" in without.untrained
    assert without.untrained in without.warnings
    (tmp_path / "identity_model.json").write_text(MODEL, "utf-8")
    weighed = open_store(tmp_path)
    assert weighed.untrained is None
    assert weighed.config_hash != without.config_hash


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ('{"comparisons":\n}', "identity_model.json:2: not JSON"),
        ("[]", "no weights"),
        (MODEL.replace("suburb", "town"), "it weighs town of attributes, and .* names suburb"),
    ],
)
def test_weights_that_fit_not_are_refused_with_the_way_to_make_others(
    tmp_path: Path, model: str, problem: str
) -> None:
    folder = write_shop(tmp_path, changed("store.yml", "currency:", PROBABLE))
    (folder / "identity_model.json").write_text(model, "utf-8")
    with pytest.raises(UserError, match=problem) as caught:
        open_store(folder)
    assert "regulars train-links" in caught.value.remedy
