"""One conversion by another tool, or the lower bound: `python peer_formats.py TOOL TASK SOURCE TARGET`.

TASK is ``seg`` or ``boxes`` (COCO file to YOLO folder), ``back-seg`` or ``back-boxes`` (YOLO folder to
COCO file). Pictures lie in ``images/`` beside a COCO file and in the YOLO folder.
"""  # noqa: E501

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

__all__ = ["TASKS"]


def ultralytics(task: str, source: Path, target: Path) -> None:
    """`convert_coco`, which reads every file of a folder."""
    from ultralytics.data.converter import convert_coco

    folder = target.with_name(target.name + "-annotations")
    folder.mkdir()
    (folder / source.name).symlink_to(source.absolute())
    convert_coco(str(folder), str(target), use_segments=task == "seg", cls91to80=False)


def globox(task: str, source: Path, target: Path) -> None:
    """Boxes alone."""
    from globox import AnnotationSet

    if task == "boxes":
        found = AnnotationSet.from_coco(source)
        found.save_yolo_v5(
            target, label_to_id={n: k for k, n in enumerate(sorted(found._labels()))}
        )
    else:
        labels = next(p for p in (source / "labels").iterdir())
        found = AnnotationSet.from_yolo_v5(labels, image_folder=source / "images" / labels.name)
        found.save_coco(target, auto_ids=True)


def datumaro(task: str, source: Path, target: Path) -> None:
    """Boxes alone; of YOLO's layouts it reads only Darknet's."""
    from datumaro.components.dataset import Dataset

    found = Dataset.import_from(str(source.parent.parent), "coco")
    found.export(str(target), "yolo", save_media=False)


def supervision(task: str, source: Path, target: Path) -> None:
    """Every picture is opened for its size; masks are dense."""
    import supervision as sv

    if task in ("seg", "boxes"):
        found = sv.DetectionDataset.from_coco(
            str(source.parent.parent / "images"), str(source), force_masks=task == "seg"
        )
        found.as_yolo(annotations_directory_path=str(target / "labels"))
    else:
        folder = next((source / "labels").iterdir())
        found = sv.DetectionDataset.from_yolo(
            str(source / "images" / folder.name),
            str(folder),
            str(source / "data.yaml"),
            force_masks=task == "back-seg",
        )
        found.as_coco(annotations_path=str(target))


def panlabel(task: str, source: Path, target: Path) -> None:
    """Its program, which is written in Rust; boxes alone."""
    formats = ("coco", "yolo") if task == "boxes" else ("yolo", "coco")
    program = Path(sys.executable).with_name("panlabel")
    options = ["--from", formats[0], "--to", formats[1], "--allow-lossy"]
    subprocess.run(
        [program, "convert", *options, "-i", source, "-o", target], check=True, stdout=-3
    )


def fiftyone(task: str, source: Path, target: Path) -> None:
    """By way of its database."""
    import fiftyone.types as kinds
    from fiftyone.utils.data import convert_dataset

    convert_dataset(
        input_type=kinds.COCODetectionDataset,
        input_kwargs={
            "labels_path": str(source),
            "data_path": str(source.parent.parent / "images"),
            "label_types": ["segmentations" if task == "seg" else "detections"],
        },
        output_dir=str(target),
        output_type=kinds.YOLOv5Dataset,
        output_kwargs={"export_media": False},
    )


def bound(task: str, source: Path, target: Path) -> None:
    """Read, parse every number, format as many, write the same bytes: nothing else."""
    import gc

    gc.disable()
    (_bound_back if task.startswith("back") else _bound_out)(task, source, target)


def boxes_alone(task: str, source: Path, target: Path) -> None:
    """The bound of boxes without parsing the numbers of polygons, which are passed over."""
    import gc

    gc.disable()
    _bound_out(task, source, target, passed=True)


def _bound_out(task: str, source: Path, target: Path, passed: bool = False) -> None:
    """The numbers are written as a YOLO file has them: shares of the picture, six decimals."""
    import msgspec

    fields = [("image_id", int), ("category_id", int), ("bbox", tuple[float, float, float, float])]
    rings = [] if passed else [("segmentation", list[list[float]] | dict[str, Any])]
    sized = [("id", int), ("file_name", str), ("width", int), ("height", int)]
    image = msgspec.defstruct("Image", sized, gc=False)
    lists = [("images", list[image]), ("annotations", list[msgspec.Raw])]
    found = msgspec.json.decode(source.read_bytes(), type=msgspec.defstruct("File", lists))
    decoder = msgspec.json.Decoder(msgspec.defstruct("Object", [*fields, *rings], gc=False))
    sizes = {one.id: (one.width, one.height) for one in found.images}
    lines: dict[int, list[bytes]] = defaultdict(list)
    for start in range(0, len(found.annotations), 10_000):
        objects = [decoder.decode(raw) for raw in found.annotations[start : start + 10_000]]
        for one, numbers in zip(objects, _shares(task, objects, sizes), strict=True):
            lines[one.image_id].append(b"%d " % one.category_id + numbers)
    target.mkdir()
    for one in found.images:
        with open(f"{target}/{one.file_name}.txt", "wb", buffering=0) as stream:  # noqa: PTH123
            stream.write(b"\n".join(lines.get(one.id, ())))


def _shares(task: str, objects: list[Any], sizes: dict[int, tuple[int, int]]) -> Iterator[bytes]:
    """The numbers of each object as text: of its rings or of its box."""
    import numpy as np
    import orjson

    if task == "seg":
        told = [one.segmentation for one in objects]
        rows = [list(chain(*rings)) if isinstance(rings, list) else [] for rings in told]
    else:
        rows = [one.bbox for one in objects]
    ends = np.cumsum([0, *map(len, rows)])
    points = np.array(list(chain.from_iterable(rows))).reshape(-1, 2)
    of_each = np.array([sizes[one.image_id] for one in objects])
    shares = np.round(points / np.repeat(of_each, np.diff(ends) // 2, axis=0), 6).ravel()
    for start, stop in pairwise(ends.tolist()):
        yield orjson.dumps(shares[start:stop], option=orjson.OPT_SERIALIZE_NUMPY)


def _bound_back(task: str, source: Path, target: Path) -> None:
    """The numbers are written as a COCO file has them: in pixels, with a box for each object."""
    import msgspec
    import numpy as np
    import orjson

    decoder = msgspec.json.Decoder(list[list[float]])
    option, count = orjson.OPT_SERIALIZE_NUMPY, 0
    with target.open("wb") as out:
        for folder, _, names in os.walk(source / "labels"):
            for name in names:
                with open(f"{folder}/{name}", "rb", buffering=0) as stream:  # noqa: PTH123
                    text = stream.read().strip().replace(b" ", b",").replace(b"\n", b"],[")
                for category, *row in decoder.decode(b"[[" + text + b"]]" if text else b"[]"):
                    count += 1
                    pixels = np.round(np.array(row) * 640, 6)
                    told = {"id": count, "category_id": category, "segmentation": [pixels]}
                    out.write(orjson.dumps(told | {"bbox": row[:4]}, option=option) + b"\n")


TASKS = {
    "bound": bound,
    "boxes_alone": boxes_alone,
    "datumaro": datumaro,
    "fiftyone": fiftyone,
    "globox": globox,
    "panlabel": panlabel,
    "supervision": supervision,
    "ultralytics": ultralytics,
}

if __name__ == "__main__":
    TASKS[sys.argv[1]](sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
