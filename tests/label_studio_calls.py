"""What Label Studio says to an ML backend, for tests: its calls as seen on the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from serving import Served, jpeg

__all__ = ["BOXES", "NAMES", "Start", "Studio", "config", "control", "pictures", "region"]

NAMES = ("red", "green", "blue")
"""Classes of the tiny model and of the fakes."""


def control(kind: str = "RectangleLabels", name: str = "box", labels: Sequence[str] = NAMES) -> str:
    """A control with its labels; `kind` may have attributes behind it."""
    tag = "Choice" if kind.startswith("Choices") else "Label"
    inside = "".join(f'<{tag} value="{label}"/>' for label in labels)
    return f'<{kind} name="{name}" toName="image">{inside}</{kind.split()[0]}>'


def config(*controls: str) -> str:
    """A labeling config of one picture."""
    shown = "".join(controls or (control(),))
    return f'<View><Image name="image" value="$image"/>{shown}</View>'


BOXES = config()


def pictures(folder: Path, count: int, start: int = 0) -> list[str]:
    """Addresses of so many pictures, no two alike."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{i:04d}.jpg" for i in range(start, start + count)]
    for i, path in enumerate(paths, start):
        path.write_bytes(jpeg(64, i))
    return [str(path) for path in paths]


def region(name: str = "box", kind: str = "rectanglelabels", **value: Any) -> dict[str, Any]:
    """A region that was drawn in the editor; `positive` stands beside the value, as it is sent."""
    beside = {"is_positive": value.pop("positive")} if "positive" in value else {}
    return {
        "id": "drawn",
        "from_name": name,
        "to_name": "image",
        "type": kind,
        "original_width": 64,
        "original_height": 64,
        "image_rotation": 0,
        "value": value,
        **beside,
    }


@dataclass(frozen=True)
class Studio:
    """A Label Studio with one project, in front of a server.

    `before`: how many pictures had been inferred when the test began.
    """

    served: Served
    config: str = BOXES
    before: float = 0

    def task(self, number: int, data: Any) -> dict[str, Any]:
        """A task as it is sent; `data` an address, or what stands in place of the data."""
        return {
            "id": number,
            "data": {"image": data} if isinstance(data, str) else data,
            "meta": {},
            "created_at": "2026-11-20T10:00:00.000000Z",
            "updated_at": "2026-11-20T10:00:00.000000Z",
            "is_labeled": False,
            "overlap": 1,
            "inner_id": number,
            "total_annotations": 0,
            "cancelled_annotations": 0,
            "total_predictions": 0,
            "project": 2,
            "file_upload": None,
            "annotations": [],
            "predictions": [],
        }

    def post(self, tasks: Sequence[Any], drawn: Sequence[Mapping] | None = None) -> httpx.Response:
        """The answer to /predict, whatever it is; tasks as `task` or as they stand."""
        whole = [self.task(i, t) if isinstance(t, str) else t for i, t in enumerate(tasks, 1)]
        context = None if drawn is None else {"result": list(drawn)}
        params = {"login": None, "password": None, "context": context}
        body = {"tasks": whole, "project": "2.1795", "label_config": self.config, "params": params}
        return self.served.client.post("/predict", json=body)

    def predict(self, tasks: Sequence[Any], drawn: Sequence[Mapping] | None = None) -> list[Any]:
        """The results, one for each task; the rest of the contract's first three points holds."""
        answer = self.post(tasks, drawn)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert len(found["results"]) == len(tasks)
        assert found["model_version"] == self.setup()
        for entry in found["results"]:
            assert entry == [] or entry["model_version"] == found["model_version"]
        return found["results"]

    def setup(self, **more: Any) -> str:
        """The model version that /setup tells."""
        body = {
            "project": "2.1795",
            "schema": self.config,
            "hostname": "http://127.0.0.1:8080",
            "access_token": "f00",
            "extra_params": None,
            **more,
        }
        answer = self.served.client.post("/setup", json=body)
        assert answer.status_code == 200, answer.text
        version = answer.json()["model_version"]
        assert isinstance(version, str)
        assert version
        return version

    @property
    def inferred(self) -> float:
        """How many pictures went through a model since the test began, by /metrics."""
        text = self.served.client.get("/metrics").text
        lines = [line for line in text.splitlines() if line.startswith("prelabel_images_inferred")]
        total = sum(float(line.rpartition(" ")[2]) for line in lines if "_total" in line)
        return total - self.before


Start = Callable[..., AbstractContextManager[Studio]]
"""Starts a server with some settings."""
