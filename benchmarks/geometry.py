"""Hot paths of `geometry` beside pycocotools, supervision, shapely, faster-coco-eval and OpenCV.

`python -m benchmarks.geometry --peer PYTHON [--sizes 100 1000 5000] [--only masks]`: PYTHON is an
interpreter that has the peers. Every row asks both sides the same question about the same shapes
(all pairs, or the pairs of IoU .5 and more), one after the other, in two rounds (`--rounds`).
Prints median CPU milliseconds on one thread, the better round of each, and ours over the fastest
peer's: below 1 is in our favour. Polygons drawn as masks of whole pixels are a rougher answer.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import geometry_shapes as shapes
from benchmarks import machine
from geometry import boxes, keypoints, masks, polygons, rotated
from prelabel.models import nms

Arrays = dict[str, np.ndarray]
Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One line of the table: its name, the question to the peers, the shapes, our answers."""

    name: str
    question: str
    draw: Callable[[int], Arrays]
    ours: Callable[[Arrays], dict[str, Work]]
    most: int = 5000


def _of_boxes(x: Arrays) -> dict[str, Work]:
    return {"boxes.iou": lambda: boxes.iou(x["a"], x["b"])}


def _of_box_pairs(x: Arrays) -> dict[str, Work]:
    return {"boxes.overlap_pairs": lambda: boxes.overlap_pairs(x["a"], x["b"], 0.5)}


def _of_rotated(x: Arrays) -> dict[str, Work]:
    return {"rotated.iou": lambda: rotated.iou(x["a"], x["b"])}


def _of_rotated_pairs(x: Arrays) -> dict[str, Work]:
    return {"rotated.overlap_pairs": lambda: rotated.overlap_pairs(x["a"], x["b"], 0.5)}


def _of_polygons(x: Arrays) -> dict[str, Work]:
    a, b = shapes.rings(x["a"]), shapes.rings(x["b"])
    return {"polygons.iou": lambda: polygons.iou(a, b)}


def _of_polygon_pairs(x: Arrays) -> dict[str, Work]:
    a, b = shapes.rings(x["a"]), shapes.rings(x["b"])
    return {"polygons.overlap_pairs": lambda: polygons.overlap_pairs(a, b, 0.5)}


def _of_masks(x: Arrays) -> dict[str, Work]:
    a, b = shapes.drawn(x["a"]), shapes.drawn(x["b"])
    return {"masks.iou": lambda: masks.iou(a, b)}


def _of_mask_pairs(x: Arrays) -> dict[str, Work]:
    a, b = shapes.drawn(x["a"]), shapes.drawn(x["b"])
    return {"masks.overlap_pairs": lambda: masks.overlap_pairs(a, b, 0.5)}


def _of_people(x: Arrays) -> dict[str, Work]:
    return {"keypoints.oks": lambda: keypoints.oks(x["a"], x["b"], x["areas"], x["sigmas"])}


def _of_scored(x: Arrays) -> dict[str, Work]:
    small = x["a"].astype(np.float32), x["scores"].astype(np.float32)
    return {
        "prelabel.models.nms": lambda: nms.keep(*small, x["labels"], 0.5, len(x["a"])),
        "boxes.nms": lambda: boxes.nms(x["a"], x["scores"], x["labels"], 0.5),
    }


ROWS = (
    Row("boxes", "boxes", shapes.boxes, _of_boxes),
    Row("boxes, all overlap", "boxes", shapes.crowd, _of_boxes),
    Row("boxes >= .5", "box_pairs", shapes.boxes, _of_box_pairs),
    Row("rotated", "rotated", shapes.rotated_boxes, _of_rotated),
    Row("rotated >= .5", "rotated_pairs", shapes.rotated_boxes, _of_rotated_pairs),
    Row("polygons, 10 corners", "polygons", shapes.polygons(10), _of_polygons),
    Row("polygons, 10, >= .5", "polygon_pairs", shapes.polygons(10), _of_polygon_pairs),
    Row("polygons, 40 corners", "polygons", shapes.polygons(40), _of_polygons),
    Row("polygons, 40, >= .5", "polygon_pairs", shapes.polygons(40), _of_polygon_pairs),
    Row("polygons, 200 corners", "polygons", shapes.polygons(200), _of_polygons, most=1000),
    Row("masks", "masks", shapes.polygons(20), _of_masks),
    Row("masks >= .5", "mask_pairs", shapes.polygons(20), _of_mask_pairs),
    Row("keypoints, OKS", "oks", shapes.people, _of_people),
    Row("NMS, 80 classes", "nms", shapes.scored(80), _of_scored),
    Row("NMS, 1 class", "nms", shapes.scored(1), _of_scored),
)


def milliseconds(work: Work, seconds: float) -> float:
    """Median CPU milliseconds of up to five runs within `seconds`, after one that warms up."""
    times: list[float] = []
    while len(times) < 6 and sum(times) + max(times[-1:], default=0) < seconds:
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    times = times[1:] or times
    return sorted(times)[len(times) // 2] * 1e3


class Peer:
    """The other interpreter, which answers one question after the other."""

    def __init__(self, python: Path) -> None:
        script = Path(__file__).with_name("peer_geometry.py")
        self.process = subprocess.Popen(
            [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def milliseconds(self, question: str, file: Path, seconds: float) -> dict[str, float]:
        """Of every peer that knows an answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{question}\t{file}\t{seconds}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def measured(
    row: Row, count: int, peer: Peer | None, folder: Path, seconds: float, rounds: int
) -> list[str]:
    """The lines of one row at one size, both sides in turn, the better round of each."""
    drawn = row.draw(count)
    file = folder / "shapes.npz"
    np.savez(file, **drawn)
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}
    for _ in range(rounds):
        ours = _better(ours, {n: milliseconds(w, seconds) for n, w in row.ours(drawn).items()})
        if peer is not None:
            theirs = _better(theirs, peer.milliseconds(row.question, file, seconds))
    return list(_lines(f"{row.name}, {count}", ours, theirs))


def _better(a: dict[str, float], b: dict[str, float]) -> dict[str, float]:
    return {name: min(value, a.get(name, value)) for name, value in b.items()}


def _lines(name: str, ours: dict[str, float], theirs: dict[str, float]) -> Iterator[str]:
    told = ", ".join(f"{peer} {ms:.3g}" for peer, ms in sorted(theirs.items(), key=lambda x: x[1]))
    first = min(theirs.values(), default=float("nan"))
    for way, ms in ours.items():
        yield f"{name:28}{way:24}{ms:10.3f}{ms / first:8.2f}  {told}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.geometry", description=__doc__)
    parser.add_argument("--peer", type=Path, help="interpreter with the peers")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--only", default="", help="rows whose name begins so")
    parser.add_argument("--seconds", type=float, default=1.0, help="for the runs of one way")
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    peer = Peer(asked.peer) if asked.peer else None
    print(f"{machine.describe()}, load {machine.load():.1f}")
    print(f"{'':28}{'':24}{'ours ms':>10}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as scratch:
        for row in ROWS:
            for count in asked.sizes:
                if row.name.startswith(asked.only) and count <= row.most:
                    found = measured(row, count, peer, Path(scratch), asked.seconds, asked.rounds)
                    print(*found, sep="\n", flush=True)


if __name__ == "__main__":
    main()
