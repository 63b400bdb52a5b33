"""The program of the process that runs dbt, so that the night never imports it.

Nothing imports this module; `door` starts it.
"""

import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.facts.project import TABLE_TYPES, Result, fingerprint, note_written_from, written_from
from regulars.warehouse.beside import Answers, serve

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def main() -> None:
    """Answer requests until standard input ends."""
    serve(_load)


def _load() -> Callable[[dict[str, Any]], Answers]:
    # seconds of imports, which the thread that notices the end of the night does not wait for
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    parsed: Manifest | None = None

    def results(request: dict[str, Any]) -> Answers:
        nonlocal parsed
        os.environ.update(request["environment"])
        if request["arguments"][0] == "parse":
            folder, read_from = Path(request["folder"]), fingerprint(request["time_zone"])
            is_written = written_from(folder) == read_from
            known = ["--no-write-json"] if is_written else []
            parsed = _outcome(dbtRunner().invoke([*request["arguments"], *known]))
            if not is_written:
                note_written_from(folder, read_from)
            yield read_from
        else:
            yield from _finished_nodes(
                lambda hear: _outcome(dbtRunner(parsed, callbacks=[hear]).invoke(request["arguments"]))
            )
        return None

    return results


def _outcome(ended: Any) -> Any:  # noqa: ANN401 (dbt types its results so)
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415

    # what runs next opens the same warehouse, which DuckDB locks for as long as dbt has it open
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if ended.exception:
        raise ended.exception
    return ended.result


def _finished_nodes(build: Callable[[Callable[[Any], None]], Any]) -> Iterator[Result]:
    """Every node, as soon as dbt is done with it; at the end those that it skipped or could not begin."""
    finished: queue.SimpleQueue[Result | Exception | None] = queue.SimpleQueue()
    said: set[str] = set()

    def hear(event: Any) -> None:  # noqa: ANN401 (protobuf)
        if event.info.name == "NodeFinished":
            node, ran = event.data.node_info, event.data.run_result
            said.add(node.unique_id)
            is_table = node.resource_type in TABLE_TYPES and node.materialized != "view"
            rows = _rows(node.node_relation.relation_name) if is_table and ran.status == "success" else None
            seconds = round(ran.execution_time, 3)
            finished.put(Result(node.unique_id, ran.status, seconds, ran.message, ran.num_failures, rows))

    def run() -> None:
        try:
            for result in build(hear):
                if (name := result.node.unique_id) not in said:
                    finished.put(Result(name, str(result.status), 0, result.message, None, None))
            finished.put(None)
        except Exception as error:  # noqa: BLE001 (raised below, in the thread that answers)
            finished.put(error)

    threading.Thread(target=run, daemon=True).start()
    while result := finished.get():
        if isinstance(result, Exception):
            raise result
        yield result


def _rows(relation: str) -> int:
    """How many rows a table has that dbt, which quoted its name, has just built in the file it has open."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415

    cursor = DuckDBConnectionManager.env().handle().cursor()  # type: ignore[no-untyped-call]
    try:
        cursor.execute(f"select count(*) from {relation}")
        return int(cursor.fetchall()[0][0])
    finally:
        cursor.close()


if __name__ == "__main__":
    main()
