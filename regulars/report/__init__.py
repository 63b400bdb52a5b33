"""The report that people look at: pages written from a published version, for a browser without a server.

A page is a list of sections, a section a question, its SQL and its chart (`pages/`). `charts` says how
figures are drawn, `render` makes the text of a page, `site` writes all of them and switches to them in one
rename. Nothing here decides or computes what a table does not say, and nothing about a single customer
enters: `regulars explain` prints that.
"""
