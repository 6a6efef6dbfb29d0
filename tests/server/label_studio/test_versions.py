"""model_version: the same for the same config, model files and settings, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fake_models import write
from label_studio_calls import BOXES, Start, Studio, config, control

from prelabel.errors import SettingsError
from prelabel.label_studio.configs import Configs
from prelabel.label_studio.plan import Planner
from prelabel.modelfile import ModelFile
from prelabel.pool import Pool
from prelabel.settings import Settings

SPACED = BOXES.replace("<Label ", "\n  <Label\n   ").replace("/>", " />")


def version(folder: Path, text: str = BOXES, *names: str, **alias: str) -> str:
    """The version of a config over models that are called, and differ, by `names`."""
    files = [
        ModelFile(name, str(write(folder / f"{name}.onnx", name[0], "x", "y")))
        for name in names or ("a",)
    ]
    with Pool(files, Settings()) as pool:
        return Planner(pool, alias).plan(Configs().parsed(text)).version


def test_it_is_the_same_for_the_same_facts(tmp_path: Path) -> None:
    first = version(tmp_path)
    assert version(tmp_path) == first
    assert version(tmp_path, SPACED) == first
    assert version(tmp_path, BOXES, "a", "b") == first, "another model that no control asks"
    assert version(tmp_path, BOXES, "also-a", "b") == first, "the same file by another name"


@pytest.mark.parametrize(
    "text",
    [
        config(control(name="other")),
        config(control(labels=["red", "green"])),
        config(control(labels=["green", "red", "blue"])),
        config(control("PolygonLabels")),
        config(control('RectangleLabels model_score_threshold="0.3"')),
        config(control('RectangleLabels model_iou="0.3"')),
        config(control(), control(name="second")),
        BOXES.replace("$image", "$photo"),
        BOXES.replace('value="red"', 'value="red" alias="r"'),
        BOXES.replace('value="red"', 'value="red" predicted_values="rouge"'),
        "<View/>",
        "not XML",
    ],
)
def test_it_knows_the_config(tmp_path: Path, text: str) -> None:
    assert version(tmp_path, text) != version(tmp_path)
    assert version(tmp_path, text) == version(tmp_path, text)


def test_it_knows_the_model_file_and_the_names(tmp_path: Path) -> None:
    first = version(tmp_path)
    assert version(tmp_path, BOXES, "b", "a") != first
    assert version(tmp_path, BOXES, "a", red="green") != first
    assert version(tmp_path, BOXES, "a", red="green") == version(tmp_path, BOXES, "a", red="green")


def test_it_knows_every_model_that_controls_ask(tmp_path: Path) -> None:
    both = config(control(), control('RectangleLabels model_path="b"', name="b"))
    first = version(tmp_path, both, "a", "b")
    assert version(tmp_path, both, "a", "bx", "b") == first
    write(tmp_path / "c.onnx", "changed", "x", "y")
    files = [ModelFile("a", str(tmp_path / "a.onnx")), ModelFile("b", str(tmp_path / "c.onnx"))]
    with Pool(files, Settings()) as pool:
        assert Planner(pool, {}).plan(Configs().parsed(both)).version != first


def test_setup_tells_it_before_any_model_is_open(fresh: Studio) -> None:
    assert fresh.setup() == fresh.setup(hostname=None, access_token=None)
    assert fresh.served.client.get("/health").json()["models_loaded"] == 0


def test_setup_takes_extra_params_of_any_kind(studio: Studio) -> None:
    for extra in (None, "", "{}", '{"a": 1}', {}, {"a": {"b": [1]}}, [], 3):
        assert studio.setup(extra_params=extra) == studio.setup()


def test_setup_takes_odd_bodies(studio: Studio) -> None:
    client = studio.served.client
    for body in ({}, {"schema": None}, {"schema": 3}, {"schema": "<View"}, {"project": {}}):
        answer = client.post("/setup", json=body)
        assert answer.status_code == 200
        assert answer.json()["model_version"]
    for text in (b"", b"x", b"[]", b"\xff"):
        assert client.post("/setup", content=text).status_code == 422


def test_it_outlives_the_server(start: Start) -> None:
    with start() as studio:
        first = studio.setup()
    with start() as studio:
        assert studio.setup() == first


def test_versions_lists_those_that_were_asked_for(fresh: Studio) -> None:
    client = fresh.served.client
    assert client.get("/versions").json() == {"versions": []}
    first = fresh.setup()
    second = replace(fresh, config=config(control(name="other"))).setup()
    assert client.get("/versions").json() == {"versions": [second, first]}
    fresh.setup()
    assert client.get("/versions").json() == {"versions": [first, second]}
    assert client.get("/versions", params={"project": "1.2"}).json()["versions"]


def test_each_config_is_parsed_once(fresh: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    from prelabel.label_studio import configs

    seen: list[str] = []
    parse = configs.parse

    def counted(text: str, *rest: str):
        seen.append(text)
        return parse(text, *rest)

    monkeypatch.setattr(configs, "parse", counted)
    other = replace(fresh, config=SPACED)
    for each in (fresh, other, fresh, other):
        each.setup()
        each.predict([])
    assert seen == [BOXES, SPACED]


def test_configs_that_are_not_used_are_forgotten() -> None:
    known = Configs()
    for i in range(1000):
        known.parsed(config(control(name=f"box{i}")))
        known.parsed(BOXES)
    assert len(known.all()) <= 256
    assert known.all()[-1] is known.parsed(BOXES)
    long = "x" * (5 << 20)
    for i in range(8):
        known.parsed(f"{long}{i}")
    assert len(known.all()) <= 4


def test_a_map_file_names_labels(start: Start, photos: Path, tmp_path: Path) -> None:
    from label_studio_calls import pictures

    (tmp_path / "map.yaml").write_text('red: rouge\ngreen: rouge\nblue: rouge\nelephant: ""\n')
    (path,) = pictures(photos, 1)
    with start(labels_map=str(tmp_path / "map.yaml")) as studio:
        french = replace(studio, config=config(control(labels=["rouge"])))
        (result,) = french.predict([path])
        assert result["result"][0]["value"]["rectanglelabels"] == ["rouge"]
        mapped = french.setup()
    with start() as studio:
        assert replace(studio, config=french.config).predict([path]) == [[]]
        assert replace(studio, config=french.config).setup() != mapped


@pytest.mark.parametrize("text", ["- a\n", "a: {", "a: [1]\n"])
def test_a_broken_map_file_is_told_at_the_start(start: Start, tmp_path: Path, text: str) -> None:
    (tmp_path / "map.yaml").write_text(text)
    with (
        pytest.raises(SettingsError, match=r"labels_map: .*map\.yaml"),
        start(labels_map=str(tmp_path / "map.yaml")),
    ):
        pass
    with (
        pytest.raises(SettingsError, match=r"labels_map: .*none\.yaml"),
        start(labels_map=str(tmp_path / "none.yaml")),
    ):
        pass
