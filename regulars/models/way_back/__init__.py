"""The way back: what became of the decisions of the last months, and of the files that carried them.

`outcomes` says it of each decision, `reconciliation` of each file. Which message is of which decision is a
fact, and dbt's (`marts.decision_messages`).
Does not belong here: whom an answer stops (`models/decisions/permission`), and what draws have shown
(`models/decisions/effects`).
"""
