"""Questions to Supervisely's SDK about projects of pictures."""

import numpy as np
import supervisely as sly
from answering import main
from supervisely.geometry.graph import KeypointsTemplate, Node

SHAPES = {
    "rectangle": sly.Rectangle,
    "polygon": sly.Polygon,
    "bitmap": sly.Bitmap,
    "line": sly.Polyline,
    "point": sly.Point,
    "graph": sly.GraphNodes,
}


def read(_, path):
    """Every object as the SDK has it: in whole pixels."""
    project = sly.Project(path, sly.OpenMode.READ)
    images = {}
    for dataset in project.datasets:
        for name in dataset.get_items_names():
            ann = dataset.get_ann(name, project.meta)
            height, width = ann.img_size
            images[f"{dataset.name}/{name}"] = {
                "size": [width, height],
                "tags": [[tag.name, tag.value] for tag in ann.img_tags],
                "objects": [_object(label, ann.img_size) for label in ann.labels],
            }
    classes = {c.name: c.geometry_type.geometry_name() for c in project.meta.obj_classes}
    return {"labels": classes, "images": images}


def _object(label, size):
    geometry = label.geometry
    box = geometry.to_bbox()
    told = {
        "label": label.obj_class.name,
        "geometry": geometry.geometry_name(),
        "box": [box.left, box.top, box.right, box.bottom],
        "tags": [[tag.name, tag.value] for tag in label.tags],
    }
    if isinstance(geometry, sly.Polygon):
        rings = [geometry.exterior, *geometry.interior]
        told["rings"] = [[[p.col, p.row] for p in ring] for ring in rings]
    if isinstance(geometry, sly.Bitmap):
        pixels = np.zeros(size, bool)
        geometry.draw(pixels, True)
        told["rows"] = pixels.astype(int).tolist()
    if isinstance(geometry, sly.GraphNodes):
        told["nodes"] = {
            name: [node.location.col, node.location.row, not node.disabled]
            for name, node in geometry.nodes.items()
        }
    return told


def write(classes, objects, size, path):
    """A project of one picture; `objects` are [class, geometry, values, tags]."""
    project = sly.Project(path, sly.OpenMode.CREATE)
    names = {}
    for title, shape, points in classes:
        config = None
        if shape == "graph":
            config = KeypointsTemplate()
            for k, point in enumerate(points):
                config.add_point(label=point, row=k, col=k)
            config.add_edge(src=points[0], dst=points[1])
        names[title] = sly.ObjClass(title, SHAPES[shape], geometry_config=config)
    metas = [
        sly.TagMeta("bare", sly.TagValueType.NONE),
        sly.TagMeta("count", sly.TagValueType.ANY_NUMBER),
        sly.TagMeta("side", sly.TagValueType.ONEOF_STRING, possible_values=["left", "right"]),
    ]
    tags = sly.TagMetaCollection(metas)
    meta = sly.ProjectMeta(list(names.values()), tags)
    project.set_meta(meta)
    dataset = project.create_dataset("train")
    labels = [
        sly.Label(
            _geometry(shape, values),
            names[title],
            [sly.Tag(tags.get(name), value) for name, value in told],
        )
        for title, shape, values, told in objects
    ]
    width, height = size
    ann = sly.Annotation((height, width), labels, [sly.Tag(tags.get("bare"))])
    picture = np.zeros((height, width, 3), np.uint8)
    dataset.add_item_np("1.png", picture, ann=ann)


def _geometry(shape, values):
    if shape == "rectangle":
        left, top, right, bottom = values
        return sly.Rectangle(top, left, bottom, right)
    if shape == "bitmap":
        return sly.Bitmap(np.array(values, bool))
    if shape == "point":
        return sly.Point(values[1], values[0])
    if shape == "graph":
        return sly.GraphNodes(
            [Node(row=y, col=x, label=name, disabled=not seen) for name, x, y, seen in values]
        )
    rings = [[sly.PointLocation(y, x) for x, y in ring] for ring in values]
    if shape == "line":
        return sly.Polyline(rings[0])
    return sly.Polygon(rings[0], rings[1:])


main(read, write)
