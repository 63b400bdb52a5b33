"""The simulated store: a company whose people, facts and truth we know, and whose systems drop exports.

`world` says what may happen, `people` and `behaviour` who the people are and what they do, `facts` what a day
brought, `systems` the files in which each vendor states it, `truth` what no export says.
Does not belong here: anything about real exports (`landing`), and decisions (`models`).
"""
