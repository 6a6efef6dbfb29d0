"""pycocotools' evaluation over rows that are at hand, without files and without printing."""

from __future__ import annotations

import contextlib
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools.cocoeval import COCOeval

from prelabel.evaluate.scores import ClassFigures, Figures

__all__ = ["run"]

Row = dict[str, Any]
Precision = NDArray[np.float64]

KINDS = {"boxes": "bbox", "masks": "segm", "keypoints": "keypoints"}


class Evaluation(COCOeval):  # type: ignore[misc]
    """COCO's matching and curves over given rows.

    `images` and `categories` are the ids that count; `sigmas` the OKS sigmas of each category.
    """

    def __init__(
        self,
        task: str,
        truth: Sequence[Row],
        found: Sequence[Row],
        images: Sequence[int],
        categories: Sequence[int],
        sigmas: Mapping[int, NDArray[np.float64]],
    ) -> None:
        super().__init__(iouType=KINDS[task])
        self.params.imgIds, self.params.catIds = list(images), list(categories)
        self._rows = (truth, found)
        self._sigmas = sigmas

    def _prepare(self) -> None:
        """Group the rows; their ignore flags are set already."""
        self._gts, self._dts = (_grouped(rows) for rows in self._rows)

    def computeOks(self, imgId: int, catId: int) -> Any:  # noqa: N802, N803 - pycocotools' names
        """OKS with the sigmas of the category."""
        self.params.kpt_oks_sigmas = self._sigmas[catId]
        return super().computeOks(imgId, catId)


def run(
    task: str,
    truth: Sequence[Row],
    found: Sequence[Row],
    images: Sequence[int],
    categories: Mapping[int, str],
    sigmas: Mapping[int, NDArray[np.float64]],
) -> Figures:
    """The figures of one task; `categories` maps ids, in rising order, to names."""
    evaluation = Evaluation(task, truth, found, images, list(categories), sigmas)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.evaluate()
        evaluation.accumulate()
    precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]
    ranges = evaluation.params.areaRngLbl
    ap, ap50, ap75 = _over(precision[..., 0, -1])
    by_size = {label: _mean(precision[..., i, -1]) for i, label in enumerate(ranges)}
    return Figures(
        ap,
        ap50,
        ap75,
        small=by_size.get("small", float("nan")),
        medium=by_size["medium"],
        large=by_size["large"],
        recall=_mean(recall[:, :, 0, -1]),
        classes=tuple(
            ClassFigures(
                name,
                *_over(precision[:, :, k, 0, -1]),
                recall=_mean(recall[:, k, 0, -1]),
                truth=sum(r["category_id"] == id_ and not r["ignore"] for r in truth),
                found=sum(r["category_id"] == id_ for r in found),
            )
            for k, (id_, name) in enumerate(categories.items())
        ),
    )


def _over(precision: Precision) -> tuple[float, float, float]:
    """AP over all thresholds, at .50 and at .75; the thresholds are the first axis."""
    return _mean(precision), _mean(precision[0]), _mean(precision[5])


def _mean(values: Precision) -> float:
    """The mean of what exists (pycocotools writes -1 where there is nothing to find)."""
    there = values[values > -1]
    return float(there.mean()) if there.size else float("nan")


def _grouped(rows: Sequence[Row]) -> dict[tuple[int, int], list[Row]]:
    groups: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["image_id"], row["category_id"]].append(row)
    return groups
