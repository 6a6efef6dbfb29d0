"""/predict for clips: tracks as regions, made once, in the background where they take long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import label_studio_player as player
import numpy as np
import pytest
import tiny_model
from label_studio_calls import NAMES, Studio
from serving import serve

from formats.label_studio import config
from formats.label_studio.config import LabelConfig
from formats.label_studio.video import heads, routing
from formats.label_studio.video.encoding import encode
from geometry import boxes
from prelabel.frames.writing import ClipWriter
from prelabel.job import Asked
from prelabel.labeler import Labeler
from prelabel.tickets import Ticket
from prelabel.video.options import Options
from prelabel.video.service import tracks_of

SIDE = 64
RATE = 25
PATIENCE = 120
"""Seconds that a clip may take on a machine that has other things to do."""


def view(rate: str = "25", more: str = "") -> str:
    labels = "".join(f'<Label value="{name}"/>' for name in NAMES)
    return (
        f'<View><Labels name="l" toName="v">{labels}</Labels>'
        f'<Video name="v" value="$video" framerate="{rate}"/>'
        f'<VideoRectangle name="box" toName="v" {more}/></View>'
    )


def clip(path: Path, frames: int = 30, start: int = 0) -> str:
    """A red square that moves over black, one cell of the tiny model every ten frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ClipWriter(path, (SIDE, SIDE), RATE) as writer:
        for index in range(frames):
            pixels = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
            x = 16 * ((start + index // 10) % 3)
            pixels[16:32, x : x + 16] = (250, 0, 0)
            writer.write(pixels)
    return str(path)


@contextmanager
def studio(home: Path, photos: Path, **settings: Any) -> Iterator[Studio]:
    path = home / "tiny.onnx"
    if not path.exists():
        tiny_model.write(path)
    own = {"data_dir": str(photos / "data"), "folders": (str(photos),), **settings}
    with serve({"tiny": path}, **own) as served:
        yield Studio(served, config=view())


@pytest.fixture
def asked(home: Path, photos: Path) -> Iterator[Studio]:
    photos.mkdir(parents=True, exist_ok=True)
    with studio(home, photos) as made:
        yield made


def tasks(studio: Studio, *paths: str, **more: Any) -> list[dict[str, Any]]:
    return [studio.task(i, {"video": path, **more}) for i, path in enumerate(paths, 1)]


def test_the_regions_are_the_models_own_tracks(asked: Studio, photos: Path, home: Path) -> None:
    path = clip(photos / "a.mp4")
    (result,) = asked.predict(tasks(asked, path))
    with Labeler.open(home / "tiny.onnx") as labeler:
        tracked = tracks_of(path, labeler, Asked(), Options(), Ticket())
        labels = labeler.card.labels
    shot = heads.shot(tracked.media, RATE)
    parsed: LabelConfig = config.parse(view())
    own = encode(tracked.shown, routing.routes(parsed, labels), shot, tolerance=0.9)
    wanted = [r for r in own if r.get("score", 0) >= 0.25]
    assert wanted
    assert result["result"] == wanted
    assert {r["type"] for r in result["result"]} == {"videorectangle"}


def test_every_frame_is_within_the_promise(asked: Studio, photos: Path, home: Path) -> None:
    """What is answered, drawn as the editor draws it, against the tracks themselves."""
    path = clip(photos / "a.mp4")
    (result,) = asked.predict(tasks(asked, path))
    with Labeler.open(home / "tiny.onnx") as labeler:
        table = tracks_of(path, labeler, Asked(), Options(), Ticket()).shown
    drawn = [r["value"]["sequence"] for r in result["result"]]
    assert sum(len(sequence) for sequence in drawn) < len(table)
    for frame in range(30):
        told = [player.drawn(sequence, frame + 1) for sequence in drawn]
        shown = np.array([player.box(one, (SIDE, SIDE)) for one in told if one is not None])
        own = boxes.clip(table.boxes[table.images == frame], (SIDE, SIDE))
        if len(own):
            assert boxes.iou(own, shown.reshape(-1, 4)).max(axis=1).min() >= 0.9 - 1e-6


def test_a_clip_is_followed_once_whatever_the_projects_rate(asked: Studio, photos: Path) -> None:
    """The rate of a project only numbers the answer; it has a version of its own."""
    path = clip(photos / "a.mp4")
    (first,) = asked.predict(tasks(asked, path))
    other = replace(asked, config=view("50"))
    start = time.monotonic()
    (second,) = other.predict(tasks(other, path))
    assert time.monotonic() - start < 5
    assert first["model_version"] != second["model_version"]
    counts = [r["result"][0]["value"]["framesCount"] for r in (first, second)]
    assert counts == [30, 60]
    by_data = replace(asked, config=view("$fps"))
    (third,) = by_data.predict(tasks(by_data, path, fps=12.5))
    assert third["result"][0]["value"]["framesCount"] == 15


def test_a_long_clip_is_answered_at_a_later_click(home: Path, photos: Path) -> None:
    path = clip(photos / "a.mp4", 300)
    with studio(home, photos, label_studio_deadline=0.5) as asked:
        first = asked.predict(tasks(asked, path))
        assert first == [[]]
        found: list[Any] = []
        end = time.monotonic() + PATIENCE
        while not answered(asked, path, found):
            assert time.monotonic() < end, "it was never finished"
        again = asked.predict(tasks(asked, path))
    assert again == found[-1]
    Path(path).unlink()
    with studio(home, photos) as later:
        assert later.predict(tasks(later, path)) == again


def answered(studio: Studio, path: str, found: list[Any]) -> bool:
    """Click again; what is answered goes to `found`."""
    found.append(studio.predict(tasks(studio, path)))
    return bool(found[-1] != [[]])


def test_a_server_that_is_closed_does_not_wait_for_a_clip(home: Path, photos: Path) -> None:
    path = clip(photos / "a.mp4", 900)
    with studio(home, photos, label_studio_deadline=1.0) as asked:
        assert asked.predict(tasks(asked, path)) == [[]]
        start = time.monotonic()
    assert time.monotonic() - start < 10


def test_what_is_no_clip_costs_only_its_own_task(asked: Studio, photos: Path) -> None:
    good = clip(photos / "a.mp4")
    broken = photos / "b.mp4"
    broken.write_bytes(b"no clip at all")
    elsewhere = clip(photos.parent / "elsewhere" / "c.mp4")
    gone = str(photos / "gone.mp4")
    found = asked.predict(tasks(asked, broken.as_posix(), good, elsewhere, gone))
    assert [bool(entry) for entry in found] == [False, True, False, False]


def test_a_task_without_a_clip_gets_nothing(asked: Studio) -> None:
    assert asked.predict([asked.task(1, {"image": "a.jpg"}), asked.task(2, {})]) == [[], []]


def test_a_threshold_holds_for_tracks(asked: Studio, photos: Path) -> None:
    path = clip(photos / "a.mp4")
    strict = replace(asked, config=view(more='model_score_threshold="0.99"'))
    (all_of_them,) = asked.predict(tasks(asked, path))
    (few,) = strict.predict(tasks(strict, path))
    kept = few["result"] if few else []
    assert len(kept) < len(all_of_them["result"])
    assert all(r["score"] >= 0.99 for r in kept)


def test_smart_tools_have_no_answer_about_clips(asked: Studio, photos: Path) -> None:
    path = clip(photos / "a.mp4")
    drawn = {"from_name": "box", "to_name": "v", "type": "videorectangle", "value": {}}
    assert asked.predict(tasks(asked, path), [drawn]) == [[]]
