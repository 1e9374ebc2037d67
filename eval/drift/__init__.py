"""Drift: are scored texts unlike what the model was trained on, and which to label first."""
