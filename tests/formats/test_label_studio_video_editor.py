"""Clips in the real editor: which frame each number shows, and where our tracks are drawn."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import label_studio_player as player
import numbered_clips
import numpy as np
import pytest
from browser import launched, opened
from label_studio_app import PASSWORD, USER, App
from numbered_clips import SIZE
from PIL import Image
from playwright.sync_api import Page

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Label, Source
from formats.label_studio.video import decoding, heads
from formats.tracks.clip import ClipTracks, dataset
from formats.tracks.dense import dense
from formats.tracks.grid import Grid, steady
from geometry import boxes
from prelabel.frames import open_video

pytestmark = [
    pytest.mark.label_studio,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("label_studio"),
]

SLOW = 180_000
"""Milliseconds that the editor may take: it is several MB of script."""
COUNT = 48
PATIENCE = 10
"""Looks at a canvas that does not show what it should yet."""
STORE = "Htx.annotationStore.selected"
VIDEO = f"[...{STORE}.names.values()].find(tag => tag.type === 'video')"
READY = f"window.Htx && Htx.annotationStore && {STORE} && ({VIDEO})?.ref.current?.length > 0"
SEEK = f"""async number => {{
  const video = {VIDEO}, player = document.querySelector('video');
  if (video.frame !== number) {{
    const done = new Promise(ready => player.addEventListener('seeked', ready, {{once: true}}));
    video.setFrame(number);
    await done;
  }}
  await new Promise(ready => requestAnimationFrame(() => requestAnimationFrame(ready)));
  const drawn = {STORE}.regionStore.regions.map(region => {{
    const box = region.isInLifespan(number) && region.getShape(number);
    return box ? [box.x, box.y, box.width, box.height, box.rotation] : null;
  }});
  return {{frame: video.frame, drawn, time: player.currentTime}};
}}"""
"""Go to a number as the editor's buttons do; the number, the clip's time and the boxes there."""


@dataclass(frozen=True)
class Case:
    """A clip and the rate of its project: 0 for the one that is generated."""

    fps: float
    rate: float = 0.0
    uneven: bool = False

    def times(self) -> list[float]:
        """When its frames are shown; uneven ones last between a third and twice as long."""
        if not self.uneven:
            return steady(COUNT, self.fps).tolist()
        lengths = np.random.default_rng(5).integers(14, 84, COUNT - 1) / 1000
        return [0.0, *np.cumsum(lengths).round(3).tolist()]


CASES = {
    "25 at 25": Case(25),
    "29.97 at its own": Case(30000 / 1001),
    "29.97 at 29.97": Case(30000 / 1001, 29.97),
    "24 at 24": Case(24, 24),
    "25 at 24, the usual": Case(25, 24),
    "25 at 60": Case(25, 60),
    "60 at 25": Case(60, 25),
    "uneven at the average": Case(25, uneven=True),
    "uneven at 30": Case(25, 30, uneven=True),
}


@pytest.fixture(scope="module")
def page(label_studio: App, chromium: str) -> Iterator[Page]:
    """A page of a user who has logged in; what Label Studio's own pages log is not ours."""
    anything = {"forgiven": ("",), "viewport": {"width": 1400, "height": 1000}}
    with (
        launched(chromium) as browser,
        opened(browser, f"{label_studio.url}/user/login/", **anything) as found,
    ):
        found.fill("input[name=email]", USER)
        found.fill("input[name=password]", PASSWORD)
        found.click("button[type=submit]", no_wait_after=True)
        found.wait_for_url(lambda url: "login" not in url, wait_until="commit", timeout=SLOW)
        yield found


def truth(count: int) -> Annotations:
    """The square's track: away for ten frames, and gone before the end."""
    frames = np.array([f for f in range(2, count - 4) if not 20 <= f < 30])
    shown = np.array([numbered_clips.square(f) for f in frames])
    tracks = np.full(len(frames), 7)
    return Annotations.of(
        images=frames, boxes=shown, tracks=tracks, scores=np.full(len(frames), 0.8)
    )


