"""Tonight's predictions: which models may speak, which version of each does, and what it says of everybody.

Belongs here: training when it is due, promotion, scores as tables, and the process that does it.
Does not belong here: how anything is learned (`learning`), what one model predicts (its own folder).
"""
