"""ultralytics imports torchvision, whose wheels without operators fail to import beside CPU torch.

Declaring the operators, with a plain suppression behind them, lets the peer run.
"""

from __future__ import annotations

from typing import Any

__all__ = ["declare", "nms"]


def declare() -> None:
    """Make torchvision importable; nothing happens where it is."""
    import torch

    try:
        import torchvision
    except RuntimeError:
        global library  # kept alive: its operators vanish with it
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.impl("nms", nms, "CPU")
        import torchvision.extension

        torchvision.extension._has_ops = lambda: True


def nms(boxes: Any, scores: Any, iou: float) -> Any:
    """Greedy suppression, written out: the peer must not share code with what it judges."""
    import torch

    order, kept = scores.argsort(descending=True, stable=True), []
    area = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        corner = torch.maximum(boxes[best, :2], boxes[order, :2])
        sides = (torch.minimum(boxes[best, 2:], boxes[order, 2:]) - corner).clamp(min=0)
        common = sides.prod(dim=1)
        order = order[common <= iou * (area[best] + area[order] - common)]
    return torch.stack(kept) if kept else torch.empty(0, dtype=torch.int64)
