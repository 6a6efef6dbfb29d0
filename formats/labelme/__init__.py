"""LabelMe's label files, one JSON beside each picture, and those of X-AnyLabeling."""

from formats.format import Drops, Format
from formats.labelme import layout, reading, writing
from formats.labelme.dialect import ANYLABELING, LABELME
from formats.labelme.options import AnyLabelingOptions, LabelMeOptions

__all__ = ["FORMAT", "X_ANYLABELING", "AnyLabelingOptions", "LabelMeOptions"]

DROPS = Drops(pictures=("time",), whole=True, splits="odd", repeated=True)

FORMAT = Format(
    name=LABELME.name,
    title="LabelMe and AnyLabeling: one JSON beside each picture",
    options=LabelMeOptions,
    holds=writing.HOLDS,
    kinds=writing.KINDS,
    read=reading.reader(LABELME),
    write=writing.writer(LABELME),
    sniff=layout.sniffer(LABELME),
    drops=DROPS,
)
X_ANYLABELING = Format(
    name=ANYLABELING.name,
    title="X-AnyLabeling: one JSON beside each picture, with scores and rotated boxes",
    options=AnyLabelingOptions,
    holds={name: error for name, error in writing.HOLDS.items() if name != "masks"},
    kinds=writing.KINDS - {writing.MASK},
    read=reading.reader(ANYLABELING),
    write=writing.writer(ANYLABELING),
    sniff=layout.sniffer(ANYLABELING),
    drops=DROPS,
)
