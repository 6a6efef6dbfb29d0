"""A labeling config for clips: their classes, and the rate that Label Studio counts in."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from formats.dataset import Label

__all__ = ["RATE_KEY", "rate_text", "xml"]

RATE_KEY = "framerate"
"""The key of a task's data that holds its rate, where clips differ."""


def xml(labels: Sequence[Label], rate: float | None) -> str:
    """The text of a config for tracks of boxes; without a `rate` each task's data tell it."""
    told = rate_text(rate) if rate is not None else f"${RATE_KEY}"
    lines = [
        "<View>",
        '  <Labels name="labels" toName="video" allowEmpty="true">',
        *(f"    <Label value={quoteattr(label.name)}/>" for label in labels),
        "  </Labels>",
        f'  <Video name="video" value="$video" framerate="{told}"/>',
        '  <VideoRectangle name="box" toName="video"/>',
        "</View>",
        "",
    ]
    return "\n".join(lines)


def rate_text(rate: float) -> str:
    """A rate as a labeling config has it, with the digits that thousands of frames need."""
    return f"{rate:.10g}"
