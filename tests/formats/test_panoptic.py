"""COCO's panoptic format: golden sets, the real one against pycocotools, what is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import formats
from formats import label_maps, tables
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label, Media
from formats.errors import FormatError
from geometry import masks

GOLDEN = Path(__file__).parent.parent / "golden" / "coco-panoptic"


def dense(*rows: str) -> masks.Mask:
    return masks.encode(np.array([[mark == "#" for mark in row] for row in rows]))


def table(item: Item) -> Annotations:
    assert item.annotations is not None
    return item.annotations


def of(*rows: dict[str, Any], path: str = "a.png") -> Dataset:
    return Dataset.of([Label("a", extra={"isthing": 1})], [Item(path, (4, 2), tables.table(rows))])


def row(mask: masks.Mask, **told: Any) -> dict[str, Any]:
    box = masks.bounds(mask)
    return {"kinds": Kind.MASK, "labels": 0, "masks": mask, "boxes": box, **told}


def written(folder: Path, split: str = "default") -> dict[str, Any]:
    return json.loads((folder / "annotations" / f"panoptic_{split}.json").read_text())


def test_the_layout_of_coco() -> None:
    dataset = formats.read(GOLDEN / "layout")
    seen, unseen = dataset.items
    found = table(seen)
    assert formats.sniff(GOLDEN / "layout") == "coco-panoptic"
    assert [label.name for label in dataset.labels] == ["person", "tree-merged"]
    assert [label.extra["isthing"] for label in dataset.labels] == [1, 0]
    assert (seen.path, seen.size, seen.id, seen.split) == ("000000000007.jpg", (6, 4), 7, "val2017")
    assert found.kinds.tolist() == [Kind.MASK] * 3
    assert found.boxes.tolist() == [[0, 0, 3, 3], [3, 0, 6, 4], [4, 2, 6, 4]]
    assert found.flagged(Flag.CROWD).tolist() == [False, False, True]
    assert found.ids is not None
    assert found.ids.tolist() == [3937500, 70000, 259]
    assert found.masks is not None
    assert found.masks[0] == dense(".##...", "###...", "##....", "......")
    assert [masks.area(mask) for mask in found.masks] == [7, 8, 4]
    assert unseen.annotations is None
    assert not dataset.losses


def test_what_is_odd_is_told_with_its_place() -> None:
    dataset = formats.read(GOLDEN / "odd" / "told.json")
    first, second = dataset.items
    assert table(first).kinds.tolist() == [Kind.MASK, Kind.BOX]
    assert table(first).boxes.tolist() == [[0, 0, 2, 2], [0, 0, 1, 1]]
    assert table(second).kinds.tolist() == [Kind.BOX]
    told = {loss.what: loss.example.rpartition("/golden/")[2] for loss in dataset.losses}
    file = "coco-panoptic/odd/told.json#/annotations"
    assert told["annotation whose image_id is not in the file"] == f"{file}/2/image_id = 8"
    place = f"{file}/0/segments_info/1/category_id = 5"
    assert told["segment whose category_id is not in the file"] == place
    assert told["segment without a pixel in its PNG"] == f"{file}/0/segments_info/2"
    assert told["segment of a PNG that the JSON does not tell of"] == "a.png: 9"
    assert told["label map that cannot be read"].startswith("coco-panoptic/odd/told/gone.png")
    assert len(list(dataset.items)) == 2
    assert {loss.what: loss.count for loss in dataset.losses} == dict.fromkeys(told, 1) | {
        "segment without a pixel in its PNG": 2
    }


@pytest.mark.real
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_real_set_is_what_coco_itself_made_of_it(real_data: Path, tmp_path: Path) -> None:
    from pycocotools import mask as coco

    root = real_data / "datasets" / "panoptic2"
    pictures = {"images": str(root / "input_images")}
    dataset = formats.read(root / "panoptic_examples.json", options=pictures)
    truth = json.loads((root / "panoptic_coco_detection_format.json").read_text())["annotations"]
    found = [r for item in dataset.items for r in table(item).rows()]
    assert len(found) == len(truth) == 50
    for mine, theirs in zip(found, truth, strict=True):
        assert mine.mask is not None
        np.testing.assert_array_equal(
            masks.decode(mine.mask), coco.decode(theirs["segmentation"]).astype(bool)
        )
        assert mine.area == theirs["area"] == masks.area(mine.mask)
        assert (mine.flags & Flag.CROWD > 0) == bool(theirs["iscrowd"])
    assert not formats.write(dataset, tmp_path / "out", "coco-panoptic")
    again = json.loads((tmp_path / "out/annotations/panoptic_examples.json").read_text())
    first = json.loads((root / "panoptic_examples.json").read_text())
    assert again == first
    for path in (root / "panoptic_examples").iterdir():
        mine_ = Image.open(tmp_path / "out/annotations/panoptic_examples" / path.name)
        np.testing.assert_array_equal(np.asarray(mine_), np.asarray(Image.open(path)))


def test_where_masks_share_pixels_the_later_has_them_and_objects_cover_crowds(
    tmp_path: Path,
) -> None:
    source = of(
        row(dense("###.", "....")),
        row(dense("..##", "....")),
        row(dense("####", "####"), flags=Flag.CROWD),
        row(dense("..#.", "....")),
        row(dense("..#.", "....")),
    )
    losses = formats.write(source, tmp_path / "out", "coco-panoptic")
    assert {loss.what: loss.count for loss in losses} == {
        "mask that lost pixels to a later one": 3,
        "mask covered by others": 1,
    }
    (entry,) = written(tmp_path / "out")["annotations"]
    assert [(one["id"], one["area"]) for one in entry["segments_info"]] == [
        (1, 2),
        (2, 1),
        (3, 4),
        (5, 1),
    ]
    picture = label_maps.read(tmp_path / "out/annotations/panoptic_default/a.png")
    assert picture.numbers.tolist() == [[1, 1, 5, 2], [3, 3, 3, 3]]


def test_ids_that_no_colour_can_be_stand_beside_the_colour(tmp_path: Path) -> None:
    source = of(
        row(dense("#...", "...."), ids=0),
        row(dense(".#..", "...."), ids=1 << 40),
        row(dense("..#.", "...."), ids=2),
    )
    assert not formats.write(source, tmp_path / "out", "coco-panoptic")
    told = written(tmp_path / "out")["annotations"][0]["segments_info"]
    assert [(one["id"], one.get("annotation_id")) for one in told] == [
        (1, 0),
        (3, 1 << 40),
        (2, None),
    ]
    (item,) = formats.read(tmp_path / "out").items
    assert table(item).ids is not None
    assert table(item).ids.tolist() == [0, 1 << 40, 2]  # type: ignore[union-attr]


@pytest.mark.parametrize("told", ["x", None, {"a": 1}, [1], 1e300, -5])
def test_a_further_key_that_is_no_segment_id_is_counted(told: object, tmp_path: Path) -> None:
    found = of(row(dense("#...", "...."), extra={"segment_id": told}))
    (loss,) = formats.write(found, tmp_path / "out", "coco-panoptic")
    assert (loss.what, loss.count) == ("unknown key with the name of a segment's own", 1)
    (entry,) = written(tmp_path / "out")["annotations"]
    assert entry["segments_info"][0]["id"] == 1


def test_a_further_key_is_never_read_as_the_id_of_an_annotation(tmp_path: Path) -> None:
    found = of(row(dense("#...", "...."), extra={"annotation_id": 77}))
    (loss,) = formats.write(found, tmp_path / "out", "coco-panoptic")
    assert loss.count == 1
    assert "annotation_id" not in written(tmp_path / "out")["annotations"][0]["segments_info"][0]


def test_shapes_without_pixels_are_counted(tmp_path: Path) -> None:
    square = [[np.array([[0, 0], [2, 0], [2, 2], [0, 2]])]]
    source = of(
        {"kinds": Kind.BOX, "labels": 0, "boxes": [0, 0, 1, 1]},
        {"kinds": Kind.POLYGON, "labels": 0, "boxes": [0, 0, 2, 2], "rings": square},
        {"kinds": Kind.TAG, "labels": 0},
    )
    losses = formats.write(source, tmp_path / "out", "coco-panoptic")
    assert {loss.what: loss.count for loss in losses} == {
        "box without a mask": 1,
        "polygon written as a mask": 1,
        "tag of a whole picture": 1,
    }
    with pytest.raises(FormatError, match="box without a mask"):
        formats.write(source, tmp_path / "strict", "coco-panoptic", {"strict": True})
    assert not (tmp_path / "strict").exists()


def test_names_are_kept_apart_and_inside(tmp_path: Path) -> None:
    items = [Item(path, (4, 2), tables.table([])) for path in ("s/a.jpg", "s/a.png")]
    source = Dataset.of([], items)
    with pytest.raises(FormatError, match=r"s/a\.jpg and s/a\.png both map to the label file s/a"):
        formats.write(source, tmp_path / "out", "coco-panoptic")
    formats.write(source, tmp_path / "out", "coco-panoptic", {"on_collision": "rename"})
    pngs = (tmp_path / "out/annotations/panoptic_default/s").iterdir()
    assert sorted(path.name for path in pngs) == ["a-2.png", "a.png"]
    with pytest.raises(FormatError, match="leaves the data set's folder"):
        formats.write(of(path="../a.png"), tmp_path / "no", "coco-panoptic")
    with pytest.raises(FormatError, match="a folder as target"):
        formats.write(source, tmp_path / "a.json", "coco-panoptic")


def test_frames_of_a_clip_have_a_picture_each(tmp_path: Path) -> None:
    found = tables.table([row(dense("#...", "....")) | {"tracks": 1}])
    items = [Item("c.mp4", (4, 2), found, media=0, frame=k) for k in (0, 1)]
    source = Dataset.of([Label("a")], items, media=(Media("c.mp4", (4, 2), 2, 25.0),))
    formats.write(source, tmp_path / "out", "coco-panoptic")
    names = [one["file_name"] for one in written(tmp_path / "out")["annotations"]]
    assert names == ["c/000000.png", "c/000001.png"]
    back = [table(item) for item in formats.read(tmp_path / "out").items]
    assert [one.tracks.tolist() for one in back if one.tracks is not None] == [[1], [1]]


def test_a_png_outside_its_folder_is_not_read(tmp_path: Path) -> None:
    told = json.loads((GOLDEN / "odd" / "told.json").read_text())
    told["annotations"][0]["file_name"] = "../../a.png"
    (tmp_path / "told.json").write_text(json.dumps(told))
    dataset = formats.read(tmp_path / "told.json", "coco-panoptic")
    list(dataset.items)
    losses = {loss.what: loss.example for loss in dataset.losses}
    assert "leaves the data set's folder" in losses["label map that cannot be read"]


def test_of_files_beside_cocos_others_the_instances_are_taken(tmp_path: Path) -> None:
    formats.write(of(row(dense("#...", "...."))), tmp_path / "out", "coco-panoptic")
    formats.write(of(), tmp_path / "out/annotations/instances_val.json", "coco")
    assert formats.sniff(tmp_path / "out") == "coco"
    assert formats.sniff(tmp_path / "out/annotations/panoptic_default.json") == "coco-panoptic"


def test_the_same_set_gives_the_same_bytes(tmp_path: Path) -> None:
    source = formats.read(GOLDEN / "layout")
    for name in ("a", "b"):
        formats.write(source, tmp_path / name, "coco-panoptic")
    for path in sorted((tmp_path / "a").rglob("*.*")):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_masks_that_do_not_fit_their_picture_are_counted(tmp_path: Path) -> None:
    source = of(row(dense("#", "#")), row(dense("....", "....")))
    losses = formats.write(source, tmp_path / "a", "coco-panoptic")
    assert {loss.what: loss.count for loss in losses} == {
        "mask of another size than its picture": 1,
        "mask without a pixel": 1,
    }
    unsized = Dataset.of([], [Item("a.png", None, tables.table([row(dense("##", "##"))]))])
    losses = formats.write(unsized, tmp_path / "b", "coco-panoptic")
    assert {loss.what: loss.count for loss in losses} == {"object of a picture without a size": 1}


def test_a_new_image_id_gives_way_to_a_stated_one(tmp_path: Path) -> None:
    items = [Item("a.png", (4, 2)), Item("b.png", (4, 2), id=1), Item("c.png", (4, 2))]
    formats.write(Dataset.of([], items), tmp_path / "out", "coco-panoptic")
    ids = {one["file_name"]: one["id"] for one in written(tmp_path / "out")["images"]}
    assert ids == {"a.png": 2, "b.png": 1, "c.png": 3}


def test_entries_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    told = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 2, "height": 1}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [
            {"image_id": "x"},
            {"image_id": 1, "file_name": "a.png", "segments_info": [7, {}], "more": 1},
            {"image_id": 1, "file_name": "a.png", "segments_info": []},
        ],
    }
    path = tmp_path / "panoptic_train.json"
    path.write_text(json.dumps(told))
    dataset = formats.read(path)
    (item,) = dataset.items
    assert (item.split, len(table(item))) == ("train", 0)
    what = "Expected `int`, got `str` - at `$.image_id`"
    assert {loss.what: loss.example.partition("#")[2] for loss in dataset.losses} == {
        "annotation that cannot be read": f"/annotations/0: {what}",
        "unknown key of an image's annotation": "/annotations/1/more",
        "annotation that is not an object": "/annotations/1/segments_info/0",
        "annotation without a usable category_id": "/annotations/1/segments_info/1",
        "second annotation of an image": "/annotations/2",
        "label map that cannot be read": "",
    }
    path.write_text("[]")
    with pytest.raises(FormatError, match="a list, expected an object"):
        formats.read(path)
    path.unlink()
    with pytest.raises(FormatError, match=r"no annotations/panoptic_<split>\.json"):
        formats.read(tmp_path, "coco-panoptic")
