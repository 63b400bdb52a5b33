"""What a customer does after a touch on a channel: opens, clicks or orders, of those who get one.

It says who answers among those who were written to, not what writing to them brings: they were chosen.
"""
