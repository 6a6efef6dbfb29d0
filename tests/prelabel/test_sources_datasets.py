"""A dataset as source of a job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from prelabel.errors import JobError, PrelabelError
from prelabel.sources import Pictures, collect

BLUE = [{"id": 4, "name": "blue"}]


def coco(path: Path, *names: str, categories: list = BLUE) -> Path:
    images = [
        {"id": 10 + i, "file_name": name, "width": 8, "height": 6} for i, name in enumerate(names)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": images, "annotations": [], "categories": categories}))
    return path


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6)).save(path)
    return path


def units(pictures: Pictures) -> list[tuple[str, str, int | None, str]]:
    return [(u.path, u.address, u.id, u.split) for u in pictures.units]


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("annotations/instances_val2017.json", "val2017"),
        ("annotations/instances_val2017.json", "images/val2017"),
        ("annotations/instances_val2017.json", "images"),
        ("annotations/instances_val2017.json", "."),
        ("valid/_annotations.coco.json", "valid"),
        ("truth_val2017.json", "images"),
        ("truth_val2017.json", "."),
    ],
)
def test_pictures_are_found_where_layouts_keep_them(tmp_path: Path, file: str, place: str) -> None:
    source = coco(tmp_path / file, "b.jpg", "a.jpg")
    folder = tmp_path / place
    for name in ("a.jpg", "b.jpg"):
        picture(folder / name)
    found = collect([str(source)])
    assert [u.path for u in found.units] == ["b.jpg", "a.jpg"]
    assert [u.id for u in found.units] == [10, 11]
    assert all(Path(u.address).samefile(folder / u.path) for u in found.units)
    assert Path(found.root).samefile(folder)
    assert [(label.id, label.name) for label in found.labels or ()] == [(4, "blue")]


def test_another_folder_can_be_named(tmp_path: Path) -> None:
    source = coco(tmp_path / "data/truth.json", "a.jpg")
    picture(tmp_path / "pool/a.jpg")
    with pytest.raises(JobError, match=r"pictures are not found, such as 'a.jpg'.*--images DIR"):
        collect([str(source)])
    found = collect([str(source)], images=str(tmp_path / "pool"))
    assert found.units[0].address == str(tmp_path / "pool/a.jpg")


def test_files_of_one_dataset_go_together(tmp_path: Path) -> None:
    for split, name in (("train", "a.jpg"), ("val", "b.jpg")):
        coco(tmp_path / f"annotations/instances_{split}.json", name)
        picture(tmp_path / f"images/{split}/{name}")
    sources = [str(tmp_path / f"annotations/instances_{s}.json") for s in ("train", "val")]
    found = collect(sources)
    assert [(u.path, u.split) for u in found.units] == [("a.jpg", "train"), ("b.jpg", "val")]
    coco(tmp_path / "annotations/instances_val.json", "b.jpg", categories=[{"id": 1, "name": "x"}])
    with pytest.raises(JobError, match="categories of instances_train and instances_val differ"):
        collect(sources)


def test_a_yolo_dataset_keeps_its_splits(tmp_path: Path) -> None:
    for split in ("train", "val"):
        picture(tmp_path / f"images/{split}/1.jpg")
    data = tmp_path / "data.yaml"
    data.write_text("path: .\ntrain: images/train\nval: images/val\nnames: [blue, red]\n")
    found = collect([str(data)])
    assert [u.split for u in found.units] == ["train", "val"]
    assert len({u.path for u in found.units}) == 2
    assert all(Path(u.address).is_file() for u in found.units)
    assert [label.name for label in found.labels or ()] == ["blue", "red"]


@pytest.mark.parametrize("name", ["../a.jpg", "x/../../a.jpg", "/etc/a.jpg"])
def test_names_that_leave_the_dataset_are_refused(tmp_path: Path, name: str) -> None:
    source = coco(tmp_path / "data/truth.json", name)
    picture(tmp_path / "a.jpg")
    with pytest.raises(PrelabelError) as caught:
        collect([str(source)], images=str(tmp_path / "data"))
    assert name in str(caught.value)


def test_an_empty_dataset_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="the dataset lists no pictures"):
        collect([str(coco(tmp_path / "truth.json"))])
