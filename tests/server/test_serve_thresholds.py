"""Least scores that the server was started with: for whoever asks for no others."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from label_studio_calls import Studio, config, control
from PIL import Image
from serving import Served, serve

from formats.errors import UnknownName
from prelabel import outlines, scenes, weights
from prelabel.errors import SettingsError
from prelabel.label_studio.configs import Configs
from prelabel.label_studio.plan import Planner
from prelabel.pool import ModelFile, Pool
from prelabel.settings import Settings
from server.commands.serve import _files

LEAST = {"disc": 1.0, "star": 0.02}
MODEL = weights.path("segment")
PATH = "/api/v1/predict"
TYPE = {"content-type": "image/png"}
BOXES = config(control(labels=outlines.CLASSES))


@pytest.fixture(scope="module")
def picture() -> bytes:
    """A scene in which the model sees a disc."""
    stream = io.BytesIO()
    disc = outlines.CLASSES.index("disc")
    drawn = (scenes.draw(seed) for seed in range(50))
    scene = next(s for s in drawn if disc in {shape.body.label for shape in s.shapes})
    Image.fromarray(scene.pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Path:
    path = tmp_path_factory.mktemp("pictures")
    (path / "scene.png").write_bytes(picture)
    return path


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with serve({"shapes": MODEL}, thresholds=LEAST, folders=(str(folder),)) as found:
        yield found


def names(served: Served, data: bytes, **params: Any) -> list[tuple[str, float]]:
    answer = served.client.post(PATH, content=data, headers=TYPE, params=params)
    assert answer.status_code == 200, answer.text
    return sorted((x["label"], x["score"]) for x in answer.json()["annotations"])


def test_they_hold_where_nothing_is_asked_for(served: Served, picture: bytes) -> None:
    everything = names(served, picture, conf=0.01)
    shown = [(name, score) for name, score in everything if score >= LEAST.get(name, 0.25)]
    assert "disc" in dict(everything)
    assert names(served, picture) == shown
    assert "disc" not in dict(shown)


def test_what_is_asked_for_stands_over_them(served: Served, picture: bytes) -> None:
    usual = [x for x in names(served, picture, conf=0.01) if x[1] >= 0.25]
    assert names(served, picture, conf=0.25) == usual
    assert dict(names(served, picture, thresholds="disc=0.25"))["disc"] >= 0.25


def test_label_studio_is_shown_the_same(served: Served, folder: Path, picture: bytes) -> None:
    studio = Studio(served, config=BOXES)
    (result,) = studio.predict([str(folder / "scene.png")])
    found = sorted((r["value"]["rectanglelabels"][0], r["score"]) for r in result["result"])
    expected = names(served, picture)
    assert [name for name, _ in found] == [name for name, _ in expected]
    assert [score for _, score in found] == pytest.approx([s for _, s in expected], abs=1e-4)


def test_a_control_that_states_a_score_has_that(
    served: Served, folder: Path, picture: bytes
) -> None:
    text = config(control('RectangleLabels model_score_threshold="0.25"', labels=outlines.CLASSES))
    (result,) = Studio(served, config=text).predict([str(folder / "scene.png")])
    assert len(result["result"]) == len(names(served, picture, conf=0.25))


def test_other_least_scores_are_another_version() -> None:
    def version(**least: float) -> str:
        with Pool([ModelFile("shapes", str(MODEL), thresholds=least)], Settings()) as pool:
            return Planner(pool, {}).plan(Configs().parsed(BOXES)).version

    assert version() == version()
    assert len({version(), version(disc=0.1), version(disc=0.2), version(star=0.1)}) == 4


def test_a_class_that_the_model_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"no class 'disk'.*disc"):
        ModelFile("shapes", str(MODEL), thresholds={"disk": 0.1}).open(Settings())


def test_they_are_of_a_lone_model() -> None:
    (file,) = _files([str(MODEL)], None, "", None, LEAST)
    assert file.thresholds == LEAST
    with pytest.raises(SettingsError, match="of a lone model"):
        _files([str(MODEL), f"b={MODEL}"], None, "", None, LEAST)
