"""How much each likeness of two customer records weighs, learned from the records of a store by Splink.

No night learns: what is learned here is an input of the nights.
Not here: what is done with the weights (`likeness`).
"""

import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

from regulars.identity.likeness import (
    BLOCKS,
    FIELDS,
    Model,
    Records,
    known_columns,
    linker_of,
    pair_count,
    probable_links,
    workplace,
)

if TYPE_CHECKING:
    from splink.internals.comparison_creator import ComparisonCreator

# what dbt left in the build warehouse
RECORDS = "intermediate.int_comparable_records"
EDGES = "intermediate.int_stated_edges"
WORDS = "staging.stg_identity_words"

SEED = 1
RANDOM_PAIRS = 3_000_000
# records that have all of one of these in common are one person's, but for very few; how many of all people's
# records these are is a guess, of which the weights hardly depend
SURE = (
    ("email",),
    ("phone",),
    ("first_name", "last_name", "birth_date"),
    ("first_name", "last_name", "postal_code"),
)
SHARE_OF_SURE = 0.8
# of records that have one of these in common some are one person's, and show how alike those are in all else
MIXED = (("birth_date",), ("first_name", "last_name"), ("last_name", "postal_code"), ("email",), ("phone",))
FEWEST_PAIRS = 20
MOST_PAIRS = 10_000_000
# of values that nobody knows of two records of one person: how many are equal
EQUAL_SHARE = 0.95
LEAST_SAME, LEAST_DIFFERENT = 1e-3, 1e-6
DIGITS = 9


class NothingToLearnError(ValueError):
    """The records say nothing of how alike those of one person are."""


class Weight(NamedTuple):
    """What a level of likeness weighs; `weight` is the binary logarithm of `same` by `different`."""

    compared: str
    level: str
    same: float
    different: float
    weight: float


class Learned(NamedTuple):
    """Splink's settings with weights, and which pairs they would link and have reviewed."""

    model: Model
    weights: list[Weight]
    linked: int
    reviewed: int


def learn(
    connection: duckdb.DuckDBPyConnection,
    attributes: Mapping[str, str],
    link_above: float,
    review_above: float,
) -> Learned:
    """Learn from the records of a build warehouse.

    Args:
        connection: On the build warehouse.
        attributes: Columns that stand for further keys of the attributes.
        link_above: The least probability of a pair that is linked.
        review_above: The same of one that is shown to a human.

    Raises:
        NothingToLearnError: Too few records have enough in common.
    """
    # of levels without a weight, which get one below
    logging.getLogger("splink").setLevel(logging.ERROR)
    try:
        rows, edges, words = (connection.query(f"from {name}") for name in (RECORDS, EDGES, WORDS))
    except duckdb.CatalogException as error:
        raise NothingToLearnError("no night has built the customer records yet") from error
    records = Records(rows, edges, words, connection, attributes)
    with workplace(records) as cursor:
        model = _model(cursor, attributes)
    pairs = probable_links(records, model, review_above)["probability"]
    linked = int((pairs >= link_above).sum())
    return Learned(model, _weights(model, attributes), linked, len(pairs) - linked)


def _model(cursor: duckdb.DuckDBPyConnection, attributes: Mapping[str, str]) -> Model:
    """Splink's settings with weights."""
    from splink import block_on  # noqa: PLC0415

    known = known_columns(cursor, [*FIELDS, *attributes])
    sure = [rule for rule in SURE if _pairs(cursor, rule)]
    mixed = [rule for rule in MIXED if _pairs(cursor, rule) >= FEWEST_PAIRS]
    if not sure or not mixed:
        raise NothingToLearnError(
            "too few customer records have an e-mail address, a phone number, or a name with a date of birth"
            " or postal code in common to learn from"
        )
    linker = linker_of(cursor, _untrained(known, attributes))
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in sure], recall=SHARE_OF_SURE
    )
    training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED)
    for rule in mixed:
        training.estimate_parameters_using_expectation_maximisation(
            block_on(*rule),
            estimate_without_term_frequencies=True,
            max_pairs=MOST_PAIRS if _pairs(cursor, rule) > MOST_PAIRS else None,
        )
    model = linker.misc.save_model_to_json()
    # between which no two records were compared
    seen = [comparison for comparison in model["comparisons"] if _learned(comparison, "u_probability")]
    names = [comparison["output_column_name"] for comparison in seen]
    if unknown := [key for column, key in attributes.items() if column not in names]:
        raise NothingToLearnError(f"hardly any customer record has {', '.join(unknown)} among its attributes")
    weighed = {
        "comparisons": [settled(comparison) for comparison in seen],
        "probability_two_random_records_match": _rounded(model["probability_two_random_records_match"]),
    }
    return model | weighed


