"""Geometry of annotation: shapes as arrays, without labels, files or pictures.

Conventions, once for the whole project:

- Coordinates are continuous pixels, 0-based, y down: pixel (row i, column j) covers
  ``[j, j+1) x [i, i+1)``, so a picture of width W spans ``0 <= x <= W``.
- A box is ``x0 y0 x1 y1``. A rotated box is ``cx cy w h angle``.
- An angle is in radians, clockwise as seen on the screen (from +x towards +y).
- Arrays of shapes have one row per shape; empty input gives empty output.
"""
