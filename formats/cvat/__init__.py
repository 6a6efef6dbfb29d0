"""CVAT's XML 1.1 for video: tracks of keyframes, as CVAT exports and imports them."""

from formats.carrying import PICTURES, Drops
from formats.cvat import layout, reading, writing
from formats.cvat.options import CvatVideoOptions
from formats.format import Format

__all__ = ["VIDEO", "CvatVideoOptions"]

VIDEO = Format(
    name="cvat-video",
    title="CVAT for video 1.1 (XML): tracks of keyframes",
    options=CvatVideoOptions,
    holds=writing.HOLDS,
    kinds=writing.KINDS,
    read=reading.read,
    write=writing.write,
    clips=True,
    drops=Drops(pictures=tuple(PICTURES), classes=("id", "supercategory", "mirror"), whole=True),
    sniff=layout.sniff,
)
