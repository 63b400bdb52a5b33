"""Whether the store's rules are still worth having: which contradict, are swallowed, dead, starved, overdue.

Rules are segments, actions and channels, and all segments together, the journeys. `review` writes one row per
rule with its numbers of tonight, and one per finding with what to do about it.
Does not belong here: what a rule says (`store`), and checks that stop a night (`data_quality`).
"""
