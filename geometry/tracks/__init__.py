"""Tracks: one object's shapes over the frames of a clip, as arrays, without labels or ids.

`Track` holds them, `interpolate` fills in what lies between keyframes as a tool shows it,
`likeness` compares two tracks row by row, `reduce` finds the fewest keyframes that show a track,
and `resolve` finds them again around those that a person corrected.
"""

from geometry.tracks.continuity import in_step
from geometry.tracks.corrections import adjusted
from geometry.tracks.fidelity import likeness
from geometry.tracks.interpolation import interpolate
from geometry.tracks.reduction import Reduced, reduce
from geometry.tracks.resolving import resolve
from geometry.tracks.rules import RULES, Rule
from geometry.tracks.smoothing import gaussian
from geometry.tracks.track import Track

__all__ = [
    "RULES",
    "Reduced",
    "Rule",
    "Track",
    "adjusted",
    "gaussian",
    "in_step",
    "interpolate",
    "likeness",
    "reduce",
    "resolve",
]
