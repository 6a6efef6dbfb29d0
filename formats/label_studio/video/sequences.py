"""The ``sequence`` of a region: keyframes by the tool's numbers, from and to rows of a track."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag
from formats.errors import FormatError
from formats.label_studio.frame import Frame, finite
from formats.label_studio.video import values
from formats.label_studio.video.spans import spans
from formats.tracks import shapes
from formats.tracks.grid import Grid
from geometry.tracks.interpolation import interpolate

__all__ = ["Numbering", "items", "rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
RULE = "label-studio"


@dataclass(frozen=True, slots=True, eq=False)
class Numbering:
    """A grid with what every track asks of it: each frame's first and last number (F,)."""

    grid: Grid
    first: Ints
    last: Ints

    @classmethod
    def of(cls, grid: Grid) -> Numbering:
        """The numbering of a grid."""
        return cls(grid, grid.positions(), grid.ends())

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return len(self.first)


def items(track: Annotations, numbering: Numbering, frame: Frame) -> list[dict[str, Any]]:
    """The keyframes of one object, whose rows are in ascending frames of the clip.

    A span ends under the last number that shows its last frame. Of rows under one number the one
    counts whose frame is on the screen. FormatError for a frame that the clip does not have.
    """
    if int(track.images[-1]) >= numbering.frames:
        told = f"a box in frame {track.images[-1]} of a clip that has {numbering.frames}"
        raise FormatError(told)
    shown, ends = spans(track, numbering.frames - 1)
    if not len(shown):
        return []
    places = _places(shown.images, ends, numbering)
    numbers = values.of_rows(shown, frame).tolist()
    rate = numbering.grid.rate
    found = []
    for number, (row, enabled) in places.items():
        told = dict(zip(values.NAMES, numbers[row], strict=True))
        item = {"frame": number, "enabled": enabled, **told, "time": number / rate}
        score = float(shown.scores[row])
        found.append(item if np.isnan(score) else {**item, "score": score})
    return found


def _places(frames: Any, ends: Bools, numbering: Numbering) -> dict[int, tuple[int, bool]]:
    """The row under each number, and whether the track goes on behind it."""
    on_screen = numbering.grid.source(numbering.first[frames]) == frames
    found: dict[int, tuple[int, bool]] = {}
    for row, at in enumerate(frames.tolist()):
        number = int(numbering.first[at])
        taken = number in found and not on_screen[row]
        found[number] = (found[number][0] if taken else row, True)
        if ends[row]:
            stop = int(numbering.last[at])
            found[stop] = (found[stop][0] if stop in found else row, False)
    return found


def rows(
    value: Mapping[str, Any], numbering: Numbering, frame: Frame, turned: bool = False
) -> Annotations:
    """The rows of one region, in ascending frames: keyframes, and frames without it (OUTSIDE).

    Where the numbers are not those of the file's frames, or a box turns, the frames between two
    keyframes have rows too, with what the editor draws there; a track without an end has a row in
    the clip's last frame; these are INTERPOLATED. FormatError for what is no sequence.
    """
    numbers, told, enabled = _keyframes(value.get("sequence"))
    chosen, on = _by_frame(numbers, enabled, numbering)
    table = _table(numbers[chosen], told[chosen], frame, turned)
    frames = numbering.grid.source(table.images)
    parts = [_as_flags(table, frames, Flag.KEYFRAME), *_between(table, frames, on, numbering)]
    parts += _gone(table, frames, on)
    if on[-1] and frames[-1] < numbering.frames - 1:
        end = np.array([numbering.frames - 1])
        parts.append(_as_flags(table[-1:], end, Flag.KEYFRAME | Flag.INTERPOLATED))
    found = Annotations.concat(parts)
    return found[np.argsort(found.images, kind="stable")]


