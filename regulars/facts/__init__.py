"""The one door to dbt, which builds the facts in a process beside the night's.

Here: what of the dbt project is built tonight, the process that runs dbt, and what dbt says of every node.
Not here: the models (`dbt_project`), and what a failed one means for the night.
"""