def _pairs(cursor: duckdb.DuckDBPyConnection, rule: tuple[str, ...]) -> int:
    return pair_count(cursor, [" || ' ' || ".join(rule)])


def _learned(comparison: Mapping[str, Any], name: str) -> list[float]:
    """What was learned of the levels of a comparison but that of unknown values; 0 of what was never seen."""
    levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
    found = [level.get(name, 0.0) for level in levels]
    return found if any(found) else []


def settled(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """A comparison with every probability that is missing; what was never seen is not impossible."""
    different = [max(share, LEAST_DIFFERENT) for share in _learned(comparison, "u_probability")]
    rest = len(different) - 1
    guess = [EQUAL_SHARE, *([(1 - EQUAL_SHARE) / rest] * rest)]
    same = _learned(comparison, "m_probability") or guess
    # where equal values do not speak for one person, or others not against, no two records were one person's
    if same[0] <= different[0] or same[-1] >= different[-1]:
        same = guess
    known = iter(zip(same, different, strict=True))
    levels = [
        level if level.get("is_null_level") else level | _shares(*next(known))
        for level in comparison["comparison_levels"]
    ]
    return {**comparison, "comparison_levels": levels}


def _untrained(columns: list[str], attributes: Mapping[str, str]) -> Model:
    """Splink's settings without weights: how each column is compared, and which records with each other."""
    from splink import SettingsCreator  # noqa: PLC0415
    from splink.blocking_rule_library import CustomRule  # noqa: PLC0415

    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record",
        # else by chance, and the file another each time
        linker_uid="regulars",
        comparisons=[_comparison(column) for column in columns],
        # records that are one person's already need no likeness, though training learns from them, too
        blocking_rules_to_generate_predictions=[
            CustomRule(f"l.block_{name} = r.block_{name} and l.person <> r.person")
            for name in (*BLOCKS, *attributes)
        ],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
        max_iterations=100,
    ).create_settings_dict("duckdb")


def _comparison(column: str) -> "ComparisonCreator":
    """The levels of likeness of a column; what many have says less where they are equal."""
    import splink.comparison_level_library as levels  # noqa: PLC0415
    import splink.comparison_library as comparisons  # noqa: PLC0415

    match column:
        case "first_name" | "last_name":
            return comparisons.NameComparison(column).configure(term_frequency_adjustments=True)
        case "birth_date":
            dates = comparisons.DateOfBirthComparison(column, input_is_string=False)
            return dates.configure(term_frequency_adjustments=True)
        case "postal_code":
            codes = comparisons.DamerauLevenshteinAtThresholds(column, [1, 2])
            return codes.configure(term_frequency_adjustments=True)
        case "email":
            # no likeness beyond a slip: addresses are made of names, which are compared already
            same_name = f"split_part({column}_l, '@', 1) = split_part({column}_r, '@', 1)"
            return comparisons.CustomComparison(
                output_column_name=column,
                comparison_levels=[
                    levels.NullLevel(column),
                    levels.ExactMatchLevel(column),
                    levels.CustomLevel(same_name, label_for_charts=f"Same before the @ of {column}"),
                    levels.DamerauLevenshteinLevel(column, 1),
                    levels.ElseLevel(),
                ],
            )
        case "phone":
            return comparisons.DamerauLevenshteinAtThresholds(column, [1])
    # whether the name of a place or a number, nobody knows
    return comparisons.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            levels.NullLevel(column),
            levels.ExactMatchLevel(column, term_frequency_adjustments=True),
            levels.DamerauLevenshteinLevel(column, 1),
            levels.JaroWinklerLevel(column, 0.9),
            levels.JaroWinklerLevel(column, 0.8),
            levels.ElseLevel(),
        ],
    )


def _shares(same: float, different: float) -> dict[str, float]:
    return {
        "m_probability": _rounded(max(same, min(LEAST_SAME, different))),
        "u_probability": _rounded(different),
    }


def _rounded(probability: float) -> float:
    return float(f"{probability:.{DIGITS}g}")


def _weights(model: Model, attributes: Mapping[str, str]) -> list[Weight]:
    found = []
    for comparison in model["comparisons"]:
        column = comparison["output_column_name"]
        name = attributes.get(column, column)
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                same, different = level["m_probability"], level["u_probability"]
                label = level["label_for_charts"].replace(column, name)
                found.append(Weight(name, label, same, different, math.log2(same / different)))
    return found
