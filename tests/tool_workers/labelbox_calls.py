"""Questions to Labelbox's SDK about annotations to import and ontologies."""

import json
from pathlib import Path

import labelbox.types as lb
import numpy as np
from answering import main
from labelbox import OntologyBuilder
from labelbox.data.serialization import NDJsonConverter
from labelbox.data.serialization.ndjson import classification, objects

LINES = {
    "bbox": objects.NDRectangle,
    "polygon": objects.NDPolygon,
    "line": objects.NDLine,
    "point": objects.NDPoint,
    "mask": objects.NDMask,
    "answer": classification.NDChecklist,
}


def read(_, path):
    """The annotations of a folder as the SDK's own classes have them."""
    folder = Path(path)
    ontology = json.loads((folder / "ontology.json").read_text())
    builder = OntologyBuilder.from_dict(ontology)
    lines = (folder / "annotations.ndjson").read_text().splitlines()
    images = {}
    for row in json.loads((folder / "data_rows.json").read_text()):
        images[row["global_key"]] = {"size": None, "objects": []}
    for line in map(json.loads, lines):
        key = next(key for key in LINES if key in line)
        told = LINES[key](**line)
        images[told.data_row.global_key]["objects"].append(_object(key, told))
    tools = [[tool.tool.value, tool.name] for tool in builder.tools]
    asked = [
        [question.name, [option.value for option in question.options]]
        for question in builder.classifications
    ]
    return {"labels": tools, "asked": asked, "images": images}


def _object(key, told):
    found = {"label": told.name, "score": getattr(told, "confidence", None)}
    if key == "answer":
        return {**found, "answers": [[one.name, one.confidence] for one in told.answer]}
    found["attributes"] = {one.name: one.answer for one in told.classifications}
    value = told.to_common()
    if key == "bbox":
        found["box"] = [value.start.x, value.start.y, value.end.x, value.end.y]
    elif key == "point":
        found["point"] = [value.x, value.y]
    elif key == "mask":
        found["rows"] = value.draw(color=1).astype(int).tolist()
    else:
        found["rings"] = [[[p.x, p.y] for p in value.points]]
    return found


def write(pictures, path):
    """What the converter makes of labels: {picture: [[kind, name, values, score], ...]}."""
    labels = [
        lb.Label(
            data=lb.GenericDataRowData(global_key=key),
            annotations=[_annotation(*one) for one in told],
        )
        for key, told in pictures.items()
    ]
    lines = [json.dumps(line) for line in NDJsonConverter.serialize(labels)]
    Path(path).write_text("".join(f"{line}\n" for line in lines))


def _annotation(kind, name, values, score):
    if kind == "answer":
        answer = [lb.ClassificationAnswer(name=one) for one in values]
        return lb.ClassificationAnnotation(name=name, value=lb.Checklist(answer=answer))
    return lb.ObjectAnnotation(name=name, value=_value(kind, values), confidence=score)


def _value(kind, values):
    if kind == "mask":
        data = lb.MaskData.from_2D_arr(np.array(values, np.uint8))
        return lb.Mask(mask=data, color=(1, 1, 1))
    points = [lb.Point(x=x, y=y) for x, y in values]
    if kind == "bbox":
        return lb.Rectangle(start=points[0], end=points[1])
    if kind == "point":
        return points[0]
    return {"polygon": lb.Polygon, "line": lb.Line}[kind](points=points)


main(read, write)
