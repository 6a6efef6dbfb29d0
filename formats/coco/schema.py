"""The typed part of a COCO file, as msgspec decodes it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Raw, Struct

__all__ = ["ABSENT", "Object", "Picture"]

ABSENT = Raw(b"null")
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""Of an annotation: -1 would be none."""
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""What a column of ids holds."""


class Object(Struct, gc=False, forbid_unknown_fields=True):
    """One annotation. Ragged values stay raw until their chunk is walked."""

    image_id: int
    category_id: int
    id: Id | None = None
    bbox: tuple[float, float, float, float] | None = None
    segmentation: Raw = ABSENT
    area: float | None = None
    iscrowd: int = 0
    keypoints: Raw = ABSENT
    num_keypoints: int | None = None
    score: float | None = None
    track_id: Int64 | None = None
    instance_id: Int64 | None = None
    group_id: Int64 | None = None
    attributes: Raw = ABSENT
    keypoint_scores: Raw = ABSENT
    rotated: tuple[float, float, float, float, float] | None = None


class Picture(Struct, gc=False):
    """What an image entry must tell; its other keys are decoded when its chunk is walked."""

    id: int
    file_name: str
    width: int | float | None = None
    height: int | float | None = None
