"""What all of it brings: the orchestrated beside those who get nothing of it, or the generic."""

from regulars.report.charts import bars, intervals, one_at_a_time
from regulars.report.page import Page, Section

NOTHING_BESIDE = (
    "Nothing to compare with yet: holdout_share and generic_share in actions.yml set groups aside."
)
NOT_READABLE = "No quarter can be read yet: 30 days of enough customers have to be over."

LIFT = """
select
    metric || ' of ' || horizon_days || ' days' as measured,
    quarter || ' against ' || compared_with as compared,
    round(lift, 4) as lift_share,
    round(lift_low, 4) as lift_low_share,
    round(lift_high, 4) as lift_high_share,
    reading,
    trend,
    round(difference, 4) as difference,
    round(mean, 4) as orchestrated,
    round(control_mean, 4) as others,
    unit_count,
    control_unit_count,
    is_settled
from incrementality
where difference is not null
order by metric <> 'revenue', metric, horizon_days desc, quarter desc, compared_with
"""

RETURN = """
select
    quarter || ' against ' || compared_with || ', ' || horizon_days || ' days' as compared,
    round(return_on_cost, 3) as return_on_cost,
    round(return_on_cost_low, 3) as return_on_cost_low,
    round(return_on_cost_high, 3) as return_on_cost_high,
    round(gained_amount, 2) as gained_amount,
    round(contact_cost_amount, 2) as contact_cost_amount,
    round(running_cost_amount, 2) as running_cost_amount,
    is_settled
from incrementality
where metric = 'revenue' and return_on_cost is not null
order by quarter desc, compared_with, horizon_days desc
"""

UNREAD = """
select
    quarter, compared_with, metric, horizon_days, reading, unit_count, control_unit_count, is_settled
from incrementality
where difference is null
order by quarter desc, compared_with, metric, horizon_days
"""

GROUPS = """
select program_group, count(*) as customers
from program_groups
where until_date is null
group by program_group
order by customers desc, program_group
"""

TO_REMOVE = """
select rule_kind, rule_id, other_rule_id as channel, since_date, counted, of_count, remedy
from rule_review
where finding = 'no_effect'
order by rule_kind, rule_id, channel
"""

INCREMENTALITY = Page(
    name="incrementality",
    title="Incrementality",
    says="What all of it brings: customers for whom the program decides beside those it leaves alone, and"
    " beside those who get the same as everybody.",
    sections=(
        Section(
            "Lift of the program",
            "How much more the orchestrated did than the others, by quarter, with its interval. Of what the"
            " others had none there is a difference, and no lift to draw.",
            LIFT,
            one_at_a_time(
                "measured", intervals("lift_share", "lift_low_share", "lift_high_share", "compared")
            ),
            empty=NOT_READABLE,
            needs=("incrementality",),
        ),
        Section(
            "Return on cost",
            "What was gained less all costs, by all costs: contacts, and what running the program costs. It"
            " is of revenue, not of margin.",
            RETURN,
            intervals("return_on_cost", "return_on_cost_low", "return_on_cost_high", "compared"),
            empty="No return is known yet: it needs a readable quarter, and costs.",
            needs=("incrementality",),
        ),
        Section(
            "What cannot be read yet",
            "Comparisons without figures, and why.",
            UNREAD,
            empty="Everything that is compared can be read, or nothing is compared yet.",
            needs=("incrementality",),
        ),
        Section(
            "Groups",
            "How many customers are in which group tonight.",
            GROUPS,
            bars("customers", "program_group"),
            empty=NOTHING_BESIDE,
            needs=("program_groups",),
        ),
        Section(
            "Proposed for removal",
            "Actions that draws cannot tell from nothing, and segments of whose actions that is true of all.",
            TO_REMOVE,
            empty="No action or journey was shown to be without effect.",
        ),
    ),
)
