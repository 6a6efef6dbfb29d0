"""`Labeler`: a model ready to use by any number of threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Label
from prelabel import batching, models
from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.models import check as checking
from prelabel.models.card import Card
from prelabel.models.query import Query
from prelabel.session import Session, cores, open_session
from prelabel.settings import Settings

__all__ = ["Labeler"]


@dataclass(frozen=True, slots=True)
class Labeler:
    """A recognised model, its session and what runs it; made by `Labeler.open`."""

    card: Card
    session: Session
    runner: batching.Runner
    workers: int
    """How many threads calling `label` at once keep this model busy."""
    warnings: tuple[str, ...] = ()
    """Doubts of the model check, one line each."""

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        family: str | None = None,
        labels: Sequence[Label] | None = None,
        size: tuple[int, int] | None = None,
        settings: Settings | None = None,
        check: bool = True,
        strict: bool = False,
    ) -> Labeler:
        """Load, recognise and check a model; the check's runs warm it up.

        `family` overrides recognition; `labels` stand over the names in the file; `size` (width,
        height) is the input size of a graph that takes any; `strict` makes doubts of the check
        errors. ModelError tells why a file cannot be used.
        """
        settings = settings or Settings()
        session = open_session(path, provider=settings.provider, threads=settings.threads)
        card = models.recognise(session.graph, family, labels, size)
        runner, useful = _runner(session, settings)
        opened = cls(card, session, runner, settings.workers or useful)
        if not check:
            return opened
        doubts = checking.check(card, opened.run, strict=strict, where=str(path))
        return replace(opened, warnings=doubts)

    def label(self, image: Image, query: Query | None = None) -> Annotations:
        """What the model sees in the picture, best first; labels index `card.labels`."""
        return models.predict(self.card, image, query or Query(), self.run)

    def run(
        self, graph: str, inputs: Mapping[str, NDArray[np.generic]], *, key: str | None = None
    ) -> list[NDArray[np.generic]]:
        """The outputs of the model's only graph, "", for one picture; see `models.run.Run`."""
        if graph:
            raise ModelError(f"has no second graph {graph!r}", where=self.session.graph.path)
        return self.runner.run(inputs)

    def close(self) -> None:
        """Finish what was accepted and take no more; the graph's memory is given back."""
        self.runner.close()
        self.session.close()

    def __enter__(self) -> Labeler:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _runner(session: Session, settings: Settings) -> tuple[batching.Runner, int]:
    """What runs the session, and how many callers at once keep it busy.

    On a CPU that is one per core. Where batches are made, two batches: one that runs, one that
    is being prepared. No number of workers that was asked for is too many for the queue.
    """
    side_by_side = max(1, cores() // session.threads)
    runner = batching.runner(
        session,
        on_cpu=session.on_cpu,
        side_by_side=side_by_side,
        batch=settings.batch,
        queue=max(settings.queue, settings.workers),
    )
    return runner, max(side_by_side, 2 * runner.batch if runner.batch > 1 else 1)
