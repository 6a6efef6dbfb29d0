"""Questions to LabelMe, for `tool_oracle`: its own reading and writing of label files.

Objects have further keys here: ``type`` (LabelMe's word for the shape), ``points``, ``group``,
``flags``, ``description`` and ``further`` (the keys that LabelMe keeps without knowing them).
"""

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from answering import main
from labelme import utils
from labelme._label_file import LabelFileReadError, read_label_file, write_label_file


def read(_, path):
    """Every label file of a folder; one that LabelMe refuses to open is an error."""
    images, labels = {}, {}
    for file in sorted(Path(path).rglob("*.json")):
        try:
            found = read_label_file(str(file))
        except LabelFileReadError as error:
            raise ValueError(str(error)) from error
        size = utils.img_data_to_pil(found.image_data).size
        name = file.parent.relative_to(path).joinpath(found.image_path).as_posix()
        labels |= dict.fromkeys(shape["label"] for shape in found.shapes)
        images[name] = {
            "size": list(size),
            "flags": found.flags,
            "further": found.other_data,
            "objects": [_object(shape, size) for shape in found.shapes],
        }
    return {"labels": list(labels), "images": images}


def _object(shape, size):
    """One shape, with its pixels where it is a mask."""
    said = {
        "label": shape["label"],
        "type": shape["shape_type"],
        "points": shape["points"],
        "group": shape["group_id"],
        "flags": shape["flags"],
        "description": shape["description"],
        "further": shape["other_data"],
    }
    if shape["shape_type"] == "mask":
        pixels, _ = utils.shapes_to_label(size[::-1], [shape], {shape["label"]: 1})
        said["rows"] = (pixels > 0).astype(int).tolist()
    return said


def instances(path, labels):
    """The pixels of every object of a label file by LabelMe: one number for each, 0 for none."""
    found = read_label_file(path)
    size = utils.img_data_to_pil(found.image_data).size
    values = {label: k + 1 for k, label in enumerate(labels)}
    _, numbers = utils.shapes_to_label(size[::-1], found.shapes, values)
    return numbers.tolist()


def write(_, said, path):
    """Label files of shapes, beside pictures that lie in the folder."""
    for name, entry in said["images"].items():
        width, height = entry["size"]
        write_label_file(
            str(Path(path, name).with_suffix(".json")),
            shapes=entry["objects"],
            image_path=Path(name).name,
            image_height=height,
            image_width=width,
            flags=entry.get("flags"),
        )


main(read, instances, write)
