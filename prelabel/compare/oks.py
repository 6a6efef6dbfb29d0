"""The sigmas of every class's keypoints, for OKS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Label
from prelabel.evaluate import sigmas

__all__ = ["sigmas_of"]


def sigmas_of(
    labels: Sequence[Label], given: sigmas.Sigmas = None
) -> tuple[Mapping[int, NDArray[np.float64]], tuple[str, ...]]:
    """Sigmas by label number, and a sentence on each; labels that name no keypoints have none.

    See `evaluate.sigmas.of` for `given`.
    """
    found = {
        k: sigmas.of(label, len(label.keypoints), given)
        for k, label in enumerate(labels)
        if label.keypoints
    }
    return {k: values for k, (values, _) in found.items()}, tuple(s for _, s in found.values())
