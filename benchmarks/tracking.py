"""Tracks beside roboflow `trackers` on the very same detections, by its own evaluation.

`python -m benchmarks.tracking --real-data DIR --peer PYTHON`: PYTHON is an interpreter that has
`trackers` 2.6.1. yolo11n and yolox_nano look for persons (score .1 and more) in the clip
pets_s2l1, in every frame and in every fifth; what they find is kept in `--cache`. Of the peers the
best of all variants counts, for each figure on its own: ByteTrack and BoT-SORT (which sees the
frames), told their default frame rate or that of the looks, gaps filled up to the stride or all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
    parser.add_argument("--real-data", type=Path, required=True)
    parser.add_argument("--peer", type=Path, required=True, help="interpreter with trackers")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()))
    asked = parser.parse_args()
    folder = asked.real_data / "video" / "pets_s2l1"
    for name, file in MODELS.items():
        found, times = detections(asked.real_data / "models", file, folder, asked.cache)
        for stride in STRIDES:
            with tempfile.TemporaryDirectory() as scratch:
                results = compared(found, times, stride, folder, Path(scratch), asked.peer)
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


def compared(
    found: Annotations,
    times: NDArray[np.float64],
    stride: int,
    folder: Path,
    scratch: Path,
    peer: Path,
) -> dict[str, Mapping[str, float]]:
    """Figures of everyone, by name."""
    looked = np.arange(0, len(times), stride)
    seen = found[np.isin(found.images, looked)]
    rate = 1 / float(np.median(np.diff(times)))
    given = {"frames": seen.images, "boxes": seen.boxes, "scores": seen.scores}
    np.savez(scratch / "detections.npz", **given, count=len(times), rate=rate)
    clip = folder / "people_walking.mp4"
    subprocess.run([peer, PEER, "track", scratch, str(stride), clip], check=True)
    followed = tracker.track(seen, times, looked=looked)
    write(scratch / "ours, online.txt", offline.propagate(followed, times, looked))
    write(scratch / "ours, offline.txt", offline.finish(followed, times, looked=looked)[0])
    files = sorted(scratch.glob("*.txt"))
    told = subprocess.run(
        [peer, PEER, "evaluate", folder / "gt.txt", *files], check=True, capture_output=True
    )
    return json.loads(told.stdout)


def write(path: Path, table: Annotations) -> None:
    """Rows with a track in MOT form, frames and tracks from 1."""
    rows = table[table.tracks >= 0] if table.tracks is not None else table[:0]
    sides = rows.boxes[:, 2:] - rows.boxes[:, :2]
    rest = np.tile([1, -1, -1, -1], (len(rows), 1))
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
