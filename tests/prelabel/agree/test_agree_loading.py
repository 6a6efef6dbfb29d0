"""Names of datasets, least scores, options, and where pictures are looked for."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from raters import boxes, dataset

import formats
from formats.dataset import Dataset, Item, Label
from formats.errors import UnknownName
from prelabel.agree.loading import Source, above, cut, names_of, read
from prelabel.agree.opening import Opener
from prelabel.errors import SettingsError
from prelabel.frames import ClipWriter


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/anna.json", "b/bob.json"], ["anna", "bob"]),
        (["anna/labels.json", "bob/labels.json"], ["anna/labels", "bob/labels"]),
        (["x/anna/labels", "x/bob/labels"], ["anna/labels", "bob/labels"]),
        (["same.json", "same.json"], ["same.json", "same.json (2)"]),
        (["one.json"], ["one"]),
    ],
)
def test_names(paths, names):
    assert names_of([Path(p) for p in paths]) == names


def test_folders_keep_their_dots(tmp_path):
    for name in ("v1.0", "v1.1"):
        (tmp_path / name).mkdir()
    assert names_of([tmp_path / "v1.0", tmp_path / "v1.1"]) == ["v1.0", "v1.1"]


def test_reading_gives_options_to_the_formats_that_have_them(tmp_path):
    for name, format_ in (("anna", "coco"), ("bob", "native")):
        formats.write(dataset([(0, 1, 2, 3)]), tmp_path / name, format_)
    sources = [Source(tmp_path / name, None, {"crowd": "keep"}) for name in ("anna", "bob")]
    named = read(sources)
    assert [name for name, _ in named] == ["anna", "bob"]
    assert [len(next(data.items).annotations) for _, data in named] == [1, 1]
    with pytest.raises(UnknownName, match="no option 'nope'"):
        read([Source(tmp_path / "anna", None, {"nope": "1"})])
    with pytest.raises(SettingsError, match="1 names for 2 datasets"):
        read(sources, ["x"])


def scored(*scores):
    table = boxes(*[(0, 10 * i, 0, 5) for i in range(len(scores))])
    items = [Item("a.jpg", (64, 48), table.with_columns(scores=np.array(scores)))]
    return Dataset.of((Label("cat"),), items)


def scores_of(data):
    return next(data.items).annotations.scores.tolist()


def test_low_scores_are_cut_and_people_stay():
    data = scored(0.1, 0.3, math.nan)
    assert scores_of(above(data, 0.3))[0] == 0.3
    assert len(scores_of(above(data, 1.0))) == 1
    assert above(data, 0) is data


def test_least_scores_of_one_dataset_or_of_all():
    named = [("a", scored(0.1, 0.5)), ("b", scored(0.1, 0.5))]
    assert [len(scores_of(d)) for _, d in cut(named, ["0.2"])] == [1, 1]
    assert [len(scores_of(d)) for _, d in cut(named, ["b=0.2"])] == [2, 1]
    assert [len(scores_of(d)) for _, d in cut(named, ["0.6", "b=0"])] == [0, 2]


@pytest.mark.parametrize("text", ["x", "a=x", "c=0.5", "2", "-1", "nan", ""])
def test_wrong_least_scores(text):
    with pytest.raises(SettingsError, match="--conf"):
        cut([("a", scored(0.5))], [text])


def jpeg(path, level):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((8, 8, 3), level, dtype=np.uint8))


def level_of(opener, path, **item):
    image = opener.open([None, Item(path, **item)])
    return None if image is None else image.pixels.mean()


def test_pictures_below_a_folder(tmp_path):
    jpeg(tmp_path / "images" / "train" / "a.jpg", 50)
    jpeg(tmp_path / "secret.jpg", 60)
    jpeg(tmp_path / "images" / "b.jpg", 70)
    jpeg(tmp_path / "images" / "other" / "c.jpg", 80)
    jpeg(tmp_path / "images" / "train" / "c.jpg", 90)
    opener = Opener.of(tmp_path / "images", [])
    assert level_of(opener, "train/a.jpg") == 50
    # ends of a path serve, and so does the only file of the name below
    assert level_of(opener, "data/upload/b.jpg") == 70
    assert level_of(opener, "a.jpg") == 50
    assert level_of(opener, "other/c.jpg") == 80
    assert opener.missed == 0
    hidden = ("c.jpg", "../secret.jpg", str(tmp_path / "secret.jpg"), "", "absent.jpg")
    assert [level_of(opener, path) for path in hidden] == [None] * len(hidden)
    assert opener.missed == len(hidden)


def test_the_first_rater_whose_picture_is_found(tmp_path):
    jpeg(tmp_path / "b.jpg", 70)
    opener = Opener.of(tmp_path, [])
    assert opener.open([Item("a.jpg"), None, Item("b.jpg")]).pixels.mean() == 70


def test_what_cannot_be_read_is_left_out(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    assert level_of(Opener.of(tmp_path, []), "a.jpg") is None
    with pytest.raises(SettingsError, match="not a folder"):
        Opener.of(tmp_path / "absent", [])


def test_pictures_beside_the_dataset(tmp_path):
    jpeg(tmp_path / "images" / "a.jpg", 50)
    data = dataset([])
    for path in (tmp_path / "labels.json", tmp_path / "labels" / "x.json"):
        assert level_of(Opener.of(None, [(path, data)]), "a.jpg") == 50


def test_frames_of_a_clip(tmp_path):
    shades = [np.full((48, 64, 3), shade, dtype=np.uint8) for shade in (20, 120, 220)]
    with ClipWriter(tmp_path / "clip.mp4", (64, 48), rate=5) as writer:
        for shade in shades:
            writer.write(shade)
    opener = Opener.of(tmp_path, [])
    assert level_of(opener, "clip.mp4", frame=1) == pytest.approx(120, abs=8)
    # as formats of clips call their frames
    assert level_of(opener, "clip.mp4#2", frame=2) == pytest.approx(220, abs=8)
    assert level_of(opener, "clip.mp4", frame=7) is None
