"""Corrections for tests: what a model saw in a picture, and what a person left of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Label
from prelabel.corrections.correction import Correction, View

__all__ = ["correction", "view"]


def view(**over: Any) -> View:
    """A picture with two cars and a dog that the model saw, of which a person kept one car."""
    told = {
        "path": "street/1.jpg",
        "size": (64, 48),
        "model": "first",
        "fingerprint": "f1" * 32,
        "task": "detect",
        "classes": (Label("car"), Label("van"), Label("dog")),
        "names": ("Car", "Car", None),
        "predicted": Annotations.of(
            boxes=np.array([[0, 0, 9, 9], [20, 20, 30.5, 30], [5, 5, 8, 8]]),
            labels=[0, 1, 2],
            scores=[0.9, 0.015, 0.4],
        ),
        "labels": (Label("Tree"), Label("Car")),
        "corrected": Annotations.of(boxes=np.array([[0, 0, 9, 9.5]]), labels=[1]),
        "asked": {"conf": 0.01, "iou": 0.7, "max_det": 300.0},
        "shown": (0.25, 0.25, 1.0),
        "edits": {"verify": 1, "delete": 0},
    }
    return View(**{**told, **over})


def correction(*views: View, **over: Any) -> Correction:
    """One of these views, or of a usual one."""
    facts = {"annotator": "7", "project": "2", "item": "11", "lead_time": 12.5, "saw": "v1"}
    return Correction(views=views or (view(),), **{**facts, **over})
