"""What every statistical model shares: examples, matrices, boosting, calibration, grading, registry, reasons.

Belongs here: pure functions over frames and arrays that name no model.
Does not belong here: what a model predicts and of whom (its own folder), simpler ways to predict the same
(`baselines`), the hour at which models are trained (`orchestration`).
"""
