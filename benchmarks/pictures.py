"""The pictures of the label benchmark: real ones under new names, else drawn ones."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

__all__ = ["gather"]

SETS = ("coco_tiny38", "coco_pose60")


def gather(folder: Path, count: int, real: Path | None) -> Path:
    """`count` JPEG files in `folder`, repeated under new names as often as needed."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, source in zip(range(count), itertools.cycle(originals(folder, real)), strict=False):
        shutil.copyfile(source, folder / f"{i:05d}.jpg")
    return folder


def originals(folder: Path, real: Path | None) -> list[Path]:
    """The JPEG files of the two COCO samples, else 40 drawn scenes."""
    if real is None:
        return drawn(folder.with_name("drawn"), 40)
    return [path for name in SETS for path in sorted((real / "datasets" / name).rglob("*.jpg"))]


def drawn(folder: Path, count: int) -> list[Path]:
    """Scenes written as JPEG files."""
    import cv2

    from prelabel import scenes

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{seed}.jpg" for seed in range(count)]
    for seed, path in enumerate(paths):
        cv2.imwrite(str(path), scenes.draw(seed).pixels[..., ::-1])
    return paths
