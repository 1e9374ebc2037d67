"""Judges what is served: metrics with intervals, reports, comparison, the gate, retraining."""
