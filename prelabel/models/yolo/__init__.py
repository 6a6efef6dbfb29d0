"""Ultralytics YOLO v5u, v8, v9, v10, 11, 12, 26: detect, segment, pose, obb, classify."""

from prelabel.models.yolo.layout import SUPPORTED, recognise
from prelabel.models.yolo.predicting import predict, scores, suppresses

__all__ = ["SUPPORTED", "predict", "recognise", "scores", "suppresses"]
