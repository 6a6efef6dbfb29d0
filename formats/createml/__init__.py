"""Create ML's JSON for object detection: boxes by their centres, beside the pictures."""

from formats.carrying import PICTURES
from formats.createml import layout, reading, writing
from formats.createml.options import CreateMLOptions
from formats.format import Drops, Format

__all__ = ["FORMAT", "CreateMLOptions"]

FORMAT = Format(
    name="createml",
    title="Create ML: boxes by their centres in one JSON beside the pictures",
    options=CreateMLOptions,
    holds=writing.HOLDS,
    kinds=writing.KINDS,
    read=reading.read,
    write=writing.write,
    sniff=layout.sniff,
    drops=Drops(pictures=tuple(PICTURES), whole=True, splits="odd"),
)
