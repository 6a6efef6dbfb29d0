"""The weights that label-studio-ml-backend's YOLO example loads at its start, with random values.

    PEER_PYTHON -m benchmarks.peer_models FOLDER

It asks none of them in this benchmark: the label configuration names the .onnx file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import torchvision_operators

NAMES = ("yolov8m", "yolov8n", "yolov8n-cls", "yolov8n-seg", "yolov8n-pose", "yolov8n-obb")


def write(folder: Path) -> None:
    """One .pt file for each of the names that is not there yet."""
    torchvision_operators.declare()
    from ultralytics import YOLO  # type: ignore[attr-defined]

    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        if not (path := folder / f"{name}.pt").exists():
            YOLO(f"{name}.yaml").save(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
