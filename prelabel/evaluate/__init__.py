"""COCO's average precision of a dataset of predictions against a dataset of truth.

``score(pred, truth)`` pairs the pictures by path and the classes by name, so the two may come from
different formats, and lets pycocotools do the matching and the curves. Boxes, masks and keypoints
are scored apart; `Scores` holds what was asked for, or what both sides have.
"""

from prelabel.evaluate.pairing import Pairing, pair
from prelabel.evaluate.scores import TASKS, ClassFigures, Figures, Scores
from prelabel.evaluate.scoring import score
from prelabel.evaluate.sigmas import Sigmas

__all__ = [
    "TASKS",
    "ClassFigures",
    "Figures",
    "Pairing",
    "Scores",
    "Sigmas",
    "pair",
    "score",
]
