"""One row for every cluster: the shape in the middle of its members' shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from geometry import consensus, ellipses, keypoints, masks, polygons, rotated
from geometry.masks import Mask
from geometry.rings import Rings
from prelabel.compare import views
from prelabel.consensus.joint import Joint
from prelabel.consensus.kinds import kinds, say

__all__ = ["shaped"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Sizes = tuple[tuple[int, int] | None, ...]


def shaped(rows: Joint, group: Ints, weight: Floats) -> Annotations:
    """The shapes of C groups as a table; `group` (N,) numbers them from 0, -1 for rows of none.

    `weight` (N,) of each row. A group becomes what most of its members are; members that were
    drawn as something else have a say in the keypoints only. Columns: kinds, boxes, rotated,
    rings, masks, keypoints; pictures of the groups in `images`.
    """
    chosen = group >= 0
    table, group, weight = rows.table[chosen], group[chosen], weight[chosen]
    kind = kinds(table, group, weight)
    members = say(table, group, kind)
    shapes = _Shapes(table, group, np.where(members, weight, 0.0), members, kind, rows.sizes)
    images = np.zeros(len(kind), dtype=np.int32)
    images[group] = table.images
    points = _keypoints(table, group, weight)
    found = {**shapes.columns(), **({} if points is None else {"keypoints": points})}
    found["boxes"] = _bounds(found, kind)
    return Annotations.of(len(kind), kinds=kind, images=images, **found)


class _Shapes:
    """The columns of each kind's groups."""

    def __init__(
        self,
        table: Annotations,
        group: Ints,
        weight: Floats,
        members: Bools,
        kind: Ints,
        sizes: Sizes,
    ) -> None:
        self.table, self.group, self.weight = table, group, weight
        self.members, self.kind, self.sizes = members, kind, sizes

    def columns(self) -> dict[str, Any]:
        """Boxes, and what other columns some group has."""
        found: dict[str, Any] = {
            "boxes": self._averaged(Kind.BOX, self.table.boxes, consensus.boxes)
        }
        if self.table.rotated is not None:
            found["rotated"] = self._rotated(self.table.rotated)
        if np.isin(self.kind, (Kind.POLYGON, Kind.LINE)).any():
            found["rings"] = self._rings()
        if (self.kind == Kind.MASK).any():
            found["masks"] = self._masks()
        return found

    def _averaged(self, kind: Kind, column: Floats, of: Any) -> Floats:
        out = np.full((len(self.kind), column.shape[1]), np.nan)
        wanted = self.members & (self.kind[self.group] == kind)
        groups, number = np.unique(self.group[wanted], return_inverse=True)
        if len(groups):
            out[groups] = of(column[wanted], number, self.weight[wanted])
        return out

    def _rotated(self, column: Floats) -> Floats:
        turned = self._averaged(Kind.ROTATED, column, consensus.rotated)
        round_ = self._averaged(Kind.ELLIPSE, column, consensus.rotated)
        return np.where(np.isnan(turned), round_, turned)

    def _each(self, kind: Kind) -> Iterator[tuple[int, Ints]]:
        """Every group of a kind with its members that have a say."""
        wanted = np.flatnonzero(self.members & (self.kind[self.group] == kind))
        order = wanted[np.argsort(self.group[wanted], kind="stable")]
        cuts = np.flatnonzero(np.diff(self.group[order])) + 1
        for rows in np.split(order, cuts) if len(order) else ():
            yield int(self.group[rows[0]]), rows

    def _rings(self) -> Rings:
        """Polygons by vote, and of lines the one of the weightiest rater."""
        found: dict[int, Rings] = {}
        for number, rows in self._each(Kind.POLYGON):
            found[number] = self._polygon(rows)
        for number, rows in self._each(Kind.LINE):
            best = rows[np.argmax(self.weight[rows])]
            found[number] = self.table[[best]].rings or Rings.empty(1)
        blank = Rings.empty(1)
        return Rings.concat([found.get(number, blank) for number in range(len(self.kind))])

    def _polygon(self, rows: Ints) -> Rings:
        drawn = views.outlined(self.table[rows])
        if len(rows) == 1:
            return drawn
        merged = consensus.polygon(drawn, self.weight[rows])
        return merged if merged.counts()[0] else drawn[np.array([np.argmax(self.weight[rows])])]

    def _masks(self) -> NDArray[np.object_]:
        out = np.full(len(self.kind), None, dtype=object)
        for number, rows in self._each(Kind.MASK):
            out[number] = self._mask(rows)
        return out

    def _mask(self, rows: Ints) -> Mask:
        drawn = self.table[rows]
        size = views.size_for(drawn, drawn, self.sizes[int(drawn.images[0])])
        pixels = views.masked(drawn, size or (0, 0))
        merged = consensus.mask(pixels, self.weight[rows])
        return merged if masks.area(merged) else pixels[int(np.argmax(self.weight[rows]))]


def _keypoints(table: Annotations, group: Ints, weight: Floats) -> Floats | None:
    """The keypoints of all groups, (C, K, 3), None where nobody drew any."""
    pointed = views.has_points(table)
    if table.keypoints is None or not pointed.any():
        return None
    out = np.full((int(group.max()) + 1, *table.keypoints.shape[1:]), np.nan)
    groups, number = np.unique(group[pointed], return_inverse=True)
    out[groups] = consensus.keypoints(table.keypoints[pointed], number, weight[pointed])
    return out


def _bounds(found: dict[str, Any], kind: Ints) -> Floats:
    """The boxes of all groups: that of a box, else the bounds of the shape."""
    out: Floats = found["boxes"]
    for one, of in (
        (Kind.ROTATED, lambda at: rotated.bounds(found["rotated"][at])),
        (Kind.ELLIPSE, lambda at: ellipses.bounds(found["rotated"][at])),
        (Kind.POLYGON, lambda at: polygons.bounds(found["rings"][at])),
        (Kind.LINE, lambda at: polygons.bounds(found["rings"][at])),
        (Kind.MASK, lambda at: np.array([masks.bounds(mask) for mask in found["masks"][at]])),
        (Kind.POINTS, lambda at: keypoints.bounds(found["keypoints"][at])),
    ):
        at = np.flatnonzero(kind == one)
        if len(at):
            out[at] = of(at)
    return out
