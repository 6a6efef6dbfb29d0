"""Score thresholds of least expected seconds, learned from pictures that somebody corrected."""
