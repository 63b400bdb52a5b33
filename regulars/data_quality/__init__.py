"""What must be true at each border of the warehouse, and the one door to Great Expectations.

Here: suites (plain descriptions of checks), the worker process that runs them, the history of their results.
Not here: business rules, repairs of data, and what a failed gate means for the night.
"""
