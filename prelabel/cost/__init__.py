"""Seconds of human work: which edits turn pre-labels into corrected labels, and what they cost."""
