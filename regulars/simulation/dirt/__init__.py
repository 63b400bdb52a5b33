"""What goes wrong between a system and us, on purpose: faults in rows and files, and the truth about each.

Belongs here: which faults exist, how often they happen, what landing must make of each. Does not belong here:
what people do, and the layouts of the vendors.
"""
