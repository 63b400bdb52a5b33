"""Times the facts of a first night against by_hand.sql, which states the same of one store and nothing else.

    python benchmarks/by_hand.py --warehouse FILE [--repeat N] [--json FILE]

FILE is the build warehouse of a simulated store's first night: its landed facts and settings are read, and it
is never written. The script and dbt get the same memory and threads and end with their tables in a file, each
in a process of its own. dbt builds twice, through the door that the night uses, in copies without staging,
intermediate and marts: the whole stage, and only the models that the script's tables need, without tests. The
latter is what the script is compared with. Both must say the same before any ratio is printed; a quotient
may differ by what it is rounded to. Times are medians; CPU of dbt is that of its process once it has parsed.

Left out by the script: evidence, reviews, history, timeline, touchpoints, agent cards, permissions, patterns,
and so seven columns of the profile.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import duckdb
import numpy as np

SCRIPT = Path(__file__).with_suffix(".sql")
MEMORY, THREADS, TARGET = "3GB", 2, 1.5
BUILT = ("marts", "intermediate", "staging")
# the models that are the script's tables, and those of which only what the script leaves out comes
NEEDED = (
    "past_customer_features",
    "customer_features",
    "customer_segments",
    "customer_identifiers",
    "customers",
)
STUBS = ("customer_permissions", "customer_patterns")
LEFT_OUT = {
    "permissions",
    "refusals",
    "patterns",
    "consent_age_days",
    "stale_field_groups",
    # not what she refused
    "preferred_channel",
    "preferred_channel_by",
}
# quotients are rounded to six digits, so that one on the edge may fall on either side
ROUNDING = 1.5e-6
PAST = """
(from hand.past_customer_features
    where as_of_date < (select max(as_of_date) from hand.customer_features))
"""
STEP = re.compile(r"^-- (section|python): (.+)$", re.MULTILINE)
# what models said before the first night, which is nothing
SCORES = """
select churn.customer_id, churn_probability, churn_percentile,
    any_value(expected_amount) filter (horizon_days = 90) as expected_amount_90d,
    any_value(amount_percentile) filter (horizon_days = 90) as amount_percentile_90d,
    any_value(expected_amount) filter (horizon_days = 365) as expected_amount_365d,
    any_value(amount_percentile) filter (horizon_days = 365) as amount_percentile_365d
from warehouse.previous.churn_scores as churn left join warehouse.previous.ltv_scores using (customer_id)
group by all
"""
DAYS = """
(select customer_id, day, {ours} from hand.customer_{kind}_days
    inner join hand.customer_numbers using (customer_number) group by all)
"""
DAYS_OF_HANDLES = """
(select customer_id, active_date as day, {theirs} from warehouse.intermediate.customer_days
    inner join warehouse.intermediate.int_customer_handles using (handle_id)
    where fact_kind = '{kind}' group by all)
"""


class Cost(NamedTuple):
    """What one process, or one section of it, took."""

    wall: float
    cpu: float
    peak_mb: int = 0


def main() -> None:
    """Run both, compare what they say, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--warehouse", type=Path, required=True, help="build warehouse of a first night")
    parser.add_argument("--repeat", type=int, default=1, help="how often each is timed, by turns")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--process", choices=("script", "dbt"), help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--select", nargs="*", default=[], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.process == "script":
        print(json.dumps(_script(arguments.warehouse, arguments.into)))
    elif arguments.process == "dbt":
        print(json.dumps(_dbt(arguments.warehouse, arguments.into, arguments.select)))
    else:
        _benchmark(arguments.warehouse.resolve(), arguments.repeat, arguments.json)