def written(case: Case, folder: Path, address: str) -> tuple[Grid, Dataset]:
    """The clip and its tasks with pre-labels in a folder; the numbers that were written."""
    clip = folder / "clip.mp4"
    numbered_clips.write(clip, case.times(), case.fps)
    media = open_video(clip).media("clip.mp4")
    media = replace(media, times=tuple(case.times()))
    like = Dataset.of([Label("square")], [], media=(media,), sources=(Source("model", "m"),))
    tracks = ClipTracks(media, 0, truth(media.frames), np.arange(media.frames))
    options = {"keyframes": 0.9, "framerate": case.rate, "image_prefix": address}
    formats.write(dataset([tracks], like), folder / "tasks", "label-studio", options)
    rate = json.loads((folder / "tasks" / "tasks.json").read_text())[0]["meta"]["framerate"]
    return Grid.of(media.times, rate), like


def imported(studio: App, folder: Path) -> tuple[int, int]:
    """A project with the tasks of a folder, as a user makes it; its number and the task's."""
    tasks = folder / "tasks"
    project = studio.project((tasks / "label_config.xml").read_text(), folder.name)
    studio.post("/api/storages/localfiles/", {"project": project, "path": str(folder)})
    studio.post(f"/api/projects/{project}/import", json.loads((tasks / "tasks.json").read_text()))
    (task,) = studio.tasks(project)
    return project, task


def canvas(page: Page) -> np.ndarray:
    """The clip's picture in the editor with what is drawn over it, as it stands on the screen."""
    place = page.locator(".konvajs-content").first.bounding_box()
    shot = Image.open(io.BytesIO(page.screenshot(clip=place))).convert("RGB")
    return inside(np.asarray(shot))


def settled(page: Page, number: int, expected: int) -> int:
    """The frame that is drawn under a number.

    A busy machine gets a while to draw the expected one, and is asked again as a person would.
    """
    for turn in range(1, PATIENCE + 1):
        if (found := numbered_clips.number(canvas(page))) == expected:
            break
        page.wait_for_timeout(200)
        if turn % 3 == 0:
            page.evaluate(SEEK, number % 2 + 1)
            page.evaluate(SEEK, number)
    return found


def inside(shot: np.ndarray) -> np.ndarray:
    """The part of the player that the picture fills."""
    height, width = shot.shape[:2]
    scale = min(1.0, width / SIZE[0], height / SIZE[1])
    w, h = round(SIZE[0] * scale), round(SIZE[1] * scale)
    x, y = (width - w) // 2, (height - h) // 2
    return shot[y : y + h, x : x + w]


