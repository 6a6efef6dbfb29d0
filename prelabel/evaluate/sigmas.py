"""How far a keypoint may lie off: the per-keypoint sigmas of OKS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Label
from geometry.keypoints import COCO_SIGMAS, DEFAULT_SIGMA
from prelabel.errors import SettingsError

__all__ = ["Sigmas", "of"]

Sigmas = float | Sequence[float] | Mapping[str, float] | None


def of(label: Label, count: int, given: Sigmas) -> tuple[NDArray[np.float64], str]:
    """Sigmas of the `count` keypoints of a class, (count,), and a sentence that says which.

    `given`: one number for all, one per keypoint, a mapping by keypoint name, or None: COCO's
    values where all names are COCO's (or 17 points have no names), else `DEFAULT_SIGMA`.
    SettingsError where the numbers are not positive or not as many as the keypoints.
    """
    names = label.keypoints[:count]
    if given is None:
        return _unasked(label, names, count)
    if isinstance(given, Mapping):
        missing = [name for name in names if name not in given]
        if missing or not names:
            raise SettingsError(f"no sigma for keypoint {missing[0] if missing else 0!r}", "sigma")
        values = np.array([given[name] for name in names])
    else:
        values = np.atleast_1d(np.asarray(given, dtype=np.float64))
    return _checked(values, label, count), f"OKS sigmas of {label.name}: as given"


def _unasked(label: Label, names: tuple[str, ...], count: int) -> tuple[NDArray[np.float64], str]:
    if names and all(name in COCO_SIGMAS for name in names):
        values = np.array([COCO_SIGMAS[name] for name in names])
        return values, f"OKS sigmas of {label.name}: COCO's, by keypoint name"
    if not names and count == len(COCO_SIGMAS):
        values = np.array(list(COCO_SIGMAS.values()))
        return values, f"OKS sigmas of {label.name}: COCO's, by position (17 points without names)"
    says = f"OKS sigmas of {label.name}: {DEFAULT_SIGMA} for all {count} keypoints (none given)"
    return np.full(count, DEFAULT_SIGMA), says


def _checked(values: NDArray[np.float64], label: Label, count: int) -> NDArray[np.float64]:
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise SettingsError("a sigma must be a number above 0", "sigma")
    if len(values) not in (1, count):
        raise SettingsError(
            f"{len(values)} sigmas, class {label.name!r} has {count} keypoints", "sigma"
        )
    return np.broadcast_to(values, (count,))
