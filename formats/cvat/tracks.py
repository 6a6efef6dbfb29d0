"""A ``<track>`` of CVAT's XML as rows: its keyframes, and where it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from formats import cut
from formats.columns import Flag, Kind
from formats.cvat import attributes, shapes, skeletons
from formats.cvat.labels import SKELETON
from formats.cvat.markup import Node
from formats.cvat.task import Task
from formats.dataset import Label
from formats.errors import FormatError
from formats.losses import Losses
from formats.tracks.clip import MOST_FRAMES

__all__ = ["Row", "closed", "rows"]

Row = dict[str, Any]
"""Columns of one row; `images` is the frame, `flags` are bits of `Flag`."""
KNOWN = frozenset({"frame", "keyframe", "outside", "occluded", "z_order", "rotation", "label"})
GEOMETRY = frozenset({"xtl", "ytl", "xbr", "ybr", "cx", "cy", "rx", "ry", "points", "rle", "left"})
PLACE = KNOWN | GEOMETRY | {"top", "width", "height"}
BETWEEN = frozenset({"skeleton", "track", *shapes.READERS})


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the tracks of one task."""

    label: Label
    task: Task
    losses: Losses
    where: str

    def place(self, node: Node) -> str:
        """``file:line`` of an element."""
        return f"{self.where}:{node.line}"

    def shapes(self, track: Node) -> list[Row]:
        """The keyframes of a track, each as a row without its track, in the order of the file.

        Of a track that has none, every shape is a row, none of them a keyframe.
        """
        if skeletons.is_skeleton(track):
            return self._skeleton(track)
        found = [node for node in track.children if node.tag in shapes.READERS]
        odd = [node for node in track.children if node.tag not in BETWEEN]
        for node in odd:
            self.losses.add(f"<{node.tag}> of a track", example=self.place(node))
        keyed = [node for node in found if node.attributes.get("keyframe", "1") == "1"]
        flag = Flag.KEYFRAME if keyed else Flag(0)
        made = [self._row(node, flag) for node in keyed or found]
        gone = Flag.OUTSIDE if not keyed else 0
        return _alike([row for row in made if row is not None and not row["flags"] & gone])

    def _row(self, node: Node, flag: Flag) -> Row | None:
        try:
            columns = shapes.READERS[node.tag](node, self.task.size)
            outside = shapes.flag(node, "outside")
            cut.count(columns, Losses() if outside else self.losses, self.place(node))
            return self._said(node, shapes.whole(node, "frame"), columns, outside, flag)
        except FormatError as error:
            self.losses.add("shape that cannot be read", example=f"{self.place(node)}: {error}")
            return None

    def _said(
        self, node: Node, frame: int, columns: dict[str, Any], outside: bool, flag: Flag
    ) -> Row:
        """A row with what its element says beside the shape."""
        if not 0 <= frame < MOST_FRAMES:
            raise FormatError(f"frame {frame}, expected 0 to {MOST_FRAMES - 1}")
        flags = flag | (Flag.OUTSIDE if outside else 0)
        flags |= Flag.OCCLUDED if shapes.flag(node, "occluded") else 0
        row = {**columns, "images": frame, "flags": int(flags)}
        told = {one.attributes.get("name", ""): one.text for one in node.every("attribute")}
        if told:
            specs: Mapping[str, Any] = self.label.attributes
            row["attributes"] = {k: attributes.value(v, specs.get(k, {})) for k, v in told.items()}
        extra: dict[str, Any] = {k: v for k, v in node.attributes.items() if k not in PLACE}
        depth = shapes.whole(node, "z_order", 0)
        if depth:
            extra["z_order"] = depth
        return {**row, "extra": extra} if extra else row

    def _skeleton(self, track: Node) -> list[Row]:
        made: list[Row] = []
        last = Node(SKELETON, track.line, {})
        try:
            for told in skeletons.keyframes(track, self.label):
                last = told.node or last
                made.append(self._said(last, told.frame, told.columns, told.outside, Flag.KEYFRAME))
        except FormatError as error:
            place = f"{self.place(track)}: {error}"
            self.losses.add("skeleton that cannot be read", example=place)
            return []
        return made


def rows(track: Node, label: Label, task: Task, losses: Losses, where: str) -> list[Row]:
    """The rows of a track in ascending frames, with what makes explicit that it runs on.

    CVAT shows a track whose last keyframe is not `outside` to the end of its task; a file that
    states the frames between keyframes tells itself where it ends. The row that is added there is
    flagged KEYFRAME and INTERPOLATED.
    """
    found = Reader(label, task, losses, where).shapes(track)
    found = sorted(found, key=lambda row: row["images"])
    if not found or not found[-1]["flags"] & Flag.KEYFRAME or found[-1]["flags"] & Flag.OUTSIDE:
        return found
    last, end = found[-1], _end(track, task)
    if end <= last["images"]:
        return found
    flags = last["flags"] | Flag.INTERPOLATED
    return [*found, {**last, "images": end, "flags": int(flags)}]


def _alike(found: list[Row]) -> list[Row]:
    """Boxes of a track that is turned elsewhere are turned by 0: CVAT leaves that out."""
    if all(row["kinds"] != Kind.ROTATED for row in found):
        return found
    return [
        {**row, **shapes.turned(row["boxes"], 0.0)} if row["kinds"] == Kind.BOX else row
        for row in found
    ]


def _end(track: Node, task: Task) -> int:
    """The last frame in which a track without an end is there."""
    stated = [
        int(node.attributes["frame"])
        for node in track.children
        if node.attributes.get("keyframe") == "0"
        and node.attributes.get("outside", "0") == "0"
        and node.attributes.get("frame", "").isdecimal()
    ]
    return min(max(stated), MOST_FRAMES - 1) if stated else task.last


def closed(found: Sequence[Row], step: int) -> list[Row]:
    """The rows of one track, of all elements of its id, in ascending frames.

    An OUTSIDE row in a frame in which another element has the object says nothing, nor does one
    that only ends the track in the frame behind its last.
    """
    there = {row["images"] for row in found if not row["flags"] & Flag.OUTSIDE}
    kept: list[Row] = []
    for row in sorted(found, key=lambda row: row["images"]):
        gone = row["flags"] & Flag.OUTSIDE
        doubled = kept and gone and kept[-1]["images"] == row["images"]
        if not (gone and row["images"] in there) and not doubled:
            kept.append(row)
    ends = len(kept) > 1 and kept[-1]["flags"] & Flag.OUTSIDE
    if ends and not kept[-2]["flags"] & Flag.OUTSIDE:
        return kept[:-1] if kept[-1]["images"] == kept[-2]["images"] + step else kept
    return kept
