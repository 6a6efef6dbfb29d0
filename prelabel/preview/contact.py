"""`contact_sheet`: every track at its keyframes, side by side, in one picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Label
from formats.tracks import rows
from prelabel.errors import JobError
from prelabel.preview.clip import PLATE, ShownClip
from prelabel.preview.drawing import paste
from prelabel.preview.palette import Colour
from prelabel.preview.plates import plate
from prelabel.preview.sheet import save
from prelabel.preview.trackrows import Line, lines

__all__ = ["contact_sheet"]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

SIDE, GAP, HEAD = 128, 6, 22
"""Pixels of a picture's sides, between two of them, and of the name over a row."""
COLUMNS, ROWS = 10, 40
"""Most pictures of a track, evenly chosen from its keyframes, and most tracks."""
GROUND = 40
AROUND = 1.5
"""Side of what is shown over the longer side of the object's box."""
LETTERS = 13


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of the sheet: where it goes, the row of the table that it shows, its colour."""

    x: int
    y: int
    row: int
    colour: Colour


def contact_sheet(shown: ShownClip, labels: tuple[Label, ...], path: Path) -> Path | None:
    """Write a JPEG of up to 40 tracks, each at up to 10 keyframes; None where there is no track.

    A track without keyframes is shown at its first frame, its last, and evenly between. JobError
    where the file cannot be written.
    """
    table = shown.dense()
    found = lines(table, shown.marks())[:ROWS]
    if not found:
        return None
    cells = _cells(found, table)
    right = max((cell.x for some in cells.values() for cell in some), default=GAP) + SIDE + GAP
    size = (_top(len(found)), right, 3)
    canvas = np.full(size, GROUND, dtype=np.uint8)
    for i, line in enumerate(found):
        name = f"#{line.track} {labels[line.label].name}"
        paste(canvas, plate(name, LETTERS, line.colour), GAP, _top(i) + 2)
    for frame in shown.video.frames(cells):
        for cell in cells[frame.index]:
            picture = _picture(frame.image.pixels, table.boxes[cell.row], cell.colour)
            paste(picture, plate(str(frame.index), LETTERS, PLATE), 0, 0)
            paste(canvas, picture, cell.x, cell.y)
    try:
        save(path, canvas)
    except OSError as error:
        raise JobError(f"cannot be written: {error.strerror}", where=path) from error
    return path


def _top(i: int) -> int:
    return GAP + i * (HEAD + SIDE + GAP)


def _cells(found: Sequence[Line], table: Annotations) -> dict[int, list[Cell]]:
    """The pictures of each frame."""
    place = {line.track: i for i, line in enumerate(found)}
    cells: dict[int, list[Cell]] = defaultdict(list)
    for track, of in rows.spread(table):
        if track not in place:
            continue
        i = place[track]
        for k, row in enumerate(_chosen(found[i], table, of)):
            x, y = GAP + k * (SIDE + GAP), _top(i) + HEAD
            cells[int(table.images[row])].append(Cell(x, y, row, found[i].colour))
    return dict(sorted(cells.items()))


def _chosen(line: Line, table: Annotations, of: NDArray[np.int64]) -> list[int]:
    """Rows at keyframes, else any, of a track whose rows are `of`: evenly chosen."""
    keys = np.isin(table.images[of], line.keyframes)
    usable = of[keys] if keys.any() else of
    usable = usable[np.isfinite(table.boxes[usable]).all(axis=1)]
    few = np.unique(np.linspace(0, len(usable) - 1, min(len(usable), COLUMNS)).round().astype(int))
    found: list[int] = usable[few].tolist()
    return found


def _picture(pixels: Pixels, box: Floats, colour: Colour) -> Pixels:
    """The object and some of what is around it, its box drawn; what is outside is dark."""
    side = max(box[2] - box[0], box[3] - box[1], 8.0) * AROUND
    x, y = (box[:2] + box[2:] - side) / 2
    scale = SIDE / side
    shift = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    ground = (GROUND // 2,) * 3
    shown = cv2.warpAffine(pixels, shift, (SIDE, SIDE), flags=how, borderValue=ground)
    x0, y0, x1, y1 = ((box - (x, y, x, y)) * scale).round().astype(int).tolist()
    cv2.rectangle(shown, (x0, y0), (x1, y1), colour, 2)
    return np.asarray(shown, dtype=np.uint8)
