"""Datumaro's own JSON: ``annotations/<subset>.json``, as datumaro and CVAT export it."""

from formats.datumaro import layout, reading, writing
from formats.datumaro.options import DatumaroOptions
from formats.format import Drops, Format

__all__ = ["FORMAT", "DatumaroOptions"]

FORMAT = Format(
    name="datumaro",
    title="Datumaro's JSON: annotations/<subset>.json",
    options=DatumaroOptions,
    holds=writing.HOLDS,
    read=reading.read,
    write=writing.write,
    sniff=layout.sniff,
    drops=Drops(pictures=("annotator", "status", "time"), classes=("id", "mirror")),
)
