"""roboflow `trackers` on given detections, and its evaluation; run by an interpreter that has it.

`python peer_trackers.py track FOLDER STRIDE CLIP`: reads ``FOLDER/detections.npz`` (frames, boxes,
scores, count, rate) and writes ``FOLDER/<variant>.txt`` in MOT form for ByteTrack and BoT-SORT.
CLIP is - where there are no frames.
`python peer_trackers.py evaluate TRUTH FILE...`: prints their figures as JSON.
`python peer_trackers.py speed FOLDER`: reads ``FOLDER/<objects>.npz`` and prints ms per frame.

It imports nothing of this project.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import supervision as sv
from trackers import BoTSORTTracker, ByteTrackTracker
from trackers.eval import evaluate_mot_sequence

KINDS = {"ByteTrack": ByteTrackTracker, "BoT-SORT": BoTSORTTracker}
FORM = ["%d", "%d", *["%.4f"] * 4, *["%d"] * 4]
METRICS = ["CLEAR", "HOTA", "Identity"]


def track(folder: Path, stride: int, clip: Path) -> None:
    """Every kind at its default frame rate and at that of the looks; gaps filled two ways."""
    found = np.load(folder / "detections.npz")
    rates = {"default": 30.0, "clip rate": float(found["rate"]) / stride}
    for (kind, make), (name, rate) in itertools.product(KINDS.items(), rates.items()):
        sees = kind == "BoT-SORT" and str(clip) != "-"
        pictures = frames(clip) if sees else itertools.repeat(None)
        rows = followed(make(frame_rate=rate), found, stride, pictures)
        for way, most in {"": stride, ", all gaps": 10**9}.items() if stride > 1 else [("", 1)]:
            np.savetxt(folder / f"{kind}, {name}{way}.txt", mot(filled(rows, most)), FORM, ",")


def frames(clip: Path) -> object:
    """The frames of a clip, BGR."""
    film = cv2.VideoCapture(str(clip))
    while True:
        good, picture = film.read()
        if not good:
            return
        yield picture


def followed(tracker: object, found: dict, stride: int, pictures: object) -> np.ndarray:
    """Rows (N, 6): frame, track, x0 y0 x1 y1 of what got an id."""
    rows = [np.empty((0, 6))]
    for frame, picture in zip(range(int(found["count"])), pictures):  # noqa: B905
        if frame % stride:
            continue
        seen = tracker.update(detections(found, frame), *([picture] if picture is not None else []))
        of = seen.tracker_id >= 0 if len(seen) else np.empty(0, dtype=bool)
        if of.any():
            ids = seen.tracker_id[of]
            rows.append(np.column_stack([np.full(len(ids), frame), ids, seen.xyxy[of]]))
    return np.concatenate(rows)


def detections(found: dict, frame: int) -> sv.Detections:
    """What was found in a frame."""
    of = found["frames"] == frame
    scores = found["scores"][of].astype(np.float32)
    kinds = np.zeros(of.sum(), dtype=int)
    return sv.Detections(found["boxes"][of].astype(np.float32), confidence=scores, class_id=kinds)


def filled(rows: np.ndarray, most: int) -> np.ndarray:
    """The rows and those between two of a track that are at most `most` frames apart, linear."""
    parts = [rows]
    for number in np.unique(rows[:, 1]):
        own = rows[rows[:, 1] == number]
        for a, b in itertools.pairwise(own):
            if 1 < b[0] - a[0] <= most:
                share = np.arange(1, b[0] - a[0])[:, None] / (b[0] - a[0])
                parts.append(a + share * (b - a))
    return np.concatenate(parts)


def mot(rows: np.ndarray) -> np.ndarray:
    """MOT columns of rows, frames and tracks from 1."""
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    sides = rows[:, 4:6] - rows[:, 2:4]
    rest = np.tile([1.0, -1, -1, -1], (len(rows), 1))
    return np.column_stack([rows[:, 0] + 1, rows[:, 1] + 1, rows[:, 2:4], sides, rest])


def evaluate(truth: Path, files: list[Path]) -> dict[str, dict[str, float]]:
    """HOTA, IDF1, MOTA and what they are made of, by name of the file."""
    results = {}
    for file in files:
        one = evaluate_mot_sequence(truth, file, metrics=METRICS)
        results[file.stem] = {
            "HOTA": one.HOTA.HOTA,
            "IDF1": one.Identity.IDF1,
            "MOTA": one.CLEAR.MOTA,
            "FP": one.CLEAR.CLR_FP,
            "FN": one.CLEAR.CLR_FN,
            "IDSW": one.CLEAR.IDSW,
        }
    return results


def speed(folder: Path) -> dict[str, dict[str, float]]:
    """Median milliseconds of an update, by kind and number of objects."""
    results: dict[str, dict[str, float]] = {}
    for kind, make in KINDS.items():
        for file in sorted(folder.glob("*.npz"), key=lambda f: int(f.stem)):
            found = dict(np.load(file))
            tracker, spent = make(), []
            for frame in range(int(found["count"])):
                seen = detections(found, frame)
                start = time.thread_time()
                tracker.update(seen)
                spent.append(time.thread_time() - start)
            results.setdefault(kind, {})[file.stem] = statistics.median(spent) * 1e3
    return results


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    if verb == "track":
        track(Path(rest[0]), int(rest[1]), Path(rest[2]))
    elif verb == "evaluate":
        print(json.dumps(evaluate(Path(rest[0]), [Path(name) for name in rest[1:]])))
    else:
        print(json.dumps(speed(Path(rest[0]))))
