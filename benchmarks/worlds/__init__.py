"""Drawn motion: people or cars on a plain before a camera, and what a small detector finds of them.

    found, truth, times = worlds.drawn(worlds.WORLDS["dance"], seed=0)

Nobody has a look of their own: who is who can only be told from how they move. A detection is
missed, uncertain, off or cut to the part that can be seen the more an object is hidden or small,
and its faults last for about half a second; there are false detections that stay and such that
come once. The same seed gives the same clip.
"""

from benchmarks.worlds.drawing import drawn
from benchmarks.worlds.kinds import HELD_OUT, WORLDS, World

__all__ = ["HELD_OUT", "WORLDS", "World", "drawn"]
