"""Many tasks in one request, a deadline too short for them, and a server that is killed."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import mkdtemp

import pytest
import served_process
import tiny_model
from label_studio_app import App
from PIL import Image

pytestmark = [pytest.mark.label_studio, pytest.mark.slow, pytest.mark.xdist_group("label_studio")]

CI, SOAK = 500, 2500
"""How many tasks."""
RATE = 1250
"""Tasks in the seconds that the server has for a request: more than it gets done."""
WAITING = 2 / 5
"""Share of the tasks that may wait in the background, so that one click is not enough."""
CLICKS = 40
CONFIG = """<View><Image name="image" value="$image"/>
<RectangleLabels name="box" toName="image" model_score_threshold="0.98"><Label value="red"/>
</RectangleLabels></View>"""


def draw(folder: Path, count: int) -> None:
    """Pictures of one colour each, no two alike: red is what the model sees or does not."""
    for i in range(count):
        Image.new("RGB", (64, 64), (i % 256, i // 256, 7)).save(folder / f"{i}.png")


def settled(served: served_process.Process) -> None:
    """Wait until the server has nothing to do."""
    end = time.monotonic() + 120
    while served.counted("label_studio_waiting") and time.monotonic() < end:
        time.sleep(0.2)
    before = -1.0
    while before != (now := served.counted("images_inferred_total")):
        before = now
        time.sleep(1.0)


def test_repeated_clicks_complete_them_and_each_picture_is_looked_at_once(
    label_studio: App, tmp_path: Path, soak: bool
) -> None:
    count = SOAK if soak else CI
    model = {"tiny": tiny_model.write(tmp_path / "tiny.onnx", layers=1)}
    folder = Path(mkdtemp(dir=label_studio.files))
    draw(folder, count)
    known = {
        "label_studio_url": label_studio.url,
        "label_studio_files": label_studio.files,
        "label_studio_deadline": count / RATE,
        "label_studio_queue": int(count * WAITING),
    }
    project = label_studio.project(CONFIG)
    names = [f"/data/local-files/?d={folder.name}/{i}.png" for i in range(count)]
    label_studio.add(project, [{"image": name} for name in names])
    served = served_process.start(model, tmp_path / "server", **known)
    try:
        backend = label_studio.connect(project, served.url)
        label_studio.retrieve(project)
        stored = label_studio.total(project)
        settled(served)
        first = served.counted("images_inferred_total")
        assert 0 < first < count
        assert stored <= first
        served.kill()

        served = served_process.start(model, tmp_path / "server", served.port, **known)
        assert served.counted("label_studio_kept") == first
        label_studio.retrieve(project)
        before = served.counted("images_inferred_total")
        served.kill()  # in the midst of it

        served = served_process.start(model, tmp_path / "server", served.port, **known)
        kept = served.counted("label_studio_kept")
        assert kept >= first + before
        clicks = 0
        while label_studio.total(project) < count and clicks < CLICKS:
            label_studio.retrieve(project)
            clicks += 1
        assert served.counted("images_inferred_total") == count - kept
    finally:
        served.kill()
    found = label_studio.predictions(project)
    assert [len(predictions) for predictions in found.values()] == [1] * count
    assert {p["model_version"] for (p,) in found.values()} == {backend["model_version"]}
