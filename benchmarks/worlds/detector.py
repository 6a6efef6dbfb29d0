"""`Detector`: what a small model finds of boxes that are there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds.kinds import World
from geometry import boxes

__all__ = ["Detector"]

Floats = NDArray[np.float64]
LASTING = 0.5
"""Seconds that the faults of a detector last."""
FAULTS = 6
"""Of score, of four sides, and of how far a box shrinks to what can be seen."""


@dataclass
class Detector:
    """What a small model finds."""

    world: World
    rng: np.random.Generator
    ghosts: Floats
    """(G, 6) x0 y0 x1 y1, score, and how often it is found."""
    ease: dict[int, float] = field(default_factory=dict)
    faults: dict[int, Floats] = field(default_factory=dict)

    @classmethod
    def made(cls, world: World, rng: np.random.Generator) -> Detector:
        """With the places of its false detections."""
        (width, height), n = world.size, world.ghosts
        tall = rng.uniform(0.05, 0.2, n) * height
        x, y = rng.uniform(0, width, n), rng.uniform(0.3, 0.9, n) * height
        score, often = rng.uniform(0.1, 0.45, n), rng.uniform(0.02, 0.4, n)
        corners = [x - 0.2 * tall, y - tall, x + 0.2 * tall, y]
        return cls(world, rng, np.column_stack([*corners, score, often]))

    def found(self, who: NDArray[np.int64], inside: Floats, left: Floats, shown: Floats) -> Floats:
        """(N, 5) boxes and scores; of boxes that overlap by .7 the more certain one."""
        rows = [self._one(*one) for one in zip(who.tolist(), inside, left, shown, strict=True)]
        false = [*self._strays(), *self._staying()]
        table = np.array([row for row in [*rows, *false] if row is not None]).reshape(-1, 5)
        good = (table[:, 4] >= 0.1) & ((table[:, 2:4] - table[:, :2]) >= 2).all(axis=1)
        table = table[good]
        return table[boxes.nms(table[:, :4], table[:, 4], iou=0.7)]

    def _one(self, who: int, inside: Floats, left: Floats, shown: float) -> Floats | None:
        world, rng = self.world, self.rng
        fault = self._fault(who)
        sides = np.tile(inside[2:] - inside[:2], 2)
        hidden = max(0.0, 0.85 - shown)
        logit = 2.2 - world.doubt + 0.5 * self.ease[who] + 0.9 * fault[0] - 6.6 * hidden
        logit += 0.8 * np.log(max(sides[1], 5) / 60) + rng.normal(0, 0.35)
        score = 0.95 / (1 + np.exp(-logit))
        if rng.random() > world.recall + 0.07 * (score > 0.5):
            return None
        shrink = np.clip((0.7 - shown) * 1.6, 0, 1) * (1 if fault[5] > -0.3 else 0.3)
        off = (0.75 * fault[1:5] + 0.65 * rng.normal(size=4)) * world.jitter * sides
        box = inside + (left - inside) * shrink + off * 1.2 * (1 + 1.5 * (1 - shown))
        return np.append(box, score)

    def _fault(self, who: int) -> Floats:
        new = self.rng.normal(size=FAULTS)
        if who not in self.faults:
            self.ease[who], self.faults[who] = self.rng.normal(), new
        keep = np.exp(-1 / (LASTING * self.world.rate))
        self.faults[who] = keep * self.faults[who] + np.sqrt(1 - keep**2) * new
        return self.faults[who]

    def _strays(self) -> list[Floats]:
        (width, height), rng = self.world.size, self.rng
        n = rng.poisson(self.world.strays)
        tall = np.exp(rng.uniform(np.log(0.05), np.log(0.4), n)) * height
        x, y = rng.uniform(0, width, n), rng.uniform(0.2, 1, n) * height
        score = np.minimum(0.1 + rng.exponential(0.08, n), 0.8)
        return list(np.column_stack([x - 0.2 * tall, y - tall, x + 0.2 * tall, y, score]))

    def _staying(self) -> list[Floats]:
        rng, there = self.rng, self.ghosts
        there = there[rng.random(len(there)) < there[:, 5]]
        tall = (there[:, 3] - there[:, 1])[:, None]
        off = rng.normal(0, 0.05, (len(there), 4)) * tall
        score = np.clip(there[:, 4] + rng.normal(0, 0.12, len(there)), 0, 0.9)
        return list(np.column_stack([there[:, :4] + off, score]))
