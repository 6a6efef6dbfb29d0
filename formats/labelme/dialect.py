"""What LabelMe and X-AnyLabeling do differently in files of one form."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ANYLABELING", "AREAS", "LABELME", "LINES", "Dialect"]

LINES = frozenset({"line", "linestrip"})
AREAS = frozenset(
    {"polygon", "rectangle", "oriented_rectangle", "rotation", "quadrilateral"}
    | {"circle", "mask", "cuboid"}
)
"""Types of shapes that keypoints can belong to."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One of the two tools.

    `version` of its form is written into files. `merged` are the types of shapes that are parts
    of one object where they share label and group. `keys` are those of a shape that it always
    writes, with their values for none.
    """

    name: str
    version: str
    classes: str
    merged: frozenset[str]
    keys: tuple[tuple[str, object], ...]
    rectangle: int
    turned: str
    masks: bool


LABELME = Dialect(
    name="labelme",
    version="6.2.0",
    classes="labels.txt",
    merged=frozenset({"polygon", "rectangle", "oriented_rectangle"}),
    keys=(("group_id", None), ("description", ""), ("flags", {}), ("mask", None)),
    rectangle=2,
    turned="oriented_rectangle",
    masks=True,
)
ANYLABELING = Dialect(
    name="x-anylabeling",
    version="3.0.0",
    classes="classes.txt",
    merged=frozenset({"polygon"}),
    keys=(
        *(("score", None), ("group_id", None), ("description", ""), ("difficult", False)),
        *(("flags", {}), ("attributes", {}), ("kie_linking", [])),
    ),
    rectangle=4,
    turned="rotation",
    masks=False,
)
