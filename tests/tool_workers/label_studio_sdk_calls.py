"""Questions to label-studio-sdk, for `sdk_oracle`."""

import json
import tempfile
from pathlib import Path

import numpy as np
from answering import main
from label_studio_sdk.converter import Converter, brush
from label_studio_sdk.converter.imports.coco import convert_coco_to_ls
from label_studio_sdk.converter.imports.yolo import convert_yolo_to_ls
from label_studio_sdk.label_interface import LabelInterface

IMPORTERS = {"coco": convert_coco_to_ls, "yolo": convert_yolo_to_ls}


def validate(config, predictions):
    interface = LabelInterface(config)
    interface.validate()
    return [interface.validate_prediction(p, return_errors=True) for p in predictions]


def labels(config):
    """The labels of every control, by its name."""
    found = LabelInterface(config).controls
    return {control.name: [control.tag.lower(), list(control.labels)] for control in found}


def pack(values):
    return brush.encode_rle(np.array(values, dtype=np.uint8))


def mask(rows):
    return brush.mask2rle(np.array(rows, dtype=np.uint8))


def unpack(rle):
    return brush.decode_rle(rle).tolist()


def export(config, tasks, kind):
    """What the converter makes of tasks: the text of every file it writes, by its path."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "tasks.json"), Path(folder, "out")
        source.write_text(json.dumps(tasks))
        converter = Converter(config, str(folder), download_resources=False)
        converter.convert(str(source), str(target), kind, is_dir=False)
        files = [path for path in sorted(target.rglob("*")) if path.is_file()]
        return {path.relative_to(target).as_posix(): path.read_text() for path in files}


def imported(kind, source, target):
    """Tasks that its importer makes of a data set; the labeling config lies beside them."""
    IMPORTERS[kind](source, target)


main(validate, labels, pack, mask, unpack, export, imported)
