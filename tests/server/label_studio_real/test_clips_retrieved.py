"""Retrieve Predictions on a project of clips: tracks that keep the promise on every frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import label_studio_player as player
import numpy as np
import pytest

from geometry import boxes
from prelabel.frames.writing import ClipWriter
from prelabel.job import Asked
from prelabel.labeler import Labeler
from prelabel.tickets import Ticket
from prelabel.video.options import Options
from prelabel.video.service import tracks_of

pytestmark = [pytest.mark.label_studio, pytest.mark.real, pytest.mark.xdist_group("label_studio")]

SIZE = (480, 480)
FRAMES = 24
CLICKS = 20
CONFIG = """<View>
  <Labels name="what" toName="clip"><Label value="Person"/><Label value="bus"/></Labels>
  <Video name="clip" value="$clip" framerate="25"/>
  <VideoRectangle name="box" toName="clip" model_path="boxes"/>
</View>"""


@pytest.fixture(scope="module")
def clip(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera that turns over a street."""
    path = tmp_path_factory.mktemp("clip") / "street.mp4"
    street = cv2.imread(str(real_data / "images" / "bus.jpg"))[..., ::-1]
    with ClipWriter(path, SIZE, 25) as writer:
        for index in range(FRAMES):
            x, y = 5 * index, 300 + 6 * index
            writer.write(street[y : y + SIZE[1], x : x + SIZE[0]].copy())
    return path


def test_tracks_reach_label_studio_and_its_editor_would_draw_them(beside, clip):
    project = beside.studio.project(CONFIG)
    (task,) = beside.studio.upload(project, [clip])
    assert beside.studio.connect(project, beside.served.url)["state"] == "CO"
    result = regions(beside, project, task)
    with Labeler.open(beside.models["boxes"], check=False) as labeler:
        table = tracks_of(str(clip), labeler, Asked(), Options(), Ticket()).shown
        names = [label.name for label in labeler.card.labels]
    table = table[np.isin([names[k] for k in table.labels], ["person", "bus"])]
    assert {r["type"] for r in result} == {"videorectangle"}
    assert {r["value"]["framesCount"] for r in result} == {FRAMES}
    labels = {label for r in result for label in r["value"]["labels"]}
    assert labels == {"Person", "bus"}
    sequences = [r["value"]["sequence"] for r in result]
    assert sum(map(len, sequences)) < len(table) / 3
    for frame in range(FRAMES):
        assert_drawn(sequences, frame, table.boxes[table.images == frame])


def regions(beside, project: int, task: int) -> list[dict]:
    """Clicks until the clip has been followed, for it is followed in the background."""
    for _ in range(CLICKS):
        beside.studio.retrieve(project)
        (prediction, *others) = beside.studio.predictions(project)[task] or [None]
        if prediction is not None:
            assert not others
            return prediction["result"]
    raise AssertionError("the clip was never answered")


def assert_drawn(sequences: list, frame: int, own: np.ndarray) -> None:
    told = [player.drawn(sequence, frame + 1) for sequence in sequences]
    shown = np.array([player.box(one, SIZE) for one in told if one is not None])
    wanted = boxes.clip(own, SIZE)
    assert boxes.iou(wanted, shown.reshape(-1, 4)).max(axis=1).min() >= 0.9 - 1e-6
