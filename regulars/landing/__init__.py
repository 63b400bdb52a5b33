"""Loads raw exports by contract into the landing entities, accounting for every row of every file.

Belongs here: which files are new, how each format is read, how rows are typed, merged or set aside.
Does not belong here: what the facts mean (dbt), whether tonight's delivery is good enough (gates).
"""
