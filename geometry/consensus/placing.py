"""Clusters of one tangle of rows: joined from the best pair down, then placed anew by rater."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geometry.matching import optimal
from geometry.overlaps import Pairs

__all__ = ["place"]

Ints = NDArray[np.int64]
Near = list[dict[int, float]]
"""By row: how like each row is that it pairs with."""

GAIN = 1e-9
"""Least growth of the sum for which rows are placed anew."""
ROUNDS = 50


def place(rows: Ints, raters: Ints, labels: Ints, pairs: Pairs) -> list[int]:
    """The cluster of each of `rows`, as a number below how many rows there are.

    `raters` and `labels` are of all rows, `pairs` those among `rows`.
    """
    local = np.searchsorted(rows, np.stack(pairs[:2]))
    owner, label = raters[rows].tolist(), labels[rows]
    near: Near = [{} for _ in rows]
    links = list(zip(local[0].tolist(), local[1].tolist(), pairs[2].tolist(), strict=True))
    for a, b, likeness in links:
        near[a][b] = near[b][a] = likeness
    links.sort(key=lambda link: -link[2])
    alike = [link for link in links if label[link[0]] == label[link[1]]]
    tangle = _Tangle(owner, near)
    tangle.join(alike)
    same = [{b: s for b, s in row.items() if label[a] == label[b]} for a, row in enumerate(near)]
    tangle.improve(range(len(rows)), same)
    if len(alike) < len(links):
        loose = [row for row, cluster in enumerate(tangle.cluster) if len(tangle.at[cluster]) == 1]
        tangle.join(links)
        tangle.improve(loose, near)
    return tangle.cluster


class _Tangle:
    """Rows with their raters and likenesses; `at` holds the members of every cluster."""

    def __init__(self, owner: Sequence[int], near: Near) -> None:
        self.owner = owner
        self.near = near
        self.cluster = list(range(len(owner)))
        self.at: dict[int, list[int]] = {row: [row] for row in range(len(owner))}

    def join(self, links: Sequence[tuple[int, int, float]]) -> None:
        """Join the clusters of each pair in turn, where they have no rater in common and all of
        their members pair."""
        for a, b, _ in links:
            one, other = sorted((self.cluster[a], self.cluster[b]))
            if one != other and self._fit(self.at[one], self.at[other]):
                for row in self.at.pop(other):
                    self._put(row, one)

    def improve(self, movable: Sequence[int], near: Near) -> None:
        """Place rows of the rater who gains most anew, while any gains."""
        for _ in range(ROUNDS):
            raters = sorted({self.owner[row] for row in movable})
            moves = [
                self._placed([row for row in movable if self.owner[row] == rater], near)
                for rater in raters
            ]
            gain, seats = max(moves, key=lambda move: move[0], default=(0.0, {}))
            if gain <= GAIN:
                return
            for row in seats:
                self._leave(row)
            for row, cluster in seats.items():
                self._put(row, cluster)

    def _fit(self, one: Sequence[int], other: Sequence[int]) -> bool:
        known = {self.owner[row] for row in one}
        return not any(self.owner[row] in known for row in other) and all(
            row in self.near[mate] for mate in one for row in other
        )

    def _placed(self, rows: Sequence[int], near: Near) -> tuple[float, dict[int, int]]:
        """How much the sum of likenesses grows if a rater's rows take their best seats, and these.

        A seat is a cluster without that rater, or one that only a row of his would leave.
        """
        moving = set(rows)
        seats = {
            c: left for c in self._around(rows, near) if (left := self._without(c, moving, rows))
        }
        names = {cluster: number for number, cluster in enumerate(seats)}
        links = [
            (number, names[c], worth)
            for number, row in enumerate(rows)
            for c in dict.fromkeys(self.cluster[mate] for mate in near[row])
            if c in names and (worth := _worth(near[row], seats[c])) > 0
        ]
        now = sum(_worth(near[row], self._mates(row)) for row in rows)
        chosen = [links[k] for k in _best(links, len(rows), len(names))]
        clusters = list(names)
        taken = {rows[number]: clusters[seat] for number, seat, _ in chosen}
        empty = {row: -1 for row in rows if row not in taken}
        return sum(link[2] for link in chosen) - now, {**taken, **empty}

    def _around(self, rows: Sequence[int], near: Near) -> list[int]:
        """Clusters that any of the rows could go to."""
        return list(dict.fromkeys(self.cluster[mate] for row in rows for mate in near[row]))

    def _without(self, cluster: int, moving: set[int], rows: Sequence[int]) -> list[int]:
        """What is left of a cluster without the rows; nothing where their rater stays in it."""
        left = [row for row in self.at[cluster] if row not in moving]
        rater = self.owner[rows[0]]
        return [] if any(self.owner[row] == rater for row in left) else left

    def _mates(self, row: int) -> list[int]:
        return [mate for mate in self.at[self.cluster[row]] if mate != row]

    def _leave(self, row: int) -> None:
        members = self.at[self.cluster[row]]
        members.remove(row)
        self.cluster[row] = -1

    def _put(self, row: int, cluster: int) -> None:
        """Put a row into a cluster; -1 for one of its own."""
        if cluster < 0:
            cluster = next(name for name in range(len(self.owner)) if not self.at.get(name))
        self.at.setdefault(cluster, []).append(row)
        self.cluster[row] = cluster


def _best(links: Sequence[tuple[int, int, float]], rows: int, seats: int) -> list[int]:
    """Which links the best placing takes."""
    if not links:
        return []
    row, seat, worth = zip(*links, strict=True)
    pairs = np.array(row), np.array(seat), np.array(worth)
    return optimal(pairs, rows, seats).tolist()


def _worth(near: dict[int, float], members: Sequence[int]) -> float:
    """The likeness of a row with all members; 0 where it does not pair with one of them."""
    total = 0.0
    for mate in members:
        if mate not in near:
            return 0.0
        total += near[mate]
    return total
