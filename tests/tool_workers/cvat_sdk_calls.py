"""Questions to cvat-sdk, for `tool_oracle`: files by CVAT's documented schema as its requests.

The SDK has no reader of files. Each element becomes the request that CVAT's importer makes of it,
whose types and words the SDK's models check; run lengths are packed and unpacked by the SDK.
"""

import xml.etree.ElementTree as ET

import numpy as np
from answering import main
from cvat_sdk import models
from cvat_sdk.masks import decode_mask, encode_mask

SIDES = ("xtl", "ytl", "xbr", "ybr")
WINDOW = ("left", "top", "width", "height")
TYPES = {"box": "rectangle"}


def read(format, path):  # noqa: A002 - as it is called in the form of questions
    """The pictures of a file, the requests of their shapes as plain objects."""
    root = ET.parse(path).getroot()
    assert root.tag == "annotations"
    assert root.findtext("version") == "1.1"
    nodes = [node for node in root.iter("label") if node.find("parent") is None]
    labels = [_label(node) for node in nodes]
    ids = {label.name: k for k, label in enumerate(labels)}
    images = {node.attrib["name"]: _image(node, ids) for node in root.findall("image")}
    return {"labels": list(ids), "images": images}


def _label(node):
    """The request by which a class is made: it checks types, attributes and their inputs."""
    attributes = [
        models.AttributeRequest(
            name=one.findtext("name"),
            mutable={"True": True, "False": False}[one.findtext("mutable")],
            input_type=models.InputTypeEnum(one.findtext("input_type")),
            default_value=one.findtext("default_value"),
            values=one.findtext("values").split("\n"),
        )
        for one in node.find("attributes")
    ]
    further = {"type": node.findtext("type")} if node.findtext("type") else {}
    color = {"color": node.findtext("color")} if node.findtext("color") else {}
    return models.PatchedLabelRequest(
        name=node.findtext("name"), attributes=attributes, **further, **color
    )


def _image(node, ids):
    size = [int(node.attrib[side]) for side in ("width", "height")]
    objects = [_object(child, ids, int(node.attrib["id"]), size) for child in node]
    return {"size": size, "split": node.get("subset"), "objects": objects}


def _object(node, ids, frame, size):
    said = {
        "frame": frame,
        "label_id": ids[node.attrib["label"]],
        "group": int(node.get("group_id", 0)),
        "source": node.get("source", "manual"),
    }
    told = {one.attrib["name"]: one.text or "" for one in node.findall("attribute")}
    told = {"label": node.attrib["label"], "type": node.tag, "attributes": told}
    if node.tag == "tag":
        models.LabeledImageRequest(**said)
        return told
    points = _points(node)
    kind = models.ShapeType(TYPES.get(node.tag, node.tag))
    request = models.LabeledShapeRequest(
        type=kind,
        points=points,
        rotation=float(node.get("rotation", 0)),
        occluded=node.attrib.get("occluded", "0") == "1",
        z_order=int(node.get("z_order", 0)),
        elements=[_element(child, frame) for child in node.findall("points")],
        **said,
    )
    told |= {"points": request.points, "rotation": request.rotation, "group": request.group}
    told |= {"occluded": request.occluded, "z_order": request.z_order}
    if node.tag == "mask":
        whole = decode_mask(points, image_width=size[0], image_height=size[1])
        told["rows"] = whole.astype(int).tolist()
    if node.tag == "skeleton":
        told["keypoints"] = [_keypoint(child) for child in node.findall("points")]
    return told


def _points(node):
    """The points of a request as CVAT's importer takes them from an element."""
    if node.tag == "skeleton":
        return []
    if node.tag == "box":
        return [float(node.attrib[side]) for side in SIDES]
    if node.tag == "ellipse":
        cx, cy, rx, ry = (float(node.attrib[name]) for name in ("cx", "cy", "rx", "ry"))
        return [cx, cy, cx + rx, cy - ry]
    if node.tag == "mask":
        left, top, width, height = (int(node.attrib[name]) for name in WINDOW)
        runs = [float(run) for run in node.attrib["rle"].split(",")]
        return [*runs, float(left), float(top), float(left + width - 1), float(top + height - 1)]
    return [float(value) for pair in node.attrib["points"].split(";") for value in pair.split(",")]


def _element(node, frame):
    """The request of a skeleton's point."""
    return models.SubLabeledShapeRequest(
        type=models.ShapeType("points"),
        frame=frame,
        label_id=0,
        points=_points(node),
        occluded=node.attrib["occluded"] == "1",
        outside=node.attrib["outside"] == "1",
    )


def _keypoint(node):
    x, y = _points(node)
    seen = 0 if node.attrib["outside"] == "1" else 1 if node.attrib["occluded"] == "1" else 2
    return [x, y, seen]


def write(format, dataset, path):  # noqa: A002
    """A file of one task with masks that the SDK packs, and boxes."""
    root = ET.Element("annotations")
    ET.SubElement(root, "version").text = "1.1"
    task = ET.SubElement(ET.SubElement(root, "meta"), "task")
    ET.SubElement(task, "mode").text = "annotation"
    labels = ET.SubElement(task, "labels")
    for name in dataset["labels"]:
        ET.SubElement(ET.SubElement(labels, "label"), "name").text = name
    for k, (name, entry) in enumerate(dataset["images"].items()):
        width, height = entry["size"]
        told = {"id": str(k), "name": name, "width": str(width), "height": str(height)}
        image = ET.SubElement(root, "image", told)
        for one in entry["objects"]:
            _written(image, one)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _written(image, one):
    head = {"label": one["label"], "source": "manual", "occluded": "0"}
    if "rows" not in one:
        sides = dict(zip(SIDES, map("{:.2f}".format, one["box"]), strict=True))
        ET.SubElement(image, "box", {**head, **sides, "z_order": "0"})
        return
    *runs, left, top, right, bottom = encode_mask(np.array(one["rows"], dtype=bool))
    window = (left, top, right - left + 1, bottom - top + 1)
    told = {"rle": str(runs)[1:-1], **dict(zip(WINDOW, map(str, window), strict=True))}
    ET.SubElement(image, "mask", {**head, **told, "z_order": "0"})


main(read, write)
