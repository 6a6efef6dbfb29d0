"""What people corrected, with what the model had seen beside it: what thresholds are learned from.

No protocol is known here: an annotation tool's events come in as `Event`, and what was made of one
is kept as a `Correction`.
"""
