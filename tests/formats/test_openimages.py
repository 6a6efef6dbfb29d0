"""OpenImages: what is read of its CSV files, and what is written."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.losses import Losses
from geometry import masks

GOLDEN = Path(__file__).parents[1] / "golden" / "openimages"
TRAIN, OTHER = "train/000002b66c9c498e.jpg", "train/000002b97e5471a0.jpg"
VALIDATION = "validation/0001eeaf4aed83f9.jpg"


def tables(dataset: Dataset) -> dict[str, Annotations]:
    """The rows of the pictures that were looked at."""
    known = ((item.path, item.annotations) for item in dataset.items)
    return {path: table for path, table in known if table is not None}


def what(losses: Losses) -> dict[str, int]:
    return {loss.what: loss.count for loss in losses}


def sheet(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def written(table: Annotations, folder: Path, **options: Any) -> tuple[Path, dict[str, int]]:
    labels = [Label("cat", extra={"LabelName": "/m/01yrx"}), Label("a, b")]
    dataset = Dataset.of(labels, [Item("x/a.png", (40, 20), table, split="val")])
    losses = formats.write(dataset, folder / "out", "openimages", options)
    return folder / "out" / "annotations", what(losses)


def test_published_files_are_read() -> None:
    found = formats.read(GOLDEN / "v6")
    assert [label.name for label in found.labels] == [
        "Seat, folding",
        "Person",
        "Airplane",
        "/m/unheard",
    ]
    assert found.labels[1].extra["LabelName"] == "/m/01g317"
    known = {item.path: (item.split, item.size) for item in found.items}
    assert known == {
        TRAIN: ("train", (40, 30)),
        OTHER: ("train", (20, 10)),
        VALIDATION: ("val", (16, 20)),
    }
    assert what(found.losses) == {
        "line that cannot be read": 1,
        "relationship of two objects": 1,
        "mask whose picture is not there": 1,
    }


def test_boxes_flags_and_attributes() -> None:
    table = tables(formats.read(GOLDEN / "v6"))[TRAIN]
    np.testing.assert_allclose(table.boxes[0], [0.5, 4.45314, 7.81248, 17.625])
    assert table.boxes[1].tolist() == [10, 3, 30, 27]
    assert table.flags is not None
    assert table.flags.tolist()[:2] == [Flag.TRUNCATED, Flag.OCCLUDED | Flag.CROWD]
    assert np.isnan(table.scores[:2]).all()
    other = tables(formats.read(GOLDEN / "v6"))[OTHER]
    assert other.attributes is not None
    assert other.extra is not None
    assert dict(other.attributes[0]) == {"IsDepiction": True, "IsInside": True}
    assert dict(other.extra[0]) == {"Source": "xclick", "IsOccluded": -1}


def test_labels_of_pictures_are_tags() -> None:
    found = tables(formats.read(GOLDEN / "v6"))
    tags = found[TRAIN][found[TRAIN].kinds == Kind.TAG]
    assert tags.labels.tolist() == [1]
    assert np.isnan(tags.scores).all()
    assert found[OTHER].scores[1] == 0.7


def test_what_people_found_not_to_be_there_is_no_label(tmp_path: Path) -> None:
    """Confidence 0: a picture of that class, or a row of it, would say the opposite."""
    found = formats.read(GOLDEN / "v6")
    (item,) = [item for item in found.items if "absent" in item.extra]
    assert (item.path, item.extra["absent"]) == (TRAIN, {"/m/0cmf2": "verification"})
    (note,) = [note for note in found.losses.notes if "absent" in note]
    assert note.startswith("1 label of confidence 0 (found not to be there)")
    formats.write(found, tmp_path / "out", "openimages")
    lines = (tmp_path / "out/annotations/train-annotations-human-imagelabels.csv").read_text()
    assert "000002b66c9c498e,verification,/m/0cmf2,0\n" in lines
    again = {item.path: item.extra for item in formats.read(tmp_path / "out").items}
    assert again[f"images/{TRAIN}"]["absent"]


def test_a_mask_joins_its_box_and_has_the_size_of_its_picture() -> None:
    found = formats.read(GOLDEN / "v6")
    table = tables(found)[VALIDATION]
    assert table.kinds.tolist() == [Kind.MASK, Kind.BOX]
    assert table.masks is not None
    wanted = np.zeros((20, 16), bool)
    wanted[10:18, 4:12] = True
    np.testing.assert_array_equal(masks.decode(table.masks[0]), wanted)
    assert table.extra is not None
    assert table.extra[0]["PredictedIoU"] == "0.81"
    assert [odd.count for odd in found.losses.warnings.values()] == [1]


@pytest.mark.parametrize(
    "place", ["v6", "v6/oidv6-train-annotations-bbox.csv", "fiftyone", "fiftyone/train/labels"]
)
def test_sets_are_recognised_and_read(place: str) -> None:
    assert formats.sniff(GOLDEN / place) == "openimages"
    assert tables(formats.read(GOLDEN / place))


def test_one_file_is_read_with_its_classes_alone() -> None:
    found = formats.read(GOLDEN / "v6" / "oidv6-train-annotations-bbox.csv")
    assert {path: len(table) for path, table in tables(found).items()} == {TRAIN: 2, OTHER: 1}
    assert found.labels[0].name == "Seat, folding"


def test_an_id_may_be_the_whole_name_of_its_picture(tmp_path: Path) -> None:
    """As globox writes it; a picture whose name without its ending is the id goes first."""
    lines = ["ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax"]
    lines += [f"{name},x,/m/0,1,0.25,0.5,0.5,1" for name in ("a.png", "b.jpg")]
    (tmp_path / "boxes.csv").write_text("\n".join(lines))
    Image.new("L", (8, 4)).save(tmp_path / "a.png")
    Image.new("L", (16, 4)).save(tmp_path / "b.jpg")
    Image.new("L", (32, 4)).save(tmp_path / "b.jpg.png")
    found = tables(formats.read(tmp_path / "boxes.csv", "openimages"))
    assert {path: table.boxes.tolist() for path, table in found.items()} == {
        "a.png": [[2, 2, 4, 4]],
        "b.jpg.png": [[8, 2, 16, 4]],
    }


def test_what_was_read_is_written_again(tmp_path: Path) -> None:
    formats.convert(GOLDEN / "v6", tmp_path / "out", "openimages")
    before, after = formats.read(GOLDEN / "v6"), formats.read(tmp_path / "out")
    assert [label.name for label in after.labels] == [label.name for label in before.labels]
    for (_, a), (_, b) in zip(tables(before).items(), tables(after).items(), strict=True):
        np.testing.assert_allclose(b.boxes, a.boxes, atol=1e-6)
        np.testing.assert_array_equal(b.labels, a.labels)
        np.testing.assert_array_equal(b.kinds, a.kinds)
        np.testing.assert_array_equal(b.scores, a.scores)
        assert b.extra is not None
        assert a.extra is not None
        kept = [{k: v for k, v in cell.items() if not k.startswith("XClick")} for cell in a.extra]
        assert [dict(cell) for cell in b.extra][: len(kept) - 1] == kept[:-1]
        assert (b.masks is None) == (a.masks is None)
        if a.masks is not None and b.masks is not None:
            assert a.masks[0] == b.masks[0]


def test_lines_as_the_published_files_have_them(tmp_path: Path) -> None:
    table = Annotations.of(
        1,
        boxes=[[4.0, 5, 30, 15]],
        flags=[int(Flag.OCCLUDED | Flag.CROWD)],
        attributes=[{"IsInside": True}],
    )
    folder, lost = written(table, tmp_path)
    assert not lost
    assert sheet(folder / "validation-annotations-bbox.csv") == [
        {
            "ImageID": "x/a",
            "Source": "",
            "LabelName": "/m/01yrx",
            "Confidence": "1",
            "XMin": "0.1",
            "XMax": "0.75",
            "YMin": "0.25",
            "YMax": "0.75",
            "IsOccluded": "1",
            "IsTruncated": "0",
            "IsGroupOf": "1",
            "IsDepiction": "0",
            "IsInside": "1",
        }
    ]
    assert (folder / "class-descriptions-boxable.csv").read_text() == (
        '/m/01yrx,cat\n"a, b","a, b"\n'
    )
    (listed,) = sheet(folder / "validation-images-with-rotation.csv")
    assert {k: v for k, v in listed.items() if v} == {"ImageID": "x/a", "Subset": "validation"}


def test_scores_are_told_from_what_people_verified(tmp_path: Path) -> None:
    table = Annotations.of(3, boxes=[[1.0, 2, 3, 4]] * 3, scores=[np.nan, 1.0, 0.25])
    folder, _ = written(table, tmp_path)
    rows = sheet(folder / "validation-annotations-bbox.csv")
    assert [row["Confidence"] for row in rows] == ["1", "1.0", "0.25"]
    (back,) = tables(formats.read(tmp_path / "out")).values()
    np.testing.assert_array_equal(back.scores, [np.nan, 1.0, 0.25])


def test_labels_of_pictures_are_written(tmp_path: Path) -> None:
    kinds = [Kind.TAG, Kind.TAG]
    table = Annotations.of(2, kinds=kinds, labels=[0, 1], scores=[np.nan, 0.5])
    folder, lost = written(table, tmp_path)
    rows = sheet(folder / "validation-annotations-human-imagelabels.csv")
    assert [(row["LabelName"], row["Confidence"]) for row in rows] == [
        ("/m/01yrx", "1"),
        ("a, b", "0.5"),
    ]
    assert not lost
    assert not (folder / "validation-annotations-bbox.csv").exists()


def test_further_keys_that_have_no_column_or_no_text_are_counted(tmp_path: Path) -> None:
    told = [
        {"Source": "xclick", "IsOccluded": -1},
        {"Source": {"a": 1}},
        {"IsInside": True},
        {"BoxID": "ab12"},
        {"Confidence": "high"},
        {"Source": "verification", "Rater": "ann"},
    ]
    kinds = [*[Kind.BOX] * 5, Kind.TAG]
    table = Annotations.of(6, boxes=[[0, 0, 4, 4]] * 6, kinds=kinds, extra=told)
    folder, losses = written(table, tmp_path)
    rows = sheet(folder / "validation-annotations-bbox.csv")
    assert [row["Source"] for row in rows] == ["xclick", "", "", "", ""]
    assert [row["IsOccluded"] for row in rows] == ["-1", "0", "0", "0", "0"]
    assert [row["IsInside"] for row in rows] == ["0"] * 5
    assert losses["unknown keys"] == 5


def test_names_of_mask_files_are_safe_and_apart(tmp_path: Path) -> None:
    dense = np.zeros((20, 40), bool)
    dense[3:9, 4:30] = True
    boxes = np.repeat([masks.bounds(masks.encode(dense))], 2, axis=0)
    extra = [{"BoxID": "../x"}, {"BoxID": "__x"}]
    table = Annotations.of(
        2, kinds=[Kind.MASK] * 2, boxes=boxes, masks=[masks.encode(dense)] * 2, extra=extra
    )
    folder, _ = written(table, tmp_path)
    rows = sheet(folder / "validation-annotations-object-segmentation.csv")
    names = [row["MaskPath"] for row in rows]
    assert len(set(names)) == 2
    for name in names:
        assert "/" not in name
        with Image.open(tmp_path / "out/masks/validation" / name) as picture:
            np.testing.assert_array_equal(np.asarray(picture), dense)


def test_pictures_nobody_looked_at_are_in_no_list(tmp_path: Path) -> None:
    both = [Item("a.png", (4, 4)), Item("b.png", (4, 4), Annotations.empty())]
    formats.write(Dataset.of([Label("x")], both), tmp_path / "out", "openimages")
    found = list(formats.read(tmp_path / "out").items)
    assert [item.path for item in found] == ["images/default/a.png", "images/default/b.png"]
    assert [item.annotations is None for item in found] == [True, False]


def test_pictures_without_a_size_are_left_out_unless_all_are(tmp_path: Path) -> None:
    for file in (GOLDEN / "v6").glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(FormatError, match="no picture's size is known"):
        list(formats.read(tmp_path).items)
    sizes = tmp_path / "sizes.txt"
    sizes.write_text("images/train/000002b97e5471a0.jpg,20,10\n")
    found = formats.read(tmp_path, options={"sizes": str(sizes)})
    assert [item.size for item in found.items] == [(20, 10)]
    assert (
        found.losses.by_kind["picture whose size is not known, left out with its objects"].count
        == 2
    )


def test_writing_needs_sizes(tmp_path: Path) -> None:
    item = Item("a.png", None, Annotations.of(1, boxes=[[1.0, 2, 3, 4]]))
    with pytest.raises(FormatError, match="size is unknown"):
        formats.write(Dataset.of([Label("x")], [item]), tmp_path / "out", "openimages")
    assert not (tmp_path / "out").exists()


def test_two_classes_of_one_label_name_are_refused(tmp_path: Path) -> None:
    labels = [Label("a"), Label("b", extra={"LabelName": "a"})]
    with pytest.raises(FormatError, match="2 classes have the LabelName 'a'"):
        formats.write(Dataset.of(labels, []), tmp_path / "out", "openimages")


@pytest.mark.parametrize(
    ("text", "message"),
    [("ImageID,LabelName,XMin,XMax,YMin,YMax\n\xff", "not UTF-8"), ("", "no CSV file")],
)
def test_files_that_cannot_be_read(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "train-annotations-bbox.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(FormatError, match=message):
        list(formats.read(tmp_path, "openimages").items)


def test_names_of_masks_stay_inside(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("MaskPath,ImageID,LabelName\n../../x.png,a,b\n")
    found = formats.read(tmp_path, "openimages")
    assert what(found.losses) == {"mask whose name leaves the data set": 1}
    (tmp_path / "m.csv").write_text("MaskPath,ImageID,LabelName\nx.png,../a,b\n")
    with pytest.raises(FormatError, match="leaves"):
        formats.read(tmp_path, "openimages")


def test_losses_name_the_picture_that_loses(tmp_path: Path) -> None:
    items = [
        Item("a.png", (40, 20), Annotations.of(1, boxes=[[1, 2, 3, 4]])),
        Item("b.png", (40, 20), Annotations.of(1, boxes=[[1, 2, 3, 4]], attributes=[{"x": 1}])),
        Item("c.png", (40, 20), Annotations.of(1, boxes=[[1, 2, 3, 4]], flags=[Flag.DIFFICULT])),
        Item("d.png", (40, 20), Annotations.of(1, boxes=[[1, 2, np.nan, 4]])),
    ]
    losses = formats.write(Dataset.of([Label("cat")], items), tmp_path / "out", "openimages")
    assert {loss.what: loss.example for loss in losses} == {
        "object without a usable box": "d.png",
        "attributes": "b.png",
        "difficult flag": "c.png",
    }
