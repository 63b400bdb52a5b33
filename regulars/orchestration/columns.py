"""What the columns mean of the tables that Python builds; dbt's tables say it in their own YAML.

Not here: which columns a table has, and their types.
"""

from functools import cache

import dagster as dg

from regulars.store.entities import entities

SYSTEM = {
    "source": "System that delivered the record",
    "file_id": "The file the record came with; see landing.files",
    "row_number": "Row of the file, counted from 1",
    "loaded_date": "Night on which it was loaded",
    "record_key": "Natural key of the record within its source",
    "extras": "Columns of the file that the contract does not map, as a JSON object",
}

MEANINGS = SYSTEM | {
    "accounts": "System whose account ids its customer_ref holds",
    "action_before": "What was planned last for either of the two; null when nothing was",
    "action_id": "The action of actions.yml, or 'none'",
    "address": "Where it goes: the customer's address in the list's channel",
    "alias_id": "The id that stands for nobody any more",
    "amount_percentile": "Share of the customers, in percent, of whom as much or less is expected",
    "anonymous_ids": "System whose cookies or device ids its anonymous_ref holds",
    "as_of_date": "The night",
    "as_of_end_at": "First instant after the night's day; facts from then on are not seen",
    "attributes": "What the compared keys of customers.attributes are called in the model, as a JSON object",
    "basis": "What a permission or score rests on",
    "because": "Why, in the words of whoever said so",
    "change": "'merged': two customers were one; 'split': one was two",
    "channel": "The channel of channels.yml",
    "channel_before": "By which channel that was",
    "check_name": "The check within its suite",
    "churn_percentile": "Share of the customers, in percent, with no higher probability",
    "churn_probability": "Probability of no order in the horizon; null where nobody can say",
    "column_name": "The column at fault",
    "country": "Country whose phone numbers are written without a country code",
    "currency": "ISO 4217 currency of every amount",
    "customer_id": "The person",
    "customer_reason": "Why, in words that the customer may read",
    "customer_ref": "The system's own id of the person",
    "decision_id": "The decision; a re-run of the night gives the same id",
    "definition_hash": "Changes when the segment's definition does",
    "description": "What it means",
    "element_count": "Rows that the check looked at",
    "entered_date": "First night in the segment",
    "entity": "Landing table that the rows went to",
    "entry_kind": "Kind of the entry of the timeline that begins it",
    "entry_predicate": "SQL over the timeline that it fulfils",
    "entry_reason": "What made the customer a member: the evidence or a new definition",
    "evidence": "The profile's values behind the decision, as a JSON object",
    "evidence_columns": "Columns shown as evidence of the membership, separated by commas",
    "exit_reason": "What ended the membership: the evidence or a new definition",
    "exited_date": "First night no longer in the segment; null while a member",
    "expected_amount": "What she will spend, less refunds, in major units; null where nobody can say",
    "fact_count": "Facts and records with it",
    "features_hash": "Changes with the features it asks for and what the catalogue says of them",
    "first_seen_date": "Store-local day of the first fact with it",
    "gate": "The gate that checked",
    "goal": "What the segment is for",
    "graded_date": "As-of day of the customers, unseen before, on whom it was graded",
    "high": "Upper bound between which 95 of 100 resamples of the customers lie",
    "high_amount": "Nine of ten customers like her spend at most so much",
    "horizon_days": "Days after the as-of day that the prediction is about",
    "identifier": "The identifier in the form in which it is compared",
    "identifier_a": "The first identifier",
    "identifier_b": "The second identifier",
    "identifier_kind": "account, email, phone or anonymous",
    "identifier_kind_a": "Kind of the first identifier",
    "identifier_kind_b": "Kind of the second identifier",
    "is_alarm": "Whether the model is trained anew because of it",
    "is_chosen": "Whether this candidate is the customer's next action",
    "is_local_part": "Whether an e-mail address with it before the @ says as little",
    "kind": "Of a segment 'stage' or 'intent'; of drift 'inputs', 'scores' or 'outcomes'",
    "learned_from_date": "First as-of day of the customers it learned from",
    "learned_to_date": "Last as-of day of the customers it learned from",
    "least_active_customers": "Customers who ordered in the horizon below which nothing is learned",
    "least_days": "Days of orders below which nothing is learned",
    "least_outcomes": "Customers who stayed, or who left, below which nothing is learned",
    "limit_value": "What the value must not exceed; null where it only informs",
    "link_above": "Least probability of a pair of accounts that is linked",
    "low": "Lower bound between which 95 of 100 resamples of the customers lie",
    "low_amount": "One of ten customers like her spends at most so much",
    "lowered_by": "What lowers the score most, the strongest first; null where a rule scores",
    "meaning": "What must be true, in words",
    "method": "How it predicts: trees, or a rule such as bg_nbd, rfm, recency, last_period",
    "metric": "What is counted or measured",
    "model": "The model; for links by likeness, Splink's settings with their weights",
    "most_accounts": "Accounts of one system beside an address that are still one person's",
    "most_growth": "Identifiers that may join one customer in one night",
    "night": "As-of day of the night whose tables first show it",
    "observed_value": "What was found",
    "offer": "What the action offers",
    "other_customer_id": "The other of the two",
    "owner": "Who is asked when it goes wrong",
    "part_count": "How many of them",
    "past_month_ends": "At how many ends of past months features are computed tonight too",
    "path": "The file, relative to the store's exports",
    "pattern_id": "Pattern of patterns.yml",
    "planned_date": "Night on which it was handed over",
    "planned_date_before": "Night on which that was planned",
    "policy": "The way in which the candidates were scored",
    "position": "Rank of the segment in segments.yml, from 1",
    "predicate": "SQL over marts.customer_features that makes a member",
    "preference_days": "After how many days a stated preference expires that does not say when",
    "previous_date": "Night that this one continues; null on the first",
    "profile_accounts": "System whose account ids are customer_ref of the profile",
    "program": "Hash of the program that trained it",
    "purpose": "What the contact is for, such as marketing",
    "raised_by": "What raises the score most, the strongest first; null where a rule scores",
    "reason": "Why, for the analyst",
    "reason_code": "Why, as a code that can be counted",
    "restated_date": "Store-local day that changed after an earlier night had published it",
    "review_above": "Least probability of a pair that a human should look at",
    "review_date": "Past day of which features are computed to see what came true; else null",
    "row_count": "Customers at as-of days that it learned from, was calibrated and graded on",
    "row_text": "The whole row as it stood in the file",
    "rows_dead": "Rows that could not be loaded; see landing.dead_letters",
    "rows_duplicate": "Rows that repeat what was known already",
    "rows_loaded": "Rows that are new or changed",
    "rows_read": "Rows of the file: loaded, duplicate, dead or skipped",
    "rows_skipped": "Rows that the stream's condition leaves to other streams",
    "rows_unreadable": "Those of rows_dead that are no row of the format, such as a torn line",
    "said_by": "Who said so",
    "score": "What the candidate is worth; the highest that nothing stops is chosen",
    "score_rank": "Rank of the candidate within the customer, from 1",
    "segment_id": "The segment of segments.yml",
    "sequel": "'then' or 'without' where something must follow or must not; else null",
    "sequel_kind": "Kind of the entry that follows or does not",
    "sequel_predicate": "SQL over the timeline that it fulfils",
    "severity": "'stop': a failure stops the night; 'warn': it does not",
    "sha256": "Hash of the file's bytes; a file is loaded once",
    "share": "The part by the whole",
    "since_date": "Night since which it is so",
    "size_bytes": "Size of the file",
    "source_a": "System of the first identifier; empty for addresses",
    "source_b": "System of the second identifier; empty for addresses",
    "state": "Lifecycle stage that the candidate is for",
    "statistic": "What is compared",
    "status": "'granted' or 'denied'; of a model's version champion, challenger, retired or off",
    "stopped_by": "The stage of the decision that stopped the candidate; null if none did",
    "stream": "The stream of the source's contract",
    "subject": "The feature, or what it is about",
    "success": "Whether the check passed",
    "table_name": "The table that was checked",
    "time_zone": "IANA time zone in which the store's days end",
    "timeline_days": "How many days the timeline shows, tonight's among them",
    "touched_date": "Store-local day whose facts the file changed",
    "trained_date": "Night on which it was trained",
    "unexpected_count": "Rows that broke the rule",
    "value": "The value at fault, or what a metric came to",
    "version": "The version of the model; a folder below state/models",
    "whole_count": "Of how many",
    "within_days": "Until how many days after",
    "word": "'link': they are one person's; 'keep_apart': they are not",
}


def table_schema(asset: dg.AssetKey, types: dict[str, str]) -> dg.TableSchema:
    """The columns of a table that Python builds, with their types and what they mean."""
    own = _of_entities().get(asset.path[-1], {}) if asset.path[0] == "landing" else {}
    return dg.TableSchema(
        [
            dg.TableColumn(name, data_type.lower(), own.get(name) or MEANINGS.get(name))
            for name, data_type in types.items()
        ]
    )


@cache
def _of_entities() -> dict[str, dict[str, str]]:
    return {
        entity.name: {column.name: column.description for column in entity.columns}
        for entity in entities().values()
    }
