"""Identity: what of telling people apart no SQL can say, as functions that the dbt project's models call.

Here: phone numbers in one form, which identifiers hang together, and which records are alike.
Not here: what counts as evidence (dbt).
"""
