"""What is tried on whom: who stays together, which group and arm each is in, and how many it takes.

Not here: what her arm means for a candidate (`models/decisions/experiments`), and whether a file of
experiments/ can be used (`store/experiments`).
"""
