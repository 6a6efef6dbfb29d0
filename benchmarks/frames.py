"""`python -m benchmarks.frames [CLIP...] [--rounds 3]`: frames of clips beside PyAV and OpenCV.

The bound is a bare PyAV loop with as many threads as ours, decoding to RGB and doing nothing else.
Every round runs each contestant once; the table states medians, in frames that come out a second of
wall time, and the CPU time of each.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks import machine
from prelabel.clips import draw_clip
from prelabel.frames import ClipWriter, open_video
from prelabel.frames.opening import MOST_THREADS

DRAWN = (1280, 720, 600)
"""Width, height and frames of the clip that is drawn where none is named."""

Way = Callable[[str, int], int]


def ours(path: str, stride: int) -> int:
    """The look through the clip and its frames."""
    video = open_video(path)
    return sum(1 for _ in video.frames(range(0, video.count, stride)))


def ours_scan(path: str, stride: int) -> int:
    """The look through the clip alone: count, times, size."""
    return len(range(0, open_video(path).count, stride))


def bare(path: str, stride: int) -> int:
    """PyAV alone: every frame is decoded, the wanted ones become RGB."""
    with av.open(path) as file:
        stream = file.streams.video[0]
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = min(MOST_THREADS, machine.cores())
        wanted = (f for i, f in enumerate(file.decode(stream)) if i % stride == 0)
        return sum(1 for frame in wanted if frame.to_ndarray(format="rgb24").size)


def opencv(path: str, stride: int) -> int:
    """cv2.VideoCapture: what is not wanted is grabbed, but not turned to RGB."""
    capture, count, found = cv2.VideoCapture(path), 0, 0
    while capture.grab():
        if count % stride == 0:
            there, pixels = capture.retrieve()
            found += int(there and cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).size > 0)
        count += 1
    return found


def supervision(path: str, stride: int) -> int:
    """supervision's generator, where it is installed."""
    import supervision as sv

    frames = sv.get_video_frames_generator(path, stride=stride)
    return sum(1 for pixels in frames if cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).size)


def ways() -> dict[str, Way]:
    """The contestants that are there."""
    found: dict[str, Way] = {"ours": ours, "bare PyAV": bare, "cv2": opencv}
    if machine.installed("supervision") != "absent":
        found["supervision"] = supervision
    return found | {"ours, index only": ours_scan}


def measure(path: Path, stride: int, rounds: int) -> Iterator[str]:
    """A line for each contestant; all must find as many frames."""
    seconds: dict[str, list[float]] = {name: [] for name in ways()}
    cpu: dict[str, list[float]] = {name: [] for name in ways()}
    counts = set()
    for _ in range(rounds):
        for name, way in ways().items():
            wall, used = time.perf_counter(), time.process_time()
            counts.add(way(str(path), stride))
            seconds[name].append(time.perf_counter() - wall)
            cpu[name].append(time.process_time() - used)
    if len(counts) != 1:
        yield f"  the counts differ: {sorted(counts)}"
    count, bound = max(counts), statistics.median(seconds["bare PyAV"])
    for name, taken in seconds.items():
        wall, used = statistics.median(taken), statistics.median(cpu[name])
        rate = f"{count / wall:9.0f}/s  {1e3 * used / count:7.2f} ms CPU a frame"
        yield f"  {name:18}{rate}  {bound / wall:6.2f} of the bare loop"


def drawn(folder: Path) -> Path:
    """A clip of shapes that drift over a large picture."""
    width, height, count = DRAWN
    clip, path = draw_clip(3, frames=48, size=720), folder / "drawn.mp4"
    pictures = [scene.pixels for scene in clip]
    with ClipWriter(
        path, (width, height), 30, options={"g": "100", "preset": "veryfast"}
    ) as writer:
        for i in range(count):
            pixels = np.roll(pictures[min(i % 96, 95 - i % 96)], i, axis=1)
            writer.write(np.concatenate([pixels, pixels[:, : width - height]], axis=1))
    return path


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.frames", description=__doc__)
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(f"{machine.describe()}, av {machine.installed('av')}, load {machine.load():.1f}")
    with tempfile.TemporaryDirectory() as folder:
        for path in asked.clips or [drawn(Path(folder))]:
            for stride in (1, 10, 100):
                print(f"{path.name}, every {stride}. frame")
                print(*measure(path, stride, asked.rounds), sep="\n")


if __name__ == "__main__":
    main()
