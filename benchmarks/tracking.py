"""Tracks beside roboflow `trackers` on the very same detections, by its own evaluation.

`python -m benchmarks.tracking --real-data DIR --peer PYTHON`: PYTHON is an interpreter that has
`trackers` 2.6.1. yolo11n and yolox_nano look for persons (score .1 and more) in the clip
pets_s2l1, in every frame and in every fifth; what they find is kept in `--cache`. Of the peers the
best of all variants counts, for each figure on its own: ByteTrack and BoT-SORT (which sees the
frames), told their default frame rate or that of the looks, gaps filled up to the stride or all.

`python -m benchmarks.tracking --peer PYTHON --worlds 4`: the same on drawn worlds, the mean over so
many seeds, where BoT-SORT sees no frames; `--seed` is the first one, `--only` chooses worlds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import worlds
from formats.annotations import Annotations
from prelabel import frames, offline, tracker
from prelabel.labeler import Labeler
from prelabel.models.query import Query

MODELS = {"yolo11n": "yolo11n_640_w16.onnx", "yolox_nano": "yolox_nano_416.onnx"}
NAMES = "yolo11n_640_w16.onnx"
"""The file that names COCO's classes, for those that name none."""
STRIDES = (1, 5)
FIGURES = ("HOTA", "IDF1", "MOTA")
PEER = Path(__file__).with_name("peer_trackers.py")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.tracking", description=__doc__)
    parser.add_argument("--real-data", type=Path)
    parser.add_argument("--peer", type=Path, required=True, help="interpreter with trackers")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--worlds", type=int, default=0, help="clips of each drawn world")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[*worlds.WORLDS, *worlds.HELD_OUT])
    asked = parser.parse_args()
    for name in asked.only if asked.worlds else ():
        for stride in STRIDES:
            seeds = range(asked.seed, asked.seed + asked.worlds)
            one = [of_world(name, seed, stride, asked.peer) for seed in seeds]
            print(*lines(f"{name}, every {stride}", mean(one)), sep="\n", flush=True)
    if asked.real_data is None:
        return
    folder = asked.real_data / "video" / "pets_s2l1"
    for name, file in MODELS.items():
        found, times = detections(asked.real_data / "models", file, folder, asked.cache)
        for stride in STRIDES:
            with tempfile.TemporaryDirectory() as scratch:
                clip, truth = folder / "people_walking.mp4", folder / "gt.txt"
                paths = Paths(Path(scratch), asked.peer, truth, clip)
                results = compared(found, times, stride, paths)
            print(*lines(f"{name}, every {stride}", results), sep="\n")


def detections(
    models: Path, file: str, folder: Path, cache: Path
) -> tuple[Annotations, NDArray[np.float64]]:
    """The persons in every frame as a clip table, and the times of the frames."""
    video = frames.open_video(folder / "people_walking.mp4")
    kept = cache / f"{Path(file).stem}-pets_s2l1.npz"
    if not kept.exists():
        labels = Labeler.open(models / NAMES, check=False).card.labels
        with Labeler.open(models / file, labels=labels) as labeler:
            query = Query(conf=0.1, labels=frozenset({"person"}))
            tables = [labeler.label(frame.image, query) for frame in video.frames()]
        images = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
        whole = Annotations.concat(tables)
        np.savez(kept, images=images, boxes=whole.boxes, scores=whole.scores)
    return Annotations.of(**np.load(kept)), np.asarray(video.times)


@dataclass(frozen=True)
class Paths:
    """What a comparison needs besides the detections."""

    scratch: Path
    peer: Path
    truth: Path
    clip: Path | None = None


Results = dict[str, dict[str, float]]


def compared(found: Annotations, times: NDArray[np.float64], stride: int, paths: Paths) -> Results:
    """Figures of everyone, by name."""
    looked = np.arange(0, len(times), stride)
    seen, scratch = found[np.isin(found.images, looked)], paths.scratch
    rate = 1 / float(np.median(np.diff(times)))
    given = {"frames": seen.images, "boxes": seen.boxes, "scores": seen.scores}
    np.savez(scratch / "detections.npz", **given, count=len(times), rate=rate)
    ask = [str(part) for part in (paths.peer, PEER, "track", scratch, stride, paths.clip or "-")]
    subprocess.run(ask, check=True)
    followed = tracker.track(seen, times, looked=looked)
    write(scratch / "ours, online.txt", offline.propagate(followed, times, looked))
    write(scratch / "ours, offline.txt", offline.finish(followed, times, looked=looked)[0])
    files = sorted(file for file in scratch.glob("*.txt") if file != paths.truth)
    told = subprocess.run(
        [paths.peer, PEER, "evaluate", paths.truth, *files], check=True, capture_output=True
    )
    return json.loads(told.stdout)


def of_world(name: str, seed: int, stride: int, peer: Path) -> Results:
    """Figures of everyone on one clip of a drawn world."""
    world = {**worlds.WORLDS, **worlds.HELD_OUT}[name]
    found, truth, times = worlds.drawn(world, seed)
    with tempfile.TemporaryDirectory() as scratch:
        paths = Paths(Path(scratch), peer, Path(scratch) / "truth.txt")
        order = np.lexsort((truth[:, 1], truth[:, 0]))
        rows = {"images": truth[order, 0].astype(int), "tracks": truth[order, 1].astype(int)}
        write(paths.truth, Annotations.of(boxes=truth[order, 2:], **rows))
        return compared(found, times, stride, paths)


def mean(results: Sequence[Results]) -> Results:
    """Each figure of each name, over all clips."""
    return {
        name: {figure: float(np.mean([one[name][figure] for one in results])) for figure in FIGURES}
        for name in results[0]
    }


def write(path: Path, table: Annotations) -> None:
    """Rows with a track in MOT form, frames and tracks from 1."""
    rows = table[table.tracks >= 0] if table.tracks is not None else table[:0]
    sides = rows.boxes[:, 2:] - rows.boxes[:, :2]
    rest = np.ones((len(rows), 4))
    columns = (rows.images + 1, rows.tracks + 1, rows.boxes[:, :2], sides, rest)
    np.savetxt(path, np.column_stack(columns), ["%d", "%d", *["%.4f"] * 4, *["%d"] * 4], ",")


def lines(title: str, results: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The table of one model and stride."""
    peers = {name: row for name, row in results.items() if not name.startswith("ours")}
    best = {figure: max(row[figure] for row in peers.values()) for figure in FIGURES}
    text = [title, f"  {'best of all peers':32}" + "".join(f"{best[f]:8.3f}" for f in FIGURES)]
    for name, row in results.items():
        text.append(f"  {name:32}" + "".join(f"{row[f]:8.3f}" for f in FIGURES))
        if name not in peers:
            text.append(f"  {'':32}" + "".join(f"{row[f] - best[f]:+8.3f}" for f in FIGURES))
    return text


if __name__ == "__main__":
    main()
