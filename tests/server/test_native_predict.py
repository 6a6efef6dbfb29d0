"""Predictions over ``/api/v1``: against the model itself, in every form of body and answer."""

from __future__ import annotations

import base64
import io
import json
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from pycocotools import mask as coco
from serving import Served, jpeg, serve

import formats
from formats.annotations import Annotations
from geometry import masks, polygons
from prelabel import finishing, image, scenes, weights
from prelabel.labeler import Labeler
from prelabel.models.query import Query
from server.protocols.native.schemas import Prediction

PATH = "/api/v1/predict"
TYPE = {"content-type": "image/jpeg"}
UNNAMED = {"content-type": "application/octet-stream"}


@pytest.fixture(scope="module")
def served(tiny: Path) -> Iterator[Served]:
    models = {"tiny": tiny, "shapes": weights.path("segment"), "pose": weights.path("pose")}
    with serve(models) as found:
        yield found


@pytest.fixture(scope="module")
def scene() -> bytes:
    """A drawn scene as PNG, so that no JPEG stands between the model and its pixels."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(scenes.draw(7).pixels).save(stream, "PNG")
    return stream.getvalue()


def seen(model: Path, data: bytes, query: Query | None = None) -> tuple[Annotations, Labeler]:
    """What the model sees, without any server."""
    with Labeler.open(model, check=False) as labeler:
        return finishing.rounded(labeler.label(image.decode(data), query)), labeler


def told(served: Served, data: bytes, **params: Any) -> dict[str, Any]:
    answer = served.client.post(PATH, content=data, headers=TYPE, params=params)
    assert answer.status_code == 200, answer.text
    Prediction.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


def test_boxes_are_those_of_the_model(served: Served, tiny: Path) -> None:
    data = jpeg(96, 3)
    answer = told(served, data)
    truth, labeler = seen(tiny, data)
    assert answer["model"] == "tiny"
    assert answer["version"] == labeler.card.sha256[:12]
    assert answer["image"] == {"width": 96, "height": 96}
    assert answer["seconds"] > 0
    rows = answer["annotations"]
    assert [row["label"] for row in rows] == [labeler.card.labels[i].name for i in truth.labels]
    assert [row["score"] for row in rows] == truth.scores.tolist()
    assert [row["box"] for row in rows] == truth.boxes.tolist()
    assert all(set(row) == {"label", "score", "box"} for row in rows)


def test_fields_reach_the_model(served: Served, tiny: Path) -> None:
    data = jpeg(64, 5)
    query = Query(0.3, 0.4, 7, {"red": 0.6, "blue": 0.5}, frozenset({"red", "blue"}))
    truth, _ = seen(tiny, data, query)
    assert 0 < len(truth) <= 7
    plain = {"conf": 0.3, "iou": 0.4, "max_det": 7, "classes": ["red", "blue"]}
    in_address = {**plain, "thresholds": ["red=0.6", "blue=0.5"]}
    in_json = {**plain, "thresholds": {"red": 0.6, "blue": 0.5}}
    url = "data:image/jpeg;base64," + base64.b64encode(data).decode()
    post = served.client.post
    answers = [
        post(PATH, content=data, headers=TYPE, params=in_address),
        post(PATH, content=data, headers=UNNAMED, params=in_address),
        post(PATH, files={"file": ("a.jpg", data)}, data=in_address),
        post(PATH, files={"url": (None, url)}, data=in_address),
        post(PATH, json={"url": url, **in_json}),
        post(PATH, json={"url": url, **in_json}, params={"conf": 0.9, "max_det": 1}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert [row["box"] for row in answer.json()["annotations"]] == truth.boxes.tolist()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_masks_are_run_lengths_that_coco_reads(served: Served, scene: bytes) -> None:
    answer = told(served, scene, model="shapes")
    truth, _ = seen(weights.path("segment"), scene)
    assert truth.masks is not None
    assert len(answer["annotations"]) == len(truth) > 0
    for row, mask in zip(answer["annotations"], truth.masks, strict=True):
        assert row["mask"]["size"] == [answer["image"]["height"], answer["image"]["width"]]
        assert np.array_equal(coco.decode(row["mask"]), masks.decode(mask))


def test_polygons_on_request(served: Served, scene: bytes) -> None:
    answer = told(served, scene, model="shapes", polygons=1)
    truth, _ = seen(weights.path("segment"), scene)
    outlines = finishing.rounded(finishing.outlined(truth, 1)).rings
    assert outlines is not None
    areas = polygons.area(outlines)
    for row, parts, area in zip(answer["annotations"], outlines, areas, strict=True):
        assert "mask" not in row
        rings = [np.array(ring) for ring in row["polygons"]]
        assert len(rings) == sum(len(part) for part in parts)
        assert abs(sum(signed(ring) for ring in rings)) == pytest.approx(area)


def signed(ring: np.ndarray) -> float:
    """The shoelace area; holes run the other way."""
    x, y = ring.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def test_keypoints_have_names_places_and_scores(served: Served, scene: bytes) -> None:
    answer = told(served, scene, model="pose")
    truth, labeler = seen(weights.path("pose"), scene)
    assert truth.keypoints is not None
    assert len(answer["annotations"]) == len(truth) > 0
    for row, points, label in zip(
        answer["annotations"], truth.keypoints, truth.labels, strict=True
    ):
        names = labeler.card.labels[label].keypoints
        found = [(p["name"], p["x"], p["y"], p["visible"]) for p in row["keypoints"]]
        assert found == [
            (name, x, y, int(v))
            for name, (x, y, v) in zip(names, points.tolist(), strict=False)
            if not math.isnan(x)
        ]


@pytest.mark.parametrize("name", formats.FORMATS)
@pytest.mark.parametrize("model", ["tiny", "shapes"])
def test_every_format_can_be_asked_for(
    served: Served, scene: bytes, name: str, model: str, tmp_path: Path
) -> None:
    answer = served.client.post(
        PATH,
        files={"file": ("../../ä street.png", scene)},
        data={"model": model, "max_det": 5},
        params={"format": name},
    )
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:
        assert answer.json()["error"]["kind"] == "RequestError"
        return
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="__street-')
    place = tmp_path / disposition.partition('"')[2].rstrip('"')
    if answer.headers["content-type"] == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            archive.extractall(place)
    else:
        place.write_bytes(answer.content)
    reader = formats.get(name).read
    assert place.exists()
    if reader is not None and name in ("native", "coco"):
        items = list(formats.read(place, name).items)
        assert [item.path for item in items] == ["ä street.png"]
        plain = told(served, scene, model=model, max_det=5)["annotations"]
        found = items[0].annotations
        assert found is not None
        assert found.boxes == pytest.approx(np.array([row["box"] for row in plain]), abs=1e-6)


def test_yolo_is_the_flavour_of_the_task(served: Served, scene: bytes) -> None:
    answer = served.client.post(
        PATH, content=scene, headers=TYPE, params={"format": "yolo", "model": "shapes"}
    )
    assert answer.headers["content-disposition"] == 'attachment; filename="picture-yolo-seg.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        lines = next(archive.read(n) for n in archive.namelist() if n.endswith("picture.txt"))
    assert all(len(line.split()) > 6 for line in lines.decode().splitlines())


def test_the_same_request_gives_the_same_archive(served: Served, scene: bytes) -> None:
    def ask() -> bytes:
        params = {"format": "yolo"}
        return served.client.post(PATH, content=scene, headers=TYPE, params=params).content

    assert ask() == ask()


BOUNDARY = {"content-type": "multipart/form-data; boundary=x"}
WRONG: list[tuple[int, str, dict[str, Any]]] = [
    (415, "MediaError", {"content": b"x"}),
    (415, "MediaError", {"content": b"x", "headers": {"content-type": "text/html"}}),
    (422, "RequestError", {"content": b"", "headers": TYPE}),
    (422, "RequestError", {"content": b"{", "headers": {"content-type": "application/json"}}),
    (422, "RequestError", {"json": []}),
    (422, "RequestError", {"json": {"url": 1}}),
    (422, "RequestError", {"json": {"url": ""}}),
    (422, "RequestError", {"json": {"url": "data:,x", "conf": "x"}}),
    (422, "RequestError", {"json": {"url": "data:,x", "colour": 1}}),
    (422, "RequestError", {"content": b"--x\r\n\r\n--x--", "headers": BOUNDARY}),
    (422, "RequestError", {"content": b"nonsense", "headers": BOUNDARY}),
    (422, "RequestError", {"files": {"photo": ("a.jpg", b"x")}}),
    (422, "RequestError", {"files": {"file": ("a.jpg", b"")}}),
    (422, "ImageError", {"files": {"file": ("a.jpg", b"no picture")}}),
    (422, "ImageError", {"content": jpeg()[:-20], "headers": TYPE}),
    (422, "ImageError", {"json": {"url": "data:,hello"}}),
    (422, "FetchError", {"json": {"url": "data:nocomma"}}),
    (403, "FetchRefused", {"json": {"url": "/etc/passwd"}}),
    (403, "FetchRefused", {"json": {"url": "file:///etc/passwd"}}),
    (403, "FetchRefused", {"json": {"url": "http://127.0.0.1/x.jpg"}}),
    (403, "FetchRefused", {"json": {"url": "http://[::1]:22/"}}),
    (404, "UnknownName", {"content": jpeg(), "headers": TYPE, "params": {"model": "none"}}),
    (422, "RequestError", {"content": jpeg(), "headers": TYPE, "params": {"conf": "nan"}}),
    (422, "RequestError", {"content": jpeg(), "headers": TYPE, "params": {"conf": 1.5}}),
    (422, "RequestError", {"content": jpeg(), "headers": TYPE, "params": {"max_det": 0}}),
    (422, "RequestError", {"content": jpeg(), "headers": TYPE, "params": {"polygons": -1}}),
    (422, "RequestError", {"content": jpeg(), "headers": TYPE, "params": {"polygons": "inf"}}),
    (422, "RequestError", {"content": jpeg(), "headers": TYPE, "params": {"classes": "dog"}}),
    (422, "RequestError", {"content": jpeg(), "headers": TYPE, "params": {"thresholds": "red"}}),
    (422, "RequestError", {"content": jpeg(), "headers": TYPE, "params": {"format": "tiff"}}),
    (422, "RequestError", {"content": jpeg(), "headers": TYPE, "params": {"colour": "red"}}),
]


@pytest.mark.parametrize(("status", "kind", "request_"), WRONG)
def test_wrong_requests_are_told_what_is_wrong(
    served: Served, status: int, kind: str, request_: dict[str, Any]
) -> None:
    answer = served.client.post(PATH, **request_)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (status, kind), answer.text
    assert answer.json()["error"]["message"]


def test_an_error_names_the_picture_and_the_class(served: Served) -> None:
    answer = served.client.post(PATH, files={"file": ("street.jpg", b"x")})
    assert answer.json()["error"]["message"].startswith("street.jpg: is not a picture")
    answer = served.client.post(PATH, content=jpeg(), headers=TYPE, params={"classes": "rad"})
    assert answer.json()["error"] == {
        "kind": "RequestError",
        "message": "classes: the model has no class 'rad'",
        "hint": "did you mean 'red'? it has: red, green, blue",
    }


def test_one_picture_is_inferred_once(served: Served) -> None:
    def inferred() -> float:
        return served.counted("images_inferred_total", model="tiny")

    data, before = jpeg(64, 77), inferred()
    first = told(served, data)
    assert inferred() == before + 1
    assert told(served, data)["annotations"] == first["annotations"]
    assert inferred() == before + 1
    told(served, data, conf=0.2)
    assert inferred() == before + 2


def test_models_tell_what_they_are(tiny: Path) -> None:
    with serve({"tiny": tiny, "pose": weights.path("pose")}) as served:
        listed = served.client.get("/api/v1/models").json()
        assert listed["default"] == "tiny"
        assert [(m["name"], m["loaded"], m["provider"], m["labels"]) for m in listed["models"]] == [
            ("tiny", False, "", []),
            ("pose", False, "", []),
        ]
        pose = served.client.get("/api/v1/models/pose").json()
        with Labeler.open(weights.path("pose"), check=False) as labeler:
            card = labeler.card
        assert pose == served.client.get("/api/v1/models").json()["models"][1]
        assert (pose["task"], pose["family"], pose["loaded"]) == ("pose", "yolo", True)
        assert pose["provider"] == labeler.session.provider
        assert tuple(pose["input_size"]) == card.input_size
        assert pose["version"] == card.sha256[:12]
        assert [label["name"] for label in pose["labels"]] == [x.name for x in card.labels]
        assert pose["labels"][0]["keypoints"] == list(card.labels[0].keypoints)
        assert served.client.get("/api/v1/models/none").status_code == 404


def nobodys() -> onnx.ModelProto:
    """A graph that no model family knows."""
    shape = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    same = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    nodes = [onnx.helper.make_node("Identity", ["x"], ["y"])]
    graph = onnx.helper.make_graph(nodes, "nobody", [shape], [same])
    return onnx.helper.make_model(graph, ir_version=8)


def test_a_model_that_breaks_is_told_without_its_place(tiny: Path, tmp_path: Path) -> None:
    broken = tmp_path / "hidden-folder" / "broken.onnx"
    broken.parent.mkdir()
    onnx.save(nobodys(), broken)
    with serve({"tiny": tiny, "broken": broken}) as served:
        answer = served.client.post(PATH, content=jpeg(), headers=TYPE, params={"model": "broken"})
        assert answer.status_code == 500
        assert answer.json()["error"]["kind"] == "ModelError"
        assert "hidden-folder" not in answer.text
        listed = served.client.get("/api/v1/models").text
        assert json.loads(listed)["models"][1]["problem"]
        assert "hidden-folder" not in listed
        assert served.client.get("/ready").json() == {"ready": True}
        assert told(served, jpeg())["model"] == "tiny"
