import polars as pl
import pytest

from regulars.simulation.dirt.faults import HOSTILE, STANDARD, Fault, faults_of
from regulars.simulation.dirt.rows import Spoilt, spoil
from regulars.simulation.export import Export, Reading

ROWS = pl.DataFrame({"id": [str(number) for number in range(1000)], "name": ["Anna"] * 1000})
EXPORT = Export("made up", "pos/made_up.csv", ROWS, (Reading("customers"),))
NOTHING = ROWS.clear()


def spoilt(*faults: Fault, export: Export = EXPORT) -> Spoilt:
    return spoil(export, faults, seed=1, arrived_late=export.frame.clear())


def test_a_repeated_row_follows_its_original_and_is_a_duplicate() -> None:
    result = spoilt(Fault("duplicate row", 0.1))
    ids = result.export.frame["id"].to_list()
    copies = [number + 1 for number in range(1, len(ids)) if ids[number] == ids[number - 1]]
    assert result.truth["row_number"].to_list() == copies
    assert set(result.truth["outcome"]) == {"duplicate"}
    assert 60 < len(copies) < 140


def test_a_fault_changes_its_own_rows_only() -> None:
    result = spoilt(Fault("no name", 0.1, "dead", {"name": pl.lit(None, pl.String)}))
    nameless = result.export.frame.with_row_index("row_number", 1).filter(pl.col("name").is_null())
    assert result.truth["row_number"].to_list() == nameless["row_number"].to_list()
    assert result.export.frame["id"].to_list() == ROWS["id"].to_list()
    assert set(result.truth["outcome"]) == {"dead"}


def test_a_fault_happens_to_the_rows_it_can_happen_to() -> None:
    odd = pl.col("id").cast(pl.Int64) % 2 == 1
    result = spoilt(Fault("odd", 0.5, cells={"name": pl.lit("odd")}, rows=odd))
    touched = result.export.frame.filter(pl.col("name") == "odd")
    assert touched.height == result.truth.height > 0
    assert touched.select(odd.all()).item()


def test_a_row_that_is_held_back_is_not_delivered_today() -> None:
    result = spoilt(Fault("late row", 0.1))
    assert result.held.height > 0
    assert sorted([*result.held["id"], *result.export.frame["id"]]) == sorted(ROWS["id"])
    assert result.truth.height == 0


def test_a_row_that_arrives_late_is_delivered_and_told() -> None:
    late = pl.DataFrame({"id": ["early bird"], "name": ["Anna"]})
    result = spoil(EXPORT, (Fault("late row", 0.0),), seed=1, arrived_late=late)
    assert result.export.frame["id"].to_list()[-1] == "early bird"
    assert result.truth.rows() == [("pos/made_up.csv", "customers", 1001, "late row", "loaded")]


def test_an_unreadable_row_is_dead_in_every_stream_of_the_file() -> None:
    nobody = Reading("orders", rows=pl.lit(value=False))
    export = Export("made up", "pos/made_up.csv", ROWS, (Reading("customers"), nobody))
    result = spoilt(Fault("torn", 0.1, "dead", is_unreadable=True), export=export)
    dead = result.truth.group_by("entity").len().sort("entity").rows()
    assert dead[0][0] == "customers"
    assert dead[0][1] == dead[1][1] > 0


def test_rows_with_ids_meet_the_same_fault_wherever_they_are() -> None:
    export = Export(
        "made up", "a.csv", ROWS.with_columns(_id=pl.col("id").cast(pl.Int64)), EXPORT.read_as, row_ids="_id"
    )
    half = Export("made up", "b.csv", export.frame[500:], EXPORT.read_as, row_ids="_id")
    fault = Fault("no name", 0.1, cells={"name": pl.lit("x")})
    whole, part = (spoilt(fault, export=each).export.frame for each in (export, half))
    assert whole[500:].equals(part)


def test_the_older_versions_of_a_key_are_duplicates_unless_the_newest_is_dead() -> None:
    versions = pl.DataFrame({"id": ["a", "a", "b"], "_key": ["a", "a", "b"]})
    export = Export("made up", "a.csv", versions, (Reading("customers", key="_key"),))
    assert spoilt(export=export).truth["row_number"].to_list() == [1]
    all_dead = spoilt(Fault("torn", 1.0, "dead", is_unreadable=True), export=export)
    assert all_dead.truth["outcome"].to_list() == ["dead"] * 3


@pytest.mark.parametrize("subject", sorted(STANDARD.keys() | HOSTILE.keys()))
def test_standard_faults_keep_their_rows_in_a_hostile_world(subject: str) -> None:
    standard, hostile = faults_of(subject, "standard"), faults_of(subject, "hostile")
    assert hostile[: len(standard)] == standard
    assert faults_of(subject, "none") == ()


@pytest.mark.parametrize("subject", sorted(STANDARD.keys() | HOSTILE.keys()))
def test_few_enough_rows_die_that_a_night_goes_on(subject: str) -> None:
    dead = [fault for fault in faults_of(subject, "hostile") if fault.outcome == "dead"]
    standard = [fault for fault in dead if fault in STANDARD.get(subject, ())]
    assert sum(fault.share for fault in standard) <= 0.005
    assert sum(fault.share for fault in dead) <= 0.01


def test_nothing_is_changed_without_faults() -> None:
    result = spoilt()
    assert result.export.frame.equals(ROWS)
    assert (result.held.height, result.truth.height, result.has_marks) == (0, 0, False)
