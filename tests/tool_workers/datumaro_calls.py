"""Questions to datumaro, for `tool_oracle`: any of its formats by its own name for it.

Objects have further keys here: ``type`` (datumaro's word for the annotation), ``points`` (those of
a line, an ellipse's box or a cuboid, as datumaro has them), ``group`` and ``z_order``. Pictures are
called as their file is, below the folder of their subset; ``split`` is the subset.
"""

import tempfile
from pathlib import Path

import datumaro as dm
import numpy as np
from answering import main
from datumaro.components.annotation import (
    AnnotationType,
    Cuboid2D,
    Mask,
    PointsCategories,
    RotatedBbox,
)
from datumaro.components.errors import DatumaroError
from PIL import Image
from pycocotools import mask as masks

DEFAULT = "default"


def read(format, path, options=None):  # noqa: A002 - as it is called in the form of questions
    """A data set as `tool_oracle` describes it; what datumaro cannot read there is an error."""
    try:
        found = dm.Dataset.import_from(path, format, **(options or {}))
    except DatumaroError as error:
        raise ValueError(f"{error}: {error.__cause__!r}") from error
    labels = found.categories().get(AnnotationType.label, ())
    names = [label.name for label in labels]
    points = found.categories().get(AnnotationType.points)
    said = {"labels": names, "images": {_name(i): _item(i, names) for i in found}}
    if points is not None:
        said["keypoints"] = {names[k]: list(told.labels) for k, told in points.items.items()}
        said["bones"] = {names[k]: sorted(told.joints) for k, told in points.items.items()}
    return said


def _name(item):
    """The name of a picture's file: datumaro's id is without the ending."""
    return item.id + Path(getattr(item.media, "path", "") or "").suffix


def _item(item, names):
    size = item.media.size if item.media is not None and item.media.has_size else None
    return {
        "size": None if size is None else [int(size[1]), int(size[0])],
        "split": item.subset,
        "attributes": _plain(item.attributes),
        "objects": [_object(annotation, names) for annotation in item.annotations],
    }


def _object(one, names):
    label = getattr(one, "label", None)
    said = {"type": one.type.name, "label": None if label is None else names[label]}
    said |= {"attributes": _plain(one.attributes), "group": one.group, "id": one.id}
    said["z_order"] = getattr(one, "z_order", 0)
    if "score" in one.attributes:
        said["score"] = float(one.attributes["score"])
    if one.object_id >= 0:
        said["track"] = one.object_id
    if one.type == AnnotationType.caption:
        return {**said, "caption": one.caption}
    return {**said, **_shape(one)}


def _shape(one):
    """What says where an object is."""
    if one.type == AnnotationType.label:
        return {}
    if one.type == AnnotationType.mask:
        x, y, w, h = (float(value) for value in one.get_bbox())
        rows = np.asarray(one.image).astype(int).tolist()
        return {"box": [x, y, x + w, y + h], "rows": rows}
    if one.type == AnnotationType.rotated_bbox:
        return {"five": [float(value) for value in one.points]}
    if one.type in (AnnotationType.cuboid_2d, AnnotationType.cuboid_3d):
        return {"points": np.asarray(one.points).tolist()}
    x, y, w, h = (float(value) for value in one.get_bbox())
    said = {"box": [x, y, x + w, y + h], "points": [float(value) for value in one.points]}
    pairs = np.reshape(said["points"], (-1, 2)).tolist()
    if one.type == AnnotationType.polygon:
        said["rings"] = [pairs]
    if one.type == AnnotationType.points:
        seen = [int(value) for value in one.visibility]
        said["keypoints"] = [[x, y, v] for (x, y), v in zip(pairs, seen, strict=True)]
    return said


def _plain(attributes):
    """Attributes without NumPy's numbers."""
    return {k: v.item() if hasattr(v, "item") else v for k, v in attributes.items()}