def _benchmark(warehouse: Path, repeat: int, written: Path | None) -> None:
    figures: dict[str, list[Any]] = {"script": [], "needed": [], "whole": []}
    # the copies are as large as the warehouse, and memory is where temporary folders often are
    with tempfile.TemporaryDirectory(dir=warehouse.parent) as name:
        folder = Path(name)
        for _ in range(repeat):
            figures["script"].append(_process("script", warehouse, folder / "by_hand.duckdb"))
            figures["needed"].append(_process("dbt", _copy(warehouse, folder), folder, NEEDED))
            figures["whole"].append(_process("dbt", _copy(warehouse, folder), folder))
        if written:
            written.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
        _print_sections(figures)
        if not all([*_compared(folder / "by_hand.duckdb", folder / "warehouse.duckdb")]):
            sys.exit("the script and dbt differ, so that nothing can be said of their times")
    _print_ratios(figures)


def _process(process: str, warehouse: Path, into: Path, select: tuple[str, ...] = ()) -> Any:  # noqa: ANN401 (JSON)
    """What a process of its own says that it took; `into` is a new file, or the folder that dbt writes to."""
    if process == "script":
        into.unlink(missing_ok=True)
    command = [
        sys.executable,
        __file__,
        "--process",
        process,
        "--warehouse",
        str(warehouse),
        "--into",
        str(into),
    ]
    said = subprocess.run(
        [*command, *(["--select", *select] if select else [])], capture_output=True, check=False
    )
    if said.returncode:
        sys.exit(f"{process} ended with code {said.returncode}:\n{said.stderr.decode()}")
    return json.loads(said.stdout.splitlines()[-1]) | {"load": os.getloadavg()[0]}


def _copy(warehouse: Path, folder: Path) -> Path:
    """The warehouse as the facts of a first night find it; dbt names the database by its file."""
    copy = folder / "warehouse.duckdb"
    shutil.copyfile(warehouse, copy)
    with duckdb.connect(copy, config={"memory_limit": MEMORY}) as connection:
        for table in STUBS:
            connection.execute(f"create temp table {table} as from marts.{table} limit 0")
        for schema in BUILT:
            connection.execute(f"drop schema {schema} cascade")
        connection.execute("create schema marts")
        for table in STUBS:
            connection.execute(f"create table marts.{table} as from temp.{table}")
    return copy


def _dbt(warehouse: Path, folder: Path, select: list[str]) -> dict[str, Any]:
    """Build facts in the copy; all models and tests, or those that `select` needs."""
    from regulars.facts.door import Dbt, warm_up  # noqa: PLC0415 (the other processes need none of it)
    from regulars.warehouse.connection import Warehouse  # noqa: PLC0415

    with duckdb.connect(warehouse, read_only=True) as connection:
        ((time_zone,),) = connection.execute("select time_zone from settings.night").fetchall()
    dbt = Dbt(Warehouse(warehouse, MEMORY), folder / "dbt", time_zone)
    dbt.start_parsing()
    dbt.parsed_from()
    chosen = ["--exclude-resource-type", "unit_test", "--full-refresh"]
    if select:
        chosen += ["--exclude-resource-type", "test", "--select", *_needed(dbt.manifest(), select)]
    worker, begin = warm_up().pid, time.perf_counter()
    before = _cpu_of(worker)
    results = list(dbt.build(*chosen))
    wall, cpu = time.perf_counter() - begin, _cpu_of(worker) - before
    if failed := [result for result in results if result.status in ("error", "fail", "skipped")]:
        sys.exit(f"dbt: {failed[0].unique_id}: {failed[0].message}")
    nodes = {result.unique_id: result.seconds for result in results}
    return {"wall": wall, "cpu": cpu, "peak_mb": _peak_mb(worker), "nodes": nodes}


def _needed(manifest: Mapping[str, Any], models: list[str]) -> list[str]:
    """What dbt builds for these models, without what the script leaves out."""
    waiting, found = [f"model.regulars.{model}" for model in models], dict[str, None]()
    while waiting:
        if (name := waiting.pop()) in manifest["nodes"] and name not in found:
            node = manifest["nodes"][name]
            if node["name"] not in STUBS:
                found[name] = None
                waiting += node["depends_on"]["nodes"]
    return [".".join(manifest["nodes"][name]["fqn"]) for name in found]


