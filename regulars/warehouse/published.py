"""The published tables: a contract with everybody who reads."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedTable:
    """A table that readers rely on: where it is built, its grain and its key, by which it is ordered.

    A sheet is published as CSV too, for people who open it in a spreadsheet.
    """

    name: str
    built_as: str
    grain: str
    key: tuple[str, ...]
    is_sheet: bool = False


PUBLISHED = (
    PublishedTable("customers", "marts.customers", "customer", ("customer_id",)),
    PublishedTable(
        "customer_identifiers",
        "marts.customer_identifiers",
        "identifier",
        ("source", "identifier_kind", "identifier"),
    ),
    PublishedTable("customer_aliases", "marts.customer_aliases", "id that is an alias now", ("alias_id",)),
    PublishedTable(
        "identity_links",
        "marts.identity_links",
        "pair of linked identifiers",
        ("identifier_kind_a", "source_a", "identifier_a", "identifier_kind_b", "source_b", "identifier_b"),
    ),
    PublishedTable(
        "identity_review",
        "marts.identity_review",
        "identifier that links nothing",
        ("identifier_kind", "source", "identifier"),
    ),
    PublishedTable(
        "probable_links",
        "marts.probable_links",
        "pair of accounts that may be one person's",
        ("source_a", "identifier_a", "source_b", "identifier_b"),
    ),
    PublishedTable(
        "identity_changes",
        "marts.identity_changes",
        "night and pair of customers that became one, or two",
        ("as_of_date", "change", "customer_id", "other_customer_id"),
    ),
    PublishedTable(
        "identity_metrics", "marts.identity_metrics", "night and metric of identity", ("as_of_date", "metric")
    ),
    PublishedTable(
        "customer_permissions",
        "marts.customer_permissions",
        "customer, channel and purpose",
        ("customer_id", "channel", "purpose"),
    ),
    PublishedTable(
        "customer_features",
        "marts.customer_features",
        "as-of day and customer",
        ("as_of_date", "customer_id"),
    ),
    PublishedTable(
        "customer_segments", "marts.customer_segments", "customer and segment", ("customer_id", "segment_id")
    ),
    PublishedTable(
        "customer_segment_history",
        "marts.customer_segment_history",
        "stay of a customer in a segment",
        ("customer_id", "segment_id", "entered_date"),
    ),
    PublishedTable(
        "customer_timeline",
        "marts.customer_timeline",
        "thing that happened to or was said by a customer",
        ("customer_id", "occurred_at", "kind", "status", "file_id", "row_number"),
    ),
    PublishedTable(
        "customer_patterns",
        "marts.customer_patterns",
        "customer, pattern and entry that began it",
        ("customer_id", "pattern_id", "started_at", "evidence_id"),
    ),
    PublishedTable("agent_cards", "marts.agent_cards", "customer", ("customer_id",), is_sheet=True),
    PublishedTable("orders", "marts.orders", "order", ("order_id",)),
    PublishedTable(
        "cx_metrics",
        "marts.cx_metrics",
        "period, metric and breakdown",
        ("period", "period_start", "metric", "breakdown", "breakdown_id"),
        is_sheet=True,
    ),
    PublishedTable("metric_goals", "marts.metric_goals", "goal", ("goal_id",), is_sheet=True),
    PublishedTable(
        "churn_reasons",
        "marts.churn_reasons",
        "month, reason and source",
        ("month_start", "reason", "source"),
        is_sheet=True,
    ),
    PublishedTable("model_versions", "predictions.model_versions", "model and version", ("model", "version")),
    PublishedTable(
        "model_metrics",
        "predictions.model_metrics",
        "night, model, version, method and metric",
        ("as_of_date", "model", "version", "method", "metric"),
    ),
    PublishedTable(
        "drift",
        "predictions.drift",
        "night, model, kind, subject and statistic",
        ("as_of_date", "model", "kind", "subject", "statistic"),
    ),
    PublishedTable(
        "churn_scores",
        "predictions.churn_scores",
        "customer with orders or a subscription",
        ("customer_id",),
    ),
    PublishedTable(
        "ltv_scores",
        "predictions.ltv_scores",
        "customer with orders and horizon",
        ("customer_id", "horizon_days"),
    ),
    PublishedTable(
        "propensity_scores",
        "predictions.propensity_scores",
        "customer with orders and category",
        ("customer_id", "category"),
    ),
    PublishedTable(
        "response_scores",
        "predictions.response_scores",
        "customer with touches, channel and response",
        ("customer_id", "channel", "response"),
    ),
    PublishedTable(
        "recommendations", "predictions.recommendations", "customer and rank", ("customer_id", "rank")
    ),
    PublishedTable("popular_products", "predictions.popular_products", "rank", ("rank",)),
    PublishedTable("recommender", "predictions.recommender", "way to recommend", ("method",)),
    PublishedTable("next_actions", "decisions.next_actions", "customer", ("customer_id",)),
    PublishedTable(
        "decision_trace",
        "decisions.decision_trace",
        "customer and candidate",
        ("customer_id", "action_id", "channel"),
    ),
    PublishedTable(
        "restated_decisions",
        "decisions.restated_decisions",
        "customer who became one with another, or parted from her, tonight, and what was planned",
        ("customer_id", "other_customer_id", "planned_date_before", "action_before"),
    ),
    PublishedTable(
        "channel_health", "decisions.channel_health", "night and channel", ("as_of_date", "channel")
    ),
    PublishedTable(
        "action_effects", "decisions.action_effects", "action and channel", ("action_id", "channel")
    ),
    PublishedTable(
        "exploration_log",
        "decisions.exploration_log",
        "night, customer and what she could have been drawn",
        ("as_of_date", "customer_id", "action_id", "channel"),
    ),
    PublishedTable(
        "policy_evaluations", "decisions.policy_evaluations", "policy that could decide", ("candidate",)
    ),
    PublishedTable(
        "allocation_limits", "decisions.allocation_limits", "limit of the night", ("limit_kind", "limit_id")
    ),
    PublishedTable(
        "program_groups",
        "decisions.program_groups",
        "customer and stay in a group",
        ("customer_id", "since_date"),
    ),
    PublishedTable(
        "experiment_assignments",
        "decisions.experiment_assignments",
        "experiment and customer who is or was in it",
        ("experiment_id", "customer_id"),
    ),
    PublishedTable(
        "counted_touchpoints",
        "decisions.counted_touchpoints",
        "message sent that a cap, rest or cooldown may count",
        ("customer_id", "sent_date", "channel", "action_ref", "decision_id"),
    ),
    PublishedTable(
        "suppressed_customers",
        "decisions.suppressed_customers",
        "customer and channel of a suppression list",
        ("customer_id", "channel"),
    ),
    PublishedTable("held_customers", "decisions.held_customers", "hold by a human", ("hold_number",)),
    PublishedTable("configuration", "settings.configuration", "file of the configuration", ("file",)),
    PublishedTable("rules", "decisions.rules", "rule", ("rule_kind", "rule_id"), is_sheet=True),
    PublishedTable(
        "rule_review",
        "decisions.rule_review",
        "rule, finding and other rule",
        ("rule_kind", "rule_id", "finding", "other_rule_id"),
    ),
    PublishedTable("experiments", "measurement.experiments", "experiment", ("experiment_id",), is_sheet=True),
    PublishedTable(
        "experiment_results",
        "measurement.experiment_results",
        "experiment, arm, metric, horizon and breakdown",
        ("experiment_id", "arm", "metric", "horizon_days", "breakdown"),
    ),
    PublishedTable(
        "incrementality",
        "measurement.incrementality",
        "quarter, group beside the orchestrated, metric and horizon",
        ("quarter", "compared_with", "metric", "horizon_days"),
    ),
    PublishedTable("planned_touchpoints", "decisions.planned_touchpoints", "decision", ("decision_id",)),
    PublishedTable("offer_ledger", "decisions.offer_ledger", "offer that was given", ("decision_id",)),
    PublishedTable(
        "active_offers",
        "decisions.active_offers",
        "offer that a customer may use",
        ("customer_id", "decision_id"),
    ),
    PublishedTable("kept_out", "decisions.kept_out", "decision that stands in no list", ("decision_id",)),
    PublishedTable(
        "action_outcomes",
        "decisions.action_outcomes",
        "decision of the days that the timeline covers",
        ("planned_date", "decision_id"),
    ),
    PublishedTable(
        "delivery_reconciliation",
        "decisions.delivery_reconciliation",
        "night, destination and channel that had people",
        ("planned_date", "destination", "channel"),
    ),
    PublishedTable(
        "delivered_profiles",
        "decisions.delivered_profiles",
        "destination and address",
        ("destination", "address"),
    ),
    PublishedTable(
        "delivered_segments",
        "decisions.delivered_segments",
        "destination, segment and address",
        ("destination", "segment_id", "address"),
    ),
    PublishedTable(
        "destination_kept_out",
        "decisions.destination_kept_out",
        "destination, customer and field that it does not get",
        ("destination", "customer_id", "field"),
    ),
    PublishedTable(
        "data_quality_results",
        "data_quality.results",
        "as-of day and check",
        ("as_of_date", "gate", "table_name", "check_name", "column_name", "meaning"),
    ),
    PublishedTable(
        "restated_days",
        "marts.restated_days",
        "night and day of a kind of facts that it changed",
        ("as_of_date", "source", "entity", "restated_date"),
    ),
    PublishedTable("data_readiness", "marts.data_readiness", "question and subject", ("question", "subject")),
    PublishedTable("files", "landing.files", "file of a stream", ("file_id",)),
    PublishedTable(
        "dead_letters",
        "landing.dead_letters",
        "row that could not be loaded",
        ("file_id", "row_number", "column_name", "reason"),
    ),
)
