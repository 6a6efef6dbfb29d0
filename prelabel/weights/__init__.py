"""The built-in model: one network of drawn shapes in two files, described in MODEL_CARD.md."""

from __future__ import annotations

from pathlib import Path

__all__ = ["OKS_SIGMA", "SIZE", "TASKS", "path"]

TASKS = {"segment": "shapes-seg.onnx", "pose": "shapes-pose.onnx"}
"""Task -> file beside this module; boxes come with either."""
SIZE = 320
"""Side of the input in pixels, and of the scenes that the card's figures were measured on."""
OKS_SIGMA = 0.1
"""Sigma of all four keypoints in the card's figures, as a share of the square root of the area."""


def path(task: str = "segment") -> Path:
    """The .onnx file of a task; LookupError names the tasks that there are."""
    if task not in TASKS:
        raise LookupError(f"no built-in model for {task!r} (there are: {', '.join(TASKS)})")
    return Path(__file__).with_name(TASKS[task])