def _cpu_of(process: int) -> float:
    """Seconds of CPU of a process so far, of all its threads."""
    after_name = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mb(process: int) -> int:
    """The most memory that a process ever held."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _script(warehouse: Path, into: Path) -> dict[str, Any]:
    """Run by_hand.sql, with what it takes from Python in between; its tables go to the file `into`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "threads": THREADS,
        "storage_compatibility_version": "v1.4.0",
    }
    sections: dict[str, Cost] = {}
    begin = _now()
    with duckdb.connect(into, config=config) as connection:
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        for section, steps in _sections(SCRIPT.read_text("utf-8")):
            started = _now()
            for sql, python in steps:
                for statement in connection.extract_statements(sql):
                    connection.execute(statement)
                if python:
                    PYTHON[python](connection)
            sections[section] = _since(started)
        connection.execute("checkpoint")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    whole = _since(begin)
    return {"wall": whole.wall, "cpu": whole.cpu, "peak_mb": peak, "sections": sections}


def _now() -> Cost:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Cost(time.perf_counter(), used.ru_utime + used.ru_stime)


def _since(begin: Cost) -> Cost:
    end = _now()
    return Cost(end.wall - begin.wall, end.cpu - begin.cpu)


def _sections(script: str) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Every section's name, and its SQL, each part with the name of the Python that follows it."""
    found = STEP.split(script)[1:]
    steps: list[tuple[str, str | None]] = []
    section = ""
    for kind, name, sql in zip(found[::3], found[1::3], found[2::3], strict=True):
        if kind == "section":
            if steps:
                yield section, steps
            section, steps = name, [(sql, None)]
        else:
            steps[-1] = (steps[-1][0], name)
            steps.append((sql, None))
    yield section, steps


def _read_phones(connection: duckdb.DuckDBPyConnection) -> None:
    from regulars.identity.phones import international  # noqa: PLC0415 (half a second of the script's process only)

    ((country,),) = connection.execute("select getvariable('country')").fetchall()
    written = [phone for (phone,) in connection.execute("from written_phones").fetchall()]
    columns = {"phone": written, "phone_number": international(written, country)}
    connection.register("read_phones", {name: np.array(texts, "O") for name, texts in columns.items()})
    connection.execute(
        "create temp table phones as select cast(phone as varchar) as phone,"
        " nullif(cast(phone_number as varchar), '') as phone_number from read_phones"
    )
    connection.unregister("read_phones")


def _connect_identifiers(connection: duckdb.DuckDBPyConnection) -> None:
    from regulars.identity.clusters import Edges, clusters, linked_days  # noqa: PLC0415 (as above)

    found = connection.execute("select node_a, node_b, edge_rank, day from edges").fetchnumpy()
    edges = Edges(*(np.asarray(found[name]) for name in ("node_a", "node_b", "edge_rank", "day")))
    nodes, smallest = clusters(edges)
    connection.register("nodes", {"node": nodes})
    seen = connection.execute(
        "select coalesce(identifiers.first_day - date '1970-01-01', 0)::bigint as day"
        " from nodes left join identifiers using (node) order by node"
    ).fetchnumpy()
    linked = linked_days(edges, nodes, smallest, np.asarray(seen["day"]))
    connection.register("linked", {"node": nodes, "cluster": smallest, "day": linked})
    connection.execute(
        "create temp table clusters as"
        " select node, cluster, date '1970-01-01' + cast(day as integer) as linked_day from linked"
    )
    for name in ("nodes", "linked"):
        connection.unregister(name)


