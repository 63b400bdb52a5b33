"""At most one next best action per customer, and why every other candidate was stopped.

    candidates -> eligibility -> address -> permission -> cap -> arbitration -> one action or 'none'

Each stage is a module: a pure function from the frame of candidates to the same frame with one more
column, which holds the reason code of those that the stage stops. `decide` composes them and writes the
tables; `reasons` turns codes into sentences. Predicates and sentences run in DuckDB, set-based.
Does not belong here: files (`models/action_lists`), facts (the dbt project), checks (`data_quality`).
"""
