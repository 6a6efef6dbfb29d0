"""The worlds that are drawn."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HELD_OUT", "WORLDS", "World"]


@dataclass(frozen=True, kw_only=True)
class World:
    """Lengths in metres, times in seconds."""

    rate: float = 25.0
    seconds: float = 30.0
    size: tuple[int, int] = (1280, 720)
    objects: int = 25
    speed: float = 1.2
    turn: float = 0.25
    """How fast speeds change, metres per second and root of a second."""
    groups: float = 0.35
    """Share that follows another one."""
    stops: float = 0.08
    """Stops per second."""
    sway: float = 0.0
    """How far one goes from side to side, .7 times a second."""
    shape: tuple[float, float] = (0.55, 1.7)
    area: tuple[float, float] = (16.0, 22.0)
    height: float = 4.0
    tilt: float = 0.25
    focal: float = 1.0
    pan: float = 0.0
    """Degrees per second and root of a second by which the camera's turning changes."""
    shake: float = 0.0
    """Pixels."""
    forward: float = 0.0
    recall: float = 0.93
    jitter: float = 0.03
    strays: float = 0.4
    """False detections per frame that come once."""
    ghosts: int = 2
    """Places of false detections that stay."""
    doubt: float = 0.0
    """How much lower all scores are, as a logit."""


WORLDS = {
    "street": World(),
    "plaza": World(rate=7, seconds=100, size=(768, 576), objects=7, height=6, tilt=0.35),
    "crowd": World(objects=70, seconds=15, height=7, tilt=0.35, groups=0.5),
    "handheld": World(rate=30, seconds=20, objects=16, height=1.7, tilt=0.02, shake=3, pan=6),
    "walking camera": World(
        rate=14, seconds=40, size=(640, 480), objects=12, height=1.5, tilt=0.02,
        forward=0.8, pan=4, area=(14, 18),
    ),
    "dance": World(
        rate=20, objects=9, speed=0.8, turn=0.9, sway=0.5, area=(7, 6), height=2, tilt=0.1,
        groups=0,
    ),
    "cars": World(
        rate=12.5, seconds=40, objects=9, speed=9, turn=1, shape=(3.2, 1.5), area=(50, 60),
        height=6, tilt=0.12, groups=0.1, stops=0.02, jitter=0.02,
    ),
    "slow": World(rate=2.5, seconds=160, size=(640, 480), objects=6, height=5, tilt=0.3),
    "weak": World(objects=14, doubt=1.3, recall=0.8, jitter=0.05, strays=0.8, ghosts=4),
    "fast": World(rate=60, seconds=12, objects=12, turn=0.6, speed=2),
}  # fmt: skip
HELD_OUT = {
    "sport": World(
        seconds=25, objects=14, speed=3.5, turn=2, area=(24, 16), height=8, tilt=0.4, groups=0.1,
        stops=0.15, pan=3,
    ),
    "stairs": World(
        rate=12, seconds=40, objects=18, speed=1, height=3, tilt=0.2, groups=0.6, area=(10, 12)
    ),
    "walking camera, 30": World(
        rate=30, seconds=25, objects=16, height=1.5, tilt=0.02, forward=1.2, pan=5, shake=1.5,
        area=(16, 20),
    ),
    "dance, 25": World(
        seconds=25, objects=12, speed=1, turn=1.2, sway=0.35, area=(9, 7), height=1.8, tilt=0.08,
        groups=0.2, recall=0.9,
    ),
    "traffic": World(
        objects=14, speed=12, turn=1.5, shape=(4, 1.5), area=(60, 70), height=8, tilt=0.15,
        groups=0.1, stops=0.05, jitter=0.02, ghosts=3,
    ),
}  # fmt: skip
"""Worlds on which nothing was chosen."""
