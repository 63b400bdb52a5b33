"""Identity: what of telling people apart no SQL can say, as functions that the dbt project's models call.

Here: phone numbers in one form, and which identifiers hang together. Not here: what counts as evidence (dbt).
"""
