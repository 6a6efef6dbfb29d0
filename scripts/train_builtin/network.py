"""The network of the built-in model: boxes, masks and keypoints from one head at stride 4."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STRIDE = 4
UNIT = 32.0
"""A size of exp(0) in pixels, and the unit of the prototypes' coordinates."""
LEARNED = 26
"""Prototypes that the network draws; six more are drawn once: 1, x, y, x squared, y squared, xy.
With those a cell can add any half-plane or ellipse about itself to its mask, which tells shapes
that touch apart."""
PROTOTYPES = LEARNED + 6


class Conv(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    """Two 3x3 convolutions beside the identity, to which they add little at first: so a trained
    network can be given another one."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(Conv(channels, channels), Conv(channels, channels))
        nn.init.constant_(self.body[1][1].weight, 0.1)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape as `x`."""
        return x + self.body(x)


class Network(nn.Module):
    """Pictures (B, 3, S, S) of 0..1 -> raw maps and prototypes, both at stride 4."""

    def __init__(self, classes: int, keypoints: int) -> None:
        super().__init__()
        self.stem = nn.ModuleList((Conv(3, 16, stride=2), Conv(16, 24, stride=2)))
        self.sharpen = nn.ModuleList((Residual(16), Residual(24)))
        self.down8 = nn.Sequential(Conv(24, 48, stride=2), Residual(48))
        self.down16 = nn.Sequential(Conv(48, 96, stride=2), Residual(96))
        self.down32 = nn.Sequential(Conv(96, 96, stride=2))
        self.side = nn.ModuleList(nn.Conv2d(c, 64, 1) for c in (24, 48, 96, 96))
        self.smooth = nn.ModuleList(Conv(64, 64) for _ in range(3))
        self.fuse = nn.Sequential(Residual(64), Residual(64))
        self.protos = nn.Sequential(Conv(64, 48), nn.Conv2d(48, LEARNED, 1))
        self.class_tower = Conv(64, 64)
        self.class_out = nn.Conv2d(64, classes, 1)
        self.shape_tower = nn.Sequential(Conv(64, 64), Conv(64, 64))
        self.shape_out = nn.Conv2d(64, 4 + PROTOTYPES + 3 * keypoints, 1)
        nn.init.constant_(self.class_out.bias, -4.0)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Class logits (B, nc, h, w), shape values (B, 4 + 32 + 3k, h, w), the prototypes that
        are learned (B, 26, h, w)."""
        s4 = pictures
        for conv, residual in zip(self.stem, self.sharpen, strict=True):
            s4 = residual(conv(s4))
        s8 = self.down8(s4)
        s16 = self.down16(s8)
        x = self.side[3](self.down32(s16))
        for level, finer in ((2, s16), (1, s8), (0, s4)):
            x = self.smooth[level](self.side[level](finer) + twice(x))
        x = self.fuse(x)
        return (
            self.class_out(self.class_tower(x)),
            self.shape_out(self.shape_tower(x)),
            self.protos(x),
        )


def twice(x: Tensor) -> Tensor:
    """Nearest-neighbour upsampling by two."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def centres(side: int) -> Tensor:
    """Cell centres of a side x side map in pixels, (side * side, 2) float32 x y."""
    at = (torch.arange(side, dtype=torch.float32) + 0.5) * STRIDE
    y, x = torch.meshgrid(at, at, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=1)


def rows(maps: Tensor) -> Tensor:
    """(B, C, h, w) -> (B, h * w, C)."""
    return maps.flatten(2).transpose(1, 2)


def boxes(values: Tensor, centre: Tensor) -> Tensor:
    """Centre and size (..., 4) in pixels from raw values (..., 4) and cell centres (..., 2)."""
    return torch.cat(
        [centre + STRIDE * values[..., :2], UNIT * torch.exp(values[..., 2:].clamp(-4, 4))],
        dim=-1,
    )


def points(values: Tensor, centre: Tensor) -> Tensor:
    """Keypoints (..., k, 3) x y in pixels and a visibility logit from (..., 3k)."""
    split = values.unflatten(-1, (-1, 3))
    return torch.cat([centre[..., None, :] + UNIT * split[..., :2], split[..., 2:]], dim=-1)


def axis(side: int) -> Tensor:
    """Cell centres of a side (side,) in `UNIT`s from the middle of the picture."""
    return ((torch.arange(side, dtype=torch.float32) + 0.5) * STRIDE - side * STRIDE / 2) / UNIT


def coordinates(at: Tensor) -> Tensor:
    """The drawn prototypes (6, side, side) from an `axis`: 1, x, y, x squared, y squared and xy."""
    side = at.shape[0]
    x, y = at.expand(side, side), at[:, None].expand(side, side)
    return torch.stack([torch.ones_like(x), x, y, x * x, y * y, x * y])


def coefficients(values: Tensor, centre: Tensor, side: int) -> Tensor:
    """Weights of all prototypes (..., 32) from raw values (..., 32) and cell centres (..., 2).

    The last six values are those of a polynomial about the cell's own centre; expanding it gives
    the weights of the drawn prototypes, which are about the middle of the picture.
    """
    x, y = ((centre - side * STRIDE / 2) / UNIT).unbind(-1)
    one, across, down, xx, yy, xy = values[..., LEARNED:].unbind(-1)
    about = (
        one - across * x - down * y + xx * x * x + yy * y * y + xy * x * y,
        across - 2 * xx * x - xy * y,
        down - 2 * yy * y - xy * x,
        xx,
        yy,
        xy,
    )
    return torch.cat([values[..., :LEARNED], torch.stack(about, dim=-1)], dim=-1)
