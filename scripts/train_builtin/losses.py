"""Which cell answers for which shape, and the losses of its answer."""

from __future__ import annotations

import torch
from data import SHRINK, Batch
from network import PROTOTYPES, axis, boxes, centres, coefficients, coordinates, points, rows
from torch import Tensor
from torch.nn import functional as F

REACH = 0.3
"""Cells within this share of a shape's box side of its centre answer for it,"""
NEAR, FAR = 4.0, 12.0
"""but no fewer than those within `NEAR` pixels and none beyond `FAR`."""
MASK_CELLS = 240
"""At most this many cells of a batch are asked for their mask."""


def assign(truth: Batch, centre: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Positive cells as picture, cell and shape indices, (P,) each. Of the shapes that reach a
    cell the nearest wins, a small one with a start, so that it keeps its cells before a large one
    of the same centre."""
    middle = (truth.boxes[:, :2] + truth.boxes[:, 2:]) / 2
    sides = (truth.boxes[:, 2:] - truth.boxes[:, :2]).prod(dim=1).sqrt()
    reach = (REACH * sides).clamp(NEAR, FAR)
    pictures, cells, shapes = [], [], []
    for picture in range(len(truth.pictures)):
        mine = (truth.owner == picture).nonzero()[:, 0]
        if not len(mine):
            continue
        away = (centre[:, None] - middle[mine]).abs().amax(dim=2)
        cost = torch.where(away <= reach[mine], away + reach[mine] / 2, torch.inf)
        least, nearest = cost.min(dim=1)
        cell = least.isfinite().nonzero()[:, 0]
        pictures.append(torch.full_like(cell, picture))
        cells.append(cell)
        shapes.append(mine[nearest[cell]])
    return torch.cat(pictures), torch.cat(cells), torch.cat(shapes)


def losses(output: tuple[Tensor, Tensor, Tensor], truth: Batch) -> dict[str, Tensor]:
    """Weighted losses by name, scalars; their sum is what training lowers."""
    logits, values = rows(output[0]), rows(output[1])
    side = output[0].shape[-1]
    centre = centres(side)
    picture, cell, shape = assign(truth, centre)
    mine, at = values[picture, cell], centre[cell]
    overlap, spread = ious(corners(boxes(mine[:, :4], at)), truth.boxes[shape])
    wanted = torch.zeros_like(logits)
    wanted[picture, cell, truth.labels[shape]] = overlap.detach().clamp(0)
    classes = F.binary_cross_entropy_with_logits(logits, wanted, reduction="sum") / len(cell)
    pick = torch.randperm(len(cell))[:MASK_CELLS].sort().values
    weights = coefficients(mine[pick, 4 : 4 + PROTOTYPES], at[pick], side)
    drawn = coordinates(axis(side))
    protos = [torch.cat([p, drawn]) for p in output[2]]
    return {
        "class": classes,
        "box": 2 * (1 - spread).mean(),
        "mask": 1.5 * masks(weights, protos, truth, picture[pick], shape[pick]),
        "points": 3 * keypoints(points(mine[:, 4 + PROTOTYPES :], at), truth, shape),
    }


def corners(centred: Tensor) -> Tensor:
    """(P, 4) x0 y0 x1 y1 from centre and size."""
    half = centred[:, 2:] / 2
    return torch.cat([centred[:, :2] - half, centred[:, :2] + half], dim=1)


def ious(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU of boxes row by row, (P,) each (Rezatofighi et al., 2019)."""
    both = (torch.min(a[:, 2:], b[:, 2:]) - torch.max(a[:, :2], b[:, :2])).clamp(0).prod(dim=1)
    union = (a[:, 2:] - a[:, :2]).prod(dim=1) + (b[:, 2:] - b[:, :2]).prod(dim=1) - both
    hull = (torch.max(a[:, 2:], b[:, 2:]) - torch.min(a[:, :2], b[:, :2])).prod(dim=1)
    iou = both / union
    return iou, iou - (hull - union) / hull


def masks(
    weights: Tensor, protos: list[Tensor], truth: Batch, picture: Tensor, shape: Tensor
) -> Tensor:
    """Cross-entropy plus dice inside the true boxes, mean over the cells asked, which are sorted
    by picture."""
    counts = torch.bincount(picture, minlength=len(protos)).tolist()
    each = zip(weights.split(counts), protos, strict=True)
    logits = torch.cat([torch.einsum("pc,chw->phw", w, p) for w, p in each])
    wanted, inside = truth.masks[shape], window(truth.boxes[shape] / SHRINK, logits.shape[-1])
    each = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * inside
    entropy = each.sum(dim=(1, 2)) / inside.sum(dim=(1, 2))
    found, wanted = logits.sigmoid() * inside, wanted * inside
    overlap = (found * wanted).sum(dim=(1, 2))
    dice = (2 * overlap + 1) / (found.sum(dim=(1, 2)) + wanted.sum(dim=(1, 2)) + 1)
    return (entropy + 1 - dice).mean()


def window(box: Tensor, side: int) -> Tensor:
    """1 in the cells that a box (P, 4) touches, (P, side, side)."""
    at = torch.arange(side, dtype=torch.float32)
    across = (at + 1 > box[:, 0:1]) & (at < box[:, 2:3])
    down = (at + 1 > box[:, 1:2]) & (at < box[:, 3:4])
    return (down[:, :, None] & across[:, None, :]).float()


def keypoints(found: Tensor, truth: Batch, shape: Tensor) -> Tensor:
    """Distance over box side of the labelled points, and a little of their visibility."""
    wanted, box = truth.points[shape], truth.boxes[shape]
    side = (box[:, 2:] - box[:, :2]).prod(dim=1).sqrt()[:, None]
    labelled = (wanted[..., 2] > 0).float()
    away = (found[..., :2] - wanted[..., :2]).abs().sum(dim=2) / side
    seen = F.binary_cross_entropy_with_logits(
        found[..., 2], (wanted[..., 2] > 1).float(), reduction="none"
    )
    return ((away + 0.1 * seen) * labelled).sum() / labelled.sum().clamp(1)