@pytest.mark.parametrize("name", CASES)
def test_tracks_are_drawn_on_the_frames_that_they_belong_to(
    label_studio: App, page: Page, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    folder = label_studio.files / tmp_path.name
    folder.mkdir()
    grid, like = written(case, folder, f"/data/local-files/?d={folder.name}/")
    project, task = imported(label_studio, folder)
    page.goto(
        f"{label_studio.url}/projects/{project}/data?task={task}", wait_until="domcontentloaded"
    )
    page.wait_for_function(READY, timeout=SLOW)
    page.wait_for_function(f"{STORE}.regionStore.regions.length === 1", timeout=SLOW)
    count = page.evaluate(f"({VIDEO}).ref.current.length")
    numbers = range(1, min(count, grid.count) + 1)
    seen = [(page.evaluate(SEEK, n), settled(page, n, int(grid.source([n])[0]))) for n in numbers]

    assert [told["frame"] for told, _ in seen] == list(numbers)
    frames = [frame for _, frame in seen]
    assert frames == grid.source(numbers).tolist()
    assert set(frames) >= {0, *(grid.source(grid.positions()).tolist()[:-1])}
    wanted = dict(zip(truth(COUNT).images.tolist(), truth(COUNT).boxes, strict=True))
    for (told, frame), n in zip(seen, numbers, strict=True):
        (drawn,) = told["drawn"]
        assert (drawn is not None) == (frame in wanted), (n, frame)
        if drawn is not None:
            assert iou(drawn, wanted[frame]) >= 0.9, (n, frame)
    agrees_with_editor(page, like, grid, [told for told, _ in seen])
    page.evaluate(SEEK, 12)
    page.wait_for_timeout(500)
    page.screenshot(path=tmp_path / "editor.png")


SEQUENCES = {
    "short way up": [(3, 350, True), (11, 10, False)],
    "short way down": [(3, 10, True), (11, 350, False)],
    "half a turn": [(3, 0, True), (13, 180, False)],
    "a gap": [(2, 0, True), (5, 0, False), (9, 20, True), (12, 40, True)],
    "single numbers": [(4, 30, False), (8, 60, False)],
    "not said": [(4, 30, None), (8, 60, True), (10, 60, None)],
}


def test_the_editor_draws_as_the_player_of_the_tests(
    label_studio: App, page: Page, tmp_path: Path
) -> None:
    """Rotation, gaps, single numbers and runs to the end, under every number."""
    folder = label_studio.files / tmp_path.name
    folder.mkdir()
    written(Case(25, 25), folder, f"/data/local-files/?d={folder.name}/")
    file = folder / "tasks" / "tasks.json"
    (task,) = json.loads(file.read_text())
    (prediction,) = task["predictions"]
    (model,) = prediction["result"]
    prediction["result"] = [
        {**model, "id": f"r{k}", "value": {**model["value"], "sequence": sequence(told)}}
        for k, told in enumerate(SEQUENCES.values())
    ]
    file.write_text(json.dumps([task]))
    project, number = imported(label_studio, folder)
    page.goto(
        f"{label_studio.url}/projects/{project}/data?task={number}", wait_until="domcontentloaded"
    )
    page.wait_for_function(READY, timeout=SLOW)
    count = f"{STORE}.regionStore.regions.length === {len(SEQUENCES)}"
    page.wait_for_function(count, timeout=SLOW)
    order = page.evaluate(f"{STORE}.regionStore.regions.map(region => region.sequence)")
    for at in range(1, 20):
        drawn = page.evaluate(SEEK, at)["drawn"]
        for own, box in zip(order, drawn, strict=True):
            told = player.drawn(own, at)
            assert (box is None) == (told is None), (at, own)
            if box is not None and told is not None:
                np.testing.assert_allclose(box[:4], told[:4], atol=1e-9)
                assert abs((box[4] - told[4] + 180) % 360 - 180) < 1e-9


def sequence(told: list[tuple[int, float, bool | None]]) -> list[dict[str, Any]]:
    """Keyframes that move with their number."""
    return [
        {
            "frame": n,
            "x": 30.0 + n,
            "y": 20.0 + n / 2,
            "width": 20.0,
            "height": 10.0,
            "rotation": turn,
            "time": n / 25,
            **({} if on is None else {"enabled": on}),
        }
        for n, turn, on in told
    ]


def iou(drawn: list[float], box: np.ndarray) -> float:
    """Of percents as the editor has them, and pixels."""
    x, y, w, h = np.array(drawn[:4]) * np.tile(SIZE, 2) / 100
    return float(boxes.iou(np.array([[x, y, x + w, y + h]]), box[None])[0, 0])


def agrees_with_editor(page: Page, like: Dataset, grid: Grid, seen: list[dict[str, Any]]) -> None:
    """What the editor saves is read as the tracks that it has drawn."""
    results = page.evaluate(f"{STORE}.serializeAnnotation()")
    shot = heads.shot(like.media[0], grid.rate)
    found = dense(decoding.decode(results, like.labels, shot), "label-studio")
    for frame, box in zip(found.images.tolist(), found.boxes, strict=True):
        number = number_of(frame, results[0]["value"]["sequence"], grid)
        (drawn,) = seen[number - 1]["drawn"]
        assert drawn is not None, (frame, number)
        assert iou(drawn, box) > 0.999999, (frame, number)


def number_of(frame: int, sequence: list[dict[str, Any]], grid: Grid) -> int:
    """The first number that shows a frame, or the first of a keyframe there."""
    keys = [one["frame"] for one in sequence]
    shown = range(int(grid.positions()[frame]), int(grid.ends()[frame]) + 1)
    return next((n for n in shown if n in keys), shown[0])
