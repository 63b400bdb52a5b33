"""Who the customers are: how many are in which group, who entered and left, and from where to where."""

from regulars.report.charts import bars, lines, matrix
from regulars.report.page import Page, Section

SIZES = """
select
    segment_id as segment,
    kind,
    count(*) as customers,
    count(*) / (select count(*) from customers) as customers_share
from customer_segments
group by all
order by kind desc, customers desc, segment
"""

OVER_TIME = """
with

nights as (

    select unnest(generate_series(
        greatest({night} - 90, (select min(entered_date) from customer_segment_history)),
        {night},
        interval 1 day
    ))::date as night

)

select nights.night, stays.segment_id as segment, count(*) as customers
from nights
inner join customer_segment_history as stays
    on nights.night >= stays.entered_date and (nights.night < stays.exited_date or stays.exited_date is null)
where stays.segment_id in (select segment_id from customer_segments where kind = 'stage')
group by all
order by nights.night, segment
"""

# on its first night a store counts everybody for the first time, which is no move
MOVES = """
with

moves as (

    select segment_id, 'entered' as change, 1 as counted, entered_date as changed_date
    from customer_segment_history
    where entered_date > (select min(entered_date) from customer_segment_history)
    union all
    select segment_id, 'left' as change, -1 as counted, exited_date as changed_date
    from customer_segment_history
    where exited_date is not null

)

select segment_id as segment, change, sum(counted)::bigint as customers
from moves
where changed_date > {night} - 28
group by all
order by segment, change
"""

FLOWS = """
with

stages as (

    select customer_id, segment_id, entered_date, exited_date
    from customer_segment_history
    where segment_id in (select segment_id from customer_segments where kind = 'stage')

)

select
    coalesce(before.segment_id, 'outside') as from_stage,
    coalesce(later.segment_id, 'outside') as to_stage,
    count(*) as customers
from (select * from stages where exited_date > {night} - 28) as before
full outer join (
    select * from stages
    where entered_date > {night} - 28 and entered_date > (select min(entered_date) from stages)
) as later on before.customer_id = later.customer_id and before.exited_date = later.entered_date
group by all
order by from_stage, to_stage
"""

PATTERNS = """
select
    pattern_id as pattern,
    any_value(description) as meaning,
    count(distinct customer_id) as customers
from customer_patterns
where completed_date > {night} - 28
group by pattern_id
order by customers desc, pattern
"""

SEGMENTS = Page(
    name="segments",
    title="Segments",
    says="Who the customers are tonight, and how they move. A stage is where somebody stands, and everybody"
    " has one at most; an intent is something that she seems to want, and there may be several.",
    sections=(
        Section(
            "Customers in each segment",
            "How many are where tonight, and which share of all customers that is.",
            SIZES,
            bars("customers", "segment", color="kind"),
            empty="Nobody is in a segment: segments.yml says who would be.",
        ),
        Section(
            "Stages over time",
            "How many stood in each stage, night by night of the last three months.",
            OVER_TIME,
            lines("customers", "night", color="segment"),
            empty="Nobody was in a stage yet.",
        ),
        Section(
            "From stage to stage",
            "How many went from which stage to which in the last 28 days; outside is no stage at all.",
            FLOWS,
            matrix("customers", "to_stage", "from_stage"),
            empty="Nobody changed her stage yet; the first night has none to compare with.",
        ),
        Section(
            "Entered and left",
            "How many entered each segment in the last 28 days, and how many left it.",
            MOVES,
            bars("customers", "segment", color="change"),
            empty="Nobody entered or left yet; the first night has none to compare with.",
        ),
        Section(
            "Patterns",
            "What several signals of one person said together, completed in the last 28 days.",
            PATTERNS,
            bars("customers", "pattern"),
            empty="No pattern was completed in 28 days.",
        ),
    ),
)
