"""The typed part of a COCO file, as msgspec decodes it."""

from __future__ import annotations

from msgspec import Raw, Struct

__all__ = ["ABSENT", "Object", "Picture"]

ABSENT = Raw(b"null")


class Object(Struct, gc=False, forbid_unknown_fields=True):
    """One annotation. Ragged values stay raw until their chunk is walked."""

    image_id: int
    category_id: int
    id: int | None = None
    bbox: tuple[float, float, float, float] | None = None
    segmentation: Raw = ABSENT
    area: float | None = None
    iscrowd: int = 0
    keypoints: Raw = ABSENT
    num_keypoints: int | None = None
    score: float | None = None
    track_id: int | None = None
    instance_id: int | None = None
    group_id: int | None = None
    attributes: Raw = ABSENT
    keypoint_scores: Raw = ABSENT
    rotated: tuple[float, float, float, float, float] | None = None


class Picture(Struct, gc=False):
    """What an image entry must tell; its other keys are decoded when its chunk is walked."""

    id: int
    file_name: str
    width: int | float | None = None
    height: int | float | None = None
