"""Ultralytics' own loader over what is written: nothing refused, nothing dropped, same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from formats import read, write
from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Dataset, Item, Label
from geometry import rotated
from geometry.masks import encode
from geometry.rings import Rings

pytestmark = pytest.mark.ultralytics
W, H = 64, 48
NAMES = ("person", "no", "traffic light", "null", "naïve: #1")
FORMATS = {
    "yolo": Kind.BOX,
    "yolo-seg": Kind.POLYGON,
    "yolo-pose": Kind.BOX,
    "yolo-obb": Kind.ROTATED,
}


@pytest.fixture(scope="module")
def loader() -> Any:
    """ultralytics' data package, without a torchvision that may not be importable."""
    pytest.importorskip("ultralytics", exc_type=ImportError)
    from ultralytics.data import utils

    return utils


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    root = tmp_path / "pictures"
    names = ["a b/ünï.v2.final.JPG", "plain.png", "images/train/deep.jpg", "empty.jpg", "none.jpg"]
    for k, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(k).integers(0, 255, (H, W, 3), dtype=np.uint8)
        Image.fromarray(noise).save(path)
    turned = Image.fromarray(np.zeros((W, H, 3), np.uint8))
    exif = Image.Exif()
    exif[274] = 6
    turned.save(root / "turned.jpg", exif=exif)
    return root


def shapes(seed: int, n: int = 12) -> Annotations:
    """Shapes of every kind, some of them partly or wholly outside the picture."""
    rng = np.random.default_rng(seed)
    centre, side = rng.uniform(-5, 60, (n, 2)), rng.uniform(2, 40, (n, 2))
    boxes = np.hstack([centre - side / 2, centre + side / 2])
    angle = rng.uniform(-4, 4, n)
    mask = np.zeros((H, W), bool)
    mask[5:20, 5:20], mask[8:12, 8:12], mask[30:40, 40:50] = True, False, True
    star = np.array([[5, 5], [30, 8], [10, 30], [40, 40.5], [3, 44]])
    rings = [[[star + k]] for k in range(n)]
    rings[1] = [[star], [star + 20.5], [np.array([[50, 2], [60, 2], [60, 9]])]]
    rings[2] = [
        [np.array([[2, 2], [60, 2], [60, 40], [2, 40]]), np.array([[9, 9], [9, 20], [20, 9]])]
    ]
    rings[3] = rings[4] = []
    masks = np.full(n, None)
    masks[3] = encode(mask)
    points = np.stack([rng.uniform(-4, 66, (n, 5)), rng.uniform(-4, 50, (n, 5))], axis=2)
    seen = rng.integers(0, 3, (n, 5, 1)).astype(float)
    flags = np.zeros(n, np.uint16)
    flags[5] = Flag.CROWD
    kinds = np.full(n, Kind.POLYGON, np.uint8)
    kinds[3], kinds[4], kinds[6:] = Kind.MASK, Kind.BOX, Kind.ROTATED
    return Annotations.of(
        n,
        kinds=kinds,
        boxes=boxes,
        labels=rng.integers(0, len(NAMES), n).astype(np.int32),
        scores=rng.uniform(0, 1, n),
        rotated=np.column_stack([centre, side, angle]),
        rings=Rings.of(rings),
        masks=masks,
        keypoints=np.concatenate([points, seen], axis=2),
        flags=flags,
    )


def scene(root: Path) -> Dataset:
    labels = [Label(name) for name in NAMES]
    labels[0] = Label(
        "person", keypoints=("nose", "left_eye", "right_eye", "left_hip", "right_hip")
    )
    items = [
        Item("a b/ünï.v2.final.JPG", (W, H), shapes(1), split="train"),
        Item("plain.png", (W, H), shapes(2), split="val"),
        Item("images/train/deep.jpg", (W, H), shapes(3), split="train"),
        Item("empty.jpg", (W, H), Annotations.empty(), split="train"),
        Item("none.jpg", (W, H), None, split="val"),
        Item("turned.jpg", None, shapes(4), split="test2017"),
    ]
    return Dataset.of(labels, items, root=str(root))


