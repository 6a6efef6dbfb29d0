"""`Scene`: who walks where, and what a camera sees of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds.kinds import World

__all__ = ["Scene"]

Floats = NDArray[np.float64]
NEAREST = 4.0
"""Metres from the camera at which the plain begins."""


@dataclass
class Scene:
    """Who is where on the plain, and where the camera is."""

    world: World
    rng: np.random.Generator
    who: NDArray[np.int64]
    state: dict[str, Floats]
    count: int
    time: float = 0.0
    turning: float = 0.0
    heading: float = 0.0
    ahead: float = 0.0
    shaken: Floats = field(default_factory=lambda: np.zeros(2))

    @classmethod
    def begun(cls, world: World, rng: np.random.Generator) -> Scene:
        """With everybody somewhere on the plain."""
        scene = cls(world, rng, np.empty(0, dtype=np.int64), {}, 0)
        for _ in range(world.objects):
            depth = NEAREST + rng.uniform(0, world.area[1])
            place = np.array([rng.uniform(-0.5, 0.5) * world.area[0], depth])
            scene._add(place, rng.normal(size=2))
        return scene

    def _add(self, place: Floats, way: Floats) -> None:
        world, rng = self.world, self.rng
        speed = way / np.linalg.norm(way) * world.speed * rng.uniform(0.7, 1.3)
        leader = -1.0
        if len(self.who) and rng.random() < world.groups:
            of = rng.integers(len(self.who))
            near = np.linalg.norm(self.state["place"][of] - place) < 3 or not self.time
            if near:
                leader, speed = float(self.who[of]), self.state["speed"][of].copy()
                place = self.state["place"][of] + rng.normal(0, 0.6, 2)
        sides = np.array(world.shape) * (1 + rng.normal(0, [0.12, 0.06]))
        new: dict[str, Any] = {
            "place": place, "speed": speed, "sides": sides, "leader": leader,
            "rest": 0.0, "phase": rng.uniform(0, 6.28),
        }  # fmt: skip
        for name, value in new.items():
            one = np.asarray(value, dtype=float)[None]
            self.state[name] = np.concatenate([self.state[name], one]) if self.count else one
        self.who, self.count = np.append(self.who, self.count), self.count + 1

    def step(self) -> None:
        """One frame later."""
        world, rng, dt = self.world, self.rng, 1 / self.world.rate
        self.time += dt
        self._walk(dt)
        self.turning += rng.normal(0, world.pan * np.sqrt(dt)) - self.turning * 0.5 * dt
        self.heading += np.deg2rad(self.turning) * dt
        self.ahead += world.forward * dt
        self.shaken = self.shaken * 0.8 + rng.normal(0, 1, 2) * world.shake
        away = self.state["place"] - [0, self.ahead]
        width, depth = world.area
        kept = (abs(away[:, 0]) < width / 2 + 2) & (away[:, 1] > 1.5)
        kept &= away[:, 1] < NEAREST + depth + 2
        self.who, self.state = self.who[kept], {k: v[kept] for k, v in self.state.items()}
        while len(self.who) < world.objects and rng.random() < 0.5 * dt * world.objects:
            self._come()

    def _walk(self, dt: float) -> None:
        world, rng, state = self.world, self.rng, self.state
        goes = state["rest"] <= 0
        state["rest"] = np.maximum(state["rest"] - dt, 0)
        order = np.argsort(self.who)
        place = np.searchsorted(self.who, state["leader"], sorter=order)
        lead = order[np.minimum(place, len(order) - 1)]
        led = self.who[lead] == state["leader"]
        turn = rng.normal(0, world.turn * np.sqrt(dt), (len(goes), 2))
        pull = (state["speed"][lead] - state["speed"]) * min(1, 2 * dt)
        speed = state["speed"] + np.where(led[:, None], pull + turn / 2, turn)
        fast = np.maximum(np.linalg.norm(speed, axis=1), 0.1)
        speed *= (1 + (world.speed - fast) / fast * min(1, 0.5 * dt))[:, None]
        state["speed"] = np.where(goes[:, None], speed, state["speed"])
        state["place"] = state["place"] + state["speed"] * dt * goes[:, None]
        stops = goes & (rng.random(len(goes)) < world.stops * dt)
        state["rest"][stops] = rng.exponential(2, stops.sum())

    def _come(self) -> None:
        """One more, from the left, the right or far away."""
        rng, (width, depth) = self.rng, self.world.area
        side = rng.integers(-1, 2)
        along = NEAREST + rng.uniform(0, depth)
        place = np.array([side * (width / 2 + 1), along])
        way = np.array([-side, rng.normal(0, 0.5)])
        if side == 0:
            place = np.array([rng.uniform(-0.5, 0.5) * width, NEAREST + depth + 1])
            way = np.array([rng.normal(0, 0.5), -1.0])
        self._add(place + [0, self.ahead], way)

    def seen(self) -> tuple[NDArray[np.int64], Floats]:
        """Who stands before the camera, and their boxes x0 y0 x1 y1, the farthest first."""
        world, state = self.world, self.state
        wave = 2 * np.pi * self.time
        x = state["place"][:, 0] + world.sway * np.sin(0.7 * wave + state["phase"])
        z = state["place"][:, 1] - self.ahead
        x, z = (
            np.cos(self.heading) * x - np.sin(self.heading) * z,
            np.sin(self.heading) * x + np.cos(self.heading) * z,
        )
        wide, high = state["sides"].T
        wide = wide * (1 + 0.18 * np.sin(0.9 * wave + state["phase"]) * (state["rest"] <= 0))
        foot, far = self._projected(x, z, 0 * z)
        head, _ = self._projected(x, z, high)
        half = world.focal * world.size[0] * wide / far / 2
        found = np.column_stack([foot[:, 0] - half, head[:, 1], foot[:, 0] + half, foot[:, 1]])
        rows = np.argsort(-far)
        rows = rows[(z > 1.5)[rows]]
        return self.who[rows], found[rows]

    def _projected(self, x: Floats, z: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Pixels (N, 2) and distance (N,) of points at height y above the plain."""
        world = self.world
        below = world.height - y
        far = np.cos(world.tilt) * z + np.sin(world.tilt) * below
        down = np.cos(world.tilt) * below - np.sin(world.tilt) * z
        scale = world.focal * world.size[0] / np.maximum(far, 0.1)
        middle = np.array(world.size) / 2 + self.shaken
        return middle + np.column_stack([x, down]) * scale[:, None], far
