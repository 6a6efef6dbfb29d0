"""Does a model work? Three pictures through it, before the first real one.

Exports break quietly: the file loads, runs, and sees nothing. What is checked, in three runs over a
drawn scene, noise and a gradient: the graph takes its input; the outputs have the shapes that the
family expects; they are finite; and the scores answer to the picture. A raw head whose scores are
one constant is broken. A graph that suppresses inside may rightly see nothing in such pictures, and
a model that is not trained yet may answer alike to all three: these are warnings, unless the check
is strict.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.models import family_of
from prelabel.models.card import Card
from prelabel.models.query import Query
from prelabel.models.run import Run

__all__ = ["check", "pictures"]

QUERY = Query(conf=0.25)
"""A usual question: the outputs themselves are looked at, not the answer."""

BROKEN = "the export is broken: try it again, without int8 quantisation or in float32"

Outputs = list[NDArray[np.generic]]


def check(card: Card, run: Run, *, strict: bool = False, where: str = "") -> tuple[str, ...]:
    """Warnings, none for a model in order; ModelError says what is wrong with it.

    `strict` makes an error of what would be a warning; `where` is what errors call the model, its
    name if left out.
    """
    where = where or card.name
    family = family_of(card.family)
    seen = [_outputs(card, picture, run, where) for picture in pictures(card.input_size)]
    scores = [np.asarray(family.scores(card, outputs), dtype=np.float32) for outputs in seen]
    values = np.concatenate([s.ravel() for s in scores])
    lowest, highest = values.min(initial=np.inf), values.max(initial=-np.inf)
    if lowest == highest and not family.suppresses(card):
        raise ModelError(f"every score is {lowest:g}, whatever the picture", where, BROKEN)
    if highest <= 0:
        return _doubt("sees nothing in three test pictures", strict, where)
    if all(np.array_equal(scores[0], other) for other in scores[1:]):
        return _doubt("its scores are the same for three different pictures", strict, where)
    return ()


def pictures(size: tuple[int, int]) -> tuple[Image, Image, Image]:
    """A drawn scene, noise and a gradient of `size` (width, height); always the same."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    ramp = np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], -1)
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image(_scene(x / width, y / height)), Image(noise), Image(ramp.astype(np.uint8))


def _scene(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Sky, ground, a person made of discs and bars, a box on two wheels; places in 0..1."""
    pixels = np.empty((*x.shape, 3), dtype=np.uint8)
    pixels[:] = np.where((y < 0.6)[..., None], (150, 190, 230), (90, 120, 70))
    for colour, shape in (
        ((40, 60, 140), (abs(x - 0.25) < 0.07) & (abs(y - 0.48) < 0.16)),
        ((30, 30, 40), (abs(abs(x - 0.25) - 0.035) < 0.025) & (abs(y - 0.76) < 0.13)),
        ((220, 170, 140), (x - 0.25) ** 2 + (y - 0.26) ** 2 < 0.06**2),
        ((200, 30, 30), (abs(x - 0.68) < 0.2) & (abs(y - 0.62) < 0.12)),
        ((180, 210, 230), (abs(x - 0.68) < 0.16) & (abs(y - 0.56) < 0.04)),
        ((20, 20, 20), (abs(x - 0.68) - 0.12) ** 2 + (y - 0.75) ** 2 < 0.05**2),
    ):
        pixels[shape] = colour
    return pixels


def _outputs(card: Card, picture: Image, run: Run, where: str) -> Outputs:
    """What the graph answers to a picture, after the family has made sense of it."""
    seen: Outputs = []

    def spy(
        graph: str, inputs: Mapping[str, NDArray[np.generic]], *, key: str | None = None
    ) -> Outputs:
        outputs = run(graph, dict(inputs), key=key)
        _finite(outputs, where)
        seen.extend(outputs)
        return outputs

    family_of(card.family).predict(card, picture, QUERY, spy)
    return seen


def _finite(outputs: Outputs, where: str) -> None:
    for i, output in enumerate(outputs):
        if not np.isfinite(output).all():
            bad = int((~np.isfinite(output)).sum())
            raise ModelError(
                f"output {i} holds {bad} values that are no numbers, of {output.size}", where
            )


def _doubt(text: str, strict: bool, where: str) -> tuple[str, ...]:
    if strict:
        raise ModelError(text, where=where)
    return (text,)
