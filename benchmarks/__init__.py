"""Measurements beside a peer and a lower bound, in the same run: `make bench`."""
