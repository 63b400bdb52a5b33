"""Action lists: one CSV per channel that carries tonight's decisions to the tool that sends.

`last_look` asks for consent once more and settles who gets a shared address; `write` makes the files and
their manifest, `handed_over` the tables that say what was planned and what was kept out; `read_back` loads
the files into the warehouse as a reader sees them, for the gate; `cells` says which cells a file accepts.
Does not belong here: who gets what (`models/decisions`), and publishing (`warehouse`).
"""