def _ask_predicates(connection: duckdb.DuckDBPyConnection) -> None:
    """The segments of tonight: the first stage that matches, and every intent; the store's words are SQL."""
    segments = connection.execute(
        "select segment_id, kind, predicate from warehouse.settings.segments order by position, segment_id"
    ).fetchall()
    stages = " ".join(f"when ({asked}) then '{name}'" for name, kind, asked in segments if kind == "stage")
    intents = [f"case when ({asked}) then '{name}' end" for name, kind, asked in segments if kind != "stage"]
    matches = ", ".join([f"case {stages} end"] * bool(stages) + intents)
    connection.execute(
        "create table customer_segments as"
        " select matches.*, segments.kind, segments.definition_hash"
        f" from (select as_of_date, customer_id, unnest([{matches}]) as segment_id"
        f" from customer_features left join ({SCORES}) as scores using (customer_id))"
        " as matches"
        " inner join warehouse.settings.segments using (segment_id)"
    )


PYTHON = {"phones": _read_phones, "clusters": _connect_identifiers, "segments": _ask_predicates}


def _compared(ours: Path, theirs: Path) -> Iterator[bool]:
    """Print of every table what is equal; whether all of it is."""
    with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
        connection.execute(f"attach '{ours}' as hand (read_only)")
        connection.execute(f"attach '{theirs}' as warehouse (read_only)")
        print(f"\n{'table':<28}{'rows':>12}{'columns':>9}  what differs")
        of = ("as_of_date", "customer_id")
        identifier = ("identifier_kind", "source", "identifier")
        yield _same(connection, "customer_identifiers", "marts.customer_identifiers", identifier)
        yield _same_people(connection)
        for kind in ("event", "message", "order"):
            yield _same_days(connection, kind)
        past = "intermediate.past_customer_features"
        yield _same(connection, PAST, past, of, "past_customer_features")
        yield _same(connection, "customer_features", "marts.customer_features", of)
        yield _same(connection, "customer_segments", "marts.customer_segments", (*of, "segment_id"))
        yield _same(connection, "customers", "marts.customers", ("customer_id",))
        print(f"not stated by the script: {', '.join(sorted(LEFT_OUT))} of customers")


def _same_days(connection: duckdb.DuckDBPyConnection, kind: str) -> bool:
    """Every measure of a kind of facts, by customer and day; the script's amounts are ten-thousandths."""
    found = connection.execute(f"describe hand.customer_{kind}_days").fetchall()
    measures = [
        (name, "max" if name.startswith("largest") else "sum", kind_of == "DOUBLE")
        for name, kind_of, *_ in found
        if name not in ("customer_number", "day", "known_cut") and not name.startswith("category_")
    ]
    ours = ", ".join(
        f"cast({how}({name}) / 10000 as decimal(18, 4)) as {name}"
        if is_amount
        else f"{how}({name}) as {name}"
        for name, how, is_amount in measures
    )
    theirs = ", ".join(f"{how}({name}) as {name}" for name, how, _ in measures)
    return _same(
        connection,
        DAYS.format(kind=kind, ours=ours),
        DAYS_OF_HANDLES.format(kind=kind, theirs=theirs),
        ("customer_id", "day"),
        f"days of {kind}s",
    )


