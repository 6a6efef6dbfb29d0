"""Conversions COCO <-> YOLO beside other tools, at the size of val2017 or train2017.

`python -m benchmarks formats [--scale val|train] [--peers DIR ...] [--only NAME ...] [--scratch DIR]`:
DIR are virtual environments; every tool that one of them has takes part. The data set is drawn by a
seed (`coco_set`), its pictures are grey and of the stated sizes. CPU seconds of the whole process,
start-up included, wall seconds, peak memory in MiB, one contestant after the other. A tool that
takes longer than `--limit` seconds or more than `--memory` GiB is stopped.

Sizes are given: ours takes those that the COCO file states (``-o pictures=trust``) and on the way back
those of ``-o sizes=FILE``; ``checked`` is ours as it is without that option, where it holds the stated sizes
against the headers of the pictures. Of the others, supervision and globox (on the way back) open them.
"""  # noqa: E501

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine

__all__ = ["main"]

Command = Callable[[Path, Path], list[str]]
SCRIPT = Path(__file__).with_name("peer_formats.py")
KNOWN: dict[str, tuple[str, ...]] = {
    "seg": ("bound", "ultralytics", "supervision", "fiftyone"),
    "boxes": ("bound", "boxes_alone", "globox", "panlabel", "datumaro", "supervision", "fiftyone"),
    "back-seg": ("bound", "supervision"),
    "back-boxes": ("bound", "globox", "panlabel", "supervision"),
}
"""Who takes part in each task beside ours."""


BOUNDS = ("bound", "boxes_alone")
"""Read, parse every number, format, write the same bytes; for boxes also without the polygons."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one contestant took, or why it did not end."""

    cpu: float
    wall: float
    peak: float
    fault: str = ""


def ours(task: str, *options: str) -> Command:
    """The verb, as a user calls it."""
    of = "yolo-seg" if task.endswith("seg") else "yolo"
    from_, to = (of, "coco") if task.startswith("back") else ("coco", of)

    def command(source: Path, target: Path) -> list[str]:
        verb = [sys.executable, "-m", "prelabel", "convert", str(source), str(target)]
        given = f"sizes={source}/sizes.csv" if task.startswith("back") else "images=none"
        return [*verb, "--from", from_, "--to", to, "-o", given, *options]

    return command


def theirs(name: str, task: str, python: Path) -> Command:
    """Another tool in its own environment."""
    return lambda source, target: [
        str(python), str(SCRIPT), name, task, str(source), str(target)
    ]  # fmt: skip


def measured(command: Sequence[str], limit: float, memory: float) -> Run:
    """CPU and wall seconds, peak MiB of a process and all that it starts."""
    most = int(memory * 2**30)

    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    start = time.perf_counter()
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            command, stdout=told, stderr=told, preexec_fn=narrow, start_new_session=True
        )
        timer = threading.Timer(limit, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        told.seek(0)
        words = told.read().decode(errors="replace").strip().splitlines()
    fault = "" if not status else f"over {limit:.0f} s" if wall >= limit else words[-1][:90]
    return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, fault)


def contestants(task: str, environments: Sequence[Path]) -> dict[str, Command]:
    """Ours in its ways, the bound, and every peer that is there and knows the task."""
    trust = [] if task.startswith("back") else ["-o", "pictures=trust"]
    found = {"prelabel": ours(task, *trust)}
    if trust:
        found["prelabel --workers 2"] = ours(task, *trust, "--workers", "2")
        found["prelabel checked"] = ours(task)
    found["prelabel --low-memory"] = ours(task, *trust, "--low-memory")
    for name in KNOWN[task]:
        python = Path(sys.executable) if name in BOUNDS else _having(name, environments)
        if python is not None:
            found[name] = theirs(name, task, python)
    return found


def _having(package: str, environments: Sequence[Path]) -> Path | None:
    for folder in environments:
        if any(folder.glob(f"lib/python3*/site-packages/{package}")):
            return folder / "bin" / "python"
    return None


def drawn(folder: Path, scale: str) -> Path:
    """The COCO file, its pictures beside it; kept from an earlier run.

    A process of its own draws it: what a parent holds counts as its children's peak.
    """
    name = f"{scale}2017"
    path = folder / name / "annotations" / f"instances_{name}.json"
    if not path.is_file():
        command = [sys.executable, "-m", "benchmarks.coco_set", scale, str(path)]
        subprocess.run(command, check=True)
    return path


def table(task: str, source: Path, scratch: Path, asked: argparse.Namespace) -> None:
    """Measure one task and print its lines."""
    first = None
    print(f"\n{task}, {source.name}: CPU s, wall s, peak MiB, CPU beside ours", flush=True)
    for name, command in contestants(task, asked.peers).items():
        if asked.only and name.split()[0] not in asked.only:
            continue
        target = scratch / ("out.json" if task.startswith("back") else "out")
        run = measured(command(source, target), asked.limit, asked.memory)
        first = first or run.cpu
        told = run.fault or f"{run.cpu / first:8.2f}"
        print(f"{name:24}{run.cpu:8.1f}{run.wall:8.1f}{run.peak:8.0f}  {told}", flush=True)
        for left in (target, target.with_name(target.name + "-annotations")):
            shutil.rmtree(left, ignore_errors=True)
            if left.is_file():
                left.unlink()


def main(words: Sequence[str] | None = None) -> None:
    """Print a table for every task."""
    parser = argparse.ArgumentParser(prog="benchmarks formats", description=__doc__)
    parser.add_argument("--scale", choices=["val", "train"], default="val")
    parser.add_argument("--peers", type=Path, nargs="*", default=[], help="virtual environments")
    parser.add_argument("--tasks", nargs="+", choices=list(KNOWN), default=list(KNOWN))
    parser.add_argument("--only", nargs="*", default=[], help="names of contestants")
    parser.add_argument("--scratch", type=Path, help="a folder; the drawn set is kept there")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for one contestant")
    parser.add_argument("--memory", type=float, default=12.0, help="GiB for one contestant")
    asked = parser.parse_args(words)
    print(f"{machine.describe()}, load {machine.load():.1f}")
    with tempfile.TemporaryDirectory() as folder:
        scratch = asked.scratch or Path(folder)
        source = drawn(scratch, asked.scale)
        for task in asked.tasks:
            table(
                task, source if not task.startswith("back") else _sets(task, source), scratch, asked
            )


def _sets(task: str, source: Path) -> Path:
    """The YOLO set of the drawn file, made by us, with its pictures."""
    of = "yolo-seg" if task.endswith("seg") else "yolo"
    target = source.parent.parent.with_name(f"{source.parent.parent.name}-{of}")
    if not target.exists():
        verb = [sys.executable, "-m", "prelabel", "convert", source, target, "--from", "coco"]
        subprocess.run([*verb, "--to", of], check=True, stderr=-3, stdout=-3)
    return target


if __name__ == "__main__":
    main()
