"""What a list costs that is checked, sorted and summed, against DuckDB's plain COPY of the same rows.

    python benchmarks/action_lists.py [--rows 1000000] [--rounds 3]

Of a made-up night of so many decisions it times by turns, in one process: `COPY t TO` of a table that
holds the finished rows already; the same in order of the address; the last look at consent, cells and
shared addresses; that and the destination's file, sorted, with its SHA-256; and the whole step, with the
generic list and the tables of the night.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import duckdb

from regulars.models.action_lists.destinations import write_destinations
from regulars.models.action_lists.files import sha256_of
from regulars.models.action_lists.last_look import last_look
from regulars.models.action_lists.write import write_action_lists
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from regulars.store.destinations import Destination

WORLD = """
set threads = 2;
create schema settings; create schema marts; create schema previous; create schema decisions;
create table settings.night as select date '2026-11-22' as as_of_date;
create table marts.customers as
    select
        'c_' || md5(cast(i as varchar))[:16] as customer_id, cast(i as varchar) as customer_ref,
        'person' || (i * 7919) % {rows} || '@shop' || i % 50 || '.example' as email,
        '+1555' || lpad(cast(i as varchar), 7, '0') as phone
    from range({rows}) as numbers(i);
create table marts.customer_permissions as
    select customer_id, channel, purpose, if(hash(customer_id) % 100 = 0, 'denied', 'granted') as status
    from marts.customers, (values ('email')) as c(channel), (values ('marketing'), ('service')) as p(purpose);
create table decisions.next_actions as
    select
        date '2026-11-22' as as_of_date, 'd_' || md5(customer_id)[:16] as decision_id, customer_id,
        'offer' as action_id, 'email' as channel, 'marketing' as purpose,
        hash(customer_id) % 100 / 10 as score,
        'You come to us often, "' || customer_ref || '", so this is for you.' as customer_reason,
        timestamp '2026-11-23 08:00:00' as send_at
    from marts.customers;
create table previous.planned_touchpoints (
    decision_id varchar, customer_id varchar, action_id varchar, channel varchar, planned_date date
);
create table previous.offer_ledger (
    decision_id varchar, customer_id varchar, action_id varchar, offer varchar, kind varchar,
    value decimal(18, 4), categories varchar, granted_date date, valid_from date, valid_until date
);
create table marts.customer_touchpoints (
    customer_id varchar, channel varchar, action_ref varchar, decision_id varchar, sent_date date
);
create table marts.customer_aliases (alias_id varchar, customer_id varchar);
create table marts.customer_identifiers (
    customer_id varchar, identifier_kind varchar, source varchar, identifier varchar
);
create table settings.suppressions (
    identifier_kind varchar, source varchar, identifier varchar, channel varchar, reason varchar,
    since_date date
);
create view marts.earlier_plans as from previous.planned_touchpoints;
"""
CHANNEL = {"id": "email", "role": "letters", "address": "email", "cost_per_send": 0}
CHANNELS = {
    "across_channels": {"max_touchpoints": 2, "per_days": 1, "hours_between_channels": 24},
    "channels": [CHANNEL | {"max_touchpoints": 1, "per_days": 7}],
}
ACTION = {
    "id": "offer",
    "name": "An offer",
    "state": "engaged",
    "channels": ["email"],
    "purpose": "marketing",
    "action_class": "marketing",
    "offer": "5 dollars off",
    "response_rate": 0.1,
    "value": 20,
    "cooldown_days": 30,
    "reason": "orders more than others",
    "customer_reason": "You come to us often.",
}
FINISHED = """
create or replace table finished as
select
    address, decision_id, as_of_date, action_id, offer, customer_reason
from action_list_rows
where kept_out is null
order by hash(decision_id)
"""


def main() -> None:
    """Print the least seconds of each, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    catalogue, channels = (
        ActionCatalogue.model_validate({"actions": [ACTION]}),
        Channels.model_validate(CHANNELS),
    )
    out = (Destination(id="crm", tool="iterable", channels=("email",)),)
    with TemporaryDirectory() as name, duckdb.connect(str(Path(name) / "w.duckdb")) as connection:
        folder = Path(name)
        connection.execute(WORLD.format(rows=options.rows))
        with last_look(connection, catalogue, channels, out):
            connection.execute(FINISHED)
        ((rows,),) = connection.execute("select count(*) from finished").fetchall()

        def plain() -> None:
            connection.execute(f"copy finished to '{folder / 'plain.csv'}' (header)")

        def in_order() -> None:
            connection.execute(
                f"copy (from finished order by address) to '{folder / 'ordered.csv'}' (header)"
            )

        def written() -> None:
            rmtree(folder / "checked", ignore_errors=True)
            (folder / "checked").mkdir()
            (file,) = write_destinations(connection, out, catalogue, channels, folder=folder / "checked")
            if (file.rows, file.sha256) != (rows, sha256_of(folder / "checked" / file.name)):
                raise SystemExit("the checked file does not hold the finished rows")

        def looked_at() -> None:
            with last_look(connection, catalogue, channels, out):
                pass

        def checked() -> None:
            with last_look(connection, catalogue, channels, out):
                written()

        def step() -> None:
            write_action_lists(
                connection,
                catalogue,
                channels,
                folder=folder / "lists",
                run_id="r",
                config_hash="c",
                destinations=out,
            )

        kinds = {
            "plain COPY": plain,
            "sorted COPY": in_order,
            "last look": looked_at,
            "checked file": checked,
            "whole step": step,
        }
        # by turns, since the machine's speed drifts
        rounds = [{what: timed(work) for what, work in kinds.items()} for _ in range(options.rounds)]
        found = {what: [times[what] for times in rounds] for what in kinds}
        size = (folder / "plain.csv").stat().st_size / 1e6
    print(f"{rows:,} rows, {size:.0f} MB; best of {options.rounds}, and times of plain COPY:")
    best = {what: [min(times) for times in zip(*seconds, strict=True)] for what, seconds in found.items()}
    for what, (wall, processor) in best.items():
        of_wall, of_processor = (
            mine / plain for mine, plain in zip(best[what], best["plain COPY"], strict=True)
        )
        print(
            f"  {what:<14}{wall:6.2f} s {of_wall:5.2f} x   processor {processor:6.2f} s {of_processor:5.2f} x"
        )


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds of the clock, and of all processors."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


if __name__ == "__main__":
    main()
