"""Questions to globox, for `tool_oracle`: its own reading and writing, as boxes."""

from pathlib import Path

from answering import main
from globox import Annotation, AnnotationSet, BoundingBox

READERS = {
    "coco": lambda path: AnnotationSet.from_coco(path),
    "cvat": lambda path: AnnotationSet.from_cvat(path),
    "voc": lambda path: AnnotationSet.from_pascal_voc(path),
    "labelme": lambda path: AnnotationSet.from_labelme(path),
    "via": lambda path: AnnotationSet.from_via_json(path, label_key="label"),
}
WRITERS = {  # of VIA, the pictures lie in a folder "pictures" beside the target
    "coco": lambda found, path: found.save_coco(path, auto_ids=True),
    "cvat": lambda found, path: found.save_cvat(path),
    "openimages": lambda found, path: found.save_openimage(path),
    "voc": lambda found, path: found.save_pascal_voc(path),
    "labelme": lambda found, path: found.save_labelme(path),
    "via": lambda found, path: found.save_via_json(
        path, image_folder=path.parent / "pictures", label_key="label"
    ),
}


def read(format, path):  # noqa: A002 - as it is called in the form of questions
    """The boxes that globox finds in a data set."""
    found = READERS[format](Path(path))
    images = {
        str(one.image_id): {
            "size": list(one.image_size) if one.image_size else None,
            "objects": [{"label": b.label, "box": list(b.ltrb)} for b in one.boxes],
        }
        for one in found
    }
    return {"labels": sorted(found._labels()), "images": images}


def write(format, said, path):  # noqa: A002
    """What globox makes of boxes."""
    found = AnnotationSet(
        Annotation(
            name,
            tuple(entry["size"]),
            [
                BoundingBox.create(label=one["label"], coords=tuple(one["box"]))
                for one in entry["objects"]
            ],
        )
        for name, entry in said["images"].items()
    )
    WRITERS[format](found, Path(path))


main(read, write)
