"""Times the decisions of a night, from who could get what to the full trace, for many customers.

    python benchmarks/decisions.py --store STORE [--customers N ...] [--json FILE]

The build warehouse of the store's newest night is copied, and its customers are copied in it until there
are as many as asked for, each with her own id, addresses and permissions, and what the first was sent.
12 actions, three for each of four stages, by 4 channels, under 17 limits: a budget, and capacities of
channels and actions. Each size runs in a process of its own.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from regulars.models.decisions.decide import decide
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from regulars.warehouse.connection import Warehouse

STAGES = ("new", "engaged", "loyal", "at_risk")
CHANNELS = {"email": "email", "sms": "phone", "push": "customer_ref", "app": "customer_ref"}
COSTS = {"email": 0.002, "sms": 0.02, "push": 0.0005, "app": 0.001}
SHARES = {"email": 0.3, "sms": 0.05, "push": 0.2, "app": 0.2}
MEMORY_LIMIT = "4GB"

COPIES = """
create temp table copies as
select
    customer_id as original_id,
    row_number() over (order by copy, customer_id) - 1 as number,
    'c_' || left(md5(customer_id || ' ' || copy), 16) as copy_id
from marts.customers cross join range({most}) as numbers (copy)
qualify number < {customers}
"""
TABLES = (
    """
    create or replace table marts.customers as
    select customers.* replace (
        copies.copy_id as customer_id,
        'u' || copies.number as customer_ref,
        'u' || copies.number || '@example.com' as email,
        '+1' || (2010000000 + copies.number) as phone,
        ['new', 'engaged', 'loyal', 'at_risk'][1 + copies.number % 4] as lifecycle_stage
    )
    from marts.customers inner join copies on customers.customer_id = copies.original_id
    order by customer_id
    """,
    """
    create or replace table marts.customer_permissions as
    select permissions.* replace (
        copies.copy_id as customer_id, channels.channel as channel, 'granted' as status
    )
    from (from marts.customer_permissions where purpose = 'marketing' limit 1) as permissions
    cross join copies
    cross join (select unnest({channels}) as channel) as channels
    """,
    """
    create or replace table marts.customer_touchpoints as
    select touchpoints.* replace (copies.copy_id as customer_id)
    from marts.customer_touchpoints as touchpoints
    inner join copies on touchpoints.customer_id = copies.original_id
    """,
)


def main() -> None:
    """Print a row per size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--store", type=Path, required=True, help="a store of which a night was published")
    parser.add_argument("--customers", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--warehouse", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.warehouse:
        print(json.dumps(_figures(arguments.warehouse, arguments.customers[0])))
        return
    found = []
    print(f"{'customers':>10}{'candidates':>12}{'chosen':>10}{'seconds':>9}{'CPU':>8}", end="")
    print(f"{'peak':>10}{'missed at most':>16}")
    for customers in arguments.customers:
        with tempfile.TemporaryDirectory(dir=arguments.store / "state") as folder:
            warehouse = Path(folder) / "warehouse.duckdb"
            shutil.copy(arguments.store / "state" / "build" / "warehouse.duckdb", warehouse)
            _multiply(warehouse, customers)
            command = [
                sys.executable,
                __file__,
                "--store",
                str(arguments.store),
                "--warehouse",
                str(warehouse),
            ]
            ended = subprocess.run([*command, "--customers", str(customers)], check=True, capture_output=True)
        figures = json.loads(ended.stdout)
        found.append(figures)
        print(
            f"{figures['customers']:>10,}{figures['candidates']:>12,}{figures['chosen']:>10,}"
            f"{figures['seconds']:>9.1f}{figures['cpu_seconds']:>8.1f}{figures['peak_mb']:>7,.0f} MB"
            f"{figures['missed_share']:>16.3%}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def _multiply(warehouse: Path, customers: int) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        ((known,),) = connection.sql("select count(*) from marts.customers").fetchall()
        connection.execute(COPIES.format(most=-(-customers // known), customers=customers))
        for statement in TABLES:
            connection.execute(statement.format(channels=list(CHANNELS)))


def catalogue(customers: int) -> ActionCatalogue:
    """Three actions for each stage by every channel, each for a fifth of the stage at most."""
    return ActionCatalogue.model_validate(
        {
            "actions": [
                {
                    "id": f"{stage}_{number}",
                    "name": f"{stage} {number}",
                    "state": stage,
                    "channels": list(CHANNELS),
                    "purpose": "marketing",
                    "action_class": "marketing",
                    "nightly_capacity": customers // 20,
                    "eligible_when": f"coalesce(order_count, 0) >= {number - 2}",
                    "evidence": ["order_count", "order_amount", "days_since_last_order"],
                    "response_rate": 0.03 * number,
                    "value": 14 - number,
                    "cooldown_days": 14,
                    "reason": "orders so far: {order_count|0}, worth {order_amount|0}",
                    "customer_reason": "It was good to have you here. We would love to see you again.",
                }
                for stage in STAGES
                for number in (1, 2, 3)
            ]
        }
    )


def channels(customers: int) -> Channels:
    """Four channels with a capacity each, and a budget for about a third of what they allow."""
    return Channels.model_validate(
        {
            "across_channels": {"max_touchpoints": 2, "per_days": 1, "hours_between_channels": 24},
            "quiet_hours": {"from_hour": 21, "until_hour": 9},
            "nightly_budget": round(customers * 0.001, 2),
            "channels": [
                {
                    "id": name,
                    "role": "nudges",
                    "address": address,
                    "cost_per_send": COSTS[name],
                    "max_touchpoints": 2,
                    "per_days": 7,
                    "nightly_capacity": int(customers * SHARES[name]),
                }
                for name, address in CHANNELS.items()
            ],
        }
    )


def _figures(path: Path, customers: int) -> dict[str, Any]:
    with Warehouse(path, MEMORY_LIMIT).connect() as connection:
        started, cpu = time.perf_counter(), os.times()
        counts = decide(connection, catalogue(customers), channels(customers))
        seconds, ended = time.perf_counter() - started, os.times()
        gains = connection.sql(
            "select any_value(expected_gain), any_value(possible_gain) from decisions.allocation_limits"
        ).fetchall()
    ((expected, possible),) = gains
    return {
        "customers": customers,
        "candidates": counts.candidates,
        "chosen": counts.chosen,
        "seconds": seconds,
        "cpu_seconds": ended.user + ended.system - cpu.user - cpu.system,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "missed_share": 1 - expected / possible,
    }


if __name__ == "__main__":
    main()
