"""Questions to supervision, for `tool_oracle`: data sets in the formats that it loads and saves.

`paths` has its arguments: ``images``, ``annotations`` (a folder or a file) and ``data`` (YOLO's).
"""

from pathlib import Path

import numpy as np
import supervision as sv
from answering import main

LOADERS = {
    "coco": sv.DetectionDataset.from_coco,
    "createml": sv.DetectionDataset.from_createml,
    "labelme": sv.DetectionDataset.from_labelme,
    "voc": sv.DetectionDataset.from_pascal_voc,
    "yolo": sv.DetectionDataset.from_yolo,
}
FILES = {"coco", "createml"}
"""Formats of one file for all pictures."""


def _arguments(format, paths):  # noqa: A002
    place = "annotations_path" if format in FILES else "annotations_directory_path"
    found = {"images_directory_path": paths["images"], place: paths["annotations"]}
    return {**found, **({"data_yaml_path": paths["data"]} if "data" in paths else {})}


def read(format, paths, options=None):  # noqa: A002 - as it is called in the form of questions
    """A data set as `tool_oracle` describes it; masks as rows of 0 and 1."""
    found = LOADERS[format](**_arguments(format, paths), **(options or {}))
    images = {
        Path(path).name: _image(picture, told, found.classes) for path, picture, told in found
    }
    return {"labels": list(found.classes), "images": images}


def _image(picture, told, names):
    size = [picture.shape[1], picture.shape[0]]
    return {"size": size, "objects": [_object(told, k, names) for k in range(len(told))]}


def _object(told, k, names):
    said = {"label": names[int(told.class_id[k])], "box": told.xyxy[k].astype(float).tolist()}
    if told.mask is not None:
        said["rows"] = np.asarray(told.mask[k]).astype(int).tolist()
    if told.confidence is not None:
        said["score"] = float(told.confidence[k])
    if "xyxyxyxy" in told.data:
        said["corners"] = np.asarray(told.data["xyxyxyxy"][k]).astype(float).tolist()
    return said


def write(format, dataset, paths, options=None):  # noqa: A002
    """Save a data set in the form that `read` answers, with black pictures of their sizes."""
    names = list(dataset["labels"])
    pictures, told = {}, {}
    for name, entry in dataset["images"].items():
        width, height = entry["size"]
        pictures[name] = np.zeros((height, width, 3), np.uint8)
        told[name] = _detections(entry["objects"], names)
    found = sv.DetectionDataset(classes=names, images=pictures, annotations=told)
    saver = {"voc": found.as_pascal_voc}.get(format) or getattr(found, f"as_{format}")
    saver(**_arguments(format, paths), **(options or {}))


def _detections(objects, names):
    if not objects:
        return sv.Detections.empty()
    masks = [np.array(one["rows"], dtype=bool) for one in objects if "rows" in one]
    return sv.Detections(
        xyxy=np.array([one["box"] for one in objects], dtype=float),
        class_id=np.array([names.index(one["label"]) for one in objects]),
        mask=np.array(masks) if len(masks) == len(objects) else None,
    )


def read_folders(path):
    """Class and pictures of a tree with a folder for each class of pictures."""
    found = sv.ClassificationDataset.from_folder_structure(path)
    told = {Path(name).name: found.annotations[name].class_id[0] for name in found.image_paths}
    return {"labels": list(found.classes), "images": {k: int(v) for k, v in told.items()}}


def write_folders(names, images, path):
    """A tree of black pictures; `images`: name -> class."""
    black = {name: np.zeros((6, 8, 3), np.uint8) for name in images}
    told = {name: sv.Classifications(class_id=np.array([k])) for name, k in images.items()}
    found = sv.ClassificationDataset(classes=list(names), images=black, annotations=told)
    found.as_folder_structure(path)


main(read, write, read_folders, write_folders)
