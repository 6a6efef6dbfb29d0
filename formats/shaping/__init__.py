"""Rows turned into one kind of shape before a data set is written: ``--as`` and ``--merge-parts``.

What is asked for is no loss: how many rows were changed stands in a note of the report.
"""

from formats.shaping.shaped import SHAPES, As, Merge, shaped

__all__ = ["SHAPES", "As", "Merge", "shaped"]