def _keyframes(sequence: Any) -> tuple[Ints, Floats, Bools]:
    """Numbers (K,) ascending, shapes (K, 6) with scores, and whether the track goes on behind.

    Those that an export interpolated (``auto``) are left out. As in the editor, of several under
    one number the first has the shape and the last says whether the track goes on.
    """
    if not isinstance(sequence, list) or not all(isinstance(one, Mapping) for one in sequence):
        raise FormatError("its sequence is no list of keyframes")
    own = [one for one in sequence if not one.get("auto")] or sequence
    if not own:
        raise FormatError("its sequence is empty")
    told = finite([_numbers(one) for one in own])
    enabled = np.array([bool(one.get("enabled")) for one in own])
    scores = np.array([_score(one) for one in own])
    order = np.argsort(told[:, 0], kind="stable")
    numbers = np.rint(told[order, 0]).astype(np.int64)
    first = np.searchsorted(numbers, numbers, side="left")
    last = np.searchsorted(numbers, numbers, side="right") - 1
    kept = np.flatnonzero(first == np.arange(len(numbers)))
    shape = np.column_stack([told[order, 1:], scores[order]])
    return numbers[kept], shape[kept], enabled[order][last[kept]]


def _numbers(one: Mapping[str, Any]) -> list[Any]:
    return [one["frame"], *(one[name] for name in values.NAMES[:4]), one.get("rotation") or 0]


def _score(one: Mapping[str, Any]) -> float:
    score = one.get("score")
    return float(score) if isinstance(score, int | float) and abs(score) < 1e9 else float("nan")


def _by_frame(numbers: Ints, enabled: Bools, numbering: Numbering) -> tuple[Ints, Bools]:
    """Of the keyframes that one frame of the clip is shown under, the one that tells its shape.

    That is the one under the number that shows the frame first, else the first of them.
    """
    frames = numbering.grid.source(numbers)
    exact = numbers == numbering.first[frames]
    starts = np.flatnonzero(np.append(True, np.diff(frames) > 0))
    stops = np.append(starts[1:], len(frames))
    chosen = [
        int(a + np.argmax(exact[a:b])) for a, b in zip(starts.tolist(), stops.tolist(), strict=True)
    ]
    return np.array(chosen, dtype=np.int64), enabled[stops - 1]


def _table(numbers: Ints, told: Floats, frame: Frame, turned: bool) -> Annotations:
    """Keyframes as rows whose `images` are the tool's numbers."""
    columns = values.columns(told[:, :5], frame, turned)
    return Annotations.of(len(told), images=numbers, scores=told[:, 5], **columns)


def _as_flags(table: Annotations, frames: Any, flags: Flag) -> Annotations:
    return table.with_columns(images=frames, flags=np.full(len(table), flags, np.uint16))


def _between(
    table: Annotations, frames: Ints, on: Bools, numbering: Numbering
) -> list[Annotations]:
    """The rows between two keyframes that linear steps from frame to frame would not give."""
    found = []
    for k in np.flatnonzero(on[:-1] & (np.diff(frames) > 1)).tolist():
        inside = np.arange(frames[k] + 1, frames[k + 1])
        numbers = numbering.first[inside].clip(table.images[k], table.images[k + 1])
        steps = np.diff([table.images[k], *numbers, table.images[k + 1]])
        if (steps == 1).all() and not _turns(table, k):
            continue
        pair = table[k : k + 2]
        drawn = interpolate(shapes.of_rows(pair), numbers, rule=RULE)
        held = pair[np.zeros(len(inside), dtype=np.int64)]
        made = shapes.moved(held, drawn)
        found.append(_as_flags(made, inside, Flag.INTERPOLATED))
    return found


def _turns(table: Annotations, k: int) -> bool:
    """Whether a box turns between keyframe `k` and the next."""
    return table.rotated is not None and bool(table.rotated[k, 4] != table.rotated[k + 1, 4])


def _gone(table: Annotations, frames: Ints, on: Bools) -> list[Annotations]:
    """A row in the first frame without the object, where it comes back later."""
    stops = np.flatnonzero(~on[:-1] & (np.diff(frames) > 1))
    flags = Flag.KEYFRAME | Flag.OUTSIDE
    return [_as_flags(table[stops], frames[stops] + 1, flags)] if len(stops) else []
