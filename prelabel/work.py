"""`Work`: what is done to a batch of pictures; it can be pickled and opens its model once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from formats.annotations import Annotations
from formats.dataset import Item
from prelabel import finishing, image, lines, models, tiling, together
from prelabel.batching import batch_axis
from prelabel.errors import PrelabelError
from prelabel.fetch import Fetcher, Policy
from prelabel.job import Asked, Spec
from prelabel.journal import Record
from prelabel.labeler import Labeler
from prelabel.models.labels import read_labels
from prelabel.models.run import Run
from prelabel.sources import Unit

__all__ = ["Entrance", "Work", "open_labeler"]

Entrance = Callable[[], AbstractContextManager[object]]


class Work:
    """Labels batches of pictures; `index` turns classes of the model into those of the outputs.

    `entrance` makes what is held while a picture, or a batch that becomes one run, is decoded and
    labelled, but not while it is fetched: a server's place for bulk work.
    """

    def __init__(
        self,
        spec: Spec,
        asked: Asked,
        index: Sequence[int] = (),
        labeler: Labeler | None = None,
        entrance: Entrance = nullcontext,
    ) -> None:
        self.spec = spec
        self.asked = asked
        self.index = tuple(index)
        self.entrance = entrance
        self.fetcher = Fetcher(Policy.of(spec.settings, trusted=spec.trusted))
        self._query = asked.query()
        self._labeler = labeler
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[Work], tuple[Spec, Asked, tuple[int, ...]]]:
        return Work, (self.spec, self.asked, self.index)

    def labeler(self) -> Labeler:
        """The model; one that was checked elsewhere is opened on the first call in this process."""
        with self._lock:
            if self._labeler is None:
                self._labeler = open_labeler(self.spec, check=False)
            return self._labeler

    def __call__(self, batch: Sequence[Unit]) -> list[Record]:
        """What became of each picture of the batch."""
        labeler = self.labeler()
        if labeler.runner.batch == 1:
            return [self.one(unit, labeler.run, self.entrance) for unit in batch]
        size = batch_axis(labeler.session.graph) or 0
        with self.entrance():
            return together.each(self.one, batch, labeler.session, size)

    def one(self, unit: Unit, run: Run, entrance: Entrance = nullcontext) -> Record:
        """What became of one picture; a broken one is a failure, never an exception."""
        sha256 = ""
        try:
            data = self.fetcher.read(unit.address)
            sha256 = hashlib.sha256(data).hexdigest()
            with entrance():
                picture = image.decode(data, unit.path, self.spec.settings.max_pixels)
                found = self.label(picture, run)
            return _result(unit, sha256, picture.size, found)
        except PrelabelError as error:
            return _failure(unit, sha256, _reason(error))
        except MemoryError:
            return _failure(unit, sha256, "does not fit into memory")

    def close(self) -> None:
        """Close kept connections; the labeler is its opener's to close."""
        self.fetcher.close()

    def label(self, picture: image.Image, run: Run) -> Annotations:
        """What the model sees, in the classes of the outputs."""
        found = self._seen(picture, run)
        if self.index:
            found = finishing.relabelled(found, self.index)
        if self.asked.polygons is not None:
            found = finishing.outlined(found, self.asked.polygons)
        return finishing.rounded(found)

    def _seen(self, picture: image.Image, run: Run) -> Annotations:
        card, asked = self.labeler().card, self.asked

        def once(part: image.Image) -> Annotations:
            return models.predict(card, part, self._query, run)

        tiles = tiling.Tiles(asked.tile, asked.overlap) if asked.tile else None
        return tiling.label(picture, tiles, once, asked.max_det) if tiles else once(picture)


def open_labeler(spec: Spec, *, check: bool = True) -> Labeler:
    """The model of a `Spec`; `check`: see that it works."""
    return Labeler.open(
        spec.model,
        family=spec.family,
        labels=read_labels(spec.labels) if spec.labels else None,
        size=spec.size,
        settings=spec.settings,
        check=check,
        strict=spec.strict,
    )


def _reason(error: PrelabelError) -> str:
    """The error without its place, which names the picture's folder."""
    return error.what + (f" ({error.hint})" if error.hint else "")


def _result(unit: Unit, sha256: str, size: tuple[int, int], found: Annotations) -> Record:
    item = Item(unit.path, size, found, unit.id, split=unit.split, extra={"sha256": sha256})
    return Record(unit.path, sha256, lines.encode(item))


def _failure(unit: Unit, sha256: str, reason: str) -> Record:
    reason = reason.encode("utf-8", "replace").decode()
    extra = {"sha256": sha256, "failure": reason}
    item = Item(unit.path, id=unit.id, split=unit.split, status=lines.FAILED, extra=extra)
    return Record(unit.path, sha256, lines.encode(item), reason)
