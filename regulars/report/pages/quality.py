"""Whether the data can be relied on: gates, readiness, rows that could not be loaded, and how new it is."""

from regulars.report.charts import bars, columns, lines
from regulars.report.page import Page, Section

GATES = """
select
    gate,
    case when success then 'passed' when severity = 'warn' then 'warned' else 'failed' end as outcome,
    count(*) as checks
from data_quality_results
where as_of_date = {night}
group by all
order by gate, outcome desc
"""

BROKEN = """
select
    gate,
    meaning,
    unexpected_count as rows_that_break_it,
    element_count as of_rows,
    owner,
    table_name,
    check_name
from data_quality_results
where as_of_date = {night} and not success
order by gate, table_name, check_name, column_name, meaning
"""

WARNINGS = """
select as_of_date as night, gate, count(*) as warnings
from data_quality_results
where as_of_date > {night} - 91 and not success
group by all
order by night, gate
"""

READINESS = """
select
    replace(question, '_', ' ') || ': ' || subject as asked,
    measured,
    needed,
    round(least(measured / nullif(needed, 0), 1), 4) as reached_share,
    is_ready,
    next_step
from data_readiness
order by question, asked
"""

FILES = """
with

counted as (

    select
        source,
        sum(rows_loaded) as loaded,
        sum(rows_duplicate) as duplicate,
        sum(rows_dead) as dead,
        sum(rows_skipped) as skipped
    from files
    group by source

)

select source, outcome, counted_rows::bigint as counted_rows
from counted
unpivot (counted_rows for outcome in (loaded, duplicate, dead, skipped))
order by source, outcome desc
"""

DEAD_LETTERS = """
select
    source,
    entity,
    column_name,
    split_part(reason, '. ', 1) as reason,
    count(*) as dead_rows,
    count(distinct file_id) as in_files,
    max(loaded_date) as last_loaded
from dead_letters
group by all
order by dead_rows desc, source, entity, column_name, reason
"""

FRESHNESS = """
select
    source || ': ' || replace(entity, '_', ' ') as source,
    max(loaded_date) as last_file,
    datediff('day', max(loaded_date), {night}) as days_since,
    count(*) as known_files
from files
group by all
order by days_since desc, source
"""

RESTATED = """
select as_of_date as night, source, count(distinct restated_date) as days_that_changed
from restated_days
where as_of_date > {night} - 91
group by all
order by night, source
"""

IDENTITY = """
select as_of_date as night, metric, share as of_all_share, part_count, whole_count
from identity_metrics
where as_of_date > {night} - 91
order by night, metric
"""

QUALITY = Page(
    name="quality",
    title="Data quality",
    says="Whether tonight's data can be relied on, what it is ready for, and what could not be loaded."
    " A gate that fails stops the night, so what is shown here passed or warned.",
    sections=(
        Section(
            "Gates tonight",
            "How many checks stood at each border, and how they ended.",
            GATES,
            bars("checks", "gate", color="outcome"),
        ),
        Section(
            "What warned tonight",
            "Each check that was broken, what it demands, and whose it is.",
            BROKEN,
            empty="Every check passed.",
        ),
        Section(
            "Warnings by night",
            "How many checks warned, night by night of the last three months.",
            WARNINGS,
            columns("warnings", "night", color="gate"),
            empty="Every check of three months passed.",
        ),
        Section(
            "What the data is ready for",
            "How much of what is needed is there, and what comes next where it is not.",
            READINESS,
            bars("reached_share", "asked"),
        ),
        Section(
            "How new each source is",
            "When the last file of each kind was loaded.",
            FRESHNESS,
            bars("days_since", "source"),
            empty="No file was loaded yet.",
        ),
        Section(
            "Rows of each source",
            "What became of every row of every file so far.",
            FILES,
            bars("counted_rows", "source", color="outcome"),
            empty="No file was loaded yet.",
        ),
        Section(
            "Dead letters",
            "Rows that could not be loaded, kept whole until they can be. The table dead_letters has each.",
            DEAD_LETTERS,
            empty="Every row was loaded.",
        ),
        Section(
            "Days that changed afterwards",
            "How many days that were published before came out otherwise, because rows came late.",
            RESTATED,
            columns("days_that_changed", "night", color="source"),
            empty="No published day changed in three months.",
        ),
        Section(
            "Who is who",
            "How much of what happened is a known person's, night by night.",
            IDENTITY,
            lines("of_all_share", "night", color="metric"),
        ),
    ),
)
