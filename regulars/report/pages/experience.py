"""How customers fare with us, in whole periods, and why those left who did."""

from regulars.report.charts import bars, lines, one_at_a_time
from regulars.report.page import Page, Section

NO_PERIOD = "No whole week or month says something yet."

METRICS = """
select
    replace(metric, '_', ' ') || ', by ' || period as measured,
    period_start,
    round(value, 4) as value,
    sample_size,
    kind,
    use
from cx_metrics
where
    breakdown = 'all'
    and value is not null
    and period in ('week', 'month')
    and period_start > {night} - case period when 'week' then 380 else 760 end
order by use, measured, period_start
"""

BY_SEGMENT = """
select
    replace(metric, '_', ' ') as measured,
    breakdown_id as segment,
    round(value, 4) as value,
    sample_size,
    period_start as month
from cx_metrics
where breakdown = 'segment' and period = 'month' and value is not null
qualify period_start = max(period_start) over ()
order by use, measured, value desc, segment
"""

LEFT = """
select
    replace(reason, '_', ' ') as reason,
    source,
    sum(customers)::bigint as customers
from churn_reasons
where month_start > {night} - 123
group by all
order by customers desc, reason, source
"""

LEFT_BY_MONTH = """
select month_start, source, sum(customers)::bigint as customers
from churn_reasons
where month_start > {night} - 760
group by all
order by month_start, source
"""

EXPERIENCE = Page(
    name="experience",
    title="Customer experience",
    says="How customers fare with us, in whole weeks and months, and why those left who did.",
    sections=(
        Section(
            "Metrics over time",
            "What each metric came to in every whole period that says enough.",
            METRICS,
            one_at_a_time("measured", lines("value", "period_start")),
            empty=NO_PERIOD,
            needs=("cx_metrics",),
        ),
        Section(
            "By segment",
            "The newest whole month, by the segment in which customers were when it began.",
            BY_SEGMENT,
            one_at_a_time("measured", bars("value", "segment")),
            empty=NO_PERIOD,
            needs=("cx_metrics",),
        ),
        Section(
            "Why customers left",
            "What facts say of those who left in the last months, and what says so.",
            LEFT,
            bars("customers", "reason", color="source"),
            empty="Nobody has left yet, as far as is known.",
            needs=("churn_reasons",),
        ),
        Section(
            "Who left, by month",
            "How many customers left in each month, and what says why.",
            LEFT_BY_MONTH,
            lines("customers", "month_start", color="source"),
            empty="Nobody has left yet, as far as is known.",
            needs=("churn_reasons",),
        ),
    ),
)
