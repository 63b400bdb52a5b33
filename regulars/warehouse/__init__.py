"""The build warehouse that nobody else opens, and the published versions that everybody reads.

Belongs here: connecting, what a night is told about itself, publishing by one rename.
Does not belong here: facts about customers, or anything that decides.
"""
