"""Questions to FiftyOne, for `tool_oracle`: its importers and exporters, without its database."""

import os
from pathlib import Path

os.environ["FIFTYONE_DO_NOT_TRACK"] = "true"

import fiftyone as fo
import fiftyone.utils.coco as coco
import fiftyone.utils.cvat as cvat
import fiftyone.utils.kitti as kitti
import fiftyone.utils.openimages as openimages
import fiftyone.utils.voc as voc
import fiftyone.utils.yolo as yolo
import numpy as np
from answering import main
from fiftyone.core.metadata import ImageMetadata
from PIL import Image

IMPORTERS = {
    "coco": coco.COCODetectionDatasetImporter,
    "cvat": cvat.CVATImageDatasetImporter,
    "kitti": kitti.KITTIDetectionDatasetImporter,
    "openimages": openimages.OpenImagesV7DatasetImporter,
    "voc": voc.VOCDetectionDatasetImporter,
    "yolo": yolo.YOLOv5DatasetImporter,
}
EXPORTERS = {
    "coco": coco.COCODetectionDatasetExporter,
    "cvat": cvat.CVATImageDatasetExporter,
    "kitti": kitti.KITTIDetectionDatasetExporter,
    "voc": voc.VOCDetectionDatasetExporter,
    "yolo": yolo.YOLOv5DatasetExporter,
}


def read(format, path, options=None):  # noqa: A002 - as it is called in the form of questions
    """A data set as `tool_oracle` describes it; `options` go to FiftyOne's importer."""
    found, labels = {}, set()
    with IMPORTERS[format](dataset_dir=path, **(options or {})) as importer:
        for picture, metadata, told in importer:
            metadata = metadata or ImageMetadata.build_for(picture)
            objects = _objects(told, (metadata.width, metadata.height))
            labels |= {one["label"] for one in objects}
            size = [metadata.width, metadata.height]
            found[Path(picture).name] = {"size": size, "objects": objects}
        known = importer.get_dataset_info() if importer.has_dataset_info else {}
    classes = known.get("classes") or known.get("default_classes") or sorted(labels)
    return {"labels": list(classes), "images": found}


def _objects(told, size):
    """The detections of a picture; some importers answer several fields."""
    if isinstance(told, dict):
        return [one for field in told.values() for one in _objects(field, size)]
    return [_object(one, size) for one in getattr(told, "detections", None) or ()]


def _object(one, size):
    x, y, w, h = np.array(one.bounding_box) * [*size, *size]
    said = {"label": one.label, "box": [x, y, x + w, y + h], "attributes": _attributes(one)}
    if one.confidence is not None:
        said["score"] = one.confidence
    if one.mask is not None:
        said["rows"] = _full(one, size).astype(int).tolist()
    return said


def _attributes(one):
    """What is neither a field of every detection nor empty."""
    known = {"id", "label", "bounding_box", "mask", "mask_path", "confidence", "index", "tags"}
    fields = {name: one[name] for name in one.field_names if name not in known}
    return {name: _plain(value) for name, value in fields.items() if value not in (None, {})}


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else value


def _full(one, size):
    """The mask of a detection at the size of its picture."""
    x, y, _, _ = np.round(np.array(one.bounding_box) * [*size, *size]).astype(int)
    full = np.zeros(size[::-1], dtype=bool)
    height, width = one.mask.shape
    full[y : y + height, x : x + width] = one.mask[: size[1] - y, : size[0] - x]
    return full


def write(format, dataset, path, options=None):  # noqa: A002
    """Write a data set in the form that `read` answers, with black pictures of their sizes."""
    pictures = Path(path).with_name("fiftyone-pictures")
    with EXPORTERS[format](export_dir=path, **(options or {})) as exporter:
        for name, told in dataset["images"].items():
            file = pictures / name
            file.parent.mkdir(parents=True, exist_ok=True)
            width, height = told["size"]
            Image.new("RGB", (width, height)).save(file)
            found = [_detection(one, width, height) for one in told["objects"]]
            detections = fo.Detections(detections=found)
            exporter.export_sample(str(file), detections, ImageMetadata.build_for(str(file)))


def _detection(one, width, height):
    x0, y0, x1, y1 = one["box"]
    box = [x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height]
    further = {"confidence": one["score"]} if "score" in one else {}
    return fo.Detection(
        label=one["label"], bounding_box=box, **further, **one.get("attributes", {})
    )


main(read, write)
