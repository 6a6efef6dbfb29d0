"""MOTChallenge's text files: boxes with track numbers, a line for each object in each frame."""

from formats.format import Format
from formats.mot import layout, placing, reading, writing
from formats.mot.options import MotOptions

__all__ = ["FORMAT", "MotOptions"]

FORMAT = Format(
    name="mot",
    title="MOTChallenge (gt.txt, det.txt): boxes with track numbers",
    options=MotOptions,
    holds=writing.HOLDS,
    kinds=writing.KINDS,
    read=reading.read,
    write=writing.write,
    clips=True,
    drops=placing.DROPS,
    sniff=layout.sniff,
)
