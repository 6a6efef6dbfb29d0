"""Flags that `cost` and `tune` share: what an edit costs, and when one is needed."""

from __future__ import annotations

import click

from prelabel.commands import comparing, flags

__all__ = ["COSTS", "PRICES"]

PRICES = click.option(
    "--costs",
    default="boxes",
    show_default=True,
    metavar="NAME|FILE",
    help="Seconds of an edit: clicks, boxes, polygons, assisted, keypoints, or a YAML file.",
)
COSTS: tuple[flags.Flag, ...] = (
    PRICES,
    click.option(
        "--right",
        type=click.FloatRange(0, 1),
        default=0.9,
        show_default=True,
        help="IoU or OKS from which a shape is taken as it stands.",
    ),
    click.option(
        "--adjustable",
        type=click.FloatRange(0, 1, min_open=True),
        default=0.5,
        show_default=True,
        help="IoU or OKS from which a shape is worth adjusting.",
    ),
    comparing.TASK,
)
