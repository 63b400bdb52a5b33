"""What people do on a day, one subject a module; `step` calls them in order.

Each takes the day and the state, changes the entries of the state that are its own, and returns facts.
"""