def write(format, dataset, path, options=None):  # noqa: A002
    """Write a data set in the form that `read` answers; `options` go to datumaro's exporter.

    With ``save_media`` the pictures are there, black ones of their sizes. An object of several
    rings is several polygons of one group, as datumaro has it.
    """
    with tempfile.TemporaryDirectory() as folder:
        items = [_written(*entry, dataset["labels"], folder) for entry in dataset["images"].items()]
        found = dm.Dataset.from_iterable(items, categories=_categories(dataset))
        found.export(path, format, **(options or {}))


def _categories(dataset):
    labels = dm.LabelCategories.from_iterable(dataset["labels"])
    found = {
        AnnotationType.label: labels,
        AnnotationType.mask: dm.MaskCategories.generate(
            len(dataset["labels"]), include_background=False
        ),
    }
    if dataset.get("keypoints"):
        bones = dataset.get("bones", {})
        index = dataset["labels"].index
        points = PointsCategories()
        for name, names in dataset["keypoints"].items():
            points.add(index(name), names, bones.get(name, ()))
        found[AnnotationType.points] = points
    return found


def _written(name, told, labels, folder):
    stem = Path(name).with_suffix("").as_posix()
    media = None
    if told.get("size"):
        width, height = told["size"]
        file = Path(folder, told.get("split", DEFAULT), name)
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (width, height)).save(file)
        media = dm.Image.from_file(path=str(file), size=(height, width))
    made = [one for told_ in told["objects"] for one in _annotations(told_, labels)]
    extra = {"attributes": told["attributes"]} if told.get("attributes") else {}
    subset = told.get("split", DEFAULT)
    return dm.DatasetItem(id=stem, subset=subset, media=media, annotations=made, **extra)


def _annotations(told, labels):
    label = told.get("label")
    said = {"label": None if label is None else labels.index(label)}
    said["attributes"] = dict(told.get("attributes", {}))
    said |= {key: told[key] for key in ("group", "id", "z_order") if key in told}
    if "score" in told:
        said["attributes"]["score"] = told["score"]
    if "track" in told:
        said["object_id"] = told["track"]
    kind = told.get("type") or _kind(told)
    return BUILDERS[kind](told, said)


def _kind(told):
    """The type of an object that does not state it."""
    for key, kind in (("keypoints", "points"), ("rows", "mask"), ("rings", "polygon")):
        if key in told:
            return kind
    return "bbox" if "box" in told else "label"


def _box(told, said):
    x0, y0, x1, y1 = told["box"]
    return [dm.Bbox(x0, y0, x1 - x0, y1 - y0, **said)]


def _polygons(told, said):
    return [dm.Polygon(np.ravel(ring).tolist(), **said) for ring in told["rings"]]


def _mask(told, said):
    return [Mask(np.array(told["rows"], dtype=bool), **said)]


def _rle(told, said):
    dense = np.asfortranarray(np.array(told["rows"], dtype=np.uint8))
    return [dm.RleMask(masks.encode(dense), **said)]


def _points(told, said):
    x, y, seen = np.reshape(told["keypoints"], (-1, 3)).T
    flat = np.column_stack([x, y]).ravel().tolist()
    return [dm.Points(flat, seen.astype(int).tolist(), **said)]


def _label(told, said):
    said.pop("z_order", None)
    return [dm.Label(**said)]


def _caption(told, said):
    return [dm.Caption(told["caption"], attributes=said["attributes"])]


def _cuboid(told, said):
    return [Cuboid2D([tuple(pair) for pair in told["points"]], **said)]


BUILDERS = {
    "bbox": _box,
    "polygon": _polygons,
    "mask": _mask,
    "rle": _rle,
    "points": _points,
    "label": _label,
    "caption": _caption,
    "polyline": lambda told, said: [dm.PolyLine(told["points"], **said)],
    "ellipse": lambda told, said: [dm.Ellipse(*told["points"], **said)],
    "rotated_bbox": lambda told, said: [RotatedBbox(*told["five"], **said)],
    "cuboid_2d": _cuboid,
}


def formats():
    """The formats that datumaro reads and those that it writes."""
    plugins = dm.Environment()
    return {"read": sorted(plugins.importers), "write": sorted(plugins.exporters)}


main(read, write, formats)
