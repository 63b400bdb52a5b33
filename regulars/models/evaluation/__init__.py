"""What a policy would have won, told from draws before it decides about anybody.

Belongs here: estimates from logged odds, and when they are refused. Not here: draws, scores and decisions.
"""
