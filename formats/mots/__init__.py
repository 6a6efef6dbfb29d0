"""MOTS: tracks of masks, as text with run lengths or as pictures. See ``docs/format-mots.md``."""

from formats.format import Format
from formats.mot import placing
from formats.mots import layout, reading, writing
from formats.mots.options import MotsOptions

__all__ = ["FORMAT", "MotsOptions"]

FORMAT = Format(
    name="mots",
    title="MOTS (gt.txt with run lengths, instances/*.png): masks with track numbers",
    options=MotsOptions,
    holds=writing.HOLDS,
    kinds=writing.KINDS,
    read=reading.read,
    write=writing.write,
    clips=True,
    drops=placing.DROPS,
    sniff=layout.sniff,
)
