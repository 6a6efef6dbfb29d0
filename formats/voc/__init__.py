"""Pascal VOC: an XML file per picture, lists of splits, label maps of classes and objects."""

from formats.format import Drops, Format
from formats.voc import reading, sniffing, writing
from formats.voc.options import VocOptions

__all__ = ["FORMAT", "VocOptions"]

FORMAT = Format(
    name="voc",
    title="Pascal VOC (XML, lists, label maps)",
    options=VocOptions,
    holds=writing.HOLDS,
    kinds=writing.KINDS,
    read=reading.read,
    write=writing.write,
    sniff=sniffing.sniff,
    drops=Drops(pictures=("time",)),
)
