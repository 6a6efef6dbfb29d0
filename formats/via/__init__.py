"""VIA, the VGG Image Annotator: projects, annotations as JSON and CSV."""

from formats.format import Drops, Format
from formats.via import layout, reading, writing
from formats.via.options import ViaOptions

__all__ = ["FORMAT", "ViaOptions"]

FORMAT = Format(
    name="via",
    title="VGG Image Annotator: projects, annotations as JSON or CSV",
    options=ViaOptions,
    holds=writing.HOLDS,
    kinds=writing.KINDS,
    read=reading.read,
    write=writing.write,
    sniff=layout.sniff,
    drops=Drops(
        pictures=("time",),
        classes=("id", "supercategory", "attributes", "extra"),
        repeated=True,
    ),
)
