"""Whether the rules still say what somebody wants: findings, owners, and who looked at them last."""

from regulars.report.charts import bars
from regulars.report.page import Page, Section

FINDINGS = """
select finding, rule_kind, count(*) as rules
from rule_review
group by all
order by finding, rule_kind
"""

TO_MEND = """
select
    finding,
    rule_kind,
    rule_id,
    other_rule_id,
    since_date,
    counted,
    of_count,
    remedy
from rule_review
order by finding, rule_kind, rule_id, other_rule_id
"""

SIGN_OFF = """
select
    rule_kind,
    rule_id,
    owner,
    reviewed_by,
    reviewed_date,
    due_date,
    coalesce(due_date < {night}, false) as is_overdue,
    review_because
from rules
order by is_overdue desc, due_date nulls last, rule_kind, rule_id
"""

FIRED = """
select
    rule_id,
    rule_kind,
    fired_count as customers_tonight,
    candidate_count,
    capped_count,
    last_fired_date,
    defined_date
from rules
where rule_kind <> 'journeys'
order by rule_kind, fired_count desc, rule_id
"""

JOURNEYS = Page(
    name="journeys",
    title="Journey audit",
    says="Whether segments, actions and channels still say what somebody wants: what contradicts, what never"
    " fires, what nobody looked at.",
    sections=(
        Section(
            "Findings",
            "How many rules have which fault.",
            FINDINGS,
            bars("rules", "finding", color="rule_kind"),
            empty="No rule has a fault.",
        ),
        Section(
            "What is to be mended",
            "Each finding, since when it stands, and what to do about it.",
            TO_MEND,
            empty="No rule has a fault.",
        ),
        Section(
            "Sign-off",
            "Whose each rule is, who looked at it last, and until when it holds."
            " `regulars review` says that somebody looked.",
            SIGN_OFF,
            empty="There are no rules.",
        ),
        Section(
            "What fired tonight",
            "For how many customers each rule spoke.",
            FIRED,
            bars("customers_tonight", "rule_id", color="rule_kind"),
            empty="There are no rules.",
        ),
    ),
)
