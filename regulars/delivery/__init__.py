"""Delivery: the files of published versions, carried to where each destination's tool picks them up.

`due` says what a destination has not got yet, `carry` puts a file there; that it did is remembered by
`warehouse.receipts`, which the nights after it read.
Does not belong here: what stands in a file (`models/action_lists`), and when it is carried (`orchestration`).
"""
