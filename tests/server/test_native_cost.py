"""``POST /api/v1/cost``: edits and seconds of annotations as predictions tell them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from serving import Served, jpeg, serve

from geometry import masks, polygons
from geometry.rings import Rings
from prelabel.cost.table import PRESETS
from server.protocols.native.given import parts

CAR = {"label": "car", "score": 0.9, "box": [10, 10, 50, 40]}


@pytest.fixture(scope="module")
def served(tiny: Path) -> Iterator[Served]:
    with serve({"tiny": tiny}) as found:
        yield found


def cost(served: Served, *pictures: tuple[list, list], **more: Any) -> dict[str, Any]:
    sent = [{"prelabels": before, "corrected": after} for before, after in pictures]
    answer = served.client.post("/api/v1/cost", json={"pictures": sent, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def moved(one: dict, by: float) -> dict:
    return {**one, "box": [v + by for v in one["box"]]}


def test_every_kind_of_edit(served):
    far = {"label": "car", "score": 0.6, "box": [200, 200, 230, 220]}
    bus = {"label": "bus", "score": 0.5, "box": [100, 100, 140, 130]}
    wrong = {"label": "bus", "score": 0.8, "box": [300, 10, 340, 60]}
    before = [CAR, moved(CAR, 100), far, bus, wrong]
    after = [
        {**CAR, "score": None},
        moved(CAR, 105),
        {**bus, "label": "lorry"},
        {"label": "dog", "box": [400, 400, 420, 420]},
        wrong,
    ]
    found = cost(served, (before, after), costs="clicks")
    (picture,) = found["pictures"]
    assert picture["kept"] == [[0, 0], [4, 4]]
    assert picture["moved"] == [[1, 1]]
    assert picture["relabelled"] == [[3, 2]]
    assert (picture["deleted"], picture["drawn"]) == ([2], [3])
    table = PRESETS["clicks"]
    wanted = 2 * table.verify + table.adjust + table.delete + table.draw + table.relabel
    assert found["seconds"] == picture["seconds"] == pytest.approx(wanted)
    assert found["costs"] == table.as_json()


def test_pictures_add_up(served):
    own = {"verify": 1, "adjust": 2, "delete": 3, "draw": 4, "relabel": 5, "picture": 10}
    found = cost(served, ([CAR], [CAR]), ([CAR], []), ([], [CAR]), ([], []), costs=own)
    assert [one["seconds"] for one in found["pictures"]] == [11, 13, 14, 10]
    assert (found["seconds"], found["seconds_per_picture"]) == (48, 12)
    assert found["edits"] == {
        "verify": 1, "adjust": 0, "delete": 1, "draw": 1, "relabel": 0, "picture": 4
    }  # fmt: skip
    assert cost(served)["seconds_per_picture"] is None


def test_numbers_are_those_of_the_lists_that_were_sent(served):
    """Also where some pre-labels were not shown."""
    weak = {**moved(CAR, 200), "score": 0.1}
    found = cost(served, ([weak, CAR, {**weak, "score": 0.3}], [CAR]), conf=0.2)
    (picture,) = found["pictures"]
    assert (picture["kept"], picture["deleted"], picture["drawn"]) == ([[1, 0]], [2], [])


def test_a_prediction_costs_nothing_to_keep(served):
    """What /predict tells is taken as it stands."""
    seen = served.client.post(
        "/api/v1/predict", content=jpeg(), headers={"content-type": "image/jpeg"}
    ).json()["annotations"]
    assert seen
    found = cost(served, (seen, seen))
    assert found["edits"]["verify"] == len(seen)
    assert sum(found["edits"].values()) == len(seen) + 1


SHAPES = {
    "polygon": {"polygons": [[[0, 0], [40, 0], [40, 30], [0, 30]], [[5, 5], [9, 5], [9, 9]]]},
    "rotated": {"rotated": [50, 50, 30, 10, 0.5]},
    "mask": {
        "mask": {
            "size": [48, 64],
            "counts": masks.to_coco_string(masks.paste(np.ones((9, 9), bool), (3, 3), (64, 48))),
        }
    },
    "keypoints": {"keypoints": [{"name": "nose", "x": 3, "y": 4}, {"name": "ear", "x": 9, "y": 4}]},
    "tag": {},
}


@pytest.mark.parametrize("kind", SHAPES)
def test_shapes_of_every_kind(served, kind):
    one = {"label": "thing", **SHAPES[kind]}
    whole = [{"width": 64, "height": 48, "prelabels": [one], "corrected": [one]}]
    answer = served.client.post("/api/v1/cost", json={"pictures": whole})
    assert answer.status_code == 200, answer.text
    assert answer.json()["edits"]["verify"] == 1


def test_keypoints_go_by_name(served):
    points = SHAPES["keypoints"]["keypoints"]
    turned = {"label": "cat", "keypoints": [*points[::-1], {"name": "tail", "x": 1, "y": 1}]}
    found = cost(served, ([{"label": "cat", "keypoints": points}], [{**turned}]), task="keypoints")
    assert found["pictures"][0]["deleted"] == []


def test_a_ring_inside_another_is_a_hole():
    square = [[0.0, 0.0], [40, 0], [40, 30], [0, 30]]
    hole, apart = [[5.0, 5.0], [9, 5], [9, 9]], [[50.0, 0.0], [60, 0], [60, 10]]
    assert [len(part) for part in parts([square, hole, apart])] == [2, 1]
    area = polygons.area(Rings.of([parts([square, hole, apart])]))
    assert area.tolist() == [40 * 30 - 8 + 50]


MASK = {"size": [4, 4], "counts": "zzzzzz"}
WRONG = {
    "no JSON": (b"{", "body", 422),
    "no pictures": ({}, "pictures", 422),
    "another field": ({"pictures": [], "more": 1}, "more", 422),
    "a preset": ({"pictures": [], "costs": "cheap"}, "costs", 422),
    "a task": ({"pictures": [], "task": "dreams"}, "task", 422),
    "a box": ({"pictures": [{"prelabels": [{"label": "a", "box": [1]}], "corrected": []}]},
              "pictures.0.prelabels.0.box", 422),
    "a mask": ({"pictures": [{"prelabels": [], "corrected": [{"label": "a", "mask": MASK}]}]},
               "pictures.0.corrected.0", 422),
    "many objects": ({"pictures": [{"prelabels": [CAR] * 1001, "corrected": []}]},
                     "pictures.0.prelabels", 422),
    "many bytes": (b" " * (16 << 20) + b"{}", "", 413),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(served, case):
    body, place, status = WRONG[case]
    headers = {"content-type": "application/json"}
    if isinstance(body, bytes):
        answer = served.client.post("/api/v1/cost", content=body, headers=headers)
    else:
        answer = served.client.post("/api/v1/cost", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"].startswith(place)


def test_another_content_type(served):
    answer = served.client.post("/api/v1/cost", data={"a": "b"})
    assert answer.status_code == 415


def test_it_is_described(served):
    told = served.client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/cost"]["post"]
    body = told["requestBody"]["content"]["application/json"]
    answer: httpx.Response = served.client.post("/api/v1/cost", json=body["example"])
    assert answer.status_code == 200, "the example works"
    assert "$ref" not in str(body)
