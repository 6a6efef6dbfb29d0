"""MOTChallenge's files: what is read and written of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Label, Media
from formats.errors import FormatError
from formats.tracks.clip import ClipTracks, clips, dataset

NINE = "1,4,10.5,20,30,40,1,3,1\n2,4,11,20,30,40,0,3,0\n2,5,1,2,3,4,1,1,0.25\n"
TEN = "1,-1,10,20,30,40,0.9,-1,-1,-1\n3,-1,10,20,30,40,35.5,1.5,2,0\n"
INFO = """[Sequence]
name=S-02
imDir=img1
frameRate=25
seqLength=4
imWidth=640
imHeight=480
imExt=.png
"""


def sequence(folder: Path, text: str, kind: str = "gt", info: str = "", names: str = "") -> Path:
    (folder / kind).mkdir(parents=True)
    (folder / kind / f"{kind}.txt").write_text(text)
    if info:
        (folder / "seqinfo.ini").write_text(info)
    if names:
        (folder / kind / "labels.txt").write_text(names)
    return folder


def only(found: Dataset) -> Annotations:
    return clips(found)[0].table


def test_truth_has_flags_classes_and_visibility(tmp_path: Path) -> None:
    found = formats.read(sequence(tmp_path / "s", NINE, info=INFO))
    assert found.media == (Media("S-02", (640, 480), 4, 25.0),)
    assert [(label.name, label.id) for label in found.labels] == [("pedestrian", 1), ("car", 3)]
    table = only(found)
    assert table.images.tolist() == [0, 1, 1]
    assert table.labels.tolist() == [1, 1, 0]
    assert table.boxes[0].tolist() == [10.5, 20, 40.5, 60]
    assert np.isnan(table.scores).all()
    assert table.flagged(Flag.CROWD).tolist() == [False, True, False]
    assert table.flagged(Flag.OCCLUDED).tolist() == [False, True, False]
    assert table.extra is not None
    assert [dict(row) for row in table.extra] == [{}, {}, {"visibility": 0.25}]
    items = list(found.items)
    assert [item.path for item in items] == [f"img1/00000{k}.png" for k in (1, 2, 3, 4)]
    assert items[3].annotations is not None


def test_a_sequence_as_the_challenge_publishes_it() -> None:
    """Distractors keep their class and are ignored (flag 0); detections lie beside."""
    golden = Path(__file__).parents[1] / "golden" / "mot" / "challenge"
    found = formats.read(golden)
    assert found.media == (Media("MOT17-02", (1920, 1080), 3, 30.0),)
    assert [(item.split, item.path.rpartition("/")[2]) for item in found.items] == [
        ("train", f"00000{k}.jpg") for k in (1, 2, 3)
    ]
    table = only(found)
    names = [found.labels[k].name for k in table.labels]
    assert names == ["static person", "pedestrian", "static person", *["pedestrian"] * 3]
    assert table.flagged(Flag.CROWD).tolist() == [True, False, True, False, False, False]
    assert table.tracks is not None
    assert table.tracks.tolist() == [1, 2, 1, 2, 2, 3]
    assert table.boxes[1].tolist() == [1338, 418, 1505, 797]
    detections = only(formats.read(golden, options={"rows": "det", "label": "pedestrian"}))
    assert detections.scores.tolist() == [2.3092, 1.5028, -0.25]
    assert detections.boxes[0].tolist() == pytest.approx([1359.1, 413.27, 1479.36, 776.04])


def test_detections_have_scores_and_world_coordinates(tmp_path: Path) -> None:
    found = formats.read(sequence(tmp_path / "s", TEN, "det"), options={"label": "man"})
    table = only(found)
    assert [label.name for label in found.labels] == ["man"]
    assert table.scores.tolist() == [0.9, 35.5]
    assert table.tracks is None
    assert table.extra is not None
    assert [dict(row) for row in table.extra] == [{}, {"world": [1.5, 2.0, 0.0]}]
    assert found.media[0].frames == 3


def test_labels_beside_name_the_classes(tmp_path: Path) -> None:
    found = formats.read(sequence(tmp_path / "s", NINE, names="cat\ndog\n"))
    assert [label.name for label in found.labels] == ["cat", "dog", "class 3"]
    assert only(found).labels.tolist() == [2, 2, 0]


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("1,1,0,0,9,9\n", [np.nan]),
        ("1,1,0,0,9,9,1\n", [np.nan]),
        ("1,1,0,0,9,9,0.5\n", [0.5]),
        ("1 1 0 0 9 9 0.5 1\n", [0.5]),
        ("1.0, 1.0, 0, 0, 9, 9, -1, -1, -1, -1\n", [np.nan]),
    ],
)
def test_columns_of_results(tmp_path: Path, text: str, scores: list[float]) -> None:
    path = tmp_path / "MOT17-02.txt"
    path.write_text(text)
    found = formats.read(path, "mot")
    assert found.media[0].path == "MOT17-02"
    np.testing.assert_array_equal(only(found).scores, scores)


def test_lines_that_cannot_be_read_are_counted_with_their_place(tmp_path: Path) -> None:
    wrong = ["1,2,3", "a,1,2,3,4,5,1", "0,1,2,3,4,5,1", "1.5,1,2,3,4,5,1", "1,1,nan,3,4,5,1"]
    wrong += ["9000000000,1,2,3,4,5,1", "1,1e300,2,3,4,5,1", "inf,1,2,3,4,5,1", "1,1,1,2,1e308,5,1"]
    text = "\n".join(["1,1,0,0,9,9,1,1,1", *wrong, "", "2,1,0,0,9,9,1,1,1"])
    found = formats.read(sequence(tmp_path / "s", text), "mot")
    assert len(only(found)) == 2
    (loss,) = found.losses
    assert loss.count == len(wrong)
    assert loss.example.endswith("s/gt/gt.txt:2: '1,2,3'")


def test_what_looks_wrong_is_told_and_kept(tmp_path: Path) -> None:
    info = INFO.replace("frameRate=25", "frameRate=fast")
    found = formats.read(sequence(tmp_path / "s", NINE + "9,1,5,5,-3,4,1,1,1\n", info=info))
    assert len(only(found)) == 4
    assert found.media[0].frames == 9
    assert found.media[0].rate == 0
    assert sorted(odd.what for odd in found.losses.warnings.values()) == [
        "box of a negative width or height",
        "framerate that is no number",
        "row in a frame behind the end of its sequence",
    ]


def test_a_broken_seqinfo_is_told(tmp_path: Path) -> None:
    found = formats.read(sequence(tmp_path / "s", NINE, info="no section\n"))
    assert "seqinfo.ini that cannot be read" in found.losses.warnings
    assert len(only(found)) == 3


def test_sequences_of_splits(tmp_path: Path) -> None:
    sequence(tmp_path / "train/A", NINE, info=INFO.replace("S-02", "A"))
    sequence(tmp_path / "test/B", NINE)
    assert formats.sniff(tmp_path) == "mot"
    found = formats.read(tmp_path)
    assert [(media.path, media.frames) for media in found.media] == [("B", 2), ("A", 4)]
    items = list(found.items)
    assert {item.split for item in items} == {"train", "test"}
    assert items[-1].path == "train/A/img1/000004.png"


def test_sequences_of_any_depth_are_read(tmp_path: Path) -> None:
    sequence(tmp_path / "A", NINE)
    sequence(tmp_path / "test2020/B", NINE)
    found = formats.read(tmp_path)
    assert [media.path for media in found.media] == ["A", "B"]
    assert {item.split for item in found.items} == {"", "test2020"}


def test_detections_beside_truth_of_others_are_told(tmp_path: Path) -> None:
    sequence(sequence(tmp_path / "train/A", NINE), TEN, "det")
    sequence(tmp_path / "test/B", TEN, "det")
    found = formats.read(tmp_path)
    assert [media.path for media in found.media] == ["A"]
    (note,) = found.losses.notes
    assert note.startswith("sequences with detections alone are not read (1, such as test/B/det")
    both = formats.read(tmp_path, options={"rows": "det"})
    assert {media.path for media in both.media} == {"A", "B"}


def test_truth_comes_before_detections(tmp_path: Path) -> None:
    folder = sequence(sequence(tmp_path / "s", NINE), TEN, "det")
    assert len(only(formats.read(folder))) == 3
    assert only(formats.read(folder, options={"rows": "det"})).scores.tolist() == [0.9, 35.5]


def test_a_folder_without_any_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no gt/gt\.txt"):
        formats.read(tmp_path, "mot")
    (tmp_path / "a.zip").write_bytes(b"no")
    with pytest.raises(FormatError, match=r"a\.zip: cannot read"):
        formats.read(tmp_path / "a.zip", "mot")


def written(table: Annotations, folder: Path, target: str = "out", **options: object) -> str:
    media = Media("a.mp4", (64, 48), 3, 29.97)
    one = ClipTracks(media, 0, table, np.arange(3))
    labels = [Label("cat"), Label("dog")]
    formats.write(dataset([one], Dataset.of(labels, [])), folder / target, "mot", options)
    kind = options.get("rows", "gt")
    if target.endswith(".zip"):
        with zipfile.ZipFile(folder / target) as archive:
            return archive.read(f"{kind}/{kind}.txt").decode()
    return (folder / target / f"{kind}/{kind}.txt").read_text()


def boxes(**columns: object) -> Annotations:
    given = {"images": [0, 2], "boxes": [[1, 2, 4, 6.5], [1, 2, 4.1, 6]], "labels": [1, 0]}
    return Annotations.of(2, **given, **columns)


def test_the_lines_of_truth(tmp_path: Path) -> None:
    flags = [int(Flag.CROWD), int(Flag.OCCLUDED)]
    text = written(boxes(tracks=[7, 8], flags=flags), tmp_path)
    assert text == "1,7,1,2,3,4.5,0,2,1\n3,8,1,2,3.1,4,1,1,0\n"
    assert (tmp_path / "out/gt/labels.txt").read_text() == "cat\ndog\n"


def test_the_lines_of_detections(tmp_path: Path) -> None:
    table = boxes(scores=[0.25, np.nan], extra=[{}, {"world": [1, 2, 3]}])
    text = written(table.with_columns(labels=[0, 0]), tmp_path, rows="det")
    assert text == "1,-1,1,2,3,4.5,0.25,-1,-1,-1\n3,-1,1,2,3.1,4,-1,1,2,3\n"


def ends(extra: list[Any], folder: Path, **options: object) -> tuple[list[str], dict[str, int]]:
    """The last cells of the lines of two boxes of one class in one clip, and what was lost."""
    table = boxes(extra=extra).with_columns(labels=np.array([0, 0], dtype=np.int32))
    one = ClipTracks(Media("a.mp4", (64, 48), 3, 29.97), 0, table, np.arange(3))
    found = dataset([one], Dataset.of([Label("cat")], []))
    losses = formats.write(found, folder / "out", "mot", options)
    kind = options.get("rows", "gt")
    lines = (folder / f"out/{kind}/{kind}.txt").read_text().splitlines()
    return [line.split(",", 7)[-1] for line in lines], {one.what: one.count for one in losses}


@pytest.mark.parametrize("told", ["half", [], None, True, 2.5, -5, {"a": 1}])
def test_a_visibility_that_is_no_share_is_counted(told: object, tmp_path: Path) -> None:
    found, losses = ends([{"visibility": told}, {"visibility": 0.5}], tmp_path)
    assert found == ["1,1", "1,0.5"]
    assert losses["unknown keys"] == 1


@pytest.mark.parametrize("told", ["there", [1, 2], [1, 2, "3"], 5])
def test_a_place_in_the_world_that_is_none_is_counted(told: object, tmp_path: Path) -> None:
    found, losses = ends([{"world": told}, {"world": [1.5, 2, 3]}], tmp_path, rows="det")
    assert found == ["-1,-1,-1", "1.5,2,3"]
    assert losses["unknown keys"] == 1


def test_a_zip_holds_the_same(tmp_path: Path) -> None:
    table = boxes(tracks=[7, 8])
    assert written(table, tmp_path, "b.zip") == written(table, tmp_path)


def test_seqinfo_has_all_seven_keys_and_comes_back(tmp_path: Path) -> None:
    """CVAT refuses a file with fewer or more keys and a rate that is no whole number."""
    written(boxes(tracks=[7, 8]), tmp_path)
    lines = (tmp_path / "out/seqinfo.ini").read_text().splitlines()
    keys = [line.partition("=")[0] for line in lines if "=" in line]
    assert keys == ["name", "imDir", "frameRate", "seqLength", "imWidth", "imHeight", "imExt"]
    assert "frameRate=30" in lines
    assert formats.read(tmp_path / "out").media == (Media("a.mp4", (64, 48), 3, 29.97),)


def test_a_track_of_number_0_is_written_as_another(tmp_path: Path) -> None:
    """CVAT takes 0 for no track."""
    text = written(boxes(tracks=[0, 8]), tmp_path)
    assert [line.split(",")[1] for line in text.splitlines()] == ["1", "9"]
    table = only(formats.read(tmp_path / "out"))
    assert table.tracks is not None
    assert table.tracks.tolist() == [0, 8]


def test_shapes_are_written_as_their_boxes_and_told(tmp_path: Path) -> None:
    table = boxes(kinds=[Kind.ELLIPSE, Kind.TAG])
    one = ClipTracks(Media("a.mp4", (64, 48), 3, 5.0), 0, table, np.arange(3))
    found = dataset([one], Dataset.of([Label("cat"), Label("dog")], []))
    losses = formats.write(found, tmp_path / "out", "mot")
    assert {loss.what: loss.count for loss in losses} == {
        "tag of a frame": 1,
        "ellipse not kept as such": 1,
    }
    assert only(formats.read(tmp_path / "out")).kinds.tolist() == [Kind.BOX]


def test_times_that_vary_are_told(tmp_path: Path) -> None:
    for times, lost in (((0.0, 0.2, 0.4), 0), ((0.0, 0.1, 0.4), 3)):
        one = ClipTracks(Media("a.mp4", (64, 48), 3, 5.0, times), 0, boxes(), np.arange(3))
        found = dataset([one], Dataset.of([Label("cat"), Label("dog")], []))
        losses = formats.write(found, tmp_path / f"out{lost}", "mot")
        assert sum(loss.count for loss in losses) == lost


@pytest.mark.real
def test_real_truth_number_by_number(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "video/pets_s2l1/gt.txt"
    formats.write(formats.read(path), tmp_path / "out", "mot")
    wanted, found = (np.loadtxt(p, delimiter=",") for p in (path, tmp_path / "out/gt/gt.txt"))
    assert wanted.shape == (4650, 9)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.real
def test_real_truth_agrees_with_the_xml_of_the_same_people(real_data: Path) -> None:
    """The other form of these tracks: frames of 768 x 576 pixels, counted from 0."""
    folder = real_data / "video/pets_s2l1"
    table = only(formats.read(folder / "gt.txt"))
    assert table.tracks is not None
    rows = zip(table.images.tolist(), table.tracks.tolist(), table.boxes.tolist(), strict=True)
    found = {(frame, track): box for frame, track, box in rows}
    seen = 0
    for frame in ET.parse(folder / "PETS2009-S2L1.xml").getroot().iter("frame"):
        for thing in frame.iter("object"):
            box = thing.find("box")
            assert box is not None
            h, w, x, y = (float(box.attrib[k]) * 360 / 768 for k in ("h", "w", "xc", "yc"))
            place = found.get((int(frame.attrib["number"]), int(thing.attrib["id"])))
            if place is not None:
                seen += 1
                sides = [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
                np.testing.assert_allclose(place, sides, atol=0.02)
    assert seen == len(table)
