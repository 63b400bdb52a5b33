"""When and in which order: Dagster assets, gates, jobs, schedules and the command line.

Belongs here: wiring of a few lines each, and what a person sees while a night runs.
Does not belong here: SQL about customers, business rules, model code; nothing imports this room.
"""
