"""Label Studio: labeling configs, regions of results both ways, JSON exports and predictions."""

from formats.carrying import CLASSES
from formats.format import Drops, Format
from formats.label_studio import layout, reading, writing
from formats.label_studio.options import LabelStudioOptions

__all__ = ["FORMAT", "LabelStudioOptions"]

FORMAT = Format(
    name="label-studio",
    title="Label Studio tasks: JSON and JSON_MIN exports, predictions to import",
    options=LabelStudioOptions,
    holds=writing.HOLDS,
    kinds=writing.KINDS,
    read=reading.read,
    write=writing.write,
    sniff=layout.sniff,
    drops=Drops(
        pictures=("extra", "status", "time"),
        keeps=("cancelled", "data", "prediction_score"),
        classes=tuple(CLASSES),
        whole=True,
        repeated=True,
    ),
)
