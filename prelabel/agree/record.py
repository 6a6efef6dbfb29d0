"""What a comparison of raters tells: the figures of all, of each pair, rater, class and picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prelabel.agree.pictures import Pictures
from prelabel.reports import Estimate

__all__ = [
    "Agreement",
    "ByClass",
    "ByRater",
    "Confusion",
    "OfClip",
    "OfPair",
    "Scores",
    "Split",
    "Sweep",
    "plain",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scores:
    """How far raters agree, each with its interval over pictures.

    `f1`: of objects that are one at the threshold, with the same class; `mean_iou`: the mean
    likeness over pairs and objects of one side; `pq`: panoptic quality. 1 where nobody drew
    anything.
    """

    f1: Estimate
    mean_iou: Estimate
    pq: Estimate


@dataclass(frozen=True, slots=True)
class Split:
    """What became of the objects: one and the same, or how the two sides differ.

    `same`: pairs of one class; `what`: pairs whose classes differ; `where`: pairs of one class that
    lie near, but not near enough to be one object; `only_a`, `only_b`: objects that the other side
    has nothing like.
    """

    same: int
    what: int
    where: int
    only_a: int
    only_b: int

    @property
    def missed(self) -> int:
        """Objects of one side only."""
        return self.only_a + self.only_b


@dataclass(frozen=True, slots=True)
class OfPair:
    """Two raters: the pictures that both looked at, their figures and where they differ.

    `per_picture`: mean over pictures of each one's F1, 1 for one that both left empty, of which
    there are `both_empty`. `precision`: share of a's objects that b has too, `recall`: of b's that
    a has.
    """

    a: str
    b: str
    pictures: int
    both_empty: int
    scores: Scores
    precision: float
    recall: float
    per_picture: float
    split: Split


@dataclass(frozen=True, slots=True)
class ByRater:
    """One rater against each of the others: means over these pairs.

    `confirmed`: share of the rater's objects that another has too; `found`: share of another's
    objects that the rater has. `alpha_without`: Krippendorff's alpha of all the others, NaN where
    fewer than two are left: far above the alpha of all, this rater is the one who differs.
    """

    name: str
    pictures: int
    scores: Scores
    confirmed: float
    found: float
    alpha_without: float


@dataclass(frozen=True, slots=True)
class OfClip:
    """Two raters' tracks on one clip, or on all of them together (`clip` is "").

    `idf1`, `hota` and its parts are symmetric and tell whether both follow the same objects,
    whatever they call them. `mota`, `switches` and `fragments` take the second rater for the truth.
    """

    a: str
    b: str
    clip: str
    frames: int
    tracks_a: int
    tracks_b: int
    idf1: float
    hota: float
    detection: float
    association: float
    mota: float
    switches: int
    fragments: int


@dataclass(frozen=True, slots=True)
class ByClass:
    """One class: objects of both sides of all pairs of raters, and figures pooled over the pairs.

    `same`, `where` count pairs, `what`: objects of the class whose partner has another class,
    `missed`: objects without a partner. Intervals are NaN for a class that few pictures hold.
    """

    name: str
    objects: int
    scores: Scores
    same: int
    what: int
    where: int
    missed: int


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """What objects that are one in place were called: (C, C) counts, a's class down, b's across.

    Of every pair of raters a is the earlier one. `only_a`, `only_b` (C,): objects without a
    partner. `labels` are those that occur, the most frequent first.
    """

    labels: tuple[str, ...]
    counts: Ints
    only_a: Ints
    only_b: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The figures at each threshold, each (T,): means over the pairs of raters, and alpha."""

    thresholds: Floats
    f1: Floats
    mean_iou: Floats
    pq: Floats
    alpha: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How far two or more raters agree on the same pictures.

    `scores` are means over the pairs of raters, `split` counts all of them; `level`: so many of the
    intervals hold the true figure. `clips`: for each pair of raters all clips together, then each;
    none without tracks. `told` are facts that a reader of the figures has to know.
    """

    raters: tuple[str, ...]
    task: str
    threshold: float
    level: float
    scores: Scores
    alpha: Estimate
    split: Split
    pairs: tuple[OfPair, ...]
    people: tuple[ByRater, ...]
    classes: tuple[ByClass, ...]
    confusion: Confusion
    sweep: Sweep
    pictures: Pictures
    clips: tuple[OfClip, ...] = field(default=())
    told: tuple[str, ...] = field(default=())

    def as_json(self, *, pictures: bool = True) -> dict[str, Any]:
        """Plain values for a JSON file; null where a figure does not exist."""
        record = {
            f.name: plain(getattr(self, f.name)) for f in fields(self) if f.name != "pictures"
        }
        return record | ({"pictures": list(self.pictures.rows())} if pictures else {})


def plain(value: Any) -> Any:
    """Values that JSON knows: records as objects, arrays as lists, NaN as null."""
    if isinstance(value, Estimate):
        return {name: plain(getattr(value, name)) for name in ("value", "low", "high")}
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value
