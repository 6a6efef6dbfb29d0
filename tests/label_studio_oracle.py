"""Run by the interpreter that has Label Studio's SDK: what the SDK says about predictions.

``label_studio_oracle.py IN OUT``: IN is JSON, {"config": XML, "predictions": [...], "masks": n};
OUT an .npz with ``errors`` (JSON) and ``mask0`` ... of the first n brush regions.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from label_studio_sdk.converter.brush import decode_rle
from label_studio_sdk.label_interface import LabelInterface


def main(source: str, target: str) -> None:
    asked = json.loads(Path(source).read_text())
    interface = LabelInterface(asked["config"])
    errors = [
        error
        for prediction in asked["predictions"]
        for error in interface.validate_prediction(prediction, return_errors=True)
    ]
    regions = [r for p in asked["predictions"] for r in p["result"]]
    brushes = [r for r in regions if r["type"] == "brushlabels"][: asked["masks"]]
    masks = {f"mask{i}": _mask(region) for i, region in enumerate(brushes)}
    np.savez(target, errors=np.array(json.dumps(errors)), **masks)


def _mask(region: dict) -> np.ndarray:
    """(height, width) alpha of a brush region's picture."""
    rgba = np.asarray(decode_rle(region["value"]["rle"]), dtype=np.uint8)
    return rgba.reshape(region["original_height"], region["original_width"], 4)[..., 3]


if __name__ == "__main__":
    main(*sys.argv[1:])
