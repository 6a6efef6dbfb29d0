"""Labeling configs for tests: a picture and some controls."""

from __future__ import annotations

from collections.abc import Sequence

CLASSES = ("car", "person")
KINDS = {
    "rectanglelabels": "RectangleLabels",
    "polygonlabels": "PolygonLabels",
    "brushlabels": "BrushLabels",
    "bitmasklabels": "BitmaskLabels",
    "ellipselabels": "EllipseLabels",
    "keypointlabels": "KeyPointLabels",
    "choices": "Choices",
}


def tag(kind: str, name: str, labels: Sequence[str] = CLASSES, more: str = "") -> str:
    """One control on the picture."""
    child = "Choice" if kind == "Choices" else "Label"
    inside = "".join(f'<{child} value="{label}"/>' for label in labels)
    return f'<{kind} name="{name}" toName="image" {more}>{inside}</{kind}>'


def view(*tags: str) -> str:
    """A config of one picture and some controls."""
    return f'<View><Image name="image" value="$image"/>{"".join(tags)}</View>'


EVERY = view(*(tag(kind, kind.lower()) for kind in KINDS.values()))
"""A config with every kind of control that pictures are labelled with; each has its type's name."""
BARE = view(
    '<Labels name="names" toName="image"><Label value="car"/><Label value="person"/></Labels>',
    *(f'<{kind} name="{kind.lower()}" toName="image"/>' for kind in ("Rectangle", "Polygon")),
    *(f'<{kind} name="{kind.lower()}" toName="image"/>' for kind in ("Brush", "Ellipse")),
)
"""Bare tags with the labels of a sibling."""
POSE = view(
    tag("RectangleLabels", "bones_bbox", ("person",), 'model_skip="true"'),
    '<KeyPointLabels name="bones" toName="image">'
    '<Label value="head" predicted_values="person" model_index="0"/>'
    '<Label value="hand" predicted_values="person" model_index="1"/>'
    '<Label value="foot" predicted_values="person" model_index="2"/></KeyPointLabels>',
)
"""Skeletons as users of the YOLO backend write them."""
