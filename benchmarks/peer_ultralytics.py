"""ultralytics' own predict on the same file: `python -m benchmarks.peer_ultralytics MODEL DIR N`.

Prints pictures per second, measured after the first picture, with N intra-op threads.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import onnxruntime

from benchmarks import torchvision_operators

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("YOLO_AUTOINSTALL", "False")


def force_threads(threads: int) -> None:
    """Every session opened from now on takes `threads` intra-op threads."""
    original = onnxruntime.InferenceSession

    def session(path: object, options: object = None, *rest: object, **named: object) -> object:
        chosen = onnxruntime.SessionOptions() if options is None else options
        chosen.intra_op_num_threads = threads  # type: ignore[attr-defined]
        named.pop("sess_options", None)
        return original(path, chosen, *rest, **named)

    onnxruntime.InferenceSession = session


def side(model: Path) -> int:
    """Pixels of a side of the graph's input."""
    return int(onnxruntime.InferenceSession(str(model)).get_inputs()[0].shape[2])


def rate(model: Path, folder: Path, threads: int) -> float:
    """Pictures per second of predict with default thresholds."""
    force_threads(threads)
    torchvision_operators.declare()
    from ultralytics import YOLO  # type: ignore[attr-defined]

    files = [str(path) for path in sorted(folder.glob("*.jpg"))]
    network = YOLO(str(model))
    given = {"imgsz": side(model), "rect": False, "verbose": False}
    network.predict(files[0], **given)
    start = time.perf_counter()
    for _ in network.predict(files, stream=True, **given):
        pass
    return len(files) / (time.perf_counter() - start)


if __name__ == "__main__":
    print(rate(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