def _same(
    connection: duckdb.DuckDBPyConnection, ours: str, theirs: str, key: tuple[str, ...], title: str = ""
) -> bool:
    """Whether two tables have the same rows: as many, of the same keys, with the same in every column."""
    one, other = (
        table if table.startswith("\n") else f"{schema}.{table}"
        for schema, table in (("hand", ours), ("warehouse", theirs))
    )
    kinds = {name: kind for name, kind, *_ in connection.execute(f"describe from {other}").fetchall()}
    columns = [name for name in kinds if name not in LEFT_OUT.union(key)]
    unequal = [
        f"count(*) filter (not coalesce(abs(hand.{name} - dbt.{name}) < {ROUNDING}, false)"
        f" and hand.{name} is distinct from dbt.{name})"
        if kinds[name] == "DOUBLE"
        else f"count(*) filter (hand.{name} is distinct from dbt.{name})"
        for name in columns
    ]
    rounded = [f"count(*) filter (hand.{name} <> dbt.{name})" for name in columns if kinds[name] == "DOUBLE"]
    (found,) = connection.execute(
        "select count(*), count(hand.is_there), count(dbt.is_there),"
        f" {', '.join([*unequal, *rounded, '0'])}"
        f" from (select *, true as is_there from {one}) as hand"
        f" full join (select *, true as is_there from {other}) as dbt using ({', '.join(key)})"
    ).fetchall()
    rows, ours_only, theirs_only = found[0], found[0] - found[2], found[0] - found[1]
    differences = {name: count for name, count in zip(columns, found[3:], strict=False) if count}
    edges = sum(found[3 + len(columns) : -1]) - sum(
        differences.get(n, 0) for n in columns if kinds[n] == "DOUBLE"
    )
    says = [f"{name}: {count:,}" for name, count in differences.items()]
    says += [f"{ours_only:,} rows only by hand"] * bool(ours_only) + [f"{theirs_only:,} only by dbt"] * bool(
        theirs_only
    )
    says += [f"({edges} quotients on the edge of a rounding)"] * bool(edges)
    print(f"{title or ours:<28}{rows:>12,}{len(columns):>9}  {', '.join(says) or 'nothing'}", flush=True)
    return not (differences or ours_only or theirs_only)


def _same_people(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether both tell people apart alike, whatever they call them."""
    ((ours, theirs, pairs),) = connection.execute(
        "select count(distinct hand.customer_id), count(distinct dbt.customer_id),"
        " count(distinct (hand.customer_id, dbt.customer_id))"
        " from hand.customer_identifiers as hand inner join warehouse.marts.customer_identifiers as dbt"
        " using (identifier_kind, source, identifier)"
    ).fetchall()
    is_same = ours == theirs == pairs
    print(f"{'people, by any name':<28}{pairs:>12,}{1:>9}  {'nothing' if is_same else (ours, theirs)}")
    return bool(is_same)


def _print_sections(figures: dict[str, list[Any]]) -> None:
    print(f"{'section of the script':<32}{'wall':>8}{'CPU':>8}")
    for section in figures["script"][0]["sections"]:
        wall, cpu = (median(run["sections"][section][which] for run in figures["script"]) for which in (0, 1))
        print(f"{section:<32}{wall:>7.1f}s{cpu:>7.1f}s")
    print(f"\n{'slowest nodes of dbt, two at once':<46}{'wall':>8}")
    nodes = sorted(figures["needed"][0]["nodes"].items(), key=lambda node: -node[1])
    for node, seconds in nodes[:15]:
        print(f"{node.rpartition('.')[2]:<46}{seconds:>7.1f}s")


def _print_ratios(figures: dict[str, list[Any]]) -> None:
    titles = {
        "script": "by_hand.sql",
        "needed": "dbt, the models of the same tables",
        "whole": "dbt, the whole stage and its tests",
    }
    script = {which: median(run[which] for run in figures["script"]) for which in ("wall", "cpu")}
    print(f"\n{'':<38}{'wall':>8}{'CPU':>8}{'peak':>10}{'load':>6}{'ratio of wall':>15}{'of CPU':>8}")
    for name, title in titles.items():
        wall, cpu, peak, load = (
            median(run[which] for run in figures[name]) for which in ("wall", "cpu", "peak_mb", "load")
        )
        ratios = f"{wall / script['wall']:>15.2f}{cpu / script['cpu']:>8.2f}"
        verdict = (
            f"  target {TARGET}: {'met' if cpu / script['cpu'] <= TARGET else 'MISSED'}"
            if name == "needed"
            else ""
        )
        print(f"{title:<38}{wall:>7.1f}s{cpu:>7.1f}s{peak:>7,.0f} MB{load:>6.1f}{ratios}{verdict}")


if __name__ == "__main__":
    main()
