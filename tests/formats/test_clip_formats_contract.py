"""Formats that hold tracks of clips show, frame by frame, what they were given."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import clip_strategies
import numpy as np
import pytest
from clip_strategies import SIZE, Wanted, shown
from dataset_strategies import table as rows_of
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Label, Media, Source
from formats.tracks import clip, filling

FEW = settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
LEVEL = (Kind.BOX,)
CVAT = (Kind.BOX, Kind.ROTATED, Kind.ELLIPSE, Kind.POLYGON, Kind.LINE, Kind.MASK, Kind.POINTS)
FLAGS = tuple(Flag(1 << k) for k in range(5))
NAMES = ("native", "coco", "cvat-video", "mot", "yolo")
WANTED = {
    "native": Wanted(kinds=CVAT, changing=True, attributes=True, groups=True, scores=True),
    "coco": Wanted(attributes=True, groups=True, scores=True, changing=True),
    "cvat-video": Wanted(kinds=CVAT, changing=True, attributes=True, groups=True),
    "mot": Wanted(changing=True),
    "mots": Wanted(kinds=(Kind.MASK,), flags=(), changing=True),
    "yolo": Wanted(scores=True, changing=True, flags=()),
}
"""What each format holds of a clip."""
NEAR = {"yolo": 0.01}


def written(name: str, dataset: Dataset, folder: str) -> tuple[Dataset, list[str]]:
    target = Path(folder) / "set"
    losses = formats.write(dataset, target, name)
    return formats.read(target), [str(loss) for loss in losses]


def same(found: Annotations, wanted: Annotations, near: float) -> None:
    assert len(found) == len(wanted)
    for name in ("images", "kinds", "labels"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)
    np.testing.assert_array_equal(ids(found), ids(wanted))
    # Between keyframes the bounds of another shape are not those that move evenly.
    boxed = (wanted.kinds == Kind.BOX) | ~wanted.flagged(Flag.INTERPOLATED)
    np.testing.assert_allclose(found.boxes[boxed], wanted.boxes[boxed], rtol=0, atol=near)
    for flag in (Flag.OCCLUDED, Flag.CROWD):
        np.testing.assert_array_equal(found.flagged(flag), wanted.flagged(flag))


def ids(table: Annotations) -> np.ndarray:
    return np.full(len(table), -1) if table.tracks is None else table.tracks


def same_shapes(found: Annotations, wanted: Annotations) -> None:
    """The shapes of formats that hold every kind, angles up to a full turn.

    Outlines at keyframes only: CVAT's rule drops or keeps a corner by the last digit of another.
    """
    for i in range(len(wanted)):
        a, b = found.row(i), wanted.row(i)
        if b.kind in (Kind.POLYGON, Kind.LINE) and b.flags & Flag.INTERPOLATED:
            continue
        if b.kind in (Kind.ROTATED, Kind.ELLIPSE):
            assert a.rotated is not None
            assert b.rotated is not None
            np.testing.assert_allclose(a.rotated[:4], b.rotated[:4], atol=1e-6)
            turn = a.rotated[4] - b.rotated[4]
            assert np.cos(turn) == pytest.approx(1, abs=1e-9)
        if b.kind in (Kind.POLYGON, Kind.LINE):
            assert a.rings is not None
            assert b.rings is not None
            np.testing.assert_allclose(a.rings[0][0], b.rings[0][0], atol=1e-6)
        if b.kind == Kind.MASK:
            assert a.mask == b.mask
        if b.kind == Kind.POINTS:
            assert a.keypoints is not None
            assert b.keypoints is not None
            np.testing.assert_allclose(a.keypoints, b.keypoints, atol=1e-6)


def told(table: Annotations, name: str) -> list[object]:
    """An object column, with nothing where a table does not have it."""
    value = getattr(table, name)
    return [{}] * len(table) if value is None else [dict(cell) for cell in value]


@pytest.mark.parametrize("name", WANTED)
@FEW
@given(data=st.data())
def test_what_is_shown_survives(name: str, data: st.DataObject) -> None:
    dataset = data.draw(clip_strategies.datasets(WANTED[name]))
    rule = "cvat" if name == "cvat-video" else "linear"
    dataset = replace(dataset, extra={filling.KEY: rule})
    with tempfile.TemporaryDirectory() as folder:
        back, losses = written(name, dataset, folder)
        after = clip.clips(back)
    assert losses == []
    assert [label.name for label in back.labels] == [label.name for label in dataset.labels]
    before = clip.clips(dataset)
    assert [Path(one.media.path).stem for one in after] == [f"clip{k}" for k in range(len(before))]
    for one, other in zip(before, after, strict=True):
        assert (other.media.frames, other.media.size) == (one.media.frames, SIZE)
        np.testing.assert_array_equal(other.looked, one.looked)
        wanted, found = shown(one, rule), shown(other, rule)
        same(found, wanted, NEAR.get(name, 1e-6))
        if WANTED[name].attributes:
            assert told(found, "attributes") == told(wanted, "attributes")
        if WANTED[name].groups and wanted.groups is not None:
            assert found.groups is not None
            np.testing.assert_array_equal(found.groups, wanted.groups)
        if WANTED[name].scores:
            np.testing.assert_allclose(found.scores, wanted.scores)
        if Kind.MASK in WANTED[name].kinds:
            same_shapes(found, wanted)


CHAIN = ("cvat-video", "coco", "mot", "native", "yolo")


@FEW
@given(data=st.data())
def test_a_chain_of_conversions_shows_the_same_boxes(data: st.DataObject) -> None:
    dataset = data.draw(clip_strategies.datasets(Wanted(flags=(), changing=True)))
    with tempfile.TemporaryDirectory() as folder:
        formats.write(dataset, Path(folder) / "0", "native")
        for step, name in enumerate(CHAIN):
            source, target = Path(folder) / str(step), Path(folder) / str(step + 1)
            formats.convert(source, target, name, reading={})
        back = clip.clips(formats.read(Path(folder) / str(len(CHAIN))))
    for one, other in zip(clip.clips(dataset), back, strict=True):
        same(shown(other, "linear"), shown(one, "linear"), 0.01)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_data_set_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    dataset = one_track()
    for target in ("a", "b"):
        formats.write(dataset, tmp_path / target, name)
    files = [sorted(p for p in (tmp_path / t).rglob("*") if p.is_file()) for t in ("a", "b")]
    assert files[0]
    assert [p.name for p in files[0]] == [p.name for p in files[1]]
    assert [p.read_bytes() for p in files[0]] == [p.read_bytes() for p in files[1]]


@pytest.mark.parametrize("name", NAMES)
def test_written_sets_are_recognised(name: str, tmp_path: Path) -> None:
    formats.write(one_track(), tmp_path / "set", name)
    assert formats.sniff(tmp_path / "set") == name
    if formats.get(name).clips:
        formats.write(one_track(), tmp_path / "set.zip", name)
        assert formats.sniff(tmp_path / "set.zip") == name


def one_track(**columns: object) -> Dataset:
    """Three rows of a track in five frames."""
    boxes = [[0.0, 0, 9, 9], [1, 1, 10, 10], [2, 2, 11, 11]]
    table = Annotations.of(3, images=[0, 1, 4], boxes=boxes, tracks=[5] * 3, **columns)
    media = Media("dir/a.mp4", SIZE, 5, 12.5)
    bare = Dataset.of([Label("x")], [], sources=(Source("model", "m"),))
    return clip.dataset([clip.ClipTracks(media, 0, table, np.arange(5))], bare)


LOST = {
    "scores": ([0.5] * 3, {"cvat-video", "mot"}),
    "areas": ([80.0] * 3, {"cvat-video", "mot", "yolo"}),
    "ids": ([1, 2, 3], {"cvat-video", "mot", "yolo"}),
    "groups": ([1] * 3, {"mot", "yolo"}),
    "sources": ([0] * 3, {"coco", "cvat-video", "mot", "yolo"}),
    "attributes": ([{"a": "b"}] * 3, {"mot", "yolo"}),
    "extra": ([{"a": 1}] * 3, {"cvat-video", "mot", "yolo"}),
    "keypoints": (np.ones((3, 2, 3)), {"cvat-video", "mot", "yolo"}),
    "flags": ([int(Flag.TRUNCATED)] * 3, {"cvat-video", "mot", "yolo"}),
}


@pytest.mark.parametrize("column", LOST)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_lost_is_told(name: str, column: str, tmp_path: Path) -> None:
    value, losing = LOST[column]
    losses = formats.write(one_track(**{column: value}), tmp_path / "set", name)
    found = [str(loss) for loss in losses]
    assert bool(found) == (name in losing), found
    assert all(loss.count == 3 for loss in losses)


@pytest.mark.parametrize("name", ["cvat-video", "mot"])
def test_pictures_become_frames(name: str, tmp_path: Path) -> None:
    row = rows_of([{"kinds": Kind.BOX, "labels": 0, "boxes": [1.0, 2, 3, 4], "tracks": 7}])
    items = [formats_item(f"s/{k}.jpg", row if k else Annotations.empty()) for k in range(3)]
    losses = formats.write(Dataset.of([Label("x")], items), tmp_path / "set", name)
    assert [loss.count for loss in losses] == [3]
    (one,) = clip.clips(formats.read(tmp_path / "set"))
    assert one.table.images.tolist() == [1, 2]
    assert one.media.frames == 3
    assert one.media.size == (8, 6)


def formats_item(path: str, table: Annotations) -> formats.dataset.Item:
    return formats.dataset.Item(path, (8, 6), table)


@pytest.mark.parametrize("name", NAMES)
def test_a_clip_without_rows(name: str, tmp_path: Path) -> None:
    media = Media("a.mp4", SIZE, 3, 10.0)
    empty = clip.ClipTracks(media, 0, Annotations.empty(), np.arange(3))
    dataset = clip.dataset([empty], Dataset.of([Label("x")], []))
    formats.write(dataset, tmp_path / "set", name)
    (back,) = clip.clips(formats.read(tmp_path / "set", name))
    assert len(back.table) == 0
    assert back.looked.tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["cvat-video", "mot"])
def test_strict_refuses_before_the_target_is_touched(name: str, tmp_path: Path) -> None:
    target = tmp_path / "set"
    with pytest.raises(ValueError, match=r"score.*--strict"):
        formats.write(one_track(scores=[0.5] * 3), target, name, {"strict": True})
    assert not target.exists()


def test_frames_nobody_looked_at_are_told(tmp_path: Path) -> None:
    dataset = one_track()
    (one,) = clip.clips(dataset)
    part = clip.dataset([replace(one, looked=np.array([0, 1, 4]), items={})], dataset)
    for name in ("cvat-video", "mot"):
        losses = formats.write(part, tmp_path / name, name)
        assert [(loss.what, loss.count) for loss in losses] == [("frame that nobody looked at", 2)]
