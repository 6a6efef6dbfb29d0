"""Keyframes that a person has to look at: frames per keyframe, beside simpler ways to choose them.

`python -m benchmarks.keyframes [--real-data DIR]`. Every way keeps the same promise: IoU of at
least t in every frame, as linear interpolation shows it.

- every k-th: the largest k that holds for a track, and its last frame;
- Ramer-Douglas-Peucker: the worst frame of a span becomes a keyframe until all are good;
- greedy: from each keyframe the furthest one for which all frames between are good;
- exact: `geometry.tracks.reduce` without, and with, smoothed shapes.

Then how long `reduce` takes for 3,000 frames, and interpolation from 500 to 480 vertices.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from geometry.rings import Rings
from geometry.tracks import Track, interpolate, likeness, reduce
from prelabel.clips import Clip, Course, draw_clip

TOLERANCES = (0.9, 0.8, 0.7)
CLIPS, FRAMES = 6, 240
LOOK = 30
"""Frames in a row without a good one after which the greedy way gives up."""
Rows = Sequence[int]


def good(track: Track, rows: Rows, tolerance: float) -> bool:
    """Whether the rows as keyframes show all of the track."""
    shown = interpolate(track[list(rows)], track.frames)
    return bool((likeness(shown, track) >= tolerance).all())


def every_kth(track: Track, tolerance: float) -> int:
    """Keyframes at even distances."""
    last = len(track) - 1
    for step in range(max(last, 1), 0, -1):
        rows = sorted({*range(0, last + 1, step), last})
        if good(track, rows, tolerance):
            return len(rows)
    return len(track)


def douglas_peucker(track: Track, tolerance: float) -> int:
    """Keyframes where spans are worst."""
    rows, spans = {0, len(track) - 1}, [(0, len(track) - 1)]
    while spans:
        first, last = spans.pop()
        inside = slice(first, last + 1)
        like = likeness(interpolate(track[[first, last]], track.frames[inside]), track[inside])
        worst = first + int(np.argmin(like))
        if like.min() < tolerance:
            rows.add(worst)
            spans += [(first, worst), (worst, last)]
    return len(rows)


def greedy(track: Track, tolerance: float) -> int:
    """Keyframes as far apart as can be, one after the other."""
    at, count, last = 0, 1, len(track) - 1
    while at < last:
        best = stop = at + 1
        while stop < min(last, best + LOOK):
            stop += 1
            if good(track[at : stop + 1], [0, stop - at], tolerance):
                best = stop
        at, count = best, count + 1
    return count


def exact(track: Track, tolerance: float) -> int:
    """The fewest of the track's own rows."""
    return len(reduce(track, tolerance, smoothed=False).rows)


def smooth(track: Track, tolerance: float) -> int:
    """The fewest, with smoothed shapes where they help."""
    return len(reduce(track, tolerance).rows)


WAYS: Mapping[str, Callable[[Track, float], int]] = {
    "every k-th": every_kth,
    "RDP": douglas_peucker,
    "greedy": greedy,
    "exact": exact,
    "smoothed": smooth,
}


def mot(path: Path) -> list[Track]:
    """The tracks of a MOT file, cut where frames are missing."""
    rows = np.loadtxt(path, delimiter=",", usecols=range(6))
    tracks = []
    for number in np.unique(rows[:, 1]):
        own = rows[rows[:, 1] == number]
        own = own[np.argsort(own[:, 0])]
        boxes = np.column_stack([own[:, 2:4], own[:, 2:4] + own[:, 4:6]])
        tracks += spans(own[:, 0].astype(np.int64), boxes)
    return tracks


def spans(frames: NDArray[np.int64], boxes: NDArray[np.float64]) -> list[Track]:
    """One track for each run of frames."""
    cuts = np.flatnonzero(np.diff(frames) > 1) + 1
    parts = zip(np.split(frames, cuts), np.split(boxes, cuts), strict=True)
    return [Track(*part) for part in parts if len(part[0])]


def drawn(clips: Sequence[Clip]) -> Iterator[Track]:
    """The tracks of drawn clips, straight from their courses: nothing is drawn."""
    for clip in clips:
        for course in clip.courses:
            yield from on_course(course, clip)


