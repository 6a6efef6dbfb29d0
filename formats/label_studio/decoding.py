"""The regions of a Label Studio result as annotations of one picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from formats import tables
from formats.annotations import Annotations, Kind
from formats.dataset import Label
from formats.errors import FormatError
from formats.label_studio import bones, drawn
from formats.label_studio.frame import Frame
from formats.label_studio.gathering import Region, gather
from formats.labels import find
from formats.losses import Losses
from geometry.errors import GeometryError

__all__ = ["FURTHER", "STRANGE", "UNLABELLED", "UNUSABLE", "decode", "rows", "told"]

Row = dict[str, Any]

UNUSABLE = (FormatError, GeometryError, KeyError, TypeError, ValueError, AttributeError)
"""What values of any other form than the expected one lead to."""
NO_SIZE = "region in a picture whose size nothing tells"
UNLABELLED = "region without a label"
STRANGE = "region of a label that is not known"
FURTHER = "further label of a region"
TRACK = "result of type videorectangle"
NOTED = "text on a region"
OTHER_SIZE = "region that states another size of its picture"
TURNED = "region in a picture that was turned in the editor"


def decode(
    results: Iterable[Any],
    labels: Sequence[Label],
    size: tuple[int, int] | None = None,
    losses: Losses | None = None,
    where: object = "",
) -> Annotations:
    """The annotations of a result: a list of regions, with values in percent.

    `labels` is what label indices count through; the keypoints of a skeleton come in the order of
    its label's `keypoints`. `size` = (width, height) of the picture in pixels, else what regions
    state. What cannot be read or held is counted in `losses` with `where` as its place.
    """
    losses = Losses() if losses is None else losses
    found = gather(results, losses, where)
    return rows(found, labels, size, losses, where)


def rows(
    regions: Sequence[Region],
    labels: Sequence[Label],
    size: tuple[int, int] | None,
    losses: Losses,
    where: object = "",
) -> Annotations:
    """The annotations of regions that were gathered; see `decode`."""
    return _Job(labels, size, losses, where).table(regions)


class _Job:
    """The rows of one picture while they are made."""

    def __init__(
        self,
        labels: Sequence[Label],
        size: tuple[int, int] | None,
        losses: Losses,
        where: object,
    ) -> None:
        self.labels, self.size, self.losses, self.where = labels, size, losses, where
        self._index: dict[str, int] = {}

    def table(self, regions: Sequence[Region]) -> Annotations:
        """Shapes first, then keypoints, which join the row they hang on, then tags."""
        size = self.size or next((r.size for r in regions if r.size is not None), None)
        made: dict[str, Row] = {}
        self._lose(TRACK, sum(r.shape == "videorectangle" for r in regions))
        shapes = [r for r in regions if r.shape not in ("", "keypoint", "videorectangle")]
        points = [r for r in regions if r.shape == "keypoint"]
        if size is None:
            self._lose(NO_SIZE, len(shapes) + len(points))
            shapes, points = [], []
        frame = Frame(size or (1, 1))
        by_id = {r.id: r for r in shapes}
        for region in shapes:
            self._shape(region, by_id, made, frame)
        made |= bones.join(points, by_id, made, self.labels, frame, self._lose)
        tags = [row for r in regions if not r.shape for row in self._tags(r)]
        return tables.table([*made.values(), *tags])

    def _lose(self, what: str, count: int = 1) -> None:
        self.losses.add(what, count, self.where)

    def _shape(
        self, region: Region, by_id: Mapping[str, Region], made: dict[str, Row], frame: Frame
    ) -> None:
        """The row of a region, or one more part of the polygon that it hangs on."""
        label = self._label(region)
        if label is None:
            return
        self._check(region, frame)
        self._lose(NOTED, int(region.text not in ("", region.id)))  # models repeat the id
        try:
            row = drawn.row(region, frame, self.losses, self.where)
        except UNUSABLE as error:
            self._lose(f"{region.shape} that cannot be read: {told(error)}")
            return
        whole = self._whole(region, by_id, made)
        if whole is not None:
            whole["rings"] = [*whole["rings"], *row["rings"]]
            whole["boxes"] = drawn.bounds(whole["rings"])
            return
        made[region.id] = {"labels": label, **_around(region), **row}
        if region.parent in made:
            known = sum("groups" in row for row in made.values())
            made[region.id]["groups"] = made[region.parent].setdefault("groups", known)

    def _whole(
        self, region: Region, by_id: Mapping[str, Region], made: Mapping[str, Row]
    ) -> Row | None:
        """The row of the polygon that a polygon of the same label and control hangs on."""
        parent = by_id.get(region.parent)
        if parent is None or region.shape != "polygon" or region.parent not in made:
            return None
        same = (parent.shape, parent.where, parent.labels) == (
            region.shape,
            region.where,
            region.labels,
        )
        return made[region.parent] if same else None

    def _label(self, region: Region) -> int | None:
        """The index of a region's label; None, and counted, where it has none."""
        if not region.labels:
            self._lose(UNLABELLED)
            return None
        self._lose(FURTHER, len(region.labels) - 1)
        index = self._place(region.labels[0])
        if index < 0:
            self._lose(STRANGE)
            return None
        return index

    def _place(self, name: str) -> int:
        if name not in self._index:
            self._index[name] = find(name, self.labels)
        return self._index[name]

    def _check(self, region: Region, frame: Frame) -> None:
        if region.size is not None and region.size != frame.size:
            self.losses.warn(OTHER_SIZE, 1, self.where)

    def _tags(self, region: Region) -> list[Row]:
        """A row for each choice about the whole picture."""
        places = [self._place(name) for name in region.tags]
        self._lose(STRANGE, sum(place < 0 for place in places))
        others = {k: v for k, v in region.said.items() if not region.tags or k != region.where}
        self._lose("answer about the picture that is no choice", len(others))
        head = {"kinds": Kind.TAG, **({} if np.isnan(region.score) else {"scores": region.score})}
        return [{**head, "labels": place} for place in places if place >= 0]


def _around(region: Region) -> Row:
    """What a row has beside its shape: score and what other controls say about the region."""
    row: Row = {} if np.isnan(region.score) else {"scores": region.score}
    return row | ({"attributes": dict(region.said)} if region.said else {})


def told(error: Exception) -> str:
    """What was wrong with a value, of one of `UNUSABLE`."""
    if isinstance(error, KeyError):
        return f"no {error}"
    return (
        error.what if isinstance(error, FormatError | GeometryError) else "a value of another type"
    )
