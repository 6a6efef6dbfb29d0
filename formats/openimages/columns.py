"""What the columns of OpenImages' files are called, in the order of the published files."""

from __future__ import annotations

from formats.columns import Flag

__all__ = [
    "ABSENT",
    "BOXES",
    "COORDINATES",
    "FLAGS",
    "IMAGES",
    "LABELS",
    "LACKS",
    "MASKS",
    "MASK_BOX",
    "TRAITS",
]

COORDINATES = ("XMin", "XMax", "YMin", "YMax")
FLAGS = {
    "IsOccluded": Flag.OCCLUDED,
    "IsTruncated": Flag.TRUNCATED,
    "IsGroupOf": Flag.CROWD,
}
"""A box around a group of more than five is an ignore region."""
TRAITS = ("IsDepiction", "IsInside")
"""Flags that are attributes here: a drawing of the object, a picture from inside of it."""
LABELS = ("ImageID", "Source", "LabelName", "Confidence")
ABSENT = "0"
"""The confidence of a label of which people found that it is not there."""
LACKS = "absent"
"""The key of a picture's `extra` for LabelNames of confidence 0, each with its `Source`."""
BOXES = (*LABELS, *COORDINATES, *FLAGS, *TRAITS)
MASK_BOX = ("BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax")
MASKS = ("MaskPath", "ImageID", "LabelName", "BoxID", *MASK_BOX, "PredictedIoU", "Clicks")
IMAGES = (
    "ImageID",
    "Subset",
    "OriginalURL",
    "OriginalLandingURL",
    "License",
    "AuthorProfileURL",
    "Author",
    "Title",
    "OriginalSize",
    "OriginalMD5",
    "Thumbnail300KURL",
    "Rotation",
)
