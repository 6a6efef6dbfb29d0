"""Clips in exports of Label Studio and in tasks to import."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sdk_oracle import Oracle

import formats
from formats.annotations import Annotations, Kind
from formats.dataset import Dataset, Item, Label, Media, Source
from formats.tracks.clip import ClipTracks, clips, dataset
from formats.tracks.dense import dense
from geometry import rotated

FRAMES = 24
LABELS = (Label("car"), Label("person"))
EXACT = 1e-6
UNEVEN = tuple(np.cumsum([0.0, *np.random.default_rng(3).integers(20, 90, FRAMES - 1) / 1000]))


def media(**more: Any) -> Media:
    return replace(Media("clips/a.mp4", (320, 240), FRAMES, 25.0), **more)


def table(shift: float = 0.0) -> Annotations:
    """Two tracks, one with a gap."""
    frames = np.array([*range(12), *(f for f in range(2, 22) if not 8 <= f < 12)])
    tracks = np.array([3] * 12 + [8] * 16)
    x = 20.0 + shift + frames * np.where(tracks == 3, 4, 2)
    shape = np.column_stack([x, np.full(28, 30.0), x + 40, np.full(28, 90.0)])
    more = {"tracks": tracks, "labels": (tracks == 8).astype(int), "scores": np.full(28, 0.5)}
    order = np.lexsort((tracks, frames))
    return Annotations.of(28, images=frames, boxes=shape, **more)[order]


def a_set(*said: ClipTracks, sources: tuple[Source, ...] = (Source("model", "m"),)) -> Dataset:
    seen = {clip.index: clip.media for clip in said}
    like = Dataset.of(LABELS, [], media=tuple(seen[k] for k in sorted(seen)), sources=sources)
    return dataset(said, like)


def one(**more: Any) -> Dataset:
    return a_set(ClipTracks(media(**more), 0, table(), np.arange(FRAMES)))


def tasks(folder: Path) -> list[dict[str, Any]]:
    return json.loads((folder / "tasks.json").read_text())


def same(found: Annotations, wanted: Annotations, atol: float = EXACT) -> None:
    """The same boxes in every frame."""
    whole = dense(found, "label-studio")
    whole = whole[np.lexsort((whole.tracks, whole.images))]
    for name in ("images", "tracks", "labels"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(wanted, name))
    np.testing.assert_allclose(whole.boxes, wanted.boxes, atol=atol)


@pytest.mark.parametrize("times", [(), UNEVEN])
@pytest.mark.parametrize("rate", [0, 30])
@pytest.mark.parametrize("target", ["tasks", "tasks.json"])
def test_clips_come_back(tmp_path: Path, times: tuple[float, ...], rate: int, target: str) -> None:
    """With their frames and times; where numbers are frames, exactly."""
    clip = media(times=times, rate=23 / times[-1] if times else 25.0)
    data = one(times=clip.times, rate=clip.rate)
    losses = formats.write(data, tmp_path / target, "label-studio", {"framerate": rate})
    assert not losses
    back = formats.read(tmp_path / target)
    (found,) = clips(back)
    assert back.labels == LABELS
    assert back.extra == {"interpolation": "label-studio"}
    assert not list(back.losses)
    assert replace(found.media, first_number=0) == clip
    assert found.looked.tolist() == list(range(FRAMES))
    if not times and not rate:
        same(found.table, table())
    else:
        assert set(dense(found.table).tracks.tolist()) == {3, 8}


def test_an_export_is_written_again_as_it_was(tmp_path: Path) -> None:
    formats.write(one(), tmp_path / "a", "label-studio", {"keyframes": 0.9})
    (first,) = tasks(tmp_path / "a")
    first |= {"id": 7, "data": {**first["data"], "shift": "night"}}
    (tmp_path / "a" / "tasks.json").write_text(json.dumps([first]))
    formats.write(formats.read(tmp_path / "a"), tmp_path / "b", "label-studio")
    (second,) = tasks(tmp_path / "b")
    assert second["id"] == 7
    assert second["data"] == first["data"]
    assert second["meta"] == first["meta"]
    pairs = zip(first["predictions"][0]["result"], second["predictions"][0]["result"], strict=True)
    for a, b in pairs:
        for p, q in zip(a["value"]["sequence"], b["value"]["sequence"], strict=True):
            assert p == pytest.approx(q, abs=1e-6)


def test_every_annotator_is_there(tmp_path: Path) -> None:
    nobody = np.zeros(0, dtype=np.int64)
    skipped = Item("x", media=0, frame=0, annotator="c@x.org", status="cancelled")
    data = a_set(
        ClipTracks(media(), 0, table(), np.arange(FRAMES), annotator="a@x.org"),
        ClipTracks(media(), 0, table(9), np.arange(FRAMES), annotator="b@x.org"),
        ClipTracks(media(), 0, Annotations.empty(), nobody, {0: skipped}, "c@x.org"),
        ClipTracks(media(path="b.mp4"), 1, Annotations.empty(), np.arange(FRAMES), annotator="a"),
        ClipTracks(media(path="c.mp4"), 2, Annotations.empty(), nobody),
    )
    losses = formats.write(data, tmp_path / "a", "label-studio")
    first, second, third = tasks(tmp_path / "a")
    assert [len(a["result"]) for a in first["annotations"]] == [2, 2, 0]
    assert [bool(a.get("was_cancelled")) for a in first["annotations"]] == [False, False, True]
    assert [a["result"] for a in second["annotations"]] == [[]]
    assert "annotations" not in third
    assert [str(loss) for loss in losses]
    found = {(c.index, c.annotator): c for c in clips(formats.read(tmp_path / "a"))}
    same(found[0, "a@x.org"].table, table())
    same(found[0, "b@x.org"].table, table(9))
    assert not len(found[0, "c@x.org"].looked)
    assert [i.status for i in found[0, "c@x.org"].items.values()] == ["cancelled"]


def test_the_config_has_the_clips_rate(tmp_path: Path) -> None:
    formats.write(one(rate=30000 / 1001), tmp_path / "a", "label-studio")
    assert 'framerate="29.97002997"' in (tmp_path / "a" / "label_config.xml").read_text()
    both = a_set(
        ClipTracks(media(), 0, table(), np.arange(FRAMES)),
        ClipTracks(media(path="b.mp4", rate=10.0), 1, table(), np.arange(FRAMES)),
    )
    formats.write(both, tmp_path / "b", "label-studio")
    assert 'framerate="$framerate"' in (tmp_path / "b" / "label_config.xml").read_text()
    assert [task["data"]["framerate"] for task in tasks(tmp_path / "b")] == ["25", "10"]
    assert [c.media.rate for c in clips(formats.read(tmp_path / "b"))] == [25, 10]
    for clip in clips(formats.read(tmp_path / "b")):
        same(clip.table, table())


def theirs(tmp_path: Path, **more: Any) -> Path:
    """An export of a task that others imported."""
    formats.write(one(), tmp_path / "ours", "label-studio")
    (task,) = tasks(tmp_path / "ours")
    results = task["predictions"][0]["result"]
    bare = [{k: v for k, v in r.items() if k not in ("meta", "score")} for r in results]
    entry = {"id": 1, "data": {"video": "/data/upload/2/0a1b2c3d-a.mp4"}}
    answer = {"id": 5, "completed_by": {"email": "a@x.org"}, "result": bare}
    file = tmp_path / "export.json"
    file.write_text(json.dumps([{**entry, "annotations": [answer], **more}]))
    return file


@pytest.mark.parametrize("named", [True, False])
def test_an_export_of_others_needs_a_size(tmp_path: Path, named: bool) -> None:
    """The rate comes from the config, else from what regions state."""
    file = theirs(tmp_path)
    config = {"label_config": str(tmp_path / "ours" / "label_config.xml")} if named else {}
    blind = formats.read(file, "label-studio", config)
    assert not len(clips(blind)[0].table)
    assert [loss.count for loss in blind.losses] == [2]
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("2/0a1b2c3d-a.mp4,320,240\n")
    (found,) = clips(formats.read(file, "label-studio", {**config, "sizes": str(sizes)}))
    assert found.annotator == "a@x.org"
    assert (found.media.frames, found.media.rate) == (FRAMES, 25)
    wanted = table()
    renamed = wanted.with_columns(tracks=np.where(wanted.tracks == 3, 0, 1))
    same(found.table, renamed)


@pytest.mark.label_studio
def test_the_sdk_takes_tasks_of_clips(sdk: Oracle, tmp_path: Path) -> None:
    """Also rotated boxes, some of them beyond the edge."""
    five = np.column_stack([np.linspace(5, 318, 20), np.full((20, 3), 60.0), np.linspace(0, 9, 20)])
    more = {"tracks": np.zeros(20), "kinds": np.full(20, Kind.ROTATED), "rotated": five}
    turned = Annotations.of(20, images=range(20), boxes=rotated.bounds(five), **more)
    for tolerance, rows in ((0, table()), (0.9, table()), (0.9, turned)):
        target = tmp_path / f"{tolerance} {rows is turned}"
        data = a_set(ClipTracks(media(), 0, rows, np.arange(FRAMES)))
        formats.write(data, target, "label-studio", {"keyframes": tolerance})
        (task,) = tasks(target)
        sdk.accepts((target / "label_config.xml").read_text(), *task["predictions"])


def test_json_min(tmp_path: Path) -> None:
    formats.write(one(), tmp_path / "a", "label-studio")
    (task,) = tasks(tmp_path / "a")
    values = [r["value"] for r in task["predictions"][0]["result"]]
    record = {"video": "a.mp4", "id": 1, "box": values, "annotator": 4, "annotation_id": 9}
    file = tmp_path / "a" / "min.json"
    file.write_text(json.dumps([record]))
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("a.mp4,320,240\n")
    (found,) = clips(formats.read(file, "label-studio", {"sizes": str(sizes)}))
    same(found.table, table().with_columns(tracks=np.where(table().tracks == 3, 0, 1)))


def test_a_clip_without_a_size_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frame size and number of frames"):
        formats.write(one(size=(0, 0)), tmp_path / "a", "label-studio")
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("clips/a.mp4,320,240\n")
    formats.write(one(size=(0, 0)), tmp_path / "a", "label-studio", {"sizes": str(sizes)})
    same(clips(formats.read(tmp_path / "a"))[0].table, table())


def test_pictures_beside_clips_are_counted(tmp_path: Path) -> None:
    still = Item("a.jpg", (10, 10), Annotations.empty())
    data = one()
    like = Dataset.of(LABELS, [still], media=data.media)
    both = dataset(clips(data), like)
    losses = formats.write(both, tmp_path / "a", "label-studio")
    assert [loss.count for loss in losses] == [1]


def test_frames_go_to_a_project_of_pictures(tmp_path: Path) -> None:
    """A config without a <Video> makes a task for each frame, as for any other pictures."""
    config = tmp_path / "config.xml"
    labels = '<Label value="car"/><Label value="person"/>'
    config.write_text(
        '<View><Image name="i" value="$image"/>'
        f'<RectangleLabels name="r" toName="i">{labels}</RectangleLabels></View>'
    )
    formats.write(one(), tmp_path / "a", "label-studio", {"label_config": str(config)})
    assert len(tasks(tmp_path / "a")) == FRAMES


@pytest.mark.parametrize(
    "meta",
    [
        {"frames": -1, "fps": 25},
        {"frames": "many", "fps": 25},
        {"frames": FRAMES, "fps": "fast"},
        {"frames": FRAMES, "fps": 25, "times": [0, 0]},
        {"frames": 2, "fps": 25, "times": [1, 0]},
        {"width": "wide", "height": 3},
        {"path": 7},
        {"path": ".."},
    ],
)
def test_odd_words_about_a_clip_break_nothing(tmp_path: Path, meta: dict[str, Any]) -> None:
    size = {"width": 320, "height": 240}
    file = theirs(tmp_path, meta={**size, **meta})
    for clip in clips(formats.read(file, "label-studio")):
        assert clip.media.frames >= 1
        assert len(clip.table) == 0 or clip.table.images.max() < clip.media.frames


def test_keyframes_behind_the_stated_end_are_told(tmp_path: Path) -> None:
    formats.write(one(), tmp_path / "a", "label-studio")
    for last, expected in ((FRAMES, 0), (FRAMES + 9, 1)):
        (task,) = tasks(tmp_path / "a")
        (first, *_) = (task.get("annotations") or task["predictions"])[0]["result"]
        first["value"]["sequence"][-1]["frame"] = last
        (tmp_path / "a" / "tasks.json").write_text(json.dumps([task]))
        found = formats.read(tmp_path / "a")
        list(found.items)
        told = [
            odd.count for what, odd in found.losses.warnings.items() if "behind the end" in what
        ]
        assert sum(told) == expected
