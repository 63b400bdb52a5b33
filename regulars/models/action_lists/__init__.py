"""Action lists: one CSV per channel that carries tonight's decisions to the tool that sends.

`write` makes the files and their manifest and asks for consent once more; `read_back` loads them into the
warehouse as a reader sees them, for the gate; `cells` says which cells a machine file accepts.
Does not belong here: who gets what (`models/decisions`), and publishing (`warehouse`).
"""
