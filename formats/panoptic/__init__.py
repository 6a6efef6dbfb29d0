"""COCO's panoptic format: a PNG per picture whose colours are segments, and a JSON about them."""

from formats.format import Drops, Format
from formats.panoptic import layout, reading, writing
from formats.panoptic.options import PanopticOptions

__all__ = ["FORMAT", "PanopticOptions"]

FORMAT = Format(
    name="coco-panoptic",
    title="COCO panoptic segmentation (PNG and JSON)",
    options=PanopticOptions,
    holds=writing.HOLDS,
    kinds=writing.KINDS,
    read=reading.read,
    write=writing.write,
    sniff=layout.sniff,
    drops=Drops(),
)
