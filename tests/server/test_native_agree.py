"""``POST /api/v1/agree`` and ``GET /api/v1/corrections``: figures over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from corrected import correction, view
from fake_models import Factory, write
from serving import Served, serve

from prelabel.corrections.event import Event
from prelabel.corrections.store import Store
from prelabel.cost.table import PRESETS
from prelabel.tickets import Ticket

CAR, DOG = {"label": "car", "box": [0, 0, 40, 30]}, {"label": "dog", "box": [100, 0, 140, 30]}


@pytest.fixture(scope="module")
def served(tiny: Path) -> Iterator[Served]:
    with serve({"tiny": tiny}) as found:
        yield found


def raters(*pictures: Sequence[Any]) -> list[dict[str, Any]]:
    """One rater for each position; each of `pictures` has what every rater drew on it."""
    return [
        {
            "name": f"rater {k}",
            "pictures": [{"path": f"{i}.jpg", "annotations": p[k]} for i, p in enumerate(pictures)],
        }
        for k in range(len(pictures[0]))
    ]


def agree(served: Served, *pictures: Sequence[Any], **more: Any) -> dict[str, Any]:
    answer = served.client.post("/api/v1/agree", json={"raters": raters(*pictures), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("picture", "alpha"),
    [
        ([[CAR, DOG], [CAR, DOG]], 1),
        ([[], []], 1),
        ([[CAR, DOG], [CAR]], 0.4),
        ([[CAR, DOG], []], -0.2),
        ([[CAR, DOG], [CAR, DOG], [CAR]], 0.5455),
        ([[CAR], [{**DOG, "label": "car"}]], -0.5),
    ],
    ids=["identical", "empty", "one of two missed", "all missed", "three raters", "no overlap"],
)
def test_alpha_is_the_one_of_the_table(served, picture, alpha):
    """Values of Krippendorff's alpha over matched groups, worked out by hand."""
    assert agree(served, picture)["alpha"]["value"] == pytest.approx(alpha, abs=1e-4)


def test_where_and_what(served):
    near = {**CAR, "box": [20, 0, 60, 30]}
    found = agree(served, [[CAR, DOG], [near, {**DOG, "label": "cat"}]], repeats=0)
    assert found["split"] == {"same": 0, "what": 1, "where": 1, "only_a": 0, "only_b": 0}
    assert found["scores"]["f1"] == {"value": 0, "low": None, "high": None}
    assert found["raters"] == ["rater 0", "rater 1"]


def test_a_picture_that_was_not_looked_at_is_no_rating(served):
    found = agree(served, [[CAR], [CAR]], [[CAR], None])
    assert found["scores"]["f1"]["value"] == 1
    assert [one["pictures"] for one in found["people"]] == [2, 1]
    assert len(found["pictures"]) == 1
    assert "pictures" not in agree(served, [[CAR], [CAR]], each=False)


WRONG = {
    "one rater": {"raters": raters([[CAR]])},
    "nothing": {"raters": raters([None, None])},
    "a name twice": {"raters": raters([[CAR], [CAR]])[:1] * 2},
    "a threshold": {"raters": raters([[], []]), "threshold": 0},
    "a task": {"raters": raters([[], []]), "task": "dreams"},
    "a picture twice": {"raters": [{**raters([[CAR], []])[0], "pictures": [
        {"path": "a", "annotations": [CAR]}] * 2}, raters([[CAR], []])[1]]},
    "no annotations": {"raters": [{"name": n, "pictures": [{"path": "a"}]} for n in "ab"]},
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told(served, case):
    answer = served.client.post("/api/v1/agree", json=WRONG[case])
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["kind"] == "RequestError"


def test_it_is_described(served):
    told = served.client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/agree"]["post"]
    example = told["requestBody"]["content"]["application/json"]["example"]
    assert served.client.post("/api/v1/agree", json=example).json()["split"]["only_a"] == 1


def test_it_waits_for_its_place_no_longer_than_it_may(tmp_path, monkeypatch):
    """The models' places are what it is worked out in: it takes nobody's core away."""
    monkeypatch.setattr("prelabel.memory.used", lambda: 0)
    path = write(tmp_path / "first.onnx", "one", "two", "three")
    with serve({"first": path}, opener=Factory(), workers=1, request_timeout=0.3) as served:
        with served.service.gate.entered(Ticket()):
            late = served.client.post("/api/v1/agree", json={"raters": raters([[CAR], [CAR]])})
        assert late.status_code == 504
        assert agree(served, [[CAR], [CAR]])["split"]["same"] == 1


def test_corrections_so_far(tiny, tmp_path):
    edits = {"verify": 2, "adjust": 1, "delete": 0, "draw": 3, "relabel": 0, "picture": 1}
    other = view(path="street/2.jpg", model="second", fingerprint="0e" * 32, edits=edits)
    with Store(tmp_path / "corrections", 1 << 20) as store:
        made = (correction(), correction(view(edits=edits)), correction(other))
        for number, one in enumerate(made):
            event = Event("nobody", str(number), str(number), 1795168800.0 + number)
            store.arrive([event])
            assert store.finish(event, one)
        store.arrive([Event("nobody", "9", "9", 1795168900.0)])
    with serve({"tiny": tiny}, data_dir=str(tmp_path)) as served:
        found = served.client.get("/api/v1/corrections", params={"costs": "clicks"}).json()
        assert served.counted("corrections_kept") == 3
    kinds = ("corrections", "pictures", "annotators", "pending", "measured", "lead_time")
    assert [found[kind] for kind in kinds] == [3, 2, 1, 1, 3, 37.5]
    assert found["first"] == "2026-11-20T10:00:00+00:00"
    assert found["last"] == "2026-11-20T10:00:02+00:00"
    second, first = found["models"]
    assert (second["model"], second["version"], second["edits"]) == ("second", "0e" * 6, edits)
    costs = PRESETS["clicks"]
    seconds = 2 * costs.verify + costs.adjust + 3 * costs.draw
    assert second["seconds"] == pytest.approx(seconds)
    assert first["seconds"] == pytest.approx(seconds + costs.verify)


def test_no_corrections_yet(served):
    found = served.client.get("/api/v1/corrections").json()
    assert (found["corrections"], found["models"], found["first"]) == (0, [], "")
    assert served.client.get("/api/v1/corrections?costs=cheap").status_code == 422
