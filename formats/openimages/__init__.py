"""OpenImages' CSV files: boxes, masks and image-level labels. See ``docs/format-openimages.md``."""

from __future__ import annotations

from formats.columns import Kind
from formats.format import Drops, Format
from formats.openimages import layout, reading, writing
from formats.openimages.options import OpenImagesOptions

__all__ = ["FORMAT", "OpenImagesOptions"]

FORMAT = Format(
    name="openimages",
    title="OpenImages (CSV): boxes, masks, image-level labels",
    options=OpenImagesOptions,
    holds=writing.HOLDS,
    kinds=frozenset({Kind.BOX, Kind.MASK}),
    read=reading.read,
    write=writing.write,
    sniff=layout.sniff,
    drops=Drops(pictures=("id", "annotator", "status", "time"), whole=True, splits="spelling"),
)
