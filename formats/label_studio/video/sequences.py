"""The ``sequence`` of a region: keyframes by the tool's numbers, from and to rows of a track."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag
from formats.errors import FormatError
from formats.label_studio.frame import Frame, finite
from formats.label_studio.video import values
from formats.label_studio.video.numbering import Numbering
from formats.label_studio.video.spans import RUNS_ON, spans
from formats.tracks import shapes
from formats.tracks.grid import Grid
from geometry.tracks.interpolation import interpolate

__all__ = ["items", "rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
RULE = "label-studio"


def items(track: Annotations, grid: Grid, frame: Frame) -> list[dict[str, Any]]:
    """The keyframes of one object, whose rows are in ascending numbers (`images`)."""
    shown, ends = spans(track, grid.first + grid.count - 1)
    told = np.column_stack([values.of_rows(shown, frame), shown.scores]).tolist()
    pairs = zip(shown.images.tolist(), told, (~ends).tolist(), strict=True)
    return [_item(number, shape, on, grid.rate) for number, shape, on in pairs]


def _item(number: int, shape: list[float], on: bool, rate: float) -> dict[str, Any]:
    told = dict(zip(values.NAMES, shape[:5], strict=True))
    item = {"frame": number, "enabled": on, **told, "time": number / rate}
    return item if np.isnan(shape[5]) else {**item, "score": shape[5]}


def rows(
    value: Mapping[str, Any], numbering: Numbering, frame: Frame, turned: bool = False
) -> Annotations:
    """The rows of one region, in ascending frames: keyframes, and frames without it (OUTSIDE).

    Where the numbers are not those of the file's frames, or a box turns, the frames between two
    keyframes have rows too, with what the editor draws there; a track without an end has a row in
    the clip's last frame; these are INTERPOLATED. FormatError for what is no sequence.
    """
    numbers, told, enabled = _keyframes(value.get("sequence"))
    nodes = _table(numbers, told, frame, turned)
    chosen, on = _by_frame(numbers, enabled, numbering)
    table = nodes[chosen]
    frames = numbering.grid.source(table.images)
    parts = [_as_flags(table, frames, Flag.KEYFRAME), *_between(nodes, table, on, numbering)]
    parts += _gone(table, frames, on)
    if on[-1] and frames[-1] < numbering.frames - 1:
        end = np.array([numbering.frames - 1])
        parts.append(_as_flags(nodes[-1:], end, RUNS_ON))
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
    nodes: Annotations, table: Annotations, on: Bools, numbering: Numbering
) -> list[Annotations]:
    """The rows between two keyframes that linear steps from frame to frame would not give.

    `nodes`: all keyframes by numbers; `table`: one of each frame.
    """
    frames = numbering.grid.source(table.images)
    inside = [
        np.arange(frames[k] + 1, frames[k + 1])
        for k in np.flatnonzero(on[:-1] & (np.diff(frames) > 1)).tolist()
        if not _plain(nodes, table, k, numbering)
    ]
    if not inside:
        return []
    wanted = np.concatenate(inside)
    numbers = numbering.first[wanted]
    before = np.searchsorted(nodes.images, numbers, side="right") - 1
    drawn = interpolate(shapes.of_rows(nodes), numbers, rule=RULE)
    made = shapes.moved(nodes[before.clip(0)], drawn)
    return [_as_flags(made, wanted, Flag.INTERPOLATED)]


def _plain(nodes: Annotations, table: Annotations, k: int, numbering: Numbering) -> bool:
    """Whether the numbers from keyframe `k` to the next are frames one by one, and it is level."""
    start, stop = table.images[k], table.images[k + 1]
    frames = numbering.grid.source([start, stop])
    numbers = numbering.first[frames[0] : frames[1] + 1]
    steps = np.array_equal(numbers, np.arange(start, stop + 1))
    lone = ((nodes.images > start) & (nodes.images < stop)).sum() == 0
    angle = table.rotated
    return bool(steps and lone and (angle is None or angle[k, 4] == angle[k + 1, 4]))


def _gone(table: Annotations, frames: Ints, on: Bools) -> list[Annotations]:
    """A row in the first frame without the object, where it comes back later."""
    stops = np.flatnonzero(~on[:-1] & (np.diff(frames) > 1))
    flags = Flag.KEYFRAME | Flag.OUTSIDE
    return [_as_flags(table[stops], frames[stops] + 1, flags)] if len(stops) else []