def on_course(course: Course, clip: Clip) -> list[Track]:
    """The boxes of one shape while it is in the picture."""
    shapes = [course.at(k / (clip.frames - 1), clip.size, 0) for k in range(clip.frames)]
    seen = np.array([k for k, shape in enumerate(shapes) if not shape.visible.is_empty])
    boxes = np.array([shapes[k].box for k in seen]).reshape(-1, 4)
    return spans(seen, boxes) if len(seen) else []


def jittered(tracks: Sequence[Track], share: float) -> list[Track]:
    """Every edge off by a normal error of `share` of its side."""
    rng = np.random.default_rng(0)
    sides = [np.tile(t.boxes[:, 2:] - t.boxes[:, :2], 2) for t in tracks]
    return [
        t.with_columns(boxes=t.boxes + rng.normal(0, share, t.boxes.shape) * side)
        for t, side in zip(tracks, sides, strict=True)
    ]


def table(name: str, tracks: Sequence[Track], clean: Sequence[Track]) -> None:
    """Frames per keyframe of each way, and how the keyframes lie over the `clean` tracks."""
    frames = sum(map(len, tracks))
    print(f"\n{name}: {len(tracks)} tracks, {frames} boxes")
    print(f"{'t':>4}" + "".join(f"{way:>12}" for way in WAYS) + "   IoU with the clean track")
    for t in TOLERANCES:
        counts = [sum(way(track, t) for track in tracks) for way in WAYS.values()]
        over = [mean_over(tracks, clean, t, smoothed) for smoothed in (False, True)]
        cells = "".join(f"{frames / count:12.1f}" for count in counts)
        print(f"{t:4}{cells}   {over[0]:.3f} exact, {over[1]:.3f} smoothed", flush=True)


def mean_over(tracks: Sequence[Track], clean: Sequence[Track], t: float, smoothed: bool) -> float:
    """Mean IoU of what the keyframes show with the clean tracks."""
    shown = [
        likeness(interpolate(reduce(track, t, smoothed=smoothed).keyframes, track.frames), truth)
        for track, truth in zip(tracks, clean, strict=True)
    ]
    return float(np.concatenate(shown).mean())


def seconds(work: Callable[[], object], runs: int = 3) -> float:
    """Least CPU seconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def speed() -> None:
    """3,000 frames; 500 to 480 vertices over 1,000 frames."""
    rng, t = np.random.default_rng(0), np.arange(3000)
    middle = np.column_stack([300 + 0.15 * t + 30 * np.sin(t / 30), 200 + 20 * np.cos(t / 25)])
    side = np.array([40, 80.0])
    exact_boxes = np.column_stack([middle - side / 2, middle + side / 2])
    print(f"\n{'reduce, 3,000 frames':32}" + "".join(f"{f't = {t}':>9}" for t in TOLERANCES))
    for share in (0, 0.02, 0.05):
        track = Track(t, exact_boxes + rng.normal(0, share, (3000, 4)) * np.tile(side, 2))
        cells = [seconds(lambda t=t, track=track: reduce(track, t)) for t in TOLERANCES]
        print(f"  jitter {share:4.0%}, CPU seconds     " + "".join(f"{c:9.2f}" for c in cells))
    angles = [k + np.arange(count) * (2 * np.pi / count) for k, count in ((0, 500), (1, 480))]
    rings = [[[50 * np.column_stack([np.cos(a), np.sin(a)]) + 100]] for a in angles]
    track = Track.of([0, 1001], rings=Rings.of(rings))
    took = seconds(lambda: interpolate(track, np.arange(1, 1001)))
    print(f"500 to 480 vertices over 1,000 frames: {took:.3f} CPU seconds")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.keyframes", description=__doc__)
    parser.add_argument("--real-data", type=Path, help="folder of the real clips")
    asked = parser.parse_args()
    print(machine.describe(), f"load {machine.load():.1f}")
    if asked.real_data:
        truth = mot(asked.real_data / "video" / "pets_s2l1" / "gt.txt")
        table("pets_s2l1, hand-made truth", truth, truth)
    clean = list(drawn([draw_clip(seed, FRAMES) for seed in range(CLIPS)]))
    for share in (0, 0.02, 0.05):
        table(f"drawn clips, {share:.0%} jitter", jittered(clean, share), clean)
    speed()


if __name__ == "__main__":
    main()
