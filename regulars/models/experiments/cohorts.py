"""Whose outcomes are measured tonight: the units of experiments, and of the program by quarter.

Temporary tables, because the people in them never leave the engine. Not here: their outcomes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from regulars.models.experiments.outcomes import HORIZONS, UNITS
from regulars.store.sql import date_literal, literal

if TYPE_CHECKING:
    import duckdb

    from regulars.store.channels import Channels
    from regulars.store.experiments import Experiment

TABLES = (
    """
    create or replace temp table cohort_members (
        cohort_id varchar, unit_id varchar, arm varchar, customer_id varchar,
        anchor_date date, baseline_date date
    )
    """,
    "create or replace temp table unit_breakdowns (cohort_id varchar, unit_id varchar, breakdown varchar)",
    "create or replace temp table channel_costs (channel varchar, cost_per_send decimal(18, 4))",
)
TEMPORARY = ("cohort_members", "cohort_units", "unit_breakdowns", "channel_costs", "unit_outcomes")

EXPERIMENT_MEMBERS = """
insert into cohort_members
select experiment_id, unit_id, arm, customer_id, first_exposed_date, first_exposed_date
from decisions.experiment_assignments
where status = 'counted' and first_exposed_date is not null and experiment_id in ({ids})
"""

# who is in a declared segment on the night that exposed her
BREAKDOWNS = """
insert into unit_breakdowns
select distinct members.cohort_id, members.unit_id, history.segment_id
from cohort_members as members
inner join (values {declared}) as declared(cohort_id, breakdown) on members.cohort_id = declared.cohort_id
left join marts.customer_aliases as aliases on members.customer_id = aliases.alias_id
inner join marts.customer_segment_history as history
    on history.customer_id = coalesce(aliases.customer_id, members.customer_id)
    and history.segment_id = declared.breakdown
    and history.entered_date <= members.anchor_date
    and (history.exited_date is null or history.exited_date > members.anchor_date)
"""

# the group in which a unit is first seen in the quarter, from the night before its first day on; what is
# known of it is of the days before it was in any group, because what it did since may be the program's work
QUARTER_MEMBERS = """
insert into cohort_members
with

stays as (

    select
        customer_id,
        unit_id,
        program_group,
        cast(greatest(since_date, {first_day} - 1) as date) as anchor_date
    from decisions.program_groups
    where since_date < {next_first_day} and (until_date is null or until_date >= {first_day} - 1)

),

firsts as (

    select unit_id, arg_min(program_group, (anchor_date, program_group)) as program_group,
        min(anchor_date) as anchor_date
    from stays
    group by unit_id

),

grouped as (

    select unit_id, min(since_date) as baseline_date
    from decisions.program_groups
    group by unit_id

)

select distinct
    {cohort_id}, stays.unit_id, firsts.program_group, stays.customer_id, firsts.anchor_date,
    grouped.baseline_date
from stays
inner join firsts on stays.unit_id = firsts.unit_id and stays.program_group = firsts.program_group
inner join grouped on stays.unit_id = grouped.unit_id
where firsts.anchor_date < {as_of_date}
"""

EXPOSED = """
select
    cohort_id, arm, count(*), min(anchor_date), max(anchor_date),
    count(*) filter (anchor_date + {least_days} <= {as_of_date})
from cohort_units
group by cohort_id, arm
order by cohort_id, arm
"""


@dataclass(frozen=True)
class Exposed:
    """Units of an arm that were exposed, from when to when, and how many are due at the shortest horizon."""

    units: int
    first_date: date
    last_date: date
    due: int


@dataclass(frozen=True)
class Quarter:
    """A calendar quarter."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """As 2024-Q2."""
        return f"{self.year}-Q{self.number}"

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def next(self) -> "Quarter":
        """The quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


def quarter_of(day: date) -> Quarter:
    """The quarter that `day` is in."""
    return Quarter(day.year, (day.month + 2) // 3)


def make_tables(connection: "duckdb.DuckDBPyConnection", channels: "Channels") -> None:
    """Make the temporary tables of cohorts, empty, and say what a message costs where nobody said it."""
    for statement in TABLES:
        connection.execute(statement)
    _insert(
        connection,
        "channel_costs",
        [f"({literal(channel.id)}, {channel.cost_per_send})" for channel in channels.channels],
    )


def add_experiments(connection: "duckdb.DuckDBPyConnection", experiments: "Collection[Experiment]") -> None:
    """Add whoever counts and was exposed, with the segments by which results are told too.

    Reads decisions.experiment_assignments, marts.customer_segment_history and marts.customer_aliases.
    """
    if not experiments:
        return
    ids = ", ".join(literal(experiment.id) for experiment in experiments)
    connection.execute(EXPERIMENT_MEMBERS.format(ids=ids))
    declared = ", ".join(
        f"({literal(experiment.id)}, {literal(segment)})"
        for experiment in experiments
        for segment in experiment.breakdowns
    )
    if declared:
        connection.execute(BREAKDOWNS.format(declared=declared))


def add_quarters(connection: "duckdb.DuckDBPyConnection", quarters: Collection[Quarter], night: date) -> None:
    """Add everybody who is in a group of the program in each quarter. Reads decisions.program_groups."""
    for quarter in quarters:
        connection.execute(
            QUARTER_MEMBERS.format(
                cohort_id=literal(quarter.name),
                first_day=date_literal(quarter.first_day),
                next_first_day=date_literal(quarter.next.first_day),
                as_of_date=date_literal(night),
            )
        )


def exposed_units(connection: "duckdb.DuckDBPyConnection", night: date) -> Mapping[str, dict[str, Exposed]]:
    """The exposed units of every cohort, by arm; who was added is put together to units."""
    connection.execute(UNITS)
    found: dict[str, dict[str, Exposed]] = {}
    query = EXPOSED.format(as_of_date=date_literal(night), least_days=min(HORIZONS))
    for cohort, arm, *counted in connection.sql(query).fetchall():
        found.setdefault(cohort, {})[arm] = Exposed(*counted)
    return found


def drop_tables(connection: "duckdb.DuckDBPyConnection") -> None:
    """Drop the temporary tables of cohorts and outcomes."""
    for table in TEMPORARY:
        connection.execute(f"drop table if exists temp.{table}")


def _insert(connection: "duckdb.DuckDBPyConnection", table: str, rows: list[str]) -> None:
    if rows:
        connection.execute(f"insert into {table} values {', '.join(rows)}")
