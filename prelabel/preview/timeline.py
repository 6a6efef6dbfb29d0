"""`timeline`: the tracks of a clip over its time, as an SVG picture.

One line per track: a bar where the track is seen, a thin line where its place was interpolated, a
diamond at each keyframe. Detections of no track stand as dots in a line of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Label
from prelabel.preview.palette import Colour
from prelabel.preview.trackrows import Line, Run, lines, lone

__all__ = ["LEFT", "RIGHT", "WIDTH", "timeline"]

Floats = NDArray[np.float64]

WIDTH, LEFT, RIGHT = 1000, 150, 985
"""Units of the picture's width, and where its time begins and ends."""
HEIGHT, TOP, FOOT = 18, 8, 26
"""Units of a line's height, and of the room above all lines and below them."""
MOST = 200
"""Tracks that are drawn; the others are counted."""
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18000, 36000)
"""Seconds between two marks of the axis, the first that gives no more than `MARKS`."""
MARKS = 10
NAME = 20
"""Letters of a name that fit beside its line."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Units of the picture for seconds of the clip; `ends` (F + 1,) when frames begin and end."""

    ends: Floats

    @property
    def duration(self) -> float:
        """Seconds until the last frame has been shown."""
        return float(self.ends[-1]) or 1.0

    def at(self, seconds: float) -> float:
        """Where a time lies."""
        return round(LEFT + (RIGHT - LEFT) * seconds / self.duration, 2)

    def of(self, frame: int) -> float:
        """Where a frame begins; the number of frames: where the last one ends."""
        return self.at(float(self.ends[min(max(frame, 0), len(self.ends) - 1)]))


def timeline(
    tracks: Annotations,
    times: Floats,
    labels: Sequence[Label],
    *,
    keyframes: Annotations | None = None,
    duration: float | None = None,
) -> str:
    """An SVG element of all tracks of a clip; its letters take the colour of the text around it.

    `tracks` is a clip table (`images` = frame) with a row in every frame of a track; `keyframes`
    the table of which rows flagged KEYFRAME are marked; `times` (F,) seconds at which frames
    begin, `duration` when the last one ends. A clip without tracks gives an empty axis.
    """
    step = float(times[-1]) / max(len(times) - 1, 1) or 1.0
    scale = Scale(np.append(times, duration if duration else times[-1] + step))
    found = lines(tracks, keyframes)
    blips = lone(tracks)
    parts = [_track(line, i, labels, scale) for i, line in enumerate(found[:MOST])]
    row = len(parts)
    if len(found) > MOST:
        parts.append(_text(0, _middle(row), f"and {len(found) - MOST} more tracks"))
        row += 1
    if len(blips):
        parts.append(_blips(blips, row, scale))
        row += 1
    height = TOP + row * HEIGHT + FOOT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" viewBox="0 0 {WIDTH} {height}"'
        f' role="img" aria-label="{_summary(found, len(blips))}" font-size="11"'
        ' font-family="system-ui, sans-serif" fill="currentColor">'
    )
    return "".join([head, *_axis(scale, height), *parts, "</svg>"])


def _summary(found: Sequence[Line], blips: int) -> str:
    marks = sum(len(line.keyframes) for line in found)
    return f"{len(found)} tracks, {marks} keyframes, {blips} detections without a track"


def _axis(scale: Scale, height: float) -> Iterator[str]:
    """Upright lines at round times with what they are."""
    step = next((s for s in STEPS if scale.duration / s <= MARKS), scale.duration / MARKS)
    foot = height - FOOT
    for k in range(int(scale.duration / step) + 1):
        x = scale.at(k * step)
        yield f'<path d="M{x} {TOP}V{foot + 4}" stroke="currentColor" stroke-opacity=".15"/>'
        yield _text(x, foot + 14, clock(k * step, step < 1), ' text-anchor="middle"')


def clock(seconds: float, tenths: bool = False) -> str:
    """A time as people write it: ``0:07``, ``12:30``, ``1:00:00``, with tenths ``0:07.5``."""
    whole = int(seconds + 1e-6)
    end = f".{int((seconds - whole) * 10 + 1e-5)}" if tenths else ""
    hours, minutes = divmod(whole // 60, 60)
    front = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{front}:{whole % 60:02}{end}"


def _track(line: Line, row: int, labels: Sequence[Label], scale: Scale) -> str:
    """A track's name, runs and keyframes."""
    y, colour = _middle(row), _css(line.colour)
    name = f"#{line.track} {labels[line.label].name}"
    bars = "".join(_bar(run, y, colour, scale) for run in line.runs)
    marks = "".join(_diamond(x, y) for x in _apart(scale, line.keyframes))
    tip = f"<title>{escape(f'{name}: {line}')}</title>"
    return f'<g class="track">{tip}{_text(0, y, _short(name))}{bars}{marks}</g>'


def _bar(run: Run, y: float, colour: str, scale: Scale) -> str:
    x0, x1 = scale.of(run.first), scale.of(run.last + 1)
    thick = 3 if run.interpolated else 10
    width = round(max(x1 - x0, 1.0), 2)
    edge = "" if run.interpolated else ' stroke="currentColor" stroke-opacity=".35"'
    where = f'x="{x0}" y="{y - thick / 2:g}" width="{width}" height="{thick}"'
    return f'<rect {where} fill="{colour}"{edge}/>'


def _diamond(x: float, y: float) -> str:
    shape = f"M{x} {y - 5:g}l4 5l-4 5l-4 -5Z"
    return f'<path class="key" d="{shape}" fill="#fff" stroke="#181818"/>'


def _apart(scale: Scale, frames: Sequence[int]) -> list[float]:
    """Where frames begin, those left out that would lie on the one before."""
    places: list[float] = []
    for frame in frames:
        x = scale.of(frame)
        if not places or x - places[-1] >= 1:
            places.append(x)
    return places


def _blips(frames: Sequence[int], row: int, scale: Scale) -> str:
    y = _middle(row)
    dots = "".join(
        f'<circle cx="{x}" cy="{y:g}" r="3" fill="none" stroke="currentColor"/>'
        for x in _apart(scale, frames)
    )
    tip = f"<title>{len(frames)} detections that belong to no track</title>"
    return f'<g class="blips">{tip}{_text(0, y, f"no track: {len(frames)}")}{dots}</g>'


def _middle(row: int) -> float:
    return TOP + (row + 0.5) * HEIGHT


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y + 4:g}"{more}>{escape(text)}</text>'


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"


def _css(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
