"""CVAT's XML 1.1 for images: shapes and tags of pictures, as CVAT exports and imports them."""

from formats.cvat.images import layout, reading, writing
from formats.cvat.images.options import CvatOptions
from formats.format import Drops, Format

__all__ = ["FORMAT", "CvatOptions"]

FORMAT = Format(
    name="cvat",
    title="CVAT for images 1.1 (XML)",
    options=CvatOptions,
    holds=writing.HOLDS,
    read=reading.read,
    write=writing.write,
    sniff=layout.sniff,
    drops=Drops(
        pictures=("annotator", "status", "time"), classes=("id", "supercategory", "mirror")
    ),
)
