"""Questions to panlabel, for `tool_oracle`: its own reading and writing, as boxes."""

import json
import subprocess
import tempfile
from pathlib import Path

from answering import main
from panlabel._find_panlabel import find_panlabel_bin


def _run(*arguments):
    command = [str(find_panlabel_bin()), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr.strip() or done.stdout.strip())


def read(format, path):  # noqa: A002 - as it is called in the form of questions
    """The boxes that panlabel finds in a data set."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "read.json")
        _run("convert", "--from", format, "--to", "coco", "-i", path, "-o", target, "--allow-lossy")
        return _told(json.loads(target.read_text()))


def _told(found):
    labels = {category["id"]: category["name"] for category in found["categories"]}
    names = {image["id"]: image["file_name"] for image in found["images"]}
    images = {
        image["file_name"]: {"size": [image["width"], image["height"]], "objects": []}
        for image in found["images"]
    }
    for one in found["annotations"]:
        x, y, width, height = one["bbox"]
        said = {"label": labels[one["category_id"]], "box": [x, y, x + width, y + height]}
        images[names[one["image_id"]]]["objects"].append(said)
    return {"labels": list(labels.values()), "images": images}


def write(format, said, path):  # noqa: A002
    """What panlabel makes of boxes."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source.json")
        source.write_text(json.dumps(_coco(said)))
        _run("convert", "--from", "coco", "--to", format, "-i", source, "-o", path, "--allow-lossy")


def _coco(said):
    labels = list(said["labels"])
    images, rows = [], []
    for number, (name, entry) in enumerate(said["images"].items(), 1):
        width, height = entry["size"]
        images.append({"id": number, "file_name": name, "width": width, "height": height})
        for one in entry["objects"]:
            x0, y0, x1, y1 = one["box"]
            row = {"id": len(rows) + 1, "image_id": number, "iscrowd": 0, "bbox": [x0, y0]}
            row["bbox"] += [x1 - x0, y1 - y0]
            row |= {"category_id": labels.index(one["label"]) + 1, "area": (x1 - x0) * (y1 - y0)}
            rows.append(row)
    categories = [{"id": k, "name": name} for k, name in enumerate(labels, 1)]
    return {"images": images, "annotations": rows, "categories": categories}


main(read, write)
