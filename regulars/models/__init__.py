"""What we conclude from facts: decisions tonight, and the action lists that carry them out.

Belongs here: pure functions over the warehouse's tables, in polars and DuckDB.
Does not belong here: dagster, the hour of the night, facts that SQL in the dbt project can state.
"""