@pytest.mark.parametrize("images", ["link", "copy"])
@pytest.mark.parametrize("name", FORMATS)
def test_the_loader_takes_every_line(
    name: str, images: str, loader: Any, pictures: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write(scene(pictures), out, name, {"images": images})
    data = loader.check_det_dataset(str(out / "data.yaml"), autodownload=False)
    assert data["names"] == dict(enumerate(NAMES))
    found = {}
    for split in ("train", "val", "test"):
        for image in listed(data[split]):
            found[image] = verified(loader, image, data)
    assert len(found) == 6
    states = {Path(image).name: (r["missing"], r["empty"]) for image, r in found.items()}
    assert states["none.jpg"] == (1, 0)
    assert states["empty.jpg"] == (0, 1)
    assert sum(state == (0, 0) for state in states.values()) == 4


def listed(path: str) -> list[str]:
    """The pictures of a list, as ultralytics reads it."""
    from ultralytics.data.base import BaseDataset

    holder = BaseDataset.__new__(BaseDataset)
    holder.prefix, holder.fraction = "", 1.0
    return holder.get_img_files(path)


def verified(loader: Any, image: str, data: dict[str, Any]) -> dict[str, Any]:
    """What the loader makes of one picture, compared with the file's own numbers."""
    count, dims = data.get("kpt_shape", (0, 0))
    text = loader.img2label_paths([image])[0]
    args = (image, text, "", count > 0, len(data["names"]), count, dims, False)
    path, lb, shape, segments, points, missing, _, empty, corrupt, message = (
        loader.verify_image_label(args)
    )
    assert (corrupt, message) == (0, ""), message
    assert tuple(shape) == (H, W)
    lines = Path(text).read_text().splitlines() if Path(text).exists() else []
    rows = [np.array(line.split(), float) for line in lines]
    assert len(lb) == len(rows)
    for k, row in enumerate(rows):
        assert lb[k, 0] == row[0]
        if count:
            assert np.allclose(points[k].ravel(), row[5:], atol=1e-6)
        elif segments:
            assert np.allclose(segments[k].ravel(), row[1:], atol=1e-6)
        if not segments:
            assert np.allclose(lb[k, 1:], row[1:5], atol=1e-6)
    assert path == image
    return {"missing": missing, "empty": empty}


BOXES = np.array([[2.5, 3, 20.25, 30], [30, 10, 60, 44.5]])
RINGS = [np.array([[2, 3], [20, 3], [9, 30.5]]), np.array([[30, 10], [60, 12], [58.5, 44]])]
FIVES = np.array([[20, 20, 12, 6, 0.5], [40, 24, 8, 16, -0.25]])
POINTS = [[[4, 5, 2], [6, 7, 1], [0, 0, 0]], [[31, 12, 2], [40, 20, 2], [59, 44, 1]]]


def known(name: str) -> Annotations:
    """Two objects well inside their picture, of the kind that a format has."""
    if name == "yolo-seg":
        bounds = [[*ring.min(axis=0), *ring.max(axis=0)] for ring in RINGS]
        rings = Rings.of([[[ring]] for ring in RINGS])
        return Annotations.of(kinds=[Kind.POLYGON] * 2, labels=[1, 4], boxes=bounds, rings=rings)
    if name == "yolo-obb":
        bounds = rotated.bounds(FIVES)
        return Annotations.of(kinds=[Kind.ROTATED] * 2, labels=[1, 4], boxes=bounds, rotated=FIVES)
    points = {"keypoints": np.array(POINTS, float)} if name == "yolo-pose" else {}
    return Annotations.of(2, labels=[1, 4], boxes=BOXES, **points)


@pytest.mark.parametrize("name", FORMATS)
def test_the_loader_sees_the_objects_of_the_set(
    name: str, loader: Any, pictures: Path, tmp_path: Path
) -> None:
    points = ("nose", "left", "right") if name == "yolo-pose" else ()
    labels = [Label(text, keypoints=points) for text in NAMES]
    items = [Item("plain.png", (W, H), known(name), split="val")]
    assert not write(Dataset.of(labels, items, root=str(pictures)), tmp_path / "out", name).by_kind
    data = loader.check_det_dataset(str(tmp_path / "out/data.yaml"), autodownload=False)
    (image,) = listed(data["val"])
    count, dims = data.get("kpt_shape", (0, 0))
    args = (
        image,
        loader.img2label_paths([image])[0],
        "",
        count > 0,
        len(NAMES),
        count,
        dims,
        False,
    )
    _, rows, shape, segments, found, *_ = loader.verify_image_label(args)
    assert (Path(image).name, tuple(shape)) == ("plain.png", (H, W))
    assert [data["names"][int(k)] for k in rows[:, 0]] == [NAMES[1], NAMES[4]]
    centre, side = rows[:, 1:3] * [W, H], rows[:, 3:5] * [W, H]
    boxes = np.hstack([centre - side / 2, centre + side / 2])
    np.testing.assert_allclose(boxes, known(name).boxes, atol=1e-3)
    if name == "yolo-seg":
        np.testing.assert_allclose([ring * [W, H] for ring in segments], RINGS, atol=1e-3)
    if name == "yolo-obb":
        corners = [ring * [W, H] for ring in segments]
        np.testing.assert_allclose(corners, rotated.corners(FIVES), atol=1e-3)
    if name == "yolo-pose":
        np.testing.assert_allclose(found * [W, H, 1], POINTS, atol=1e-3)


def test_oriented_boxes_are_what_the_trainer_sees(
    loader: Any, pictures: Path, tmp_path: Path
) -> None:
    from ultralytics.utils.ops import xyxyxyxy2xywhr

    boxes = np.array([[30, 20, 16, 8, a] for a in np.linspace(-1.5, 1.5, 7)])
    table = Annotations.of(
        len(boxes), kinds=np.full(7, Kind.ROTATED), boxes=rotated.bounds(boxes), rotated=boxes
    )
    items = [Item("plain.png", (W, H), table, split="train")]
    write(Dataset.of([Label("ship")], items, root=str(pictures)), tmp_path / "out", "yolo-obb")
    text = (tmp_path / "out/labels/train/plain.txt").read_text()
    corners = np.array([line.split()[1:] for line in text.splitlines()], np.float32)
    seen = xyxyxyxy2xywhr(corners.reshape(-1, 4, 2) * np.array([W, H], np.float32))
    ours = rotated.pair_iou(np.asarray(seen, np.float64), boxes)
    assert ours.min() > 0.999


def test_a_set_without_splits_or_with_val_alone_loads(
    loader: Any, pictures: Path, tmp_path: Path
) -> None:
    for split in ("", "val", "unlabelled"):
        items = [Item("plain.png", (W, H), shapes(1), split=split)]
        out = tmp_path / f"out{split}"
        write(Dataset.of([Label(n) for n in NAMES], items, root=str(pictures)), out, "yolo")
        data = loader.check_det_dataset(str(out / "data.yaml"), autodownload=False)
        assert len(listed(data["train"])) == len(listed(data["val"])) == 1


@pytest.mark.real
@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("coco_tiny38", "yolo"),
        ("coco_tiny38", "yolo-seg"),
        ("coco_tiny38", "yolo-obb"),
        ("coco_pose60", "yolo-pose"),
    ],
)
def test_the_loader_takes_converted_coco_sets(
    source: str, name: str, loader: Any, real_data: Path, tmp_path: Path
) -> None:
    dataset = read(real_data / "datasets" / source, "coco")
    write(dataset, tmp_path / "out", name)
    data = loader.check_det_dataset(str(tmp_path / "out/data.yaml"), autodownload=False)
    count, dims = data.get("kpt_shape", (0, 0))
    lines = found = 0
    for image in {path for split in ("train", "val") for path in listed(data[split])}:
        text = loader.img2label_paths([image])[0]
        lines += len(Path(text).read_text().splitlines())
        args = (image, text, "", count > 0, data["nc"], count, dims, False)
        _, rows, _, _, _, missing, _, _, corrupt, message = loader.verify_image_label(args)
        assert (missing, corrupt, message) == (0, 0, "")
        found += len(rows)
    total = sum(int((~c.annotations.flagged(Flag.CROWD)).sum()) for c in dataset.chunks())
    assert found == lines == total


def test_classify_folders_load(loader: Any, pictures: Path, tmp_path: Path) -> None:
    names = ["plain.png", "a b/ünï.v2.final.JPG", "empty.jpg", "none.jpg"]
    items = [
        Item(
            name,
            (W, H),
            Annotations.of(1, kinds=[Kind.TAG], labels=[k % 2]),
            split=("train", "train", "val", "val")[k],
        )
        for k, name in enumerate(names)
    ]
    labels = [Label("N/A"), Label("zebra"), Label("unused")]
    write(Dataset.of(labels, items, root=str(pictures)), tmp_path / "out", "yolo-cls")
    data = loader.check_cls_dataset(str(tmp_path / "out"))
    assert data["nc"] == 3
    assert list(data["names"].values()) == ["N%2FA", "unused", "zebra"]
    for split, wanted in (
        ("train", ["N%2FA/plain.png", "zebra/a b/ünï.v2.final.JPG"]),
        ("val", ["N%2FA/empty.jpg", "zebra/none.jpg"]),
    ):
        folder = Path(data[split])
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        assert [path.relative_to(folder).as_posix() for path in files] == wanted
