"""Peak memory of `prelabel label` at 200 and at 2,000 pictures: it may not grow with the job."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.pictures import gather

__all__ = ["growth"]


def growth(model: Path, real: Path | None, scratch: Path) -> list[str]:
    """Both peaks and their ratio."""
    small, large = (peak(model, count, real, scratch) for count in (200, 2000))
    return [
        f"{model.stem}: peak memory {small:.0f} MiB at 200 pictures, {large:.0f} MiB at 2,000",
        f"  ratio                    {large / small:.3f}",
    ]


def peak(model: Path, count: int, real: Path | None, scratch: Path) -> float:
    """MiB that one run of the command held at most."""
    pictures = gather(scratch / f"pictures-{count}", count, real)
    out = str(scratch / f"labels-{count}")
    command = [sys.executable, "-m", "prelabel", "label", str(pictures), "--model", str(model)]
    options = ["--to", "coco", "--out", out, "--overwrite"]
    process = subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL, stdout=-3)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"prelabel label ended with status {status}")
    return usage.ru_maxrss / 1024
