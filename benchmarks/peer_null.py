"""label-studio-ml-backend with a model that only opens the picture: what all but the model costs.

For gunicorn: ``PEER_PYTHON -m gunicorn benchmarks.peer_null:app``.
"""

from typing import Any

import cv2
from label_studio_ml.api import init_app  # type: ignore[import-not-found]
from label_studio_ml.model import LabelStudioMLBase  # type: ignore[import-not-found]
from label_studio_ml.response import ModelResponse  # type: ignore[import-not-found]


class Null(LabelStudioMLBase):  # type: ignore[misc]
    """No boxes, for every task."""

    def setup(self) -> None:
        """Name the version that /setup tells."""
        self.set("model_version", "null")

    def predict(self, tasks: list[Any], context: Any = None, **_: Any) -> Any:
        """One empty prediction a task, its picture, a file of this machine, decoded."""
        for task in tasks:
            if cv2.imread(task["data"]["image"]) is None:
                raise FileNotFoundError(task["data"]["image"])
        return ModelResponse(predictions=[{"result": [], "score": 0.0} for _ in tasks])


app = init_app(model_class=Null)
